//! The steps and settings that shrinking must not change, because the failure depends
//! on them.

use dht_harness::{check::Demand, invariants::catalog};
use dht_scenarios::{FailureSignature, action::ActionKind, file::ScenarioFile, step::Step};

/// What a failure depends on and the shrinker has to keep.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum ShrinkConstraint {
    /// Nothing: the failure is a defect in any scenario. This applies to most
    /// invariants.
    None,
    /// The steps up to the first `settle`, the hosts that each host knows at the
    /// start, and the settings that all hosts share. Without them it is not certain
    /// what a lookup has to find.
    Certain,
    /// The steps after the last `heal-all`, the earlier steps that undo something,
    /// and the modes of hosts. An expectation is justified only if all faults are
    /// healed, all hosts are up, and enough time has passed. The modes matter because
    /// nothing announces to the others that a client has become a server.
    Recovered,
    /// The steps that undo something: the network does not settle while a host is
    /// paused.
    Settled,
}

impl ShrinkConstraint {
    /// The constraint for a failure.
    pub(crate) fn of(signature: &FailureSignature) -> Self {
        match signature {
            FailureSignature::Step(step) if step.action == ActionKind::Settle => {
                ShrinkConstraint::Settled
            }
            FailureSignature::Step(_) => ShrinkConstraint::Recovered,
            FailureSignature::Invariant(pattern) => {
                let mut catalog = catalog().iter();
                let entry = catalog.find(|entry| entry.name == pattern.invariant);
                match entry.map(|entry| entry.demand) {
                    Some(Demand::Certain) => ShrinkConstraint::Certain,
                    Some(Demand::Recovered) => ShrinkConstraint::Recovered,
                    Some(Demand::Always | Demand::OnRequest) | None => ShrinkConstraint::None,
                }
            }
            FailureSignature::Run(_) => ShrinkConstraint::None,
        }
    }

    /// The index of the step from which on all steps are kept: the last `heal-all` if
    /// the failure depends on it, otherwise the end.
    pub(super) fn start(self, file: &ScenarioFile) -> usize {
        let healed = match self {
            ShrinkConstraint::None | ShrinkConstraint::Certain => None,
            ShrinkConstraint::Recovered | ShrinkConstraint::Settled => {
                file.steps.iter().rposition(is(ActionKind::HealAll))
            }
        };
        healed.unwrap_or(file.steps.len())
    }

    /// The indices of the steps that may be removed.
    pub(super) fn removable(self, file: &ScenarioFile) -> Vec<usize> {
        let start = self.start(file);
        let first = match self {
            ShrinkConstraint::Certain => end_of_opening(file),
            ShrinkConstraint::None | ShrinkConstraint::Recovered | ShrinkConstraint::Settled => 0,
        };
        let kind = |position: usize| file.steps[position].action.kind();
        let undoes = |position: usize| {
            let undone = kind(position).undoes();
            (0..position).any(|earlier| undone.contains(&kind(earlier)))
        };
        let has_no_effect = |position: usize| match kind(position).undoes().is_empty() {
            true => self == ShrinkConstraint::Settled && kind(position) != ActionKind::HealAll,
            false => !undoes(position),
        };
        let removable_after_heal = removable_after_heal(&file.steps[start..], start == 0);
        let can_go = |position: &usize| match *position < start {
            true => !(self.demands() && undoes(*position)),
            false => has_no_effect(*position) || removable_after_heal.contains(&(position - start)),
        };
        (first..file.steps.len()).filter(can_go).collect()
    }

    /// The pairs of steps that may only be removed together: a host that has not
    /// moved stops listening at its address, and listens on it again.
    pub(super) fn pairs(self, file: &ScenarioFile) -> Vec<[usize; 2]> {
        let kind = |position: usize| file.steps[position].action.kind();
        let moved = |before: usize| (0..before).any(|earlier| kind(earlier) == ActionKind::Move);
        let listens_again = |first: &usize| {
            kind(*first) == ActionKind::Unlisten && kind(first + 1) == ActionKind::Listen
        };
        (self.start(file)..file.steps.len().saturating_sub(1))
            .filter(listens_again)
            .filter(|first| !moved(*first))
            .map(|first| [first, first + 1])
            .collect()
    }

    /// Whether a scenario with fewer hosts still has what the failure depends on. If
    /// each host is given an address after the `heal-all`, each remaining host still
    /// has to be given one.
    pub(super) fn allows(self, file: &ScenarioFile, fewer: &ScenarioFile) -> bool {
        let added = |file: &ScenarioFile| {
            let after = file.steps[self.start(file)..].iter();
            after
                .filter(|step| is(ActionKind::AddAddress)(step))
                .count()
        };
        !self.demands() || added(fewer) == added(file)
    }

    /// Whether the failure is a failed expectation about the whole network.
    fn demands(self) -> bool {
        matches!(
            self,
            ShrinkConstraint::Recovered | ShrinkConstraint::Settled
        )
    }
}

