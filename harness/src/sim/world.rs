//! The simulation as checks and predicates see it.

use std::{cell::RefCell, rc::Rc, time::Duration};

use dht_harness_clock::{self as clock, Owner, VirtualInstant};
use libp2p::{PeerId, kad, swarm::ConnectionCounters};

use super::{
    member::{HostStatus, Member, SwarmView},
    plan::Plans,
    swarm_log::SwarmLog,
    tapped::Tapped,
};
use crate::{
    check::{Invariant, Reporter, Violation},
    dht::TableSnapshot,
    engine::{Engine, PanicNote, Tasks},
    net::{Fabric, Fault, FaultRecord, HostId, HostResources, TrafficStats},
    trace::TraceEvent,
};

/// Everything there is to know about a simulation, by host.
///
/// All of it can be looked at without changing anything, except
/// [`World::table`].
pub struct World {
    pub(super) engine: Engine,
    pub(super) members: RefCell<Vec<Member>>,
    pub(super) checks: RefCell<Vec<Box<dyn Invariant>>>,
    pub(super) violations: RefCell<Vec<Violation>>,
    pub(super) panics: RefCell<Vec<PanicNote>>,
    pub(super) tapped: Option<Tapped>,
    pub(super) plans: Plans,
}

/// Of how many hosts a violation shows how their tables have changed, and how
/// much of each.
const TABLES: usize = 2;
const TABLE_LINES: usize = 6;

/// How many of a host's latest events a violation shows.
const RECENT: usize = 8;

impl World {
    pub(super) fn new(
        engine: Engine,
        checks: Vec<Box<dyn Invariant>>,
        tapped: Option<Tapped>,
    ) -> Self {
        World {
            engine,
            members: RefCell::default(),
            checks: RefCell::new(checks),
            violations: RefCell::default(),
            panics: RefCell::default(),
            tapped,
            plans: Plans::default(),
        }
    }

    /// The present.
    pub fn now(&self) -> VirtualInstant {
        self.engine.now()
    }

