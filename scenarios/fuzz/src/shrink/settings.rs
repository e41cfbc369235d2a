//! Resets settings to their defaults.

use std::sync::Arc;

use super::{Search, Shown, ShrinkConstraint, reduce::reduce};
use crate::named_settings::{changed, only};
use dht_harness::{Schedule, TransportKind};
use dht_scenarios::file::{HostGroup, NetworkSettings, ScenarioFile};

/// Resets the settings of the network to their defaults.
pub(super) fn plain_network<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    let default = NetworkSettings::default();
    let edits: [fn(&mut NetworkSettings, &NetworkSettings); 7] = [
        |network, default| *network = default.clone(),
        |network, default| network.latency = default.latency.clone(),
        |network, default| network.sharing = default.sharing,
        |network, default| {
            // Without a bandwidth there is nothing to share.
            network.bandwidth = default.bandwidth;
            network.sharing = default.sharing;
        },
        |network, default| network.dial_timeout = default.dial_timeout,
        |network, default| network.migration = default.migration,
        |network, default| network.simultaneous_open = default.simultaneous_open,
    ];
    for edit in edits {
        change(search, |file| edit(&mut file.network, &default));
    }
}

/// Resets settings to their defaults: those of all hosts at once, and then those of
/// each host, unless all hosts have to share them.
pub(super) fn plain<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    change(search, |file| file.checks.clear());
    reduce(
        search,
        |search| search.best.checks.len(),
        |search, range| {
            let mut fewer = search.best.clone();
            fewer.checks.drain(range);
            search.offer(fewer)
        },
    );
    change(search, |file| file.transports = vec![TransportKind::Mux]);
    change(search, |file| file.schedule = Schedule::default());
    change(search, |file| file.seed = 0);
    change(search, |file| {
        for group in &mut file.hosts {
            group.addresses = None;
        }
    });
    let keeps = kept(search.constraint);
    change(search, |file| {
        for group in &mut file.hosts {
            group.settings = only(&group.settings, |name| keeps.contains(&name));
        }
    });
    for key in keys(&search.best, keeps) {
        change(search, |file| {
            for group in &mut file.hosts {
                group.settings = only(&group.settings, |name| name != key);
            }
        });
    }
    if search.constraint == ShrinkConstraint::Certain {
        return;
    }
    let edits: [fn(&mut HostGroup); 4] = [
        |group| group.bootstrap = None,
        |group| group.ground = None,
        |group| group.dial_only = false,
        |group| group.peers = None,
    ];
    for number in 0..search.best.hosts.len() {
        let mut host = |edit: &dyn Fn(&mut HostGroup)| {
            change(search, |file| {
                if let Some(group) = file.hosts.get_mut(number) {
                    edit(group);
                }
            });
        };
        edits.iter().for_each(|edit| host(edit));
        // With a constraint, all hosts have to have the same settings.
        if search.constraint == ShrinkConstraint::None {
            of_one(search, number, keeps);
        }
    }
}

/// Resets the settings of one host to their defaults.
fn of_one<F: FnMut(&Arc<ScenarioFile>) -> Shown>(
    search: &mut Search<F>,
    number: usize,
    keeps: &[&str],
) {
    change(search, |file| {
        if let Some(group) = file.hosts.get_mut(number) {
            group.settings = only(&group.settings, |name| keeps.contains(&name));
        }
    });
    for key in keys(&search.best, keeps) {
        change(search, |file| {
            if let Some(group) = file.hosts.get_mut(number) {
                group.settings = only(&group.settings, |name| name != key);
            }
        });
    }
}

/// The settings that must not change. The mode of a host determines its role in the
/// scenario, and the expectations were computed from the times.
fn kept(constraint: ShrinkConstraint) -> &'static [&'static str] {
    const KEPT: [&str; 7] = [
        "mode",
        "idle_timeout",
        "substreams_timeout",
        "periodic_bootstrap",
        "replication_interval",
        "publication_interval",
        "provider_interval",
    ];
    match constraint {
        ShrinkConstraint::None => &KEPT[..1],
        ShrinkConstraint::Certain | ShrinkConstraint::Recovered | ShrinkConstraint::Settled => {
            &KEPT
        }
    }
}

/// Resets the identities of hosts to those of their positions.
pub(super) fn plain_identities<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    change(search, |file| {
        for group in &mut file.hosts {
            group.identity = None;
        }
    });
    for number in 0..search.best.hosts.len() {
        change(search, |file| {
            if let Some(group) = file.hosts.get_mut(number) {
                group.identity = None;
            }
        });
    }
}

fn change<F: FnMut(&Arc<ScenarioFile>) -> Shown>(
    search: &mut Search<F>,
    change: impl FnOnce(&mut ScenarioFile),
) {
    let mut changed = search.best.clone();
    change(&mut changed);
    search.offer(changed);
}

/// The names of the settings that differ from the defaults, except for those in `but`.
fn keys(file: &ScenarioFile, but: &[&str]) -> Vec<String> {
    let mut keys = Vec::new();
    for key in file.hosts.iter().flat_map(|group| changed(&group.settings)) {
        if !but.contains(&key.as_str()) && !keys.contains(&key) {
            keys.push(key);
        }
    }
    keys
}
