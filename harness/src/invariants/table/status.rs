//! Compares the status of entries with the actual state of their peers.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{PeerId, kad::Mode};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        phrase,
    },
    dht::{EntryStatus, TableEntry},
    invariants::{oracle, view::last_heard, view::tables},
    net::{HostId, IdHash},
    world::{HostStatus, World},
};

/// An invariant of single entries: a state that an entry may have for a limited time
/// only.
pub(crate) struct EntryStatusRule {
    rule: &'static Rule,
    allowed: Duration,
    since: IndexMap<(HostId, VirtualInstant, PeerId), VirtualInstant, IdHash>,
}

/// A state that an entry must not have for long.
struct Rule {
    entry: &'static CatalogEntry,
    /// Whether the state depends on messages between the two hosts, which have to
    /// arrive.
    depends_on_messages: bool,
    /// Whether this entry of this host is in the state now.
    is_wrong: fn(&World, HostId, &TableEntry) -> bool,
    kind: FindingKind,
    expected: &'static str,
    seen: &'static str,
}

const CALLED_DISCONNECTED: FindingKind = FindingKind::new(
    "called-disconnected",
    "an entry with a connection to a live server is marked as disconnected",
);
const CLIENT_CONNECTED: FindingKind = FindingKind::new(
    "client-called-connected",
    "the entry of a client is marked as connected",
);
const CLIENT_IN_TABLE: FindingKind = FindingKind::new("client-in-table", "a client is in a table");
const DEAD_CONNECTED: FindingKind = FindingKind::new(
    "dead-called-connected",
    "the entry of a host that is down is marked as connected",
);
const DEAD_IN_TABLE: FindingKind =
    FindingKind::new("dead-in-table", "a host that is down is in a table");