    /// All hosts, those that are gone among them.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.members.borrow().len() as u32).map(HostId)
    }

    /// The host that has, or last had, this identity.
    pub fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        let members = self.members.borrow();
        let named = self.engine.journal(|journal| journal.host_of(peer));
        // A host that came back as somebody else is no longer that one, and
        // then another may be: only that is worth a search.
        named
            .filter(|host| {
                members
                    .get(host.0 as usize)
                    .is_some_and(|member| member.peer == *peer)
            })
            .or_else(|| {
                named?;
                let mut latest_first = members.iter().rev();
                Some(latest_first.find(|member| member.peer == *peer)?.id)
            })
    }

    /// The name the test gave the host.
    pub fn name(&self, host: HostId) -> String {
        self.member(host, |member| member.name.clone())
    }

    /// A peer by the name of its host, or by its id.
    pub fn name_of(&self, peer: &PeerId) -> String {
        match self.host_of(peer) {
            Some(host) => self.name(host),
            None => peer.to_string(),
        }
    }

    /// The host's identity.
    pub fn peer(&self, host: HostId) -> PeerId {
        self.member(host, |member| member.peer)
    }

    /// Where the host is in its status.
    pub fn status(&self, host: HostId) -> HostStatus {
        self.member(host, |member| member.status)
    }

    /// Since when the host is where it is in its status.
    pub fn since(&self, host: HostId) -> VirtualInstant {
        self.member(host, |member| member.since)
    }

    /// When the host came up, for the latest time.
    pub fn started_at(&self, host: HostId) -> VirtualInstant {
        self.member(host, |member| member.started_at)
    }

    /// Since when the test says that the host answers no request although it
    /// lives.
    pub fn declared_dead(&self, host: HostId) -> Option<VirtualInstant> {
        self.member(host, |member| member.declared_dead)
    }

    /// What the host's swarm says about itself; `None` once it is gone.
    ///
    /// This puts its peers in order: who wants to know about one of them asks
    /// [`is_connected`](Self::is_connected).
    pub fn swarm(&self, host: HostId) -> Option<SwarmView> {
        self.member(host, |member| member.host.view())
    }

    /// How many connections the host's swarm counts; `None` once it is gone.
    pub fn established(&self, host: HostId) -> Option<u32> {
        Some(self.counters(host)?.num_established())
    }

    /// How many connections and attempts the host's swarm counts; `None` once it
    /// is gone.
    pub fn counters(&self, host: HostId) -> Option<ConnectionCounters> {
        self.member(host, |member| member.host.counters())
    }

    /// Whether the host's swarm has a connection to `peer`; `None` once it is
    /// gone.
    pub fn is_connected(&self, host: HostId, peer: &PeerId) -> Option<bool> {
        self.member(host, |member| member.host.is_connected(peer))
    }

    /// Since when `peer` does not answer `host`: its host is gone, the link
    /// between them is cut, or the test has declared it dead. `None` while it
    /// does.
    pub fn dead_since(&self, host: HostId, peer: &PeerId) -> Option<VirtualInstant> {
        let remote = self.host_of(peer)?;
        if self.status(remote).is_over() {
            return Some(self.since(remote));
        }
        let declared = self.declared_dead(remote);
        self.cuts()
            .filter(|fault| !matches!(fault.fault, Fault::Stall { .. }))
            .filter(|fault| fault.fault.hinders(host, remote))
            .map(|fault| fault.planned_at)
            .chain(declared)
            .min()
    }

    /// Whether any link is cut now.
    pub fn has_cuts(&self) -> bool {
        self.cuts().next().is_some()
    }

    fn cuts(&self) -> impl Iterator<Item = FaultRecord> {
        self.fabric().faults().into_iter().filter(|fault| {
            fault.healed_at.is_none()
                && matches!(
                    fault.fault,
                    Fault::Partition { .. }
                        | Fault::Cut { .. }
                        | Fault::Blackhole { .. }
                        | Fault::Stall { .. }
                )
        })
    }

    /// Works on what the host's swarm has said so far.
    pub fn swarm_log<R>(&self, host: HostId, f: impl FnOnce(&SwarmLog) -> R) -> R {
        self.member(host, |member| f(&member.swarm_log()))
    }

    /// The DHT mode of the host, if it has a DHT and is not gone.
    pub fn mode(&self, host: HostId) -> Option<kad::Mode> {
        self.member(host, |member| member.host.mode())
    }

    /// The DHT's own query timeout is not visible from outside, so checks that
    /// need it are told. This is the time since the host started the query.
    pub fn query_age(&self, host: HostId, query: &kad::QueryId) -> Option<Duration> {
        let started = self.swarm_log(host, |swarm_log| swarm_log.queries.get(query)?.started)?;
        Some(self.now().saturating_since(started))
    }

    /// What the network holds of the host.
    pub fn resources(&self, host: HostId) -> HostResources {
        self.fabric().resources(host)
    }

    /// What the host has done in the network so far.
    pub fn traffic(&self, host: HostId) -> TrafficStats {
        self.fabric().traffic(host)
    }

    /// The network.
    pub fn fabric(&self) -> &Fabric {
        self.engine.fabric()
    }

    /// The tasks of the simulation.
    pub fn tasks(&self) -> &Tasks {
        self.engine.tasks()
    }

    /// How many tasks of the runtime no executor of the harness has spawned.
    pub fn foreign_tasks(&self) -> usize {
        self.engine.enter(|| self.engine.tasks().foreign_alive())
    }

    /// How many armed timers the host has.
    pub fn timers(&self, host: HostId) -> usize {
        clock::timers_of(Owner(host.0))
    }

    /// How many armed timers belong to no host: those of tasks that no executor
    /// of the harness has spawned.
    pub fn foreign_timers(&self) -> usize {
        let owned: usize = self.hosts().map(|host| self.timers(host)).sum();
        clock::timers().saturating_sub(owned)
    }

    /// The panics inside the simulation so far.
    pub fn panics(&self) -> Vec<PanicNote> {
        self.panics.borrow().clone()
    }

    /// Reads the host's routing table; empty if it has no DHT or is gone.
    ///
    /// Reading is an action: it applies pending entries that are due. It is in
    /// the trace where it finds another table than the reading before, and then
    /// the host is polled. The table of a host that has not run since is not
    /// read again, unless somebody waits for a place in it.
    pub fn table(&self, host: HostId) -> TableSnapshot {
        TableSnapshot::clone(&self.read_table(host))
    }

    /// Reads the table and keeps it for the checks.
    pub(super) fn read_table(&self, host: HostId) -> Rc<TableSnapshot> {
        let known = self.member(host, |member| {
            let is_old =
                member.has_run || member.uses != member.host.uses() || member.table.has_pending();
            (!is_old && !member.status.is_over()).then(|| Rc::clone(&member.table))
        });
        if let Some(table) = known {
            self.members.borrow_mut()[host.0 as usize].table_read = Some(self.engine.now());
            return table;
        }
        let read = self.engine.enter(|| {
            crate::engine::attribute(host, || {
                self.member(host, |member| member.host.read_table())
            })
        });
        let Some(table) = read.map(Rc::new) else {
            return Rc::default();
        };
        let (changes, may_have_applied) = {
            let mut members = self.members.borrow_mut();
            let member = &mut members[host.0 as usize];
            let read_before = member.table_read.replace(self.engine.now());
            member.has_run = false;
            member.uses = member.host.uses();
            let before = std::mem::replace(&mut member.table, Rc::clone(&table));
            let changes = before.diff(&table);
            member.table_changes += u64::from(!changes.is_empty());
            if let (false, Some(at)) = (changes.is_empty(), read_before) {
                member.former = Some((at, Rc::clone(&before)));
            }
            (changes, before.has_pending())
        };
        if changes.is_empty() && !may_have_applied {
            return table;
        }
        self.engine.enter(|| {
            crate::engine::attribute(host, || self.member(host, |member| member.host.wake()));
        });
        let changes = changes.lines(|peer| self.name_of(peer));
        self.record(
            host,
            TraceEvent::TableRead {
                entries: table.len(),
                changes,
            },
        );
        table
    }

    /// The table as last read, without reading it again.
    pub fn last_table(&self, host: HostId) -> TableSnapshot {
        TableSnapshot::clone(&self.table_as_read(host))
    }

    /// The same, shared.
    pub fn table_as_read(&self, host: HostId) -> Rc<TableSnapshot> {
        self.member(host, |member| Rc::clone(&member.table))
    }

    /// When the host's table was last read.
    pub fn table_read_at(&self, host: HostId) -> Option<VirtualInstant> {
        self.member(host, |member| member.table_read)
    }

    /// How often a reading of the host's table has found other entries than the
    /// one before, in this status of the host.
    pub(crate) fn table_changes(&self, host: HostId) -> u64 {
        self.member(host, |member| member.table_changes)
    }

    /// Whether `host` has `peer` in its routing table. Reads the table.
    pub fn knows(&self, host: impl Into<HostId>, peer: &PeerId) -> bool {
        self.table(host.into()).contains(peer)
    }

    /// The violations so far.
    pub fn violations(&self) -> Vec<Violation> {
        self.violations.borrow().clone()
    }

    /// The latest events of a host, oldest first, one a line.
    pub fn recent(&self, host: HostId, count: usize) -> Vec<String> {
        self.engine.journal(|journal| {
            journal
                .latest_of(host, count)
                .into_iter()
                .map(ToString::to_string)
                .collect()
        })
    }

    /// How many events were recorded so far.
    pub fn events(&self) -> u64 {
        self.engine.journal(|journal| journal.recorded())
    }

    pub(super) fn record(&self, host: impl Into<Option<HostId>>, event: TraceEvent) {
        crate::engine::record(host, |_| event);
    }

    /// Notes that a host is at another point of its status.
    pub(super) fn set_status(&self, host: HostId, status: HostStatus) {
        let changed = {
            let mut members = self.members.borrow_mut();
            let member = &mut members[host.0 as usize];
            let changed = member.status != status;
            if changed {
                member.status = status;
                member.since = self.engine.now();
            }
            changed
        };
        if changed {
            self.record(
                host,
                TraceEvent::State {
                    state: format!("{status:?}").to_lowercase().into(),
                },
            );
        }
    }

    /// Runs the checks of one moment.
    pub(super) fn check(&self, moment: impl Fn(&mut dyn Invariant, &World, &mut Reporter)) {
        let mut checks = self.checks.take();
        let mut reporter = Reporter::default();
        for check in &mut checks {
            moment(check.as_mut(), self, &mut reporter);
            if reporter.is_empty() {
                continue;
            }
            for finding in reporter.take() {
                self.note_violation(Violation::new(
                    check.name(),
                    check.statement(),
                    self.now(),
                    finding,
                ));
            }
        }
        *self.checks.borrow_mut() = checks;
    }

    /// What the latest change of a host's table was, with the readings that have
    /// found it.
    fn table_change(&self, host: HostId) -> Vec<String> {
        let change = self.member(host, |member| {
            let (at, former) = member.former.as_ref()?;
            let lines = former.diff(&member.table);
            Some((*at, member.table_read?, lines))
        });
        let Some((from, to, diff)) = change else {
            return Vec::new();
        };
        let mut lines = vec![format!(
            "table of {}, read at {from} and at {to}:",
            self.name(host)
        )];
        let changes = diff.lines(|peer| self.name_of(peer));
        let hidden = changes.len().saturating_sub(TABLE_LINES);
        let shown = changes.into_iter().take(TABLE_LINES);
        lines.extend(shown.map(|line| format!("  {line}")));
        if hidden > 0 {
            lines.push(format!("  and {hidden} more"));
        }
        lines
    }

    /// Keeps a violation unless the same one is known already: a broken thing
    /// stays broken at each further look.
    fn note_violation(&self, mut violation: Violation) {
        let known = self.violations.borrow().iter().any(|known| {
            known.invariant == violation.invariant
                && known.hosts == violation.hosts
                && known.subject == violation.subject
        });
        if known {
            return;
        }
        for host in violation.hosts.iter().take(TABLES) {
            violation.tables.extend(self.table_change(*host));
        }
        for host in &violation.hosts {
            violation.names.push(self.name(*host));
            violation.recent.extend(self.recent(*host, RECENT));
        }
        if let Some(host) = violation.hosts.first() {
            self.record(
                *host,
                TraceEvent::Violation {
                    invariant: violation.invariant.into(),
                },
            );
        }
        self.violations.borrow_mut().push(violation);
    }

    pub(super) fn member<R>(&self, host: HostId, f: impl FnOnce(&Member) -> R) -> R {
        f(&self.members.borrow()[host.0 as usize])
    }
}
