//! The description of a host in a failure report.

use std::fmt;

use super::step_tables::StepTables;
use crate::{net::HostId, noun::counted, world::World};

/// Limits on what is shown, so that a few hosts fit on a screen.
const ENTRIES: usize = 5;
const EVENTS: usize = 5;

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
}

impl HostPortrait {
    /// Creates the description without changing the run.
    pub(super) fn of(world: &World, host: HostId, steps: &StepTables) -> Self {
        let mut state = vec![format!("{:?}", world.status(host)).to_lowercase()];
        state.extend(world.mode(host).map(|mode| mode.to_string()));
        state.extend(
            world
                .established(host)
                .map(|count| counted(count as usize, "connection", "connections")),
        );
        let name = world.name(host);
        let events = world.recent(host, EVENTS);
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
                };
            }
        };
        let mut size = counted(table.len(), "entry", "entries") + " in its table";
        let mut entries = Vec::new();
        let mut changed = Vec::new();
        let was_read = world.table_read_at(host).is_some();
        if let Some((at, before)) = steps.before(host).filter(|_| was_read) {
            let diff = before.diff(&table);
            size += &match diff.is_empty() {
                true => format!(", the same as at {at}"),
                false => format!(", {} at {at}", before.len()),
            };
            entries = diff.lines(|peer| world.name_of(peer));
            changed.extend(diff.added.iter().map(|entry| entry.peer));
            changed.extend(diff.changed.iter().map(|(_, entry)| entry.peer));
        }
        state.push(size);
        let others = table.addresses_of_other_kinds(&world.address_kinds(host));
        if others > 0 {
            state.push(counted(others, "address", "addresses") + " that the host does not dial");
        }
        let unchanged = table
            .entries()
            .filter(|entry| !changed.contains(&entry.peer));
        entries.extend(unchanged.map(|entry| format!("  {} {entry}", world.name_of(&entry.peer))));
        HostPortrait {
            name,
            state: state.join(", "),
            entries,
            events,
        }
    }
}

impl fmt::Display for HostPortrait {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.name, self.state)?;
        for line in self.entries.iter().take(ENTRIES) {
            write!(f, "\n    {line}")?;
        }
        if let Some(more) = self.entries.len().checked_sub(ENTRIES + 1) {
            write!(f, "\n    and {} more", more + 1)?;
        }
        for event in &self.events {
            write!(f, "\n  {event}")?;
        }
        Ok(())
    }
}