impl EntryStatusRule {
    pub(crate) const CONNECTED: CatalogEntry = CatalogEntry {
        name: "connection-means-status",
        statement: "an entry with a connection to a live server is marked as connected",
        kinds: &[CALLED_DISCONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, connected_peers, modes",
        allows: "the time of a notice, counted from when both hosts run, nothing separates them and \
                 they last connected or disconnected, and connections that the peer has lost and \
                 could not tell of, as by a move",
        standard: false,
        demand: Demand::Always,
        // Without identify, a host learns the protocols of a peer only by using them.
        // If a stream of identify is reset, or times out at a paused host, it learns them minutes
        // later.
        requires: &[
            Requirement::Identify,
            Requirement::FixedModes,
            Requirement::NoScriptedHosts,
            Requirement::NoEvictions,
            Requirement::NoRemovedEntries,
            Requirement::NoStreamResets,
            Requirement::NoSlowHosts,
        ],
        make: |limits| EntryStatusRule::boxed(&CONNECTED, limits.notice),
    };

    pub(crate) const CLIENTS: CatalogEntry = CatalogEntry {
        name: "clients-not-connected",
        statement: "an entry of a client is not marked as connected",
        kinds: &[CLIENT_CONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, modes",
        allows: "the time of a notice after a change of mode, or from when both hosts run, nothing \
                 separates them and they last connected or disconnected",
        standard: false,
        demand: Demand::Always,
        requires: &[
            Requirement::Identify,
            Requirement::FixedModes,
            Requirement::NoScriptedHosts,
        ],
        make: |limits| EntryStatusRule::boxed(&CLIENTS, limits.notice),
    };

    pub(crate) const NO_CLIENTS: CatalogEntry = CatalogEntry {
        name: "clients-leave-tables",
        statement: "a client is in no table",
        kinds: &[CLIENT_IN_TABLE],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, modes",
        allows: "the time of a notice after a change of mode, or from when both hosts run, nothing \
                 separates them and they last connected or disconnected",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| EntryStatusRule::boxed(&NO_CLIENTS, limits.notice),
    };

    pub(crate) const DEAD: CatalogEntry = CatalogEntry {
        name: "dead-not-connected",
        statement: "an entry of a host that is down is not marked as connected",
        kinds: &[DEAD_CONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, the states of hosts",
        allows: "the time of a notice, of a request, of a dial and of an idle connection together: \
                 a crash is noticed by silence. libp2p itself never closes the connection of a \
                 crashed peer that had an open stream",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| EntryStatusRule::boxed(&DEAD, silence(limits)),
    };

    pub(crate) const NO_DEAD: CatalogEntry = CatalogEntry {
        name: "dead-leave-tables",
        statement: "a host that is down is in no table",
        kinds: &[DEAD_IN_TABLE],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, the states of hosts",
        allows: "the recovery time; libp2p itself keeps dead peers until another peer needs the slot",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| EntryStatusRule::boxed(&NO_DEAD, limits.recovery),
    };

    fn boxed(rule: &'static Rule, allowed: Duration) -> Box<dyn Invariant> {
        Box::new(EntryStatusRule {
            rule,
            allowed,
            since: IndexMap::default(),
        })
    }
}

fn silence(limits: &Limits) -> Duration {
    limits.notice + limits.request_timeout + limits.connection_timeout + limits.idle_timeout
}

static CONNECTED: Rule = Rule {
    entry: &EntryStatusRule::CONNECTED,
    depends_on_messages: true,
    is_wrong: |world, host, entry| {
        let serves = |peer: &PeerId| {
            let remote = world.host_of(peer)?;
            (world.status(remote) == HostStatus::Open).then(|| world.mode(remote))?
        };
        entry.status == EntryStatus::Disconnected
            && world.swarm_log(host, |swarm_log| {
                swarm_log.connected.contains_key(&entry.peer)
            })
            && serves(&entry.peer) == Some(Mode::Server)
            && !is_half_open(world, host, &entry.peer)
    },
    kind: CALLED_DISCONNECTED,
    expected: "the entry is marked as connected",
    seen: "disconnected, with a connection",
};

static CLIENTS: Rule = Rule {
    entry: &EntryStatusRule::CLIENTS,
    depends_on_messages: true,
    is_wrong: |world, _, entry| {
        entry.status == EntryStatus::Connected && is_client(world, &entry.peer)
    },
    kind: CLIENT_CONNECTED,
    expected: "the entry of a client is not marked as connected",
    seen: "connected",
};

static NO_CLIENTS: Rule = Rule {
    entry: &EntryStatusRule::NO_CLIENTS,
    depends_on_messages: true,
    is_wrong: |world, _, entry| is_client(world, &entry.peer),
    kind: CLIENT_IN_TABLE,
    expected: "no entry of a client",
    seen: "there is one",
};

static DEAD: Rule = Rule {
    entry: &EntryStatusRule::DEAD,
    depends_on_messages: false,
    is_wrong: |world, _, entry| {
        entry.status == EntryStatus::Connected && is_gone(world, &entry.peer)
    },
    kind: DEAD_CONNECTED,
    expected: "the entry of a host that is down is not marked as connected",
    seen: "connected",
};

static NO_DEAD: Rule = Rule {
    entry: &EntryStatusRule::NO_DEAD,
    depends_on_messages: false,
    is_wrong: |world, _, entry| is_gone(world, &entry.peer),
    kind: DEAD_IN_TABLE,
    expected: "no entry of a host that is down",
    seen: "there is one",
};

/// Whether the peer has lost the connections that the host counts, and could not tell.
fn is_half_open(world: &World, host: HostId, peer: &PeerId) -> bool {
    let remote = world.host_of(peer);
    remote.is_some_and(|remote| world.fabric().is_half_open(host, remote))
}

fn is_client(world: &World, peer: &PeerId) -> bool {
    world.host_of(peer).is_some_and(|host| {
        world.status(host) == HostStatus::Open && world.mode(host) == Some(Mode::Client)
    })
}

fn is_gone(world: &World, peer: &PeerId) -> bool {
    world
        .host_of(peer)
        .is_some_and(|host| world.status(host).is_over())
}

impl EntryStatusRule {
    /// The earliest time from which an entry can have been wrong: hosts learn nothing
    /// while they are paused or separated by the network, and the entry may have been
    /// right when they last connected or disconnected.
    fn able_since(
        &self,
        world: &World,
        host: HostId,
        remote: HostId,
        peer: &PeerId,
    ) -> Option<VirtualInstant> {
        let awake = world.awake_since(host)?.max(world.awake_since(remote)?);
        if !self.rule.depends_on_messages {
            return Some(awake);
        }
        let in_touch = oracle::in_touch_since(world, host, remote)?;
        let heard = last_heard(world, host, peer).unwrap_or_default();
        Some(awake.max(in_touch).max(heard))
    }
}

impl Invariant for EntryStatusRule {
    fn name(&self) -> &'static str {
        self.rule.entry.name
    }

    fn statement(&self) -> &'static str {
        self.rule.entry.statement
    }

    fn kinds(&self) -> &'static [FindingKind] {
        self.rule.entry.kinds
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let before = std::mem::take(&mut self.since);
        for (host, table) in tables(world) {
            for entry in table.entries() {
                if !(self.rule.is_wrong)(world, host, entry) {
                    continue;
                }
                let remote = world.host_of(&entry.peer).unwrap_or(host);
                let Some(able) = self.able_since(world, host, remote, &entry.peer) else {
                    continue;
                };
                let key = (host, world.started_at(host), entry.peer);
                let since = *before.get(&key).unwrap_or(&world.now());
                let since = since.max(able);
                self.since.insert(key, since);
                if world.now().saturating_since(since) > self.allowed {
                    let (expected, seen) = (self.rule.expected, self.rule.seen);
                    report
                        .violated(self.rule.kind)
                        .at(host)
                        .subject(phrase!("entry {}", world.name_of(&entry.peer)))
                        .since(since)
                        .expected(phrase!("{}, {} later", expected, self.allowed))
                        .seen(phrase!("{}: {}", Value::peer(world, &entry.peer), seen));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
