//! From a scenario that fails to the smallest one that fails in the same way.
//!
//! Passes over a scenario, the most effective first: they remove what comes after
//! the failing step, hosts, faults, steps, settings of the network and of hosts, and
//! time; where none of them helps, two steps at once, and then hosts and steps under
//! another seed. Each candidate is run, and has to show the same signature; the passes
//! go on until none of them removes anything.
//!
//! Responsible for making candidates. It must not know how they are run.

mod constraint;
mod hosts;
mod reduce;
mod reseed;
mod settings;
mod steps;
mod times;
mod valid;

use std::{collections::BTreeSet, sync::Arc};

pub(crate) use constraint::ShrinkConstraint;

use dht_scenarios::file::ScenarioFile;

/// What a candidate has shown: the position of the step in which the signature was
/// seen; none if it was not seen.
pub(crate) type Shown = Option<usize>;

/// Runs that are kept for making the scenario readable.
const LAST_RUNS: usize = 40;

/// Reduces a scenario. `shows` runs a candidate and returns where its signature is
/// seen; it is called at most `runs` times. Keeps what the constraint says. Returns
/// the smallest scenario that still shows the signature.
pub(crate) fn shrink(
    file: &ScenarioFile,
    runs: usize,
    constraint: ShrinkConstraint,
    shows: impl FnMut(&Arc<ScenarioFile>) -> Shown,
) -> ScenarioFile {
    let mut search = Search {
        best: file.clone(),
        step: None,
        runs: runs.saturating_sub(LAST_RUNS),
        constraint,
        tried: BTreeSet::new(),
        shows,
    };
    search.offer(hosts::apart(file));
    loop {
        let before = search.best.clone();
        steps::cut(&mut search);
        hosts::remove(&mut search);
        steps::remove_faults(&mut search);
        steps::remove(&mut search);
        settings::plain_network(&mut search);
        settings::plain(&mut search);
        times::shorten(&mut search);
        if search.best == before {
            steps::remove_pairs(&mut search);
        }
        if search.best == before {
            reseed::remove(&mut search);
        }
        if search.best == before || search.runs == 0 {
            break;
        }
    }
    search.runs += runs.min(LAST_RUNS);
    steps::demand(&mut search);
    settings::plain_identities(&mut search);
    let named = hosts::named(&search.best);
    search.offer(named);
    search.best
}

/// The size of a scenario: its steps and planned faults, and its hosts.
pub(crate) fn size(file: &ScenarioFile) -> (usize, usize) {
    (file.steps.len() + file.faults.len(), file.size())
}

/// The smallest scenario so far, and what is left to try.
struct Search<F> {
    best: ScenarioFile,
    /// Where the best one shows its signature; none before the first run.
    step: Shown,
    runs: usize,
    constraint: ShrinkConstraint,
    /// The texts of all candidates, so that none is run twice.
    tried: BTreeSet<String>,
    shows: F,
}

impl<F: FnMut(&Arc<ScenarioFile>) -> Shown> Search<F> {
    /// Accepts a candidate if it shows the signature. Returns whether it does.
    fn offer(&mut self, candidate: ScenarioFile) -> bool {
        let Some(candidate) = valid::repaired(candidate) else {
            return false;
        };
        if candidate == self.best || self.runs == 0 || !self.tried.insert(candidate.to_string()) {
            return false;
        }
        self.runs -= 1;
        let candidate = Arc::new(candidate);
        let shown = (self.shows)(&candidate);
        if shown.is_some() {
            self.best = Arc::unwrap_or_clone(candidate);
            self.step = shown;
        }
        shown.is_some()
    }
}

#[cfg(test)]
mod tests {
    use dht_scenarios::{action::ActionKind, file::parse, step::Step};

    use super::*;

    #[test]
    fn what_does_not_matter_is_removed() {
        let file = parse(
            "big.toml".as_ref(),
            r#"
format = 1
name = "big"
about = "Two steps, of which one matters"
hosts = [{ name = "h", count = 4 }]
steps = ["run 10s", "crash h2", "run 10s"]
"#,
        )
        .unwrap();
        let crash = |step: &Step| step.action.kind() == ActionKind::Crash;
        let shows = |candidate: &Arc<ScenarioFile>| candidate.steps.iter().position(crash);
        let small = shrink(&file, 200, ShrinkConstraint::None, shows);
        assert_eq!(size(&small), (1, 1));
    }
}
