//! The operations that a case is composed of.
//!
//! Responsible for the table of operations. It must not know how an operation becomes
//! steps: the functions that the table refers to do that.

use std::collections::{BTreeMap, BTreeSet};

use proptest::{collection::vec, prelude::*};

use super::{
    connections::{addresses, connections},
    draft::OpDraft,
    faults::{connection_faults, faults},
    lifecycle::{lifecycle, router},
    messages::messages,
    model::Model,
    names::names,
    neighbours::neighbours,
    ports::ports,
    queries::queries,
    relays::relays,
    scripted::scripted,
    steps::inspect,
    tables::tables,
    theme::Theme,
};
use dht_scenarios::{action::Family, step::Step};

/// The number of themes.
const THEMES: usize = Theme::ALL.len();

/// Generates the steps of an operation and updates the model. Returns `None` if no
/// host can perform the operation now.
type MakeSteps = fn(&mut Model, FuzzOp, &OpDraft) -> Option<Vec<Step>>;

/// How an operation can affect the rest of a case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Harm {
    /// Not at all. Every case may use the operation.
    None,
    /// It changes what hosts have to do. Each case draws whether it uses the
    /// operation.
    Changes(u8),
    /// It takes hosts down or separates them. Each case draws whether it uses the
    /// operation.
    Disturbs(u8),
}

impl Harm {
    /// The position of the operation among the draws. A new operation takes the next
    /// free number, so that the draws of the others stay the same.
    fn place(self) -> Option<u8> {
        match self {
            Harm::None => None,
            Harm::Changes(place) | Harm::Disturbs(place) => Some(place),
        }
    }
}

/// The properties of an operation.
struct Entry {
    op: FuzzOp,
    /// The family of its actions.
    family: Family,
    harm: Harm,
    make: MakeSteps,
    /// Its relative frequency in each theme.
    weights: [u32; THEMES],
}

