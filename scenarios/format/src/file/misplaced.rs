//! Finds steps that are invalid at their position.

use super::{places::Places, scenario::ScenarioFile, validate::problems};

impl ScenarioFile {
    /// The positions of the steps that are invalid there, such as a `restart` without
    /// an earlier `crash`.
    ///
    /// # Errors
    /// Returns an error if anything else in the scenario is invalid.
    pub fn misplaced_steps(&self) -> Result<Vec<usize>, String> {
        let count = self.steps.len();
        // There is no text, so the index of a step serves as its location. All other
        // parts are located behind the steps.
        let behind = |parts: usize| vec![count..count; parts];
        let places = Places {
            hosts: behind(self.hosts.len()),
            faults: behind(self.faults.len()),
            allow: behind(self.allow.len()),
            known: behind(self.known.len()),
            routers: behind(self.routers.len()),
            names: behind(self.names.len()),
            steps: (0..count).map(|step| step..step + 1).collect(),
            end: count,
            ..Places::default()
        };
        let mut misplaced = Vec::new();
        for problem in problems(self, &places, None) {
            if problem.at.start == count {
                return Err(problem.text);
            }
            misplaced.push(problem.at.start);
        }
        misplaced.dedup();
        Ok(misplaced)
    }
}

#[cfg(test)]
mod tests {
    use super::super::HostGroup;
    use super::*;

    fn file(steps: &[&str]) -> ScenarioFile {
        ScenarioFile {
            hosts: vec![HostGroup {
                name: "a".to_owned(),
                ..HostGroup::default()
            }],
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        }
    }

    #[test]
    fn misplaced_steps_are_returned_by_position() {
        let valid = file(&["crash a", "restart a"]);
        assert_eq!(valid.misplaced_steps(), Ok(vec![]));
        let misplaced = file(&["run 1s", "restart a", "run 1s", "connect b c"]);
        assert_eq!(misplaced.misplaced_steps(), Ok(vec![1, 3]));
    }

    #[test]
    fn problems_that_are_not_in_a_step_are_errors() {
        let unknown = ScenarioFile {
            checks: vec!["no-such-invariant".to_owned()],
            ..file(&["restart a"])
        };
        let error = unknown.misplaced_steps().unwrap_err();
        assert!(error.contains("no-such-invariant"), "{error}");
    }
}
