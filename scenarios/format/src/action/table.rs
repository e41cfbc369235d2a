//! The form in which the vocabulary of actions is declared.

/// Declares all actions, each family of them with its description and with what
/// its actions leave in a trace.
///
/// An entry is that of [`vocabulary!`](crate::syntax::vocabulary), and behind its
/// example, where they apply and in this order:
///
/// * `actors: FIELD`: the hosts that do it, and have to be up for it;
/// * `fault: FIELD`: the name of the fault that it installs;
/// * `query: FIELD`: the name of the query that it starts;
/// * `reply: FIELD`: the name of the reply that it waits for;
/// * `waits: true`: virtual time may pass before it is done;
/// * `undoes: [KIND, ..]`: what it puts an end to.
macro_rules! actions {
    (
        $(#![doc = $about:literal])*
        $(
            $(#[doc = $family_doc:literal])+
            $family:ident ($trace:literal) {
                $(
                    $(#[doc = $doc:literal])+
                    $variant:ident = $verb:literal $parts:tt $options:tt
                        => $example:literal
                        $({
                            $(actors: $actors:ident $(,)?)?
                            $(fault: $fault:ident $(,)?)?
                            $(query: $query:ident $(,)?)?
                            $(reply: $reply:ident $(,)?)?
                            $(waits: $waits:literal $(,)?)?
                            $(undoes: [$($undone:ident),+] $(,)?)?
                        })?;
                )+
            }
        )+
    ) => {
        $crate::syntax::vocabulary! {
            $(#[doc = $about])*
            pub enum Action, ActionKind ("ACTION") {
                $($(
                    $(#[doc = $doc])+
                    $variant = $verb $parts $options => $example;
                )+)+
            }
        }

        /// The kinds of things that actions do.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Family {
            $(
                $(#[doc = $family_doc])+
                $family,
            )+
        }

        impl Family {
            /// What its actions leave in a trace.
            pub(crate) const fn trace(self) -> &'static str {
                match self {
                    $(Family::$family => $trace,)+
                }
            }
        }

        impl ActionKind {
            /// The kind of thing that it does.
            pub(crate) const fn family(self) -> Family {
                match self {
                    $($(ActionKind::$variant => Family::$family,)+)+
                }
            }

            /// Whether virtual time may pass before it is done.
            pub(crate) const fn waits(self) -> bool {
                match self {
                    $($(ActionKind::$variant => actions!(@flag $($($waits)?)?),)+)+
                }
            }

            /// The kinds of actions of which it undoes what they did.
            pub const fn undoes(self) -> &'static [ActionKind] {
                match self {
                    $($(ActionKind::$variant => &[$($($(ActionKind::$undone),+)?)?],)+)+
                }
            }
        }

        impl Action {
            fn own_actors(&self) -> Option<&Hosts> {
                match self {
                    $($(Action::$variant { $($($actors,)?)? .. } => None $($(.or(Some($actors)))?)?,)+)+
                }
            }

            fn own_query(&self) -> Option<&Option<Name>> {
                match self {
                    $($(Action::$variant { $($($query,)?)? .. } => None $($(.or(Some($query)))?)?,)+)+
                }
            }

            fn own_reply(&self) -> Option<&Option<Name>> {
                match self {
                    $($(Action::$variant { $($($reply,)?)? .. } => None $($(.or(Some($reply)))?)?,)+)+
                }
            }

            fn own_fault(&self) -> Option<&Option<Name>> {
                match self {
                    $($(Action::$variant { $($($fault,)?)? .. } => None $($(.or(Some($fault)))?)?,)+)+
                }
            }
        }
    };
    (@flag) => {
        false
    };
    (@flag $flag:literal) => {
        $flag
    };
}

pub(super) use actions;
