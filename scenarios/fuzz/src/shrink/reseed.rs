//! Removes hosts and steps under other seeds.
//!
//! A failure that needs a coincidence often disappears without a host or a step, only
//! because all later random draws change. It may reappear under another seed, with
//! other identities, or with smaller buckets, which fewer peers fill.

use std::{num::NonZeroUsize, ops::RangeInclusive, sync::Arc};

use dht_fixtures::KadSettings;

use super::{Search, Shown, hosts, reduce::reduce, steps};
use dht_scenarios::file::{HostGroup, ScenarioFile};

/// The seeds tried for each removal.
const SEEDS: RangeInclusive<u64> = 1..=6;

/// Changes to the remaining hosts after this many hosts were removed.
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

/// Removes hosts, and then steps, each under several seeds.
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
        |search| search.constraint.removable(&search.best).len(),
        |search, range| {
            let gone = &search.constraint.removable(&search.best)[range];
            let fewer = steps::without(&search.best, gone);
            offer(search, &fewer, 0)
        },
    );
}

/// Accepts a candidate, from which this many hosts were removed, if it shows the
/// failure under one of the seeds.
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
    use super::*;
    use crate::shrink::{ShrinkConstraint, shrink};
    use dht_scenarios::file::HostGroup;

    #[test]
    fn a_host_without_which_only_another_seed_fails_is_removed() {
        let host = |name: &str| HostGroup {
            name: name.to_owned(),
            ..HostGroup::default()
        };
        let file = ScenarioFile {
            name: "any".to_owned(),
            about: "Anything".to_owned(),
            hosts: vec![host("a"), host("b")],
            steps: vec!["run 1s".parse().unwrap()].into(),
            ..ScenarioFile::default()
        };
        let shows = |file: &Arc<ScenarioFile>| {
            let is_there = file.hosts.len() == 2 || file.seed == 3;
            (is_there && !file.steps.is_empty()).then_some(0)
        };
        let (small, _) = shrink(&file, 100, ShrinkConstraint::None, shows);
        assert_eq!((small.hosts.len(), small.seed), (1, 3));
    }
}
