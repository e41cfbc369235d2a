//! Checks that recorded tables are compared.

use indexmap::IndexSet;

use super::{Validator, lists::actions};
use crate::{action::Action, condition::Condition, syntax::Name};

impl Validator<'_> {
    /// Reports tables that are recorded and that no condition compares.
    pub(super) fn unused_snapshots(&mut self) {
        let scenario = self.scenario;
        let compared: IndexSet<&Name> = actions(scenario)
            .filter_map(|action| match action.condition()?.whole() {
                Condition::SameTable { snapshot, .. } => Some(snapshot),
                _ => None,
            })
            .collect();
        let planned = scenario.faults.iter().map(|fault| &fault.action);
        let steps = scenario.steps.iter().map(|step| &step.action);
        let planned = planned.zip(&self.places.faults);
        for (action, at) in planned.chain(steps.zip(&self.places.steps)) {
            if let Action::Snapshot { name, .. } = action
                && !compared.contains(name)
            {
                self.complain(
                    at,
                    format!(
                        "nothing compares the snapshot `{0}`: add `expect same-table HOSTS {0}`, or \
                         remove this line",
                        name.0
                    ),
                );
            }
        }
    }
}
