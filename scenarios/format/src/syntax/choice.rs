//! Words from a fixed set.

use super::word::Word;

/// Defines an enum whose variants are written as one word each.
macro_rules! choice {
    ($(#[doc = $about:literal])+ $name:ident $form:literal { $($(#[doc = $doc:literal])+ $variant:ident $word:literal),+ $(,)? }) => {
        $(#[doc = $about])+
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum $name {
            $($(#[doc = $doc])+ $variant,)+
        }

        impl $name {
            /// All variants.
            pub const ALL: &'static [$name] = &[$($name::$variant),+];
        }

        impl Word for $name {
            const FORM: &'static str = $form;

            fn read(text: &str) -> Result<Self, String> {
                match text {
                    $($word => Ok($name::$variant),)+
                    _ => Err(format!(
                        "`{text}` is not one of {}",
                        [$($word),+].join(", ")
                    )),
                }
            }

            fn write(&self) -> String {
                match self {
                    $($name::$variant => $word.to_owned(),)+
                }
            }
        }
    };
}

choice! {
    /// The kinds of messages of the kad protocol.
    Kind "KIND" {
        /// Find the peers closest to a key.
        FindNode "find-node",
        /// Find a record.
        GetValue "get-value",
        /// Store a record.
        PutValue "put-value",
        /// Find providers.
        GetProviders "get-providers",
        /// Announce a provider.
        AddProvider "add-provider",
    }
}

choice! {
    /// The mode of a DHT.
    Mode "MODE" {
        /// Answers requests.
        Server "server",
        /// Sends requests only.
        Client "client",
        /// A server once it has an external address.
        Auto "auto",
    }
}

/// The number of peers that have to confirm a record.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Quorum {
    /// One.
    One,
    /// More than half.
    Majority,
    /// As many as the replication factor.
    All,
    /// This many.
    Count(u32),
}

impl Word for Quorum {
    const FORM: &'static str = "QUORUM";

    fn read(text: &str) -> Result<Self, String> {
        match text {
            "one" => Ok(Quorum::One),
            "majority" => Ok(Quorum::Majority),
            "all" => Ok(Quorum::All),
            number => match number.parse() {
                Ok(count) if count > 0 => Ok(Quorum::Count(count)),
                _ => Err(format!(
                    "`{text}` is not a quorum: write one, majority, all or a number from 1"
                )),
            },
        }
    }

    fn write(&self) -> String {
        match self {
            Quorum::One => "one".to_owned(),
            Quorum::Majority => "majority".to_owned(),
            Quorum::All => "all".to_owned(),
            Quorum::Count(count) => count.to_string(),
        }
    }
}
