//! Less, with other luck.
//!
//! What goes wrong by a coincidence is often lost with a host or a step only because
//! all draws after it are others. Under another seed, among peers with other
//! identities or with smaller buckets, which fewer peers fill, it may be there again.

use std::{num::NonZeroUsize, ops::RangeInclusive, sync::Arc};

use dht_fixtures::KadSettings;

use super::{Search, Shown, hosts, reduce::reduce, steps};
use dht_scenarios::file::{HostGroup, ScenarioFile};

/// The seeds that are tried for each thing that is left.
const SEEDS: RangeInclusive<u64> = 1..=6;

/// How the hosts that are left are changed beside, when so many have gone.
const CHANGES: [fn(&mut HostGroup, usize); 3] = [
    |_, _| {},
    |host, _| host.identity = None,
    |host, gone| {
        let size = host.settings.bucket_size;
        if size != KadSettings::default().bucket_size {
            let smaller = NonZeroUsize::new(size.get().saturating_sub(gone));
            host.settings.bucket_size = smaller.unwrap_or(NonZeroUsize::MIN);
        }
    },
];

/// Takes hosts out, and then steps, each time with other luck.
pub(super) fn remove<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    reduce(
        search,
        |search| search.best.hosts.len(),
        |search, range| {
            let gone = range.len();
            let fewer = hosts::fewer(search, range);
            fewer.is_some_and(|fewer| offer(search, &fewer, gone))
        },
    );
    reduce(
        search,
        |search| search.constraint.open(&search.best).len(),
        |search, range| {
            let gone = &search.constraint.open(&search.best)[range];
            let fewer = steps::without(&search.best, gone);
            offer(search, &fewer, 0)
        },
    );
}

/// Takes a candidate, from which so many hosts have gone, if it shows the signature
/// with other luck.
fn offer<F: FnMut(&Arc<ScenarioFile>) -> Shown>(
    search: &mut Search<F>,
    fewer: &ScenarioFile,
    gone: usize,
) -> bool {
    CHANGES.iter().any(|change| {
        SEEDS.into_iter().any(|seed| {
            let mut candidate = ScenarioFile {
                seed,
                ..fewer.clone()
            };
            let hosts = candidate.hosts.iter_mut();
            hosts.for_each(|host| change(host, gone));
            search.offer(candidate)
        })
    })
}

#[cfg(test)]
mod tests {
    use super::super::{ShrinkConstraint, shrink};
    use super::*;
    use dht_scenarios::file::HostGroup;

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
        let small = shrink(&file, 100, ShrinkConstraint::None, shows);
        assert_eq!((small.hosts.len(), small.seed), (1, 3));
    }
}
