//! The description of a host in a failure report.

use std::fmt;

use super::step_tables::StepTables;
use crate::{net::HostId, noun::counted, trace::told_apart, world::World};

/// Limits on what is shown of a host, so that a few hosts fit on a screen.
#[derive(Clone, Copy, Debug)]
pub(super) struct PortraitSize {
    entries: usize,
    events: usize,
}

impl PortraitSize {
    /// The limits if this many hosts are shown.
    pub(super) fn of(hosts: usize) -> Self {
        let (entries, events) = match hosts {
            0 | 1 => (5, 8),
            2 => (5, 5),
            _ => (3, 4),
        };
        PortraitSize { entries, events }
    }
}

/// A host at the end of a run: its state, its table as last read with the changes of
/// the latest step, and its latest events.
#[derive(Clone, Debug)]
pub(super) struct HostPortrait {
    name: String,
    /// The status, mode, connections and table size.
    state: String,
    /// An entry that has changed starts with `+`, `-` or `~`.
    entries: Vec<String>,
    events: Vec<String>,
    size: PortraitSize,
}

impl HostPortrait {
    /// Creates the description without changing the run. Entries that have changed come first,
    /// then those of `others`, the hosts that are shown as well.
    pub(super) fn of(
        world: &World,
        host: HostId,
        steps: &StepTables,
        others: &[HostId],
        size: PortraitSize,
    ) -> Self {
        let mut state = vec![format!("{:?}", world.status(host)).to_lowercase()];
        state.extend(world.mode(host).map(|mode| mode.to_string()));
        state.extend(
            world
                .established(host)
                .map(|count| counted(count as usize, "connection", "connections")),
        );
        let name = world.name(host);
        let events = world.recent(host, size.events);
        let table = match world.is_hidden(host) {
            true => Err("its table is not seen"),
            false => world.told_table(host).ok_or("its table was not read"),
        };
        let table = match table {
            Ok(table) => table,
            Err(why) => {
                state.push(why.to_owned());
                return HostPortrait {
                    name,
                    state: state.join(", "),
                    entries: Vec::new(),
                    events,
                    size,
                };
            }
        };
        let mut told = counted(table.len(), "entry", "entries") + " in its table";
        let mut entries = Vec::new();
        let mut changed = Vec::new();
        let was_read = world.table_read_at(host).is_some();
        if let Some((at, before)) = steps.before(host).filter(|_| was_read) {
            let diff = before.diff(&table);
            told += &match diff.is_empty() {
                true => format!(" (the same as at {at})"),
                false => format!(" ({} at {at})", before.len()),
            };
            entries = diff.lines(|peer| world.name_of(peer));
            changed.extend(diff.added.iter().map(|entry| entry.peer));
            changed.extend(diff.changed.iter().map(|(_, entry)| entry.peer));
        }
        state.push(told);
        let kinds = world.address_kinds(host);
        let undialled = table.addresses_not_dialled(|address| {
            kinds.dial(address) || world.has_transport_of(host, address)
        });
        if undialled > 0 {
            state.push(counted(undialled, "address", "addresses") + " that the host does not dial");
        }
        let is_shown = |peer| {
            world
                .host_of(peer)
                .is_some_and(|host| others.contains(&host))
        };
        let unchanged = table
            .entries()
            .filter(|entry| !changed.contains(&entry.peer));
        let (shown, rest): (Vec<_>, Vec<_>) = unchanged.partition(|entry| is_shown(&entry.peer));
        let unchanged = shown.into_iter().chain(rest);
        entries.extend(unchanged.map(|entry| format!("  {} {entry}", world.name_of(&entry.peer))));
        let entries = entries.iter().map(|entry| told_apart(entry)).collect();
        HostPortrait {
            name,
            state: state.join(", "),
            entries,
            events,
            size,
        }
    }
}

impl fmt::Display for HostPortrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.state)?;
        for line in self.entries.iter().take(self.size.entries) {
            write!(f, "\n    {line}")?;
        }
        if let Some(more) = self.entries.len().checked_sub(self.size.entries + 1) {
            write!(f, "\n    and {} more", more + 1)?;
        }
        for event in &self.events {
            write!(f, "\n  {event}")?;
        }
        Ok(())
    }
}
