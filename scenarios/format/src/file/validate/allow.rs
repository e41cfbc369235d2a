//! Checks the failures that a file expects.

use super::Validator;
use crate::step::Step;

impl Validator<'_> {
    pub(super) fn allowances(&mut self) {
        let scenario = self.scenario;
        for (allow, at) in scenario.allow.iter().zip(&self.places.allow) {
            match (&allow.violates, &allow.step) {
                (Some(pattern), None) => self.violation(pattern, at),
                (None, Some(step)) => {
                    let is_there = step
                        .parse()
                        .is_ok_and(|step: Step| scenario.steps.contains(&step));
                    if !is_there {
                        self.complain(
                            at,
                            format!(
                                "there is no step {step:?}: write the text of the step that fails"
                            ),
                        );
                    }
                }
                _ => self.complain(
                    at,
                    "set either `violates = \"INVARIANT\"` or `step = \"..\"`",
                ),
            }
            if allow.id.is_empty() {
                self.complain(at, "an entry of `allow` needs an id such as `D1`");
            }
        }
    }
}