/// A predicate for the steps of this kind.
fn is(kind: ActionKind) -> impl Fn(&Step) -> bool {
    move |step| step.action.kind() == kind
}

/// The number of opening steps, up to and including the first `settle`. It is 0 if
/// faults are healed before that.
fn end_of_opening(file: &ScenarioFile) -> usize {
    let position = |kind| file.steps.iter().position(is(kind));
    let healed = position(ActionKind::HealAll).unwrap_or(file.steps.len());
    position(ActionKind::Settle)
        .filter(|settled| *settled < healed)
        .map_or(0, |settled| settled + 1)
}

/// The steps after a `heal-all` that may be removed without changing the expectation:
/// the wait for the effects of earlier steps, if there are none; a wait before
/// `recover`, which waits itself; and everything after `recover` except for the last
/// query.
fn removable_after_heal(after: &[Step], nothing_before: bool) -> Vec<usize> {
    let is_run = |position: &usize| is(ActionKind::Run)(&after[*position]);
    let calm = (nothing_before && after.len() > 1).then_some(1);
    let recover = after.iter().position(is(ActionKind::Recover));
    let waits = recover.and_then(|recover| recover.checked_sub(1));
    let mut removable_after_heal: Vec<usize> =
        calm.into_iter().chain(waits).filter(is_run).collect();
    if let Some(recover) = recover {
        let last = (recover + 1..after.len()).rfind(is_run);
        removable_after_heal.extend(recover + 1..last.unwrap_or(recover + 1));
    }
    removable_after_heal
}

#[cfg(test)]
mod tests {
    use super::*;
    use ShrinkConstraint::{Certain, None, Recovered, Settled};

    fn file(steps: &[&str]) -> ScenarioFile {
        ScenarioFile {
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        }
    }

    #[test]
    fn an_expectation_keeps_the_recovery_and_a_settle_keeps_undoing_steps() {
        let of = |text: &str| ShrinkConstraint::of(&text.parse().unwrap());
        assert_eq!(of("step settle"), Settled);
        assert_eq!(of("step recover"), Recovered);
        assert_eq!(of("lookup-finds-closest"), Certain);
        assert_eq!(of("table-graph-connected"), Recovered);
        assert_eq!(of("no-panic"), None);
        assert_eq!(of("run stalled"), None);
    }

    #[test]
    fn steps_after_the_heal_all_are_kept_for_an_expectation() {
        let crashed = file(&["crash a", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(None.removable(&crashed), [0, 1, 2, 3]);
        assert_eq!(Recovered.removable(&crashed), [0]);
        let unharmed = file(&["run 1s", "heal-all", "restart a", "recover 1m"]);
        assert_eq!(Recovered.removable(&unharmed), [0, 2]);
    }

    #[test]
    fn the_opening_is_kept_if_results_have_to_be_certain() {
        let settled = file(&["bootstrap a", "settle", "run 1s", "settle"]);
        assert_eq!(None.removable(&settled), [0, 1, 2, 3]);
        assert_eq!(Certain.removable(&settled), [2, 3]);
        let healed = file(&["put a k la", "heal-all", "run 1s", "settle"]);
        assert_eq!(Certain.removable(&healed), [0, 1, 2, 3]);
    }

    #[test]
    fn listening_again_is_removable_in_a_pair_unless_the_host_moved() {
        let moved = file(&["move a", "heal-all", "unlisten a", "listen a", "recover 1m"]);
        assert_eq!(Recovered.removable(&moved), [0]);
        assert!(Recovered.pairs(&moved).is_empty());
        let stayed = file(&["heal-all", "unlisten a", "listen a", "recover 1m"]);
        assert_eq!(Recovered.removable(&stayed), [1]);
        assert_eq!(Recovered.pairs(&stayed), [[1, 2]]);
        let followed = file(&["move a", "unlisten a", "listen a", "heal-all", "recover 1m"]);
        assert_eq!(Recovered.removable(&followed), [0]);
    }

    #[test]
    fn hosts_that_get_an_address_after_the_heal_all_still_get_one() {
        let added = file(&["heal-all", "add-address a,b,c a", "recover 1m"]);
        let not_added = file(&["heal-all", "recover 1m"]);
        assert!(None.allows(&added, &not_added));
        assert!(!Recovered.allows(&added, &not_added));
    }

    #[test]
    fn only_the_last_query_after_a_recovery_is_kept() {
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
        assert_eq!(Recovered.removable(&file(&asked)), [1, 3, 5, 6, 7]);
    }

    #[test]
    fn steps_that_undo_something_are_kept() {
        let resumed = file(&["pause a", "run 1s", "resume a", "finish q"]);
        assert_eq!(None.removable(&resumed), [0, 1, 2, 3]);
        assert_eq!(Recovered.removable(&resumed), [0, 1, 3]);
        let paused = file(&["pause a", "heal-all", "resume a", "bootstrap a", "settle"]);
        assert_eq!(Recovered.removable(&paused), [0]);
        assert_eq!(Settled.removable(&paused), [0, 3, 4]);
    }
}
