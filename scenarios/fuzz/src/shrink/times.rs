//! Makes times shorter and rounder.

use std::{sync::Arc, time::Duration};

use super::{Search, Shown, ShrinkConstraint};
use dht_scenarios::{file::ScenarioFile, syntax::Slot};

/// The round times that are tried.
const ROUND: [Duration; 4] = [
    Duration::from_secs(1),
    Duration::from_secs(10),
    Duration::from_secs(60),
    Duration::from_secs(10 * 60),
];

/// Replaces each time in the scenario by a short, round one where possible.
pub(super) fn shorten<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    let mut number = 0;
    let constraint = search.constraint;
    while let Some(now) = time(&mut search.best.clone(), constraint, number, None) {
        let half = Duration::from_millis(u64::try_from(now.as_millis() / 2).unwrap_or(u64::MAX));
        let shorter = ROUND
            .into_iter()
            .chain((half >= Duration::from_secs(1)).then_some(half));
        for candidate in shorter.filter(|candidate| *candidate < now) {
            let mut short = search.best.clone();
            time(&mut short, constraint, number, Some(candidate));
            if search.offer(short) {
                break;
            }
        }
        number += 1;
    }
}

/// The time at this position among those that the constraint allows to change. If
/// `new` is given, sets it.
fn time(
    file: &mut ScenarioFile,
    constraint: ShrinkConstraint,
    number: usize,
    new: Option<Duration>,
) -> Option<Duration> {
    let open = constraint.start(file);
    let mut position = 0;
    let mut found = None;
    let mut look = |slot: Slot<'_>| {
        let Slot::Time(time) = slot else { return };
        if position == number {
            found = Some(*time);
            *time = new.unwrap_or(*time);
        }
        position += 1;
    };
    for step in &mut file.steps[..open] {
        step.action.edit(&mut look);
    }
    for fault in &mut file.faults {
        look(Slot::Time(&mut fault.at));
        if let Some(until) = &mut fault.until {
            look(Slot::Time(until));
        }
        fault.action.edit(&mut look);
    }
    found
}
