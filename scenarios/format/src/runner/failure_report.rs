//! What somebody has to know about a step that failed.
//!
//! Responsible for telling it on one screen: what was demanded and seen, the
//! faults in force, and the hosts concerned with what has changed in their
//! tables. It must not judge anything.

use std::rc::Rc;

use dht_harness::{Sim, SimError, VirtualInstant, World, dht::TableSnapshot, net::HostId};

use super::{handle::HostHandle, scenario::Runner};
use crate::{step::Step, syntax::Argument};

/// How much of the hosts a failure shows, so that it fits on a screen.
const NAMED_SHOWN: usize = 3;
const ENTRIES_SHOWN: usize = 8;
const EVENTS_SHOWN: usize = 6;

/// The tables as they stood before a step.
#[derive(Default)]
pub(super) struct Former {
    pub(super) at: VirtualInstant,
    /// Number, from 1, and text of the step.
    step: Option<(usize, String)>,
    /// By host number.
    tables: Vec<Rc<TableSnapshot>>,
}

impl Former {
    /// The tables as last read, before the step of this index.
    pub(super) fn of(index: usize, step: &Step, sim: &Sim) -> Self {
        let world = sim.world();
        Former {
            at: world.now(),
            step: Some((index + 1, step.to_string())),
            tables: world
                .hosts()
                .map(|host| world.table_as_read(host))
                .collect(),
        }
    }

    fn table(&self, host: HostId) -> Option<&TableSnapshot> {
        self.tables.get(host.0 as usize).map(Rc::as_ref)
    }
}

impl Runner {
    /// What the step says, what was seen instead, what was wrong at that time,
    /// and the hosts it names.
    pub(super) fn story(&self, sim: &Sim, index: usize, step: &Step, error: &SimError) -> String {
        let world = sim.world();
        let mut story = format!(
            "step {} of {} failed at {}: {step}\n{error}",
            index + 1,
            self.file.steps.len(),
            world.now()
        );
        let standing: Vec<_> = world
            .fabric()
            .faults()
            .into_iter()
            .filter(|fault| fault.healed_at.is_none())
            .map(|fault| {
                format!(
                    "\n  {}: {:?}, since {}, {} effects",
                    fault.id, fault.fault, fault.planned_at, fault.hits
                )
            })
            .collect();
        if !standing.is_empty() {
            story.push_str("\nfaults in force:");
            story.extend(standing);
        }
        let mut named = Vec::new();
        step.action.hosts(&mut |name| named.push(name.to_owned()));
        for name in named.iter().take(NAMED_SHOWN) {
            if let Ok(handle) = self.registry.handle(name) {
                story.push_str(&self.portrait(world, &*handle));
            }
        }
        story
    }

    /// A host's life, its table against the one before the latest step that
    /// took time, and its latest events.
    fn portrait(&self, world: &World, handle: &dyn HostHandle) -> String {
        let host = handle.id();
        let life = format!("{:?}", world.status(host)).to_lowercase();
        let table = world.table_as_read(host);
        let mut text = format!(
            "\n{}: {life}, {} entries in its table",
            handle.name(),
            table.len()
        );
        let mut lines = Vec::new();
        let former = self.former.borrow();
        let mut changed = Vec::new();
        if let (Some((number, step)), Some(before)) = (&former.step, former.table(host)) {
            let diff = before.diff(&table);
            text.push_str(&match diff.is_empty() {
                true => format!(", the same as before step {number}, `{step}`"),
                false => format!("; before step {number}, `{step}`, {}", before.len()),
            });
            lines = diff.lines(|peer| world.name_of(peer));
            changed.extend(diff.added.iter().map(|entry| entry.peer));
            changed.extend(diff.changed.iter().map(|(_, entry)| entry.peer));
        }
        for entry in table.entries() {
            if !changed.contains(&entry.peer) {
                lines.push(format!("  {} {entry}", world.name_of(&entry.peer)));
            }
        }
        for line in lines.iter().take(ENTRIES_SHOWN) {
            text.push_str(&format!("\n    {line}"));
        }
        if lines.len() > ENTRIES_SHOWN {
            text.push_str(&format!("\n    and {} more", lines.len() - ENTRIES_SHOWN));
        }
        for event in world.recent(host, EVENTS_SHOWN) {
            text.push_str(&format!("\n  {event}"));
        }
        text
    }
}
