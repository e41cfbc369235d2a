//! Invariants of the mode of a DHT: client or server.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::kad::Mode;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Requirement, as_in_catalog,
        phrase,
    },
    invariants::{cursor::Cursor, view::open_hosts},
    net::{HostId, IdHash},
    world::World,
};

/// The mode only changes when the DHT announces it.
#[derive(Default)]
pub(crate) struct ModeAsAnnounced {
    last: IndexMap<HostId, Mode, IdHash>,
    /// The hosts whose mode differs from the announced one, and since when.
    unannounced: IndexMap<HostId, VirtualInstant, IdHash>,
    seen: Cursor,
}

const UNANNOUNCED: FindingKind = FindingKind::new(
    "unannounced-mode",
    "the mode differs from the one announced last",
);

impl ModeAsAnnounced {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "mode-as-announced",
        statement: "a host's mode is the one it has announced last",
        kinds: &[UNANNOUNCED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "mode, ModeChanged",
        allows: "an announcement that follows at the same instant",
        standard: false,
        demand: Demand::Always,
        // The DHT does not announce a mode that the test has set.
        requires: &[Requirement::AutomaticModes, Requirement::NoDepartures],
        make: |_| Box::new(ModeAsAnnounced::default()),
    };
}

impl Invariant for ModeAsAnnounced {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            let Some(mode) = world.mode(host) else {
                continue;
            };
            let (count, announced) = world.swarm_log(host, |swarm_log| {
                let last = swarm_log.modes.last().map(|(_, mode)| *mode);
                (swarm_log.modes.len(), last)
            });
            let news = self.seen.unseen(world, host, count);
            let is_new = news.start == 0 && !self.last.contains_key(&host);
            let before = self.last.insert(host, mode);
            let expected = match announced {
                Some(announced) if !news.is_empty() => announced,
                _ if is_new => mode,
                _ => before.unwrap_or(mode),
            };
            if mode == expected {
                self.unannounced.swap_remove(&host);
                continue;
            }
            // The mode changes at once, but the event is polled later.
            self.last.insert(host, expected);
            let since = *self.unannounced.entry(host).or_insert(world.now());
            if since < world.now() {
                report
                    .violated(UNANNOUNCED)
                    .at(host)
                    .subject("mode")
                    .since(since)
                    .expected(phrase!("{}, as announced", expected))
                    .seen(mode);
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// In automatic mode, a host is a server if it can be reached.
pub(crate) struct ModeFollowsAddress;

const CLIENT_WITH_ADDRESS: FindingKind = FindingKind::new(
    "client-with-address",
    "a host with a confirmed external address is a client",
);
const SERVER_WITHOUT_ADDRESS: FindingKind = FindingKind::new(
    "server-without-address",
    "a host without a confirmed external address is a server",
);

impl ModeFollowsAddress {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "mode-follows-address",
        statement: "a host is a server if it has a confirmed external address, and else a client",
        kinds: &[CLIENT_WITH_ADDRESS, SERVER_WITHOUT_ADDRESS],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "mode, external_addresses",
        allows: "nothing",
        standard: false,
        demand: Demand::Always,
        requires: &[Requirement::AutomaticModes, Requirement::NoClients],
        make: |_| Box::new(ModeFollowsAddress),
    };
}

impl Invariant for ModeFollowsAddress {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            let (Some(mode), Some(swarm)) = (world.mode(host), world.swarm(host)) else {
                continue;
            };
            let (expected, otherwise) = match swarm.external.is_empty() {
                true => (Mode::Client, SERVER_WITHOUT_ADDRESS),
                false => (Mode::Server, CLIENT_WITH_ADDRESS),
            };
            if mode != expected {
                let addresses = swarm.external.len();
                report
                    .violated(otherwise)
                    .at(host)
                    .subject("mode")
                    .expected(phrase!(
                        "{} with {} external addresses",
                        expected,
                        addresses
                    ))
                    .seen(mode);
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
