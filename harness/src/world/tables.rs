//! Reading routing tables and tracking their changes.

use std::{iter, rc::Rc};

use dht_harness_clock::VirtualInstant;
use libp2p::PeerId;

use super::World;
use crate::{
    dht::TableSnapshot,
    net::HostId,
    trace::{EntryChange, Labelled, TraceEvent, told_apart},
};

/// The maximum number of lines shown of a table change.
const TABLE_LINES: usize = 6;

/// What to do about applications whose DHT was not seen.
pub(crate) fn unseen_dht(names: &[impl AsRef<str>]) -> String {
    let names: Vec<&str> = names.iter().map(AsRef::as_ref).collect();
    format!(
        "no DHT of {} was seen, so that nothing of it is checked: construct it with \
         `dht_harness::kad` in place of `libp2p::kad`, in the closure of `spawn_app` or in the \
         future of the application and not in a task of `tokio::spawn`; or say that there is \
         none with `App::without_dht`",
        names.join(", ")
    )
}

impl World {
    /// The host's routing table. Empty if the host has no DHT or is down, and until an
    /// application has run for the first time.
    ///
    /// When called by a test or a condition, this reads the table. Reading is an
    /// action: it inserts pending entries that are due. If the table differs from the
    /// previous read, this is recorded in the trace, and the host is polled. The
    /// table of a host that has not run since the last read is not read again, unless
    /// it has a pending peer.
    ///
    /// A [check](crate::check) must not change the run. Inside a check this returns
    /// the table as last read, also for a host that is down.
    /// [`table_read_at`](Self::table_read_at) returns the time of that read. The
    /// table is up to date in [`after_step`](crate::check::Invariant::after_step) and
    /// [`at_end`](crate::check::Invariant::at_end), for hosts that are open and not
    /// paused.
    ///
    /// # Panics
    /// Panics outside of checks if the host is an application that has run, and whose DHT
    /// the harness has not seen: its table would pass for an empty one. See
    /// [`App::without_dht`](crate::App::without_dht).
    #[track_caller]
    pub fn table(&self, host: impl Into<HostId>) -> Rc<TableSnapshot> {
        let host = host.into();
        if self.checking.get() {
            return self.latest_table(host);
        }
        if self.lacks_dht(host) {
            let name = self.name(host);
            panic!("the table of {name} is empty: {}", unseen_dht(&[&name]));
        }
        self.read_table(host)
    }

    /// Reads the table and stores it for the checks.
    pub(crate) fn read_table(&self, host: HostId) -> Rc<TableSnapshot> {
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
            // An application may be using its DHT; then the former reading counts.
            let is_gone = self.status(host).is_over();
            return match is_gone {
                true => Rc::default(),
                false => self.latest_table(host),
            };
        };
        let (changes, had_pending, read_before) = {
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
            (changes, before.has_pending(), read_before)
        };
        // A reading that inserts a pending entry leaves its announcement to the next
        // poll.
        let is_announced = |peer: &PeerId| {
            self.swarm_log(host, |log| {
                let announced = log.announced.get(peer);
                announced.is_some_and(|announced| Some(announced.at) >= read_before)
            })
        };
        let mut added = changes.added.iter();
        let may_have_applied = had_pending || added.any(|entry| !is_announced(&entry.peer));
        if !changes.is_empty() {
            let (started_at, now) = (self.started_at(host), self.engine.now());
            self.recorder(|recorder| recorder.table(host, started_at, now, &table));
        }
        if changes.is_empty() && !may_have_applied {
            return table;
        }
        // A poll more or less can change what an application does, as `select!` draws
        // random numbers. So it is polled only if a pending entry may have come in.
        let is_driven = !self.is_application(host);
        if is_driven || may_have_applied {
            self.engine.enter(|| {
                crate::engine::attribute(host, || self.member(host, |member| member.host.wake()));
            });
        }
        let lines = changes.lines(|peer| self.name_of(peer)).into_iter();
        let added = iter::repeat_n(EntryChange::Added, changes.added.len());
        let removed = iter::repeat_n(EntryChange::Removed, changes.removed.len());
        let kinds = added
            .chain(removed)
            .chain(iter::repeat(EntryChange::Changed));
        let changes = kinds.zip(lines).map(|(kind, text)| Labelled { kind, text });
        self.record(
            host,
            TraceEvent::TableRead {
                entries: table.len(),
                changes: changes.collect(),
            },
        );
        table
    }

    /// The table as last read. For failure reports, which must not change the run.
    pub(crate) fn latest_table(&self, host: HostId) -> Rc<TableSnapshot> {
        self.member(host, |member| Rc::clone(&member.table))
    }

    /// The table as last read, or as it is if it was not read since its host was started: for
    /// reports and diagnoses. `None` if it was never read and cannot be.
    ///
    /// That does not change the run. In the instant in which a host is started no pending entry
    /// is due, which a read would insert.
    pub(crate) fn told_table(&self, host: HostId) -> Option<Rc<TableSnapshot>> {
        if self.table_read_at(host).is_some() {
            return Some(self.latest_table(host));
        }
        if self.now() > self.started_at(host) {
            return None;
        }
        let read = self.engine.enter(|| {
            crate::engine::attribute(host, || {
                self.member(host, |member| member.host.read_table())
            })
        });
        read.map(Rc::new)
    }

    /// The time of the last read of the host's table.
    pub fn table_read_at(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        self.member(host, |member| member.table_read)
    }

    /// How often a read of the host's table found other entries than the previous
    /// one, since the host was started.
    pub(crate) fn table_changes(&self, host: HostId) -> u64 {
        self.member(host, |member| member.table_changes)
    }

    /// Runs checks. While they run, [`table`](Self::table) does not read tables.
    pub(crate) fn while_checking(&self, checks: impl FnOnce()) {
        let before = self.checking.replace(true);
        checks();
        self.checking.set(before);
    }

    /// The latest change of a host's table, with the times of the two reads.
    pub(crate) fn table_change(&self, host: HostId) -> Vec<String> {
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
        lines.extend(shown.map(|line| format!("  {}", told_apart(&line))));
        if hidden > 0 {
            lines.push(format!("  and {hidden} more"));
        }
        lines
    }
}
