//! What a demand rests on.

use crate::{file::ScenarioFile, step::Step, symptom::Symptom};

/// Invariants that hold only where everybody knows everybody from the start, is
/// set alike, and has had the time to settle.
const CERTAIN: [&str; 5] = [
    "lookup-finds-closest",
    "held-is-found",
    "providers-at-closest",
    "put-reaches-quorum",
    "records-survive",
];

/// Which steps a scenario cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Premise {
    /// None: whatever the scenario does, the symptom is wrong. So it is with most
    /// invariants.
    None,
    /// Those up to the first `settle`, whom hosts know, and settings that all of
    /// them have: what a lookup has to find is certain only then.
    Acquaintance,
    /// Those after the last `heal-all`: what is demanded there can be demanded
    /// only because all is mended, everybody is back, and all have had their time.
    Recovery,
    /// Of those the ones that mend something: nobody comes to rest while a host is
    /// paused.
    Rest,
}

impl Premise {
    /// What a symptom rests on.
    pub fn of(symptom: &Symptom) -> Self {
        match symptom {
            Symptom::Step(verb) if verb == "settle" => Premise::Rest,
            Symptom::Step(_) => Premise::Recovery,
            Symptom::Invariant(name) if CERTAIN.contains(&name.as_str()) => Premise::Acquaintance,
            Symptom::Invariant(_) | Symptom::Run(_) => Premise::None,
        }
    }

    /// Where it begins among the steps.
    pub(super) fn start(self, file: &ScenarioFile) -> usize {
        let is_healed = |step: &Step| step.action.verb() == "heal-all";
        let healed = match self {
            Premise::None | Premise::Acquaintance => None,
            Premise::Recovery | Premise::Rest => file.steps.iter().rposition(is_healed),
        };
        healed.unwrap_or(file.steps.len())
    }

    /// The positions of the steps that can go.
    pub(super) fn open(self, file: &ScenarioFile) -> Vec<usize> {
        let start = self.start(file);
        let is_settled = |step: &Step| step.action.verb() == "settle";
        let opening = match self {
            Premise::Acquaintance => file.steps.iter().position(is_settled),
            Premise::None | Premise::Recovery | Premise::Rest => None,
        };
        let first = opening.map_or(0, |settled| settled + 1);
        let (before, after) = file.steps.split_at(start);
        let is_idle = |number: usize| {
            let step = &after[number];
            let mends = causes(step.action.verb());
            let is_caused = |earlier: &Step| mends.contains(&earlier.action.verb());
            match mends.is_empty() {
                true => self == Premise::Rest && step.action.verb() != "heal-all",
                false => !file.steps[..start + number].iter().any(is_caused),
            }
        };
        let spare = spare(after, before.is_empty());
        let can_go = |number: &usize| is_idle(*number) || spare.contains(number);
        (first..start)
            .chain((0..after.len()).filter(can_go).map(|number| start + number))
            .collect()
    }
}

/// The steps after a heal without which its demand is the same: the time that what
/// was before needs to end, if there was nothing; a time before `recover`, which
/// waits itself; and what is asked after that, but for the last question.
fn spare(after: &[Step], nothing_before: bool) -> Vec<usize> {
    let is_run = |number: &usize| after[*number].action.verb() == "run";
    let calm = (nothing_before && after.len() > 1).then_some(1);
    let recover = after
        .iter()
        .position(|step| step.action.verb() == "recover");
    let waits = recover.and_then(|recover| recover.checked_sub(1));
    let mut spare: Vec<usize> = calm.into_iter().chain(waits).filter(is_run).collect();
    if let Some(recover) = recover {
        let last = (recover + 1..after.len()).rfind(is_run);
        spare.extend(recover + 1..last.unwrap_or(recover + 1));
    }
    spare
}

/// What a step mends; nothing, if it mends nothing.
fn causes(verb: &str) -> &'static [&'static str] {
    match verb {
        "restart" => &["crash", "close", "start-close", "churn"],
        "resume" => &["pause"],
        "unblock" => &["block"],
        "pass-messages" => &["drop-messages", "delay-messages"],
        "listen" => &["unlisten", "move"],
        "unlisten" => &["move"],
        "slow" => &["slow"],
        "skew" => &["skew"],
        "set-mode" => &["set-mode"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use dht_harness::check::catalog;

    use super::*;

    #[test]
    fn what_is_certain_is_in_the_catalog() {
        for name in CERTAIN {
            assert!(catalog().iter().any(|entry| entry.name == name), "{name}");
        }
    }

    #[test]
    fn what_a_symptom_rests_on_stays() {
        let file = |steps: &[&str]| ScenarioFile {
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        };
        let crashed = file(&["crash a", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(Premise::None.open(&crashed), [0, 1, 2, 3]);
        assert_eq!(Premise::Recovery.open(&crashed), [0]);
        let settled = file(&["bootstrap a", "settle", "run 1s", "settle"]);
        assert_eq!(Premise::None.open(&settled), [0, 1, 2, 3]);
        assert_eq!(Premise::Acquaintance.open(&settled), [2, 3]);
        let moved = file(&["move a", "heal-all", "unlisten a", "listen a", "recover 1m"]);
        assert_eq!(Premise::Recovery.open(&moved), [0]);
        let stayed = file(&["heal-all", "unlisten a", "listen a", "recover 1m"]);
        assert_eq!(Premise::Recovery.open(&stayed), [1]);
        let well = file(&["run 1s", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(Premise::Recovery.open(&well), [0, 2]);
        let asked = [
            "heal-all",
            "run 9s",
            "bootstrap a",
            "run 1m",
            "recover 1m",
            "run 9s",
            "get a one as=p",
            "expect succeeded p",
            "run 9s",
            "get a two as=q",
            "expect succeeded q",
        ];
        assert_eq!(Premise::Recovery.open(&file(&asked)), [1, 3, 5, 6, 7]);
        let paused = file(&["pause a", "heal-all", "resume a", "bootstrap a", "settle"]);
        assert_eq!(Premise::Recovery.open(&paused), [0]);
        assert_eq!(Premise::Rest.open(&paused), [0, 3, 4]);
    }
}
