//! What can be done in a case, before it is known to whom and when.

use std::collections::BTreeSet;

use proptest::{collection::vec, prelude::*};

use dht_scenarios::action::Family;

/// What can be done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum FuzzOp {
    /// The tables are looked at; time passes before.
    Look,
    /// One dials another.
    Meet,
    /// Two dial each other at once.
    MeetBoth,
    /// One dials another to whom it is connected.
    MeetAgain,
    /// Several dial one at once.
    MeetAll,
    /// One waits for the end of what connects it to another.
    Disconnect,
    /// A connection and what cuts it off, at one instant.
    HostKind,
    Listen,
    External,
    Block,
    FindPeers,
    FindHost,
    Bootstrap,
    Put,
    Get,
    Provide,
    FindProviders,
    /// Several queries at one instant.
    Burst,
    Finish,
    Stop,
    AddAddress,
    RemoveAddress,
    RemovePeer,
    SetMode,
    StopProviding,
    StoreLocal,
    StoreProviderLocal,
    RemoveLocal,
    Close,
    Crash,
    Restart,
    Pause,
    Slow,
    Skew,
    Move,
    Churn,
    Partition,
    Cut,
    Blackhole,
    Stall,
    Reset,
    ResetStreams,
    Refuse,
    Hang,
    DialReset,
    Firewall,
    Latency,
    Bandwidth,
    Loss,
    DropMessages,
    DelayMessages,
    Script,
    Ask,
    Send,
    HoldStreams,
}

use FuzzOp::*;

impl FuzzOp {
    /// All of them.
    pub(super) const ALL: &'static [FuzzOp] = &[
        Look,
        Meet,
        MeetBoth,
        MeetAgain,
        MeetAll,
        Disconnect,
        HostKind,
        Listen,
        External,
        Block,
        FindPeers,
        FindHost,
        Bootstrap,
        Put,
        Get,
        Provide,
        FindProviders,
        Burst,
        Finish,
        Stop,
        AddAddress,
        RemoveAddress,
        RemovePeer,
        SetMode,
        StopProviding,
        StoreLocal,
        StoreProviderLocal,
        RemoveLocal,
        Close,
        Crash,
        Restart,
        Pause,
        Slow,
        Skew,
        Move,
        Churn,
        Partition,
        Cut,
        Blackhole,
        Stall,
        Reset,
        ResetStreams,
        Refuse,
        Hang,
        DialReset,
        Firewall,
        Latency,
        Bandwidth,
        Loss,
        DropMessages,
        DelayMessages,
        Script,
        Ask,
        Send,
        HoldStreams,
    ];

    /// Those of which a case draws whether it uses them at all: what harms.
    const FAULTS: &'static [FuzzOp] = &[
        Disconnect,
        HostKind,
        Listen,
        External,
        Block,
        Stop,
        RemoveAddress,
        RemovePeer,
        SetMode,
        Close,
        Crash,
        Pause,
        Slow,
        Skew,
        Move,
        Churn,
        Partition,
        Cut,
        Blackhole,
        Stall,
        Reset,
        ResetStreams,
        Refuse,
        Hang,
        DialReset,
        Firewall,
        Latency,
        Bandwidth,
        Loss,
        DropMessages,
        DelayMessages,
        Script,
        Send,
        HoldStreams,
        RemoveLocal,
        StoreLocal,
        StoreProviderLocal,
    ];

    /// The family of what it does.
    pub(super) fn family(self) -> Family {
        match self {
            Look => Family::Time,
            Meet | MeetBoth | MeetAgain | MeetAll | Disconnect | HostKind | Listen => {
                Family::Connection
            }
            External | Block => Family::Swarm,
            FindPeers | FindHost | Bootstrap | Put | Get | Provide | FindProviders | Burst
            | Finish => Family::Query,
            Stop | AddAddress | RemoveAddress | RemovePeer | SetMode | StopProviding
            | StoreLocal | StoreProviderLocal | RemoveLocal => Family::Dht,
            Close | Crash | Restart | Pause | Slow | Skew => Family::Lifecycle,
            Move => Family::Move,
            Churn => Family::Churn,
            Partition | Cut | Blackhole | Stall | Reset | ResetStreams | Refuse | Hang
            | DialReset | Firewall | Latency | Bandwidth | Loss => Family::Fault,
            DropMessages | DelayMessages => Family::Messages,
            Script | Ask | Send | HoldStreams => Family::Scripted,
        }
    }
}

/// The kinds of harm that a case does, and how much of it.
#[derive(Clone, Debug)]
pub(super) struct Kinds {
    used: BTreeSet<FuzzOp>,
    /// Against what does no harm, of which there is always 4.
    strength: u32,
}

impl Kinds {
    /// How often it is done, in quarters.
    pub(super) fn strength(&self, op: FuzzOp) -> u32 {
        match (FuzzOp::FAULTS.contains(&op), self.used.contains(&op)) {
            (false, _) => 4,
            (true, true) => self.strength,
            (true, false) => 0,
        }
    }
}

/// Draws the kinds of harm: none at all in one of eight cases, so that what
/// holds only without any is looked at too, else each with the same chance.
pub(super) fn kinds() -> BoxedStrategy<Kinds> {
    let chance = prop_oneof![
        2 => Just(0.0),
        4 => Just(0.12),
        6 => Just(0.3),
        4 => Just(0.6),
    ];
    let drawn =
        chance.prop_flat_map(|chance| vec(proptest::bool::weighted(chance), FuzzOp::FAULTS.len()));
    (drawn, prop_oneof![Just(2_u32), Just(4), Just(12)])
        .prop_map(|(drawn, strength)| Kinds {
            used: FuzzOp::FAULTS
                .iter()
                .zip(drawn)
                .filter_map(|(op, used)| used.then_some(*op))
                .collect(),
            strength,
        })
        .boxed()
}
