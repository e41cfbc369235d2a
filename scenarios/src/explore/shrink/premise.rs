//! What a demand rests on.

use crate::{file::ScenarioFile, step::Step};

/// Which steps a scenario cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Premise {
    /// None: whatever the scenario does, the symptom is wrong. So it is with
    /// invariants.
    None,
    /// Those after the last `heal-all`: what is demanded there can be demanded
    /// only because all is mended, everybody is back, and all have had their time.
    Recovery,
}

impl Premise {
    /// Where it begins among the steps.
    pub(super) fn start(self, file: &ScenarioFile) -> usize {
        let is_healed = |step: &Step| step.action.verb() == "heal-all";
        let healed = match self {
            Premise::None => None,
            Premise::Recovery => file.steps.iter().rposition(is_healed),
        };
        healed.unwrap_or(file.steps.len())
    }

    /// The positions of the steps that can go.
    pub(super) fn open(self, file: &ScenarioFile) -> Vec<usize> {
        let start = self.start(file);
        let (before, after) = file.steps.split_at(start);
        let is_idle = |step: &&Step| {
            let mends = causes(step.action.verb());
            let is_caused = |earlier: &Step| mends.contains(&earlier.action.verb());
            !mends.is_empty() && !before.iter().any(is_caused)
        };
        let idle = after.iter().enumerate().filter(|(_, step)| is_idle(step));
        (0..start)
            .chain(idle.map(|(number, _)| start + number))
            .collect()
    }
}

/// What a step mends; nothing, if it mends nothing.
fn causes(verb: &str) -> &'static [&'static str] {
    match verb {
        "restart" => &["crash", "close", "start-close", "churn"],
        "resume" => &["pause"],
        "unblock" => &["block"],
        "pass-messages" => &["drop-messages", "delay-messages"],
        "listen" => &["unlisten", "move"],
        "slow" => &["slow"],
        "skew" => &["skew"],
        "set-mode" => &["set-mode"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_mends_can_go_with_what_it_mends() {
        let file = |steps: &[&str]| ScenarioFile {
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        };
        let crashed = file(&["crash a", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(Premise::None.open(&crashed), [0, 1, 2, 3]);
        assert_eq!(Premise::Recovery.open(&crashed), [0]);
        let well = file(&["run 1s", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(Premise::Recovery.open(&well), [0, 2]);
    }
}
