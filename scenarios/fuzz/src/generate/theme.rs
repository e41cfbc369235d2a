//! Where a case looks for fault_phase.

use std::collections::BTreeMap;

use super::op::{FuzzOp, Kinds};
use dht_scenarios::action::Family;

/// Where a case looks for fault_phase: each theme has its hosts, its settings and
/// its own mixture of what is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Theme {
    /// Many want a place in one small bucket, and come and go around the time
    /// for which one waits for it.
    Bucket,
    /// Queries meet peers that are slow, dead, hung, or heard one way only.
    Lookup,
    /// Records and provider records that live, are replicated and published
    /// again within minutes, in small stores.
    Records,
    /// Connections made at once from both sides, doubled, cut off, and closed
    /// around the idle timeout.
    Connections,
    /// Modes, external addresses, empty tables and bootstraps.
    Modes,
    /// Scripted peers that lie, are silent, or talk nonsense.
    Hostile,
    /// Hosts that come, go, move and come back as others.
    Churn,
    /// Nothing goes wrong: everybody knows everybody, and connections last, so that
    /// what queries have to find is certain.
    Peace,
}

impl Theme {
    /// All of them.
    pub const ALL: &'static [Theme] = &[
        Theme::Bucket,
        Theme::Lookup,
        Theme::Records,
        Theme::Connections,
        Theme::Modes,
        Theme::Hostile,
        Theme::Churn,
        Theme::Peace,
    ];

    /// How often it is drawn among the others.
    pub(super) fn share(self) -> u32 {
        match self {
            Theme::Bucket | Theme::Lookup | Theme::Records | Theme::Connections => 4,
            Theme::Modes | Theme::Hostile | Theme::Peace => 3,
            Theme::Churn => 2,
        }
    }

    /// The one word of a case's description.
    pub(super) fn word(self) -> &'static str {
        match self {
            Theme::Bucket => "a contested bucket",
            Theme::Lookup => "lookups in fault_phase",
            Theme::Records => "records and providers",
            Theme::Connections => "connections",
            Theme::Modes => "modes and bootstraps",
            Theme::Hostile => "hostile peers",
            Theme::Churn => "coming and going",
            Theme::Peace => "nothing that goes wrong",
        }
    }

    /// What may be done and how often, of the kinds that the case has drawn.
    pub(super) fn ops(self, kinds: &Kinds, families: &BTreeMap<Family, u32>) -> Vec<(u32, FuzzOp)> {
        let weigh = |op: &FuzzOp| {
            let family = families.get(&op.family()).copied().unwrap_or(100);
            self.favour(*op) * kinds.strength(*op) * family
        };
        FuzzOp::ALL
            .iter()
            .map(|op| (weigh(op), *op))
            .filter(|(weight, _)| *weight > 0)
            .collect()
    }

    /// How much the theme wants this done.
    fn favour(self, op: FuzzOp) -> u32 {
        use FuzzOp::*;
        match self {
            Theme::Bucket => match op {
                Meet | HostKind | AddAddress | FindHost | Look => 12,
                Crash | Close | Restart | Disconnect | MeetAll => 8,
                RemovePeer | RemoveAddress | Reset | Block | Listen => 4,
                FindPeers | Bootstrap | Pause | Refuse | Hang => 3,
                Script | Ask | Send | HoldStreams => 0,
                _ => 1,
            },
            Theme::Lookup => match op {
                FindPeers | FindHost | Get | FindProviders => 12,
                Put | Provide | Burst | Finish | Bootstrap => 7,
                Pause | Slow | Cut | Blackhole | Stall | Hang | Refuse | DropMessages
                | DelayMessages | Latency => 6,
                Crash | Restart | Disconnect | Reset | ResetStreams | Stop | Meet | Loss => 4,
                Script | Ask | Send | HoldStreams => 3,
                _ => 1,
            },
            Theme::Records => match op {
                Put | Get | Provide | FindProviders => 14,
                StoreLocal | StoreProviderLocal | RemoveLocal | StopProviding | Look => 6,
                Crash | Close | Restart | Disconnect | DropMessages | DelayMessages => 4,
                Meet | Finish | Stop | Burst | Skew | Ask => 3,
                _ => 1,
            },
            Theme::Connections => match op {
                Meet | MeetBoth | MeetAgain | MeetAll | HostKind | Disconnect => 10,
                Close | Crash | Restart | Block | Listen | Reset => 6,
                FindHost | FindPeers | Get | Put => 5,
                Stall | Cut | Blackhole | Refuse | Hang | DialReset | ResetStreams | Pause
                | Partition | Firewall | Latency | Slow | Move => 3,
                _ => 1,
            },
            Theme::Modes => match op {
                SetMode | External => 12,
                Bootstrap | Meet | AddAddress | RemovePeer => 8,
                Restart | Close | Crash | Disconnect | Listen | Look => 5,
                FindPeers | FindHost | Provide | Put => 4,
                _ => 1,
            },
            Theme::Hostile => match op {
                Script | Ask | Send | HoldStreams => 12,
                FindPeers | FindHost | Get | Put | Provide | FindProviders | Meet => 7,
                Disconnect | Bootstrap | Burst | Stop => 3,
                _ => 1,
            },
            Theme::Churn => match op {
                Crash | Close | Restart | Churn => 12,
                Move | Partition | Blackhole | Reset | Firewall | Loss | Latency => 5,
                FindPeers | FindHost | Get | Put | Provide | FindProviders | Bootstrap | Meet => 6,
                _ => 1,
            },
            Theme::Peace => match op {
                FindPeers | FindHost | Put | Get | Provide | FindProviders => 12,
                Burst | Bootstrap | Finish | Look => 4,
                Meet | StopProviding => 1,
                _ => 0,
            },
        }
    }
}
