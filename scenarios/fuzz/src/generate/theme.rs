//! The themes of cases.

/// Declares the themes, each with its weight relative to the others and its label in
/// the description of a case.
macro_rules! themes {
    ($($(#[doc = $doc:literal])+ $theme:ident = $share:literal $label:literal;)+) => {
        /// The subject on which a case concentrates. Each theme has its own hosts,
        /// settings and weights of operations.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Theme {
            $($(#[doc = $doc])+ $theme,)+
        }

        impl Theme {
            /// All themes.
            pub(crate) const ALL: &'static [Theme] = &[$(Theme::$theme),+];

            /// The weight of the theme relative to the others.
            pub(super) const fn share(self) -> u32 {
                match self {
                    $(Theme::$theme => $share,)+
                }
            }

            /// The label in the description of a case.
            pub(super) const fn label(self) -> &'static str {
                match self {
                    $(Theme::$theme => $label,)+
                }
            }
        }
    };
}

// The order is that of the columns in the table of operations.
themes! {
    /// Many peers compete for one small bucket, and join and leave around the timeout
    /// of a pending entry.
    Bucket = 4 "a contested bucket";
    /// Queries reach peers that are slow, down, unresponsive, or reachable in one
    /// direction only.
    Lookup = 4 "lookups under faults";
    /// Records and provider records that expire, are replicated and published again
    /// within minutes, in small stores.
    Records = 4 "records and providers";
    /// Connections that are opened from both sides at once, opened twice, cut off,
    /// and closed around the idle timeout.
    Connections = 4 "connections";
    /// Modes, external addresses, empty tables and bootstraps.
    Modes = 3 "modes and bootstraps";
    /// Scripted peers that give false answers, do not answer, or send invalid
    /// messages.
    Hostile = 3 "hostile peers";
    /// Hosts start, stop, move and restart with new identities.
    Churn = 2 "coming and going";
    /// No faults: all hosts know all others and connections stay open, so the result
    /// that a query has to find is certain.
    Peace = 3 "nothing that goes wrong";
}
