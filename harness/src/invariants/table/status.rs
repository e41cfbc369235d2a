//! What a table says of the peers in it, against what they are.

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

/// An invariant of single entries: something that an entry may be for a while,
/// and not for longer.
pub(crate) struct EntryStatusRule {
    rule: &'static Rule,
    allowed: Duration,
    since: IndexMap<(HostId, VirtualInstant, PeerId), VirtualInstant, IdHash>,
}

/// What an entry may not be for long.
struct Rule {
    entry: &'static CatalogEntry,
    /// Whether it is about what one host tells the other, which has to arrive.
    is_told: bool,
    /// Whether this entry of this host is so now.
    is_wrong: fn(&World, HostId, &TableEntry) -> bool,
    kind: FindingKind,
    expected: &'static str,
    seen: &'static str,
}

const CALLED_DISCONNECTED: FindingKind = FindingKind::new(
    "called-disconnected",
    "an entry with a connection to a live server is called disconnected",
);
const CLIENT_CONNECTED: FindingKind = FindingKind::new(
    "client-called-connected",
    "the entry of a client is called connected",
);
const CLIENT_IN_TABLE: FindingKind = FindingKind::new("client-in-table", "a client is in a table");
const DEAD_CONNECTED: FindingKind = FindingKind::new(
    "dead-called-connected",
    "the entry of a host that is gone is called connected",
);
const DEAD_IN_TABLE: FindingKind =
    FindingKind::new("dead-in-table", "a host that is gone is in a table");

impl EntryStatusRule {
    pub(crate) const CONNECTED: CatalogEntry = CatalogEntry {
        name: "connection-means-status",
        statement: "an entry with a connection to a live server is called connected",
        kinds: &[CALLED_DISCONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, connected_peers, modes",
        allows: "the time of a notice from when both hosts run, nothing keeps them apart and they \
                 have last met or parted",
        standard: false,
        demand: Demand::Always,
        // Without identify, protocols of a peer are learnt only by using them; after a
        // reset stream of identify, minutes later.
        requires: &[
            Requirement::Identify,
            Requirement::FixedModes,
            Requirement::NoScriptedHosts,
            Requirement::NoEvictions,
            Requirement::NoRemovedEntries,
            Requirement::NoStreamResets,
        ],
        make: |limits| EntryStatusRule::boxed(&CONNECTED, limits.notice),
    };

    pub(crate) const CLIENTS: CatalogEntry = CatalogEntry {
        name: "clients-not-connected",
        statement: "an entry of a client is not called connected",
        kinds: &[CLIENT_CONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, modes",
        allows: "the time of a notice after a change of mode, or from when both hosts run, nothing \
                 keeps them apart and they have last met or parted",
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
                 keeps them apart and they have last met or parted",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| EntryStatusRule::boxed(&NO_CLIENTS, limits.notice),
    };

    pub(crate) const DEAD: CatalogEntry = CatalogEntry {
        name: "dead-not-connected",
        statement: "an entry of a host that is gone is not called connected",
        kinds: &[DEAD_CONNECTED],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, the lives of hosts",
        allows: "the time of a notice, of a request, of a dial and of an idle connection together: \
                 a crash is noticed by silence. libp2p itself keeps the connection of a crashed \
                 peer that had a stream open for ever",
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| EntryStatusRule::boxed(&DEAD, silence(limits)),
    };

    pub(crate) const NO_DEAD: CatalogEntry = CatalogEntry {
        name: "dead-leave-tables",
        statement: "a host that is gone is in no table",
        kinds: &[DEAD_IN_TABLE],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, the lives of hosts",
        allows: "the time of a recovery; libp2p itself keeps the dead until another needs the place",
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
    is_told: true,
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
    },
    kind: CALLED_DISCONNECTED,
    expected: "the entry is called connected",
    seen: "disconnected, with a connection",
};

static CLIENTS: Rule = Rule {
    entry: &EntryStatusRule::CLIENTS,
    is_told: true,
    is_wrong: |world, _, entry| {
        entry.status == EntryStatus::Connected && is_client(world, &entry.peer)
    },
    kind: CLIENT_CONNECTED,
    expected: "the entry of a client is not called connected",
    seen: "connected",
};

static NO_CLIENTS: Rule = Rule {
    entry: &EntryStatusRule::NO_CLIENTS,
    is_told: true,
    is_wrong: |world, _, entry| is_client(world, &entry.peer),
    kind: CLIENT_IN_TABLE,
    expected: "no entry of a client",
    seen: "there is one",
};

static DEAD: Rule = Rule {
    entry: &EntryStatusRule::DEAD,
    is_told: false,
    is_wrong: |world, _, entry| {
        entry.status == EntryStatus::Connected && is_gone(world, &entry.peer)
    },
    kind: DEAD_CONNECTED,
    expected: "the entry of a host that is gone is not called connected",
    seen: "connected",
};

static NO_DEAD: Rule = Rule {
    entry: &EntryStatusRule::NO_DEAD,
    is_told: false,
    is_wrong: |world, _, entry| is_gone(world, &entry.peer),
    kind: DEAD_IN_TABLE,
    expected: "no entry of a host that is gone",
    seen: "there is one",
};

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
    /// Since when at the earliest an entry can have been wrong: neither host learns
    /// anything while it is paused, or while the network keeps the two apart; and
    /// when they last met or parted the entry may have been right.
    fn able_since(
        &self,
        world: &World,
        host: HostId,
        remote: HostId,
        peer: &PeerId,
    ) -> Option<VirtualInstant> {
        let awake = world.awake_since(host)?.max(world.awake_since(remote)?);
        if !self.rule.is_told {
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
