//! Finds restarts that keep a store or a table which is certainly empty.

use dht_fixtures::settings::NeighbourSettings;

use super::{Validator, empty::may_fill, is_prompt};
use crate::{
    action::{Action, Family},
    file::scenario::ScenarioFile,
    syntax::Kind,
};

/// What a `restart` keeps and its host cannot have.
#[derive(Clone, Copy)]
enum Kept {
    Store,
    Table,
}

impl ScenarioFile {
    /// The steps that restart hosts with what no host can have, each with that.
    fn vain_keeps(&self) -> Vec<(usize, Kept)> {
        let keeps = |action: &Action| {
            matches!(
                action,
                Action::Restart {
                    keep_store: true,
                    ..
                } | Action::Restart {
                    keep_table: true,
                    ..
                }
            )
        };
        if !is_prompt(self) || !self.steps.iter().any(|step| keeps(&step.action)) {
            return Vec::new();
        }
        let planned = || self.faults.iter().map(|fault| &fault.action);
        let mut may_store = planned().any(may_store);
        let has_helpers = self.hosts.iter().any(|group| {
            let settings = &group.settings;
            group.bootstrap.is_some()
                || !settings.traversal.is_none()
                || settings.neighbours != NeighbourSettings::default()
        });
        let mut may_know = has_helpers || planned().any(may_fill);
        let mut vain = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            if let Action::Restart {
                keep_store,
                keep_table,
                ..
            } = &step.action
            {
                vain.extend((*keep_store && !may_store).then_some((index, Kept::Store)));
                vain.extend((*keep_table && !may_know).then_some((index, Kept::Table)));
            }
            may_store |= self::may_store(&step.action);
            may_know |= may_fill(&step.action);
        }
        vain
    }

    /// Removes `keep-store` and `keep-table` from steps where no host can have anything to
    /// keep: a file with one of them is not valid.
    pub fn remove_vain_keeps(&mut self) {
        for (index, kept) in self.vain_keeps() {
            if let Action::Restart {
                keep_store,
                keep_table,
                ..
            } = &mut self.steps[index].action
            {
                match kept {
                    Kept::Store => *keep_store = false,
                    Kept::Table => *keep_table = false,
                }
            }
        }
    }
}

impl Validator<'_> {
    /// Reports restarts that keep what no host can have.
    pub(super) fn kept_in_vain(&mut self) {
        for (index, kept) in self.scenario.vain_keeps() {
            let at = self.places.steps[index].clone();
            self.complain(
                &at,
                match kept {
                    Kept::Store => {
                        "`keep-store` keeps nothing: no line before this one stores anything; remove \
                         it, or add a step such as `put` before this line"
                    }
                    Kept::Table => {
                        "`keep-table` keeps nothing: no host has another one in its table at this \
                         line; remove it, or connect hosts before this line"
                    }
                },
            );
        }
    }
}

/// Whether a store may hold something after an action.
fn may_store(action: &Action) -> bool {
    match action {
        Action::Start { query } => may_store(query),
        Action::Put { .. }
        | Action::Provide { .. }
        | Action::StoreLocal { .. }
        | Action::StoreProviderLocal { .. }
        | Action::Send { .. }
        | Action::Ask {
            kind: Kind::PutValue | Kind::AddProvider,
            ..
        } => true,
        _ => action.family() == Family::Application,
    }
}
