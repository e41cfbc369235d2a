//! Reduces a failing scenario to the smallest one that fails in the same way.
//!
//! Shrinking consists of passes over the scenario, the most effective first. They
//! remove what follows the failing step, hosts, faults, steps, non-default settings
//! of the network and of hosts, and time. If none of them helps, two steps are
//! removed at once, and then hosts and steps under another seed. Each candidate is
//! run and has to show the same signature. The passes are repeated until none of them
//! removes anything.
//!
//! Responsible for making candidates. It must not know how they are run.

mod acquaintance;
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
pub(crate) use valid::repaired;

use dht_scenarios::file::ScenarioFile;

/// The result of a candidate: the index of the step in which the signature was seen,
/// or `None` if it was not seen.
pub(crate) type Shown = Option<usize>;

/// The number of runs reserved for making the scenario readable.
const LAST_RUNS: usize = 40;

/// Shrinks a scenario within the limits of the constraint, and returns the smallest
/// one that still shows the signature, and whether all passes have ended. `shows` runs a
/// candidate and returns the step in which the signature is seen. It is called at most `runs`
/// times.
pub(crate) fn shrink(
    file: &ScenarioFile,
    runs: usize,
    constraint: ShrinkConstraint,
    shows: impl FnMut(&Arc<ScenarioFile>) -> Shown,
) -> (ScenarioFile, bool) {
    let mut search = Search {
        best: file.clone(),
        step: None,
        runs: runs.saturating_sub(LAST_RUNS),
        constraint,
        groups: acquaintance::groups(file),
        tried: BTreeSet::new(),
        shows,
    };
    search.offer(hosts::split_groups(file));
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
    let has_ended = search.runs > 0;
    search.runs += runs.min(LAST_RUNS);
    steps::demand(&mut search);
    steps::remove_vain_heals(&mut search);
    settings::plain_identities(&mut search);
    let named = hosts::with_short_names(&search.best);
    search.offer(named);
    (search.best, has_ended)
}

/// The size of a scenario: the number of steps and planned faults, and the number of
/// hosts.
pub(crate) fn size(file: &ScenarioFile) -> (usize, usize) {
    (file.steps.len() + file.faults.len(), file.size())
}

/// The state of the search: the smallest scenario so far and the remaining runs.
struct Search<F> {
    best: ScenarioFile,
    /// The step in which the best scenario shows its signature. `None` before the
    /// first run.
    step: Shown,
    runs: usize,
    constraint: ShrinkConstraint,
    /// Into how many groups the hosts of the first scenario fall that do not know each other.
    groups: usize,
    /// The texts of all candidates so far, so that none is run twice.
    tried: BTreeSet<String>,
    shows: F,
}

impl<F: FnMut(&Arc<ScenarioFile>) -> Shown> Search<F> {
    /// Runs a candidate and accepts it if it shows the signature. Returns whether it
    /// does.
    fn offer(&mut self, candidate: ScenarioFile) -> bool {
        let Some(candidate) = valid::repaired(candidate) else {
            return false;
        };
        // A network that has lost its acquaintances fails to recover for another reason.
        if self.constraint == ShrinkConstraint::Recovered
            && acquaintance::groups(&candidate) > self.groups
        {
            return false;
        }
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
    fn irrelevant_steps_hosts_and_settings_are_removed() {
        let file = parse(
            "big.toml".as_ref(),
            r#"
format = 1
name = "big"
about = "Two steps, of which one matters"
hosts = [{ name = "h", count = 4 }]
steps = ["run 10s", "crash h2", "run 10s"]
"#,
            None,
        )
        .unwrap();
        let crash = |step: &Step| step.action.kind() == ActionKind::Crash;
        let shows = |candidate: &Arc<ScenarioFile>| candidate.steps.iter().position(crash);
        let (small, has_ended) = shrink(&file, 200, ShrinkConstraint::None, shows);
        assert_eq!((size(&small), has_ended), ((1, 1), true));
        let (_, has_ended) = shrink(&file, LAST_RUNS + 2, ShrinkConstraint::None, shows);
        assert!(!has_ended);
    }

    /// Without a fault of the network there is nothing to heal.
    #[test]
    fn a_heal_without_a_fault_is_removed() {
        let file = |fault: &str| {
            let text = format!(
                "format = 1\nname = \"big\"\nabout = \"A network that does not recover\"\n\
                 hosts = [{{ name = \"h\", count = 3, bootstrap = \"h0\" }}]\n\
                 steps = [{fault}\"heal-all\", \"bootstrap h\", \"recover 15m\"]\n"
            );
            parse("big.toml".as_ref(), &text, None).unwrap()
        };
        let is = |kind: ActionKind| move |step: &Step| step.action.kind() == kind;
        let shows = |candidate: &Arc<ScenarioFile>| {
            let has_both =
                candidate.size() == 3 && candidate.steps.iter().any(is(ActionKind::Bootstrap));
            let recover = candidate.steps.iter().position(is(ActionKind::Recover));
            recover.filter(|_| has_both)
        };
        let heals = |fault: &str| {
            let (small, _) = shrink(&file(fault), 400, ShrinkConstraint::Recovered, shows);
            small
                .steps
                .iter()
                .filter(|step| is(ActionKind::HealAll)(step))
                .count()
        };
        assert_eq!(heals(""), 0);
        let keeps = |candidate: &Arc<ScenarioFile>| {
            let is_cut = candidate.steps.iter().any(is(ActionKind::Offline));
            shows(candidate).filter(|_| is_cut)
        };
        let cut = file(r#""run 1s", "offline h0 id=cut", "run 1m", "#);
        let (small, _) = shrink(&cut, 400, ShrinkConstraint::Recovered, keeps);
        assert!(small.steps.iter().any(is(ActionKind::HealAll)), "{small}");
    }

    /// A step that adds an address that is known already is removed, and with it the only other
    /// acquaintance could go.
    #[test]
    fn a_failed_recovery_keeps_what_makes_it_possible() {
        let file = parse(
            "big.toml".as_ref(),
            r#"
format = 1
name = "big"
about = "A network that does not recover"
hosts = [{ name = "h", count = 4, bootstrap = "h0" }]
steps = ["run 1s", "offline h0 id=cut", "run 1m", "heal-all", "bootstrap h", "recover 15m"]
"#,
            None,
        )
        .unwrap();
        let recover = |step: &Step| step.action.kind() == ActionKind::Recover;
        let shows = |candidate: &Arc<ScenarioFile>| {
            let is_large = candidate.size() > 2;
            candidate
                .steps
                .iter()
                .position(recover)
                .filter(|_| is_large)
        };
        let (small, _) = shrink(&file, 400, ShrinkConstraint::Recovered, shows);
        assert_eq!(
            (small.size(), acquaintance::groups(&small)),
            (3, 1),
            "{small}"
        );
        let (small, _) = shrink(&file, 400, ShrinkConstraint::None, shows);
        assert_eq!(
            (small.size(), acquaintance::groups(&small)),
            (3, 3),
            "{small}"
        );
    }
}
