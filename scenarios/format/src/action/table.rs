//! The macro that declares the vocabulary of actions.

/// Declares all actions by family. A family has a description and a description of
/// the trace events of its actions.
///
/// An entry has the form of [`vocabulary!`](crate::syntax::vocabulary). After its
/// example it may have the following properties, in this order:
///
/// * `actors: FIELD`: the hosts that perform the action and have to be up;
/// * `fault: FIELD`: the name of the fault that the action installs;
/// * `query: FIELD`: the name of the query that the action starts;
/// * `reply: FIELD`: the name of the reply that the action waits for;
/// * `waits: true`: virtual time may pass while the action is performed;
/// * `undoes: [KIND, ..]`: the kinds of actions whose effects it ends.
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

        /// A family of actions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub enum Family {
            $(
                $(#[doc = $family_doc])+
                $family,
            )+
        }

        impl Family {
            /// A description of the trace events of the family's actions.
            pub(crate) const fn trace(self) -> &'static str {
                match self {
                    $(Family::$family => $trace,)+
                }
            }
        }

        impl ActionKind {
            /// The family of the actions of this kind.
            pub(crate) const fn family(self) -> Family {
                match self {
                    $($(ActionKind::$variant => Family::$family,)+)+
                }
            }

            /// Whether virtual time may pass while an action of this kind is
            /// performed.
            pub(crate) const fn waits(self) -> bool {
                match self {
                    $($(ActionKind::$variant => actions!(@flag $($($waits)?)?),)+)+
                }
            }

            /// The kinds of actions whose effects an action of this kind ends.
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

            pub(crate) fn own_query(&self) -> Option<&Option<Name>> {
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
