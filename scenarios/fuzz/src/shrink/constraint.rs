//! What a demand rests on.

use dht_scenarios::{FailureSignature, file::ScenarioFile, step::Step};

/// Invariants that hold only where everybody knows everybody from the start, is
/// set alike, and has had the time to settle.
const CERTAIN: [&str; 5] = [
    "lookup-finds-closest",
    "stored-is-found",
    "providers-at-closest",
    "put-reaches-quorum",
    "records-survive",
];

/// Invariants that hold only where all is mended and has had the time to heal.
const RECOVERED: [&str; 2] = ["tables-cover-live-servers", "table-graph-connected"];

/// Which steps a scenario cannot do without.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShrinkConstraint {
    /// None: whatever the scenario does, the signature is wrong. So it is with most
    /// invariants.
    None,
    /// Those up to a `settle` in the beginning, whom hosts know, and settings that all
    /// of them have: what a lookup has to find is certain only then.
    Acquaintance,
    /// Those after the last `heal-all`, and before it those that mend something:
    /// what is demanded can be demanded only because all is mended, everybody is
    /// back, and all have had their time. And what hosts are: a client that has
    /// become a server was never told of to the others.
    Recovery,
    /// The ones that mend something: nobody comes to rest while a host is paused.
    Rest,
}

impl ShrinkConstraint {
    /// What a signature rests on.
    pub fn of(signature: &FailureSignature) -> Self {
        match signature {
            FailureSignature::Step(verb) if verb == "settle" => ShrinkConstraint::Rest,
            FailureSignature::Step(_) => ShrinkConstraint::Recovery,
            FailureSignature::Invariant(name) if CERTAIN.contains(&name.as_str()) => {
                ShrinkConstraint::Acquaintance
            }
            FailureSignature::Invariant(name) if RECOVERED.contains(&name.as_str()) => {
                ShrinkConstraint::Recovery
            }
            FailureSignature::Invariant(_) | FailureSignature::Run(_) => ShrinkConstraint::None,
        }
    }

    /// Where it begins among the steps.
    pub(super) fn start(self, file: &ScenarioFile) -> usize {
        let is_healed = |step: &Step| step.action.verb() == "heal-all";
        let healed = match self {
            ShrinkConstraint::None | ShrinkConstraint::Acquaintance => None,
            ShrinkConstraint::Recovery | ShrinkConstraint::Rest => {
                file.steps.iter().rposition(is_healed)
            }
        };
        healed.unwrap_or(file.steps.len())
    }

    /// The positions of the steps that can go.
    pub(super) fn open(self, file: &ScenarioFile) -> Vec<usize> {
        let start = self.start(file);
        let ends_opening = |step: &Step| ["settle", "heal-all"].contains(&step.action.verb());
        let opening = match self {
            ShrinkConstraint::Acquaintance => file.steps.iter().position(ends_opening),
            ShrinkConstraint::None | ShrinkConstraint::Recovery | ShrinkConstraint::Rest => None,
        };
        let opening = opening.filter(|end| file.steps[*end].action.verb() == "settle");
        let first = opening.map_or(0, |settled| settled + 1);
        let verb = |number: usize| file.steps[number].action.verb();
        let mends = |number: usize| {
            let causes = causes(verb(number));
            (0..number).any(|earlier| causes.contains(&verb(earlier)))
        };
        let is_idle = |number: usize| match causes(verb(number)).is_empty() {
            true => self == ShrinkConstraint::Rest && verb(number) != "heal-all",
            false => !mends(number),
        };
        let spare = spare(&file.steps[start..], start == 0);
        let can_go = |number: &usize| match *number < start {
            true => !(self.demands() && mends(*number)),
            false => is_idle(*number) || spare.contains(&(number - start)),
        };
        (first..file.steps.len()).filter(can_go).collect()
    }

