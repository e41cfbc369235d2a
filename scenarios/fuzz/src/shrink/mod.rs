//! From a scenario that goes wrong to the smallest one that goes wrong alike.
//!
//! Passes over a scenario, in an order that pays: cut what comes after the
//! failing step, then take hosts away, faults, steps, what is special about the
//! network, settings, and time; and where nothing of that helps, take away two steps
//! at once, and then under another seed. Each candidate is run, and has to show the same signature; the passes
//! go on until none of them finds anything.
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

use std::{collections::HashSet, sync::Arc};

pub use constraint::ShrinkConstraint;

use dht_scenarios::file::ScenarioFile;

/// What a candidate has shown: the number of the step in which the signature was
/// seen, from 0; nothing, if it was not.
pub type Shown = Option<usize>;

/// Runs that are left for what makes a scenario readable.
const LAST_RUNS: usize = 40;

/// Reduces a scenario for which `app-metric` says where its signature is seen, with at
/// most `runs` calls of it, and leaves its constraint as it is. Returns the smallest
/// that still shows the signature.
///
/// ```
/// use std::sync::Arc;
/// use dht_scenarios::{explore::shrink::{ShrinkConstraint, shrink}, file::ScenarioFile, step::Step};
///
/// let file: ScenarioFile = dht_scenarios::file::parse("big.toml".as_ref(), r#"
/// format = 1
/// name = "big"
/// about = "Two steps, of which one matters"
/// hosts = [{ name = "h", count = 4 }]
/// steps = ["run 10s", "crash h2", "run 10s"]
/// "#).unwrap();
/// let crash = |step: &Step| step.action.verb() == "crash";
/// let shows = |candidate: &Arc<ScenarioFile>| candidate.steps.iter().position(crash);
/// let small = shrink(&file, 200, ShrinkConstraint::None, shows);
/// assert_eq!(small.steps.len(), 1);
/// assert_eq!(small.hosts.len(), 1);
/// ```
pub fn shrink(
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
        tried: HashSet::new(),
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

/// How large a scenario is, as people count: steps and planned faults, and
/// hosts.
pub fn size(file: &ScenarioFile) -> (usize, usize) {
    (file.steps.len() + file.faults.len(), file.size())
}

/// The smallest scenario so far, and what there is left to try.
struct Search<F> {
    best: ScenarioFile,
    /// Where the best one shows its signature, once one has been run.
    step: Shown,
    runs: usize,
    constraint: ShrinkConstraint,
    /// The texts of all candidates, so that none is run twice.
    tried: HashSet<String>,
    shows: F,
}

impl<F: FnMut(&Arc<ScenarioFile>) -> Shown> Search<F> {
    /// Takes a candidate if it shows the signature. Says whether it does.
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
