//! Finds repetitions that do the same at one instant.

use super::Validator;
use crate::{
    action::ActionKind,
    step::{Fails, Step},
};

impl Validator<'_> {
    /// Reports repetitions of which each number but the first has no effect.
    pub(super) fn repeated_in_vain(&mut self) {
        let scenario = self.scenario;
        for (range, count) in scenario.steps.repetitions() {
            let steps = &scenario.steps[range.clone()];
            let (first, others) = steps.split_at(count);
            let at = self.places.steps[range.start].clone();
            let is_told = self.problems.iter().any(|problem| problem.at == at);
            if !is_told && others.starts_with(first) && self.is_done_once(first) {
                self.complain(
                    &at,
                    "each number of this repetition does the same as the first, at the same \
                     instant: write the steps once, use the number, or add `run` to them",
                );
            }
        }
    }

    /// Whether these steps have no effect if they are performed once more at once.
    fn is_done_once(&self, steps: &[Step]) -> bool {
        let is_check = |step: &Step| step.action.kind() == ActionKind::Expect;
        if steps.iter().all(is_check) {
            return true;
        }
        let [step] = steps else { return false };
        self.prompt && step.fails == Fails::No && is_of_the_harness(step.action.kind())
    }
}

/// Whether a line of a kind sets something that only the harness reads. What others do to
/// libp2p may be repeated to see that it stands it.
fn is_of_the_harness(kind: ActionKind) -> bool {
    matches!(
        kind,
        ActionKind::Slow
            | ActionKind::Skew
            | ActionKind::DeclareDead
            | ActionKind::DropMessages
            | ActionKind::SetScript
            | ActionKind::Settle
            | ActionKind::Snapshot
    )
}
