//! Less, with other luck.
//!
//! What goes wrong by a coincidence is often lost with a host or a step only because
//! all draws after it are others. Under another seed it may be there again.

use std::{ops::RangeInclusive, sync::Arc};

use super::{Search, Shown, hosts, steps};
use crate::file::ScenarioFile;

/// The seeds that are tried for each thing that is left.
const SEEDS: RangeInclusive<u64> = 1..=4;

/// Takes hosts out, and then steps, one by one and each under several seeds.
pub(super) fn remove<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    each(
        search,
        |search| search.best.hosts.len(),
        |search, number| {
            let gone = search.best.hosts[number].name.clone();
            hosts::without(&search.best, &[gone])
        },
    );
    each(
        search,
        |search| search.premise.open(&search.best).len(),
        |search, number| {
            let gone = search.premise.open(&search.best)[number];
            steps::without(&search.best, &[gone])
        },
    );
}

fn each<F: FnMut(&Arc<ScenarioFile>) -> Shown>(
    search: &mut Search<F>,
    count: impl Fn(&Search<F>) -> usize,
    without: impl Fn(&Search<F>, usize) -> ScenarioFile,
) {
    let mut left = count(search);
    while left > 0 {
        let fewer = without(search, left - 1);
        let is_some = !fewer.hosts.is_empty();
        let mut seeds = SEEDS.filter(|_| is_some);
        seeds.any(|seed| {
            search.offer(ScenarioFile {
                seed,
                ..fewer.clone()
            })
        });
        left = (left - 1).min(count(search));
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Premise, shrink};
    use super::*;
    use crate::file::HostGroup;

    #[test]
    fn a_host_that_only_another_seed_can_do_without_goes() {
        let host = |name: &str| HostGroup {
            name: name.to_owned(),
            ..HostGroup::default()
        };
        let file = ScenarioFile {
            name: "any".to_owned(),
            about: "Anything".to_owned(),
            hosts: vec![host("a"), host("b")],
            steps: vec!["run 1s".parse().unwrap()],
            ..ScenarioFile::default()
        };
        let shows = |file: &Arc<ScenarioFile>| {
            let is_there = file.hosts.len() == 2 || file.seed == 3;
            (is_there && !file.steps.is_empty()).then_some(0)
        };
        let small = shrink(&file, 100, Premise::None, shows);
        assert_eq!((small.hosts.len(), small.seed), (1, 3));
    }
}