    /// The steps that can go in pairs alone: a host that has not moved leaves its
    /// address and comes back to it.
    pub(super) fn pairs(self, file: &ScenarioFile) -> Vec<[usize; 2]> {
        let verb = |number: usize| file.steps[number].action.verb();
        let moved = |before: usize| (0..before).any(|number| verb(number) == "move");
        (self.start(file)..file.steps.len().saturating_sub(1))
            .filter(|number| (verb(*number), verb(number + 1)) == ("unlisten", "listen"))
            .filter(|number| !moved(*number))
            .map(|number| [number, number + 1])
            .collect()
    }

    /// Whether a scenario with fewer hosts rests on as much: who is left is told of
    /// somebody when all is mended, if all were.
    pub(super) fn stands(self, file: &ScenarioFile, fewer: &ScenarioFile) -> bool {
        let told = |file: &ScenarioFile| {
            let after = file.steps[self.start(file)..].iter();
            after
                .filter(|step| step.action.verb() == "add-address")
                .count()
        };
        !self.demands() || told(fewer) == told(file)
    }

    /// Whether something is demanded of the network.
    fn demands(self) -> bool {
        matches!(self, ShrinkConstraint::Recovery | ShrinkConstraint::Rest)
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
    use dht_harness::invariants::catalog;

    use super::*;

    #[test]
    fn what_is_certain_is_in_the_catalog() {
        for name in CERTAIN.iter().chain(&RECOVERED) {
            assert!(catalog().iter().any(|entry| entry.name == *name), "{name}");
        }
    }

    #[test]
    fn what_a_symptom_rests_on_stays() {
        let file = |steps: &[&str]| ScenarioFile {
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        };
        let crashed = file(&["crash a", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(ShrinkConstraint::None.open(&crashed), [0, 1, 2, 3]);
        assert_eq!(ShrinkConstraint::Recovery.open(&crashed), [0]);
        let settled = file(&["bootstrap a", "settle", "run 1s", "settle"]);
        assert_eq!(ShrinkConstraint::None.open(&settled), [0, 1, 2, 3]);
        assert_eq!(ShrinkConstraint::Acquaintance.open(&settled), [2, 3]);
        let healed = file(&["put a k la", "heal-all", "run 1s", "settle"]);
        assert_eq!(ShrinkConstraint::Acquaintance.open(&healed), [0, 1, 2, 3]);
        let moved = file(&["move a", "heal-all", "unlisten a", "listen a", "recover 1m"]);
        assert_eq!(ShrinkConstraint::Recovery.open(&moved), [0]);
        let told = file(&["heal-all", "add-address a,b,c a", "recover 1m"]);
        let untold = file(&["heal-all", "recover 1m"]);
        assert!(ShrinkConstraint::None.stands(&told, &untold));
        assert!(!ShrinkConstraint::Recovery.stands(&told, &untold));
        let stayed = file(&["heal-all", "unlisten a", "listen a", "recover 1m"]);
        assert_eq!(ShrinkConstraint::Recovery.open(&stayed), [1]);
        assert_eq!(ShrinkConstraint::Recovery.pairs(&stayed), [[1, 2]]);
        assert!(ShrinkConstraint::Recovery.pairs(&moved).is_empty());
        let well = file(&["run 1s", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(ShrinkConstraint::Recovery.open(&well), [0, 2]);
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
        assert_eq!(
            ShrinkConstraint::Recovery.open(&file(&asked)),
            [1, 3, 5, 6, 7]
        );
        let resumed = file(&["pause a", "run 1s", "resume a", "finish q"]);
        assert_eq!(ShrinkConstraint::None.open(&resumed), [0, 1, 2, 3]);
        assert_eq!(ShrinkConstraint::Recovery.open(&resumed), [0, 1, 3]);
        let followed = file(&["move a", "unlisten a", "listen a", "heal-all", "recover 1m"]);
        assert_eq!(ShrinkConstraint::Recovery.open(&followed), [0]);
        let paused = file(&["pause a", "heal-all", "resume a", "bootstrap a", "settle"]);
        assert_eq!(ShrinkConstraint::Recovery.open(&paused), [0]);
        assert_eq!(ShrinkConstraint::Rest.open(&paused), [0, 3, 4]);
    }
}
