//! The conditions under which an invariant can be required.

use std::fmt;

/// When an invariant can be required of a network that meets its requirements.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Demand {
    /// At any time.
    Always,
    /// If the results of queries are certain: all hosts know all others from the
    /// start, have the same settings, and had time to settle. A scenario without
    /// these opening steps cannot show a violation.
    Certain,
    /// Once all faults are healed, all hosts are up, and the network had time to
    /// recover. A scenario without that recovery cannot show a violation.
    Recovered,
    /// Only if a test requests it: libp2p does not guarantee it.
    OnRequest,
}

/// Declares the requirements, each with a sentence.
macro_rules! requirements {
    ($($requirement:ident $sentence:literal)+) => {
        /// A condition on a scenario under which libp2p satisfies an invariant.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        pub enum Requirement {
            $(#[doc = concat!($sentence, ".")] $requirement,)+
        }

        impl Requirement {
            #[cfg(test)]
            const ALL: &'static [Requirement] = &[$(Requirement::$requirement),+];
        }

        impl fmt::Display for Requirement {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(match self {
                    $(Requirement::$requirement => $sentence,)+
                })
            }
        }
    };
}

requirements! {
    Identify "connected peers tell each other their addresses and protocols, as with identify"
    NoEvictions "the stack does not remove peers that it fails to reach"
    NoScriptedHosts "no host is scripted"
    NoClients "no host is a client by its settings"
    FixedModes "each host has a fixed mode, which does not change"
    AutomaticModes "libp2p decides the mode of each server, and no test sets it"
    PeriodicBootstrap "tables are refreshed periodically"
    RecordsExpire "records expire"
    RecordsLast "records outlive the scenario, or no key is stored twice"
    RoomForRecords "the stores have room for all records"
    RoomForProviders "the stores have room for all provider records"
    RoomInTables "the buckets have room for all live servers"
    SmallNetwork "a lookup asks all hosts"
    Undisturbed "no host goes down, is paused or slow, or loses connections or messages"
    NoDepartures "no host goes down"
    NoSlowHosts "no host is paused or slow"
    NoSlowLinks "no link is slow"
    NoMessageFaults "no messages are dropped or delayed"
    NoStreamResets "no streams are reset"
    NoMoves "no host gets another address"
    NoTraversal "no host relays, punches holes or tests the addresses of others"
    SameIdentities "no host gets another identity"
    NoRemovedEntries "no application removes entries from tables"
    NoStoreWrites "no application changes a store directly"
    CorrectClocks "all clocks are correct"
    CertainResults "all hosts know all others from the start, keep their modes, entries and connections, and no query is stopped"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_a_clause_without_a_full_stop() {
        for requirement in Requirement::ALL {
            let sentence = requirement.to_string();
            assert!(sentence.starts_with(char::is_lowercase) || sentence.starts_with("libp2p"));
            assert!(!sentence.ends_with('.'), "{sentence}");
        }
    }
}
