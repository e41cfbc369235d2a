//! Removes steps and faults.

use std::sync::Arc;

use super::{Search, Shown, reduce::reduce};
use dht_scenarios::{action::ActionKind, file::ScenarioFile, step::Fails};

/// Removes what follows the step in which the failure is seen.
pub(super) fn cut<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    // The failing step is not known before the first run. Try half of the steps
    // first, and then more. If the failure depends on what precedes it, keep all
    // steps.
    let whole = search.best.steps.len();
    let start = search.constraint.start(&search.best);
    let unknown = if start == whole { whole / 2 } else { whole };
    let mut keep = search.step.map_or(unknown, |step| step + 1).max(1);
    while keep < search.best.steps.len() {
        let mut shorter = search.best.clone();
        shorter.steps.truncate(keep);
        match search.offer(shorter) {
            true => keep = search.step.map_or(keep, |step| step + 1),
            false => keep += (search.best.steps.len() - keep).div_ceil(2),
        }
    }
}

/// Removes planned faults.
pub(super) fn remove_faults<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    reduce(
        search,
        |search| search.best.faults.len(),
        |search, range| {
            let mut fewer = search.best.clone();
            fewer.faults.drain(range);
            search.offer(fewer)
        },
    );
}

/// Removes steps.
pub(super) fn remove<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    reduce(
        search,
        |search| search.constraint.removable(&search.best).len(),
        |search, range| {
            let gone = &search.constraint.removable(&search.best)[range];
            let fewer = without(&search.best, gone);
            search.offer(fewer)
        },
    );
}

/// Removes two steps at once, since one may undo what the other does. Long scenarios
/// have too many pairs for this.
pub(super) fn remove_pairs<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    for pair in search.constraint.pairs(&search.best) {
        if search.offer(without(&search.best, &pair)) {
            return;
        }
    }
    let removable = search.constraint.removable(&search.best);
    if removable.len() > FEW {
        return;
    }
    for (number, later) in removable.iter().enumerate().rev() {
        for earlier in removable[..number].iter().rev() {
            if search.offer(without(&search.best, &[*earlier, *later])) {
                return;
            }
        }
    }
}

/// The maximum number of steps for which all pairs are tried.
const FEW: usize = 12;

/// The scenario without the steps at these positions.
pub(super) fn without(file: &ScenarioFile, gone: &[usize]) -> ScenarioFile {
    let mut fewer = file.clone();
    let mut number = 0;
    fewer.steps.retain(|_| {
        number += 1;
        !gone.contains(&(number - 1))
    });
    fewer
}

/// Removes `may-fail` from the steps that succeed.
pub(super) fn demand<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    let is_open = |fails: &Fails| *fails == Fails::Maybe;
    let mut strict = search.best.clone();
    for step in strict.steps.iter_mut().filter(|step| is_open(&step.fails)) {
        step.fails = Fails::No;
    }
    if stricter(search, strict) {
        return;
    }
    for number in 0..search.best.steps.len() {
        let mut strict = search.best.clone();
        if let Some(step) = strict
            .steps
            .get_mut(number)
            .filter(|step| is_open(&step.fails))
        {
            step.fails = Fails::No;
            stricter(search, strict);
        }
    }
}

/// Removes each `heal-all` from a scenario without a fault of the network. Until then it says where
/// the expectations begin.
pub(super) fn remove_vain_heals<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    let file = &search.best;
    let planned = file.faults.iter().map(|fault| &fault.action);
    let mut actions = planned.chain(file.steps.iter().map(|step| &step.action));
    if actions.any(|action| action.kind().is_lasting_fault()) {
        return;
    }
    let steps = file.steps.iter().enumerate();
    let vain = steps.filter(|(_, step)| step.action.kind() == ActionKind::HealAll);
    let vain: Vec<usize> = vain.map(|(index, _)| index).collect();
    search.offer(without(&search.best, &vain));
}

/// Accepts a stricter scenario if the same step fails. If an earlier step of the same
/// kind fails, that is a different failure.
fn stricter<F: FnMut(&Arc<ScenarioFile>) -> Shown>(
    search: &mut Search<F>,
    strict: ScenarioFile,
) -> bool {
    let (best, step) = (search.best.clone(), search.step);
    let is_same = search.offer(strict) && (step.is_none() || search.step == step);
    if !is_same {
        (search.best, search.step) = (best, step);
    }
    is_same
}