/// Declares the operations.
macro_rules! operations {
    ($($(#[doc = $doc:literal])? $op:ident ($family:ident, $harm:expr, $make:ident) [$($weight:literal)+];)+) => {
        /// The kind of an operation, without its hosts and its time.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub(super) enum FuzzOp {
            $($(#[doc = $doc])? $op,)+
        }

        /// The operations in the order of the enum.
        const TABLE: &[Entry] = &[$(Entry {
            op: FuzzOp::$op,
            family: Family::$family,
            harm: $harm,
            make: $make,
            weights: [$($weight),+],
        }),+];
    };
}

use Harm::{Changes, Disturbs, None as Harmless};

// The columns of weights: Bucket, Lookup, Records, Connections, Modes, Hostile,
// Churn, Peace.
operations! {
    /// A short time passes, and the tables are read.
    Inspect (Time, Harmless, inspect) [12 1 6 1 5 1 1 4];

    Connect (Connection, Harmless, connections) [12 4 3 10 8 7 6 1];
    /// Two hosts dial each other at once.
    ConnectBoth (Connection, Harmless, connections) [1 1 1 10 1 1 1 0];
    /// A host dials a peer to which it is connected.
    Reconnect (Connection, Harmless, connections) [1 1 1 10 1 1 1 0];
    /// Several hosts dial one at once.
    ConnectAll (Connection, Harmless, connections) [8 1 1 10 1 1 1 0];
    Disconnect (Connection, Disturbs(0), connections) [8 4 4 10 5 3 1 0];
    /// A dial, and at the same instant an operation that ends the connection.
    ConnectAndCut (Connection, Disturbs(1), connections) [12 1 1 10 1 1 1 0];
    /// A host stops listening, or listens again.
    Listen (Connection, Disturbs(2), addresses) [4 1 1 6 5 1 1 0];
    External (Swarm, Changes(3), addresses) [1 1 1 1 12 1 1 0];
    Block (Swarm, Disturbs(4), connections) [4 1 1 6 1 1 1 0];

    FindPeers (Query, Harmless, queries) [3 12 1 5 4 7 6 12];
    FindHost (Query, Harmless, queries) [12 12 1 5 4 7 6 12];
    Bootstrap (Query, Harmless, queries) [3 7 1 1 8 3 6 4];
    Put (Query, Harmless, queries) [1 7 14 5 4 7 6 12];
    Get (Query, Harmless, queries) [1 12 14 5 1 7 6 12];
    Provide (Query, Harmless, queries) [1 7 14 1 4 7 6 12];
    FindProviders (Query, Harmless, queries) [1 12 14 1 1 7 6 12];
    /// Several queries of one host at one instant.
    Burst (Query, Harmless, queries) [1 7 3 1 1 3 1 4];
    Finish (Query, Harmless, queries) [1 7 3 1 1 1 1 4];
    Stop (Dht, Changes(5), queries) [1 4 3 1 1 3 1 0];

    AddAddress (Dht, Harmless, tables) [12 1 1 1 8 1 1 0];
    RemoveAddress (Dht, Changes(6), tables) [4 1 1 1 1 1 1 0];
    RemovePeer (Dht, Changes(7), tables) [4 1 1 1 8 1 1 0];
    SetMode (Dht, Changes(8), tables) [1 1 1 1 12 1 1 0];
    StopProviding (Dht, Harmless, tables) [1 1 6 1 1 1 1 1];
    StoreLocal (Dht, Changes(35), tables) [1 1 6 1 1 1 1 0];
    StoreProviderLocal (Dht, Changes(36), tables) [1 1 6 1 1 1 1 0];
    RemoveLocal (Dht, Changes(34), tables) [1 1 6 1 1 1 1 0];

    Close (Lifecycle, Disturbs(9), lifecycle) [8 1 4 6 5 1 12 0];
    Crash (Lifecycle, Disturbs(10), lifecycle) [8 4 4 6 5 1 12 0];
    Restart (Lifecycle, Harmless, lifecycle) [8 4 4 6 5 1 12 0];
    /// A host is paused or resumed.
    Pause (Lifecycle, Disturbs(11), lifecycle) [3 6 1 3 1 1 1 0];
    Slow (Lifecycle, Disturbs(12), lifecycle) [1 6 1 3 1 1 1 0];
    Skew (Lifecycle, Changes(13), lifecycle) [1 1 3 1 1 1 1 0];
    Move (Move, Disturbs(14), lifecycle) [1 1 1 3 1 1 5 0];
    Churn (Churn, Disturbs(15), lifecycle) [1 1 1 1 1 1 12 0];

    Partition (Fault, Disturbs(16), faults) [1 1 1 3 1 1 5 0];
    Cut (Fault, Disturbs(17), connection_faults) [1 6 1 3 1 1 1 0];
    Blackhole (Fault, Disturbs(18), connection_faults) [1 6 1 3 1 1 5 0];
    Stall (Fault, Disturbs(19), connection_faults) [1 6 1 3 1 1 1 0];
    Reset (Fault, Disturbs(20), connection_faults) [4 4 1 6 1 1 5 0];
    ResetStreams (Fault, Disturbs(21), connection_faults) [1 4 1 3 1 1 1 0];
    Refuse (Fault, Disturbs(22), faults) [3 6 1 3 1 1 1 0];
    Hang (Fault, Disturbs(23), faults) [3 6 1 3 1 1 1 0];
    DialReset (Fault, Disturbs(24), faults) [1 1 1 3 1 1 1 0];
    Firewall (Fault, Disturbs(25), faults) [1 1 1 3 1 1 5 0];
    Latency (Fault, Disturbs(26), faults) [1 6 1 3 1 1 5 0];
    Bandwidth (Fault, Disturbs(27), faults) [1 1 1 1 1 1 1 0];
    Loss (Fault, Disturbs(28), faults) [1 4 1 1 1 1 5 0];
    /// A network interface goes away.
    Offline (Fault, Disturbs(37), faults) [1 1 1 3 1 1 5 0];

    /// A network drops UDP.
    DropUdp (Fault, Disturbs(45), faults) [1 1 1 3 1 1 4 0];

    /// A network interface goes away and returns, with another address.
    Away (Move, Disturbs(41), lifecycle) [1 1 1 4 2 1 6 0];

    /// A router forgets its connections, and may get another address.
    Router (Swarm, Disturbs(38), router) [1 3 1 6 4 1 6 0];
    /// A client has a relay accept connections for it.
    Reserve (Swarm, Changes(39), relays) [2 2 2 10 10 2 6 0];
    /// A host dials a client by a relay.
    Circuit (Connection, Harmless, relays) [2 2 2 10 10 2 6 0];

    /// A host dials a server by its name, which may stand for another one since now, or be gone.
    Name (Connection, Changes(40), names) [2 3 2 8 3 2 6 0];

    /// A client asks its router for a port.
    MapPort (Swarm, Changes(42), ports) [2 2 2 8 10 2 6 0];
    /// A host dials a client by the port of its router.
    DialPort (Connection, Harmless, ports) [2 2 2 8 10 2 6 0];

    /// A host discovers a server as with mDNS.
    Discover (Neighbour, Changes(43), neighbours) [4 3 2 6 6 2 4 0];
    /// What a host has discovered expires.
    Expire (Neighbour, Changes(44), neighbours) [4 3 2 6 6 2 4 0];
    /// A host sends a request of request-response.
    Request (Neighbour, Harmless, neighbours) [4 4 3 10 4 3 4 1];

    DropMessages (Messages, Disturbs(29), messages) [1 6 4 1 1 1 1 0];
    DelayMessages (Messages, Disturbs(30), messages) [1 6 4 1 1 1 1 0];

    SetScript (Scripted, Changes(31), scripted) [0 3 1 1 1 12 1 0];
    Ask (Scripted, Harmless, scripted) [0 3 3 1 1 12 1 0];
    Send (Scripted, Changes(32), scripted) [0 3 1 1 1 12 1 0];
    HoldStreams (Scripted, Changes(33), scripted) [0 3 1 1 1 12 1 0];
}

impl FuzzOp {
    fn entry(self) -> &'static Entry {
        &TABLE[self as usize]
    }

    /// Whether it takes hosts down or separates them.
    pub(super) fn disturbs(self) -> bool {
        matches!(self.entry().harm, Disturbs(_))
    }

    /// Generates the steps of the operation and updates the model. Returns no steps
    /// if no host can perform the operation now.
    pub(super) fn steps(self, model: &mut Model, draft: &OpDraft) -> Vec<Step> {
        (self.entry().make)(model, self, draft).unwrap_or_default()
    }
}

/// The harmful operations, in the order in which they are drawn.
fn harmful() -> Vec<FuzzOp> {
    let mut drawn: Vec<_> = TABLE
        .iter()
        .filter_map(|entry| entry.harm.place().map(|place| (place, entry.op)))
        .collect();
    drawn.sort();
    drawn.into_iter().map(|(_, op)| op).collect()
}

/// The operations that a theme uses, with their weights, restricted to those that the
/// case has drawn.
pub(super) fn weighted(
    theme: Theme,
    kinds: &Kinds,
    families: &BTreeMap<Family, u32>,
) -> Vec<(u32, FuzzOp)> {
    TABLE
        .iter()
        .map(|entry| {
            let family = families.get(&entry.family).copied().unwrap_or(100);
            let weight = entry.weights[theme as usize] * kinds.strength(entry) * family;
            (weight, entry.op)
        })
        .filter(|(weight, _)| *weight > 0)
        .collect()
}

/// The harmful operations of a case, and how often it uses them.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    used: BTreeSet<FuzzOp>,
    /// Relative to a harmless operation, whose strength is always 4.
    strength: u32,
}

impl Kinds {
    /// The frequency of an operation, in quarters.
    fn strength(&self, entry: &Entry) -> u32 {
        match (entry.harm, self.used.contains(&entry.op)) {
            (Harmless, _) => 4,
            (_, true) => self.strength,
            (_, false) => 0,
        }
    }
}

/// Draws the harmful operations. One case in eight uses none, because some invariants
/// apply only then; in the others each operation has the same chance.
pub(super) fn kinds() -> BoxedStrategy<Kinds> {
    let chance = prop_oneof![
        2 => Just(0.0),
        4 => Just(0.12),
        6 => Just(0.3),
        4 => Just(0.6),
    ];
    let drawn =
        chance.prop_flat_map(|chance| vec(proptest::bool::weighted(chance), harmful().len()));
    (drawn, prop_oneof![Just(2_u32), Just(4), Just(12)])
        .prop_map(|(drawn, strength)| Kinds {
            used: harmful()
                .into_iter()
                .zip(drawn)
                .filter_map(|(op, used)| used.then_some(op))
                .collect(),
            strength,
        })
        .boxed()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn table_entries_are_in_the_order_of_the_enum() {
        for (place, entry) in TABLE.iter().enumerate() {
            assert_eq!(entry.op as usize, place, "{:?}", entry.op);
            assert_eq!(entry.op.entry().family, entry.family);
        }
    }

    #[test]
    fn each_harmful_operation_has_its_own_draw() {
        let mut places: Vec<_> = TABLE
            .iter()
            .filter_map(|entry| entry.harm.place())
            .collect();
        places.sort_unstable();
        let expected: Vec<u8> = (0..).take(places.len()).collect();
        assert_eq!(places, expected);
    }

    #[test]
    fn families_without_weight_and_undrawn_harmful_operations_are_left_out() {
        let kinds = Kinds {
            used: BTreeSet::from([FuzzOp::Crash]),
            strength: 2,
        };
        let ops = |families: &[(Family, u32)]| {
            let families = families.iter().copied().collect();
            weighted(Theme::Churn, &kinds, &families)
        };
        let all = ops(&[]);
        assert!(all.contains(&(12 * 2 * 100, FuzzOp::Crash)));
        assert!(all.contains(&(12 * 4 * 100, FuzzOp::Restart)));
        assert!(!all.iter().any(|(_, op)| *op == FuzzOp::Close));
        let without = ops(&[(Family::Lifecycle, 0)]);
        assert!(!without.iter().any(|(_, op)| *op == FuzzOp::Crash));
    }
}
