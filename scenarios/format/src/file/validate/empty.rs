//! Finds lines that remove entries from tables which are certainly without them.

use std::{cell::OnceCell, ops::Range};

use dht_fixtures::settings::NeighbourSettings;
use indexmap::IndexSet;

use super::Validator;
use crate::{
    action::{Action, ActionKind, Family},
    file::scenario::ScenarioFile,
    syntax::Hosts,
};

/// What tables may hold at the next step.
pub(super) struct Tables {
    /// Whether any table may hold any host.
    may_hold_any: bool,
    /// Whether time may have passed since the start.
    may_have_run: bool,
    /// Whether the table of a host holds others from the start.
    knows: bool,
    /// The hosts that tables hold from the start, once they are asked for.
    known: OnceCell<IndexSet<String>>,
}

impl Tables {
    /// Those at the start. `known` says that no host has a stack that may do what the file
    /// does not say.
    pub(super) fn of(scenario: &ScenarioFile, known: bool) -> Self {
        let has_helpers = scenario.hosts.iter().any(|group| {
            let settings = &group.settings;
            !settings.traversal.is_none() || settings.neighbours != NeighbourSettings::default()
        });
        let mut planned = scenario.faults.iter();
        Tables {
            may_hold_any: !known || has_helpers || planned.any(|fault| may_fill(&fault.action)),
            may_have_run: false,
            knows: scenario.hosts.iter().any(|group| group.bootstrap.is_some()),
            known: OnceCell::new(),
        }
    }
}

impl Validator<'_> {
    /// Reports a step that removes peers from tables that cannot hold one of them, and
    /// follows what it does.
    pub(super) fn removed_entries(&mut self, action: &Action, certain: bool, at: &Range<usize>) {
        if let Action::RemovePeer { peers, .. } | Action::RemoveAddress { peers, .. } = action
            && certain
            && !self.tables.may_hold_any
            && !self.is_repeated()
        {
            let problem = match (self.tables.knows, self.tables.may_have_run) {
                (false, _) => Some("no host of the file knows another one"),
                (true, true) => None,
                (true, false) => {
                    let known = self.tables.known.get_or_init(|| {
                        let groups = self.scenario.hosts.iter();
                        let lists = groups.filter_map(|group| group.bootstrap.as_ref());
                        let lists: IndexSet<&Hosts> = lists.collect();
                        lists
                            .into_iter()
                            .flat_map(|hosts| self.members(hosts))
                            .collect()
                    });
                    let peers = self.members(peers);
                    let is_known = peers.iter().any(|peer| known.contains(peer));
                    (!is_known).then_some(
                        "no `bootstrap` names one of these peers, and no time has passed",
                    )
                }
            };
            let problem = problem.map(|why| {
                format!(
                    "this removes nothing: {why} at this line; connect the hosts before it, or \
                     remove it"
                )
            });
            self.maybe(at, problem);
        }
        self.tables.may_hold_any |= may_fill(action);
        self.tables.may_have_run |= action.waits() || !self.prompt;
    }
}

/// Whether an action may bring entries into tables, of itself or by what follows from it.
pub(super) fn may_fill(action: &Action) -> bool {
    let kind = action.kind();
    match kind.family() {
        Family::Time | Family::Observation | Family::Fault | Family::Lifecycle => false,
        _ => !matches!(
            kind,
            ActionKind::Listen
                | ActionKind::Unlisten
                | ActionKind::AddExternal
                | ActionKind::RemoveExternal
                | ActionKind::MapPort
                | ActionKind::Block
                | ActionKind::Unblock
                | ActionKind::SetMode
                | ActionKind::RemovePeer
                | ActionKind::RemoveAddress
                | ActionKind::Move
                | ActionKind::Relocate
                | ActionKind::RestartRouter
                | ActionKind::RenumberRouter
        ),
    }
}
