//! Limits on the dials of a swarm and on their duration.

use std::time::Duration;

use indexmap::IndexMap;
use libp2p::PeerId;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    invariants::{cursor::Cursor, view::open_hosts},
    net::{HostId, IdHash},
    noun,
    world::{HostStatus, World},
};

/// Every dial that a swarm announces ends.
pub(crate) struct DialsEnd {
    allowed: Duration,
}

const ENDLESS: FindingKind = FindingKind::new("endless-dial", "a dial has not ended in its time");

impl DialsEnd {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "dials-end",
        statement: "every dial that a swarm announces succeeds or fails in time",
        kinds: &[ENDLESS],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "SwarmEvent",
        allows: "the timeout of a connection for each eight addresses of an entry, for each one where \
                 a host is a server of AutoNAT 1, and a second; dials of the application, which \
                 the swarm does not announce; hosts that are paused, and that time from then on",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(DialsEnd::within(limits)),
    };

    /// Creates the invariant for these numbers of addresses and this connection
    /// timeout.
    pub(crate) fn within(limits: &Limits) -> Self {
        let rounds = limits
            .addresses_per_entry
            .div_ceil(limits.addresses_at_a_time.get())
            .max(1) as u32;
        DialsEnd {
            allowed: limits.connection_timeout * rounds + Duration::from_secs(1),
        }
    }
}

impl Invariant for DialsEnd {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let now = world.now();
        for host in open_hosts(world) {
            let Some(awake) = world.awake_since(host) else {
                continue;
            };
            let overdue = world.swarm_log(host, |swarm_log| {
                let mut dials = swarm_log.under_way.iter();
                dials.find_map(|number| {
                    let dial = swarm_log.dials.get(number)?;
                    (now.saturating_since(dial.at.max(awake)) > self.allowed)
                        .then_some((*number, dial.peer, dial.at))
                })
            });
            if let Some((number, peer, since)) = overdue {
                let target = peer.map_or("an address".into(), |peer| Value::peer(world, &peer));
                report
                    .violated(ENDLESS)
                    .at(host)
                    .subject(phrase!("dial {}", number))
                    .since(since)
                    .expected(phrase!("the dial ends within {}", self.allowed))
                    .seen(phrase!("the dial to {} has not ended", target));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// A host has at most one dial to each peer at a time.
#[derive(Default)]
pub(crate) struct OneDialPerPeer {
    seen: Cursor,
}

const SEVERAL: FindingKind = FindingKind::new(
    "several-dials",
    "several dials to one peer are in progress at a time",
);

impl OneDialPerPeer {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "one-dial-per-peer",
        statement: "the behaviours of a host have at most one dial in progress to each peer",
        kinds: &[SEVERAL],
        moments: &[Moment::AfterEvent],
        data: "SwarmEvent",
        allows: "dials that name no peer, and those of the application, which the swarm does not \
                 announce",
        standard: false,
        demand: Demand::Always,
        // DCUtR and AutoNAT dial whether or not a dial is in progress.
        requires: &[Requirement::NoTraversal],
        make: |_| Box::new(OneDialPerPeer::default()),
    };
}

impl Invariant for OneDialPerPeer {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            let announced = world.swarm_log(*host, |swarm_log| swarm_log.dials.len());
            if self.seen.unseen(world, *host, announced).is_empty() {
                continue;
            }
            if let Some((peer, dials)) = dialled_twice(world, *host) {
                report
                    .violated(SEVERAL)
                    .at(*host)
                    .subject(phrase!("dials to {}", world.name_of(&peer)))
                    .expected("one dial at a time")
                    .seen(phrase!(
                        "{} dials to {} are in progress",
                        dials,
                        Value::peer(world, &peer)
                    ));
            }
        }
    }
}

fn dialled_twice(world: &World, host: HostId) -> Option<(PeerId, u32)> {
    world.swarm_log(host, |swarm_log| {
        let mut dials: IndexMap<PeerId, u32, IdHash> = IndexMap::default();
        for number in &swarm_log.under_way {
            if let Some(peer) = swarm_log.dials.get(number).and_then(|dial| dial.peer) {
                *dials.entry(peer).or_default() += 1;
            }
        }
        dials.into_iter().find(|(_, count)| *count > 1)
    })
}

/// A host does not dial its own addresses.
pub(crate) struct NoSelfDial;

const SELF_DIAL: FindingKind = FindingKind::new("self-dial", "a host has dialled itself");

impl NoSelfDial {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "no-self-dial",
        statement: "a host does not dial an address at which it listens itself",
        kinds: &[SELF_DIAL],
        moments: &[Moment::AfterEvent],
        data: "the errors of dials, listeners",
        allows: "nothing",
        standard: false,
        demand: Demand::Always,
        // A host whose identity has changed may be dialled at its own address under
        // the old one (B26).
        requires: &[Requirement::NoMoves, Requirement::SameIdentities],
        make: |_| Box::new(NoSelfDial),
    };
}

impl Invariant for NoSelfDial {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            let times = world.swarm_log(*host, |swarm_log| swarm_log.self_dials);
            if times > 0 && world.status(*host) == HostStatus::Open {
                report
                    .violated(SELF_DIAL)
                    .at(*host)
                    .subject("dial")
                    .expected("no host dials itself")
                    .seen(phrase!(
                        "it did, {} {} so far",
                        times,
                        noun(times as usize, "time", "times")
                    ));
            }
        }
    }
}
