//! Candidates that mean something.

use std::path::Path;

use dht_scenarios::file::{ScenarioFile, parse};

/// How often steps are dropped because others were.
const ROUNDS: usize = 8;

/// The scenario without the steps that have lost their meaning, as a `restart`
/// whose `crash` was taken out; nothing if anything else is wrong with it.
pub(super) fn repaired(mut file: ScenarioFile) -> Option<ScenarioFile> {
    for _ in 0..ROUNDS {
        let text = file.to_string();
        let name = format!("{}.toml", file.name);
        let problems = match parse(Path::new(&name), &text) {
            Ok(sound) => return Some(sound),
            Err(problems) => problems,
        };
        let start = text.find(STEPS)? + STEPS.len();
        let mut wrong: Vec<usize> = Vec::new();
        for problem in &problems.list {
            let before = text.get(start..problem.at.start)?;
            wrong.push(before.matches('\n').count());
        }
        let mut number = 0;
        let count = file.steps.len();
        file.steps.retain(|_| {
            number += 1;
            !wrong.contains(&(number - 1))
        });
        if file.steps.len() == count {
            return None;
        }
    }
    None
}

/// Where the steps begin in the text of a scenario: an item a line.
const STEPS: &str = "\nsteps = [\n";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_that_have_lost_their_meaning_are_dropped() {
        let file = |steps: &[&str]| ScenarioFile {
            name: "any".to_owned(),
            about: "Anything".to_owned(),
            hosts: vec![dht_scenarios::file::HostGroup {
                name: "a".to_owned(),
                ..Default::default()
            }],
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        };
        let broken = file(&["run 1s", "restart a", "expect table a =0", "crash b"]);
        let sound = file(&["run 1s", "expect table a =0"]);
        assert_eq!(repaired(broken), Some(sound));
        let hopeless = ScenarioFile {
            stacks: vec![],
            checks: vec!["no-such-check".to_owned()],
            ..file(&["run 1s"])
        };
        assert_eq!(repaired(hopeless), None);
    }
}
