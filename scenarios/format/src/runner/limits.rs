//! Derives the limits of the invariants from the settings of the hosts.

use std::{num::NonZeroUsize, time::Duration};

use dht_fixtures::KadSettings;
use dht_harness::check::Limits;

use crate::file::{HostGroup, ScenarioFile};

/// The limits that all hosts with a DHT satisfy, since one set of limits applies to
/// all: the widest of their settings, and the smallest number of copies.
pub(super) fn limits(file: &ScenarioFile) -> Limits {
    let with_dht = |group: &&HostGroup| group.script.is_none();
    let mut groups = file
        .hosts
        .iter()
        .filter(with_dht)
        .map(|group| of(&group.settings));
    let first = groups.next().unwrap_or_default();
    groups.fold(first, of_both)
}

fn of(settings: &KadSettings) -> Limits {
    Limits {
        bucket_size: settings.bucket_size,
        replication: settings.replication,
        parallelism: settings.parallelism,
        disjoint_paths: settings.disjoint_paths,
        query_timeout: settings.query_timeout,
        request_timeout: settings.substreams_timeout,
        pending_timeout: settings.pending_timeout,
        idle_timeout: settings.idle_timeout,
        periodic_bootstrap: settings.periodic_bootstrap,
        record_ttl: settings.record_ttl,
        provider_ttl: settings.provider_ttl,
        records: settings.store.max_records,
        value_bytes: settings.store.max_value_bytes,
        provided_keys: settings.store.max_provided_keys,
        providers_per_key: settings.store.max_providers_per_key,
        addresses_at_a_time: match &settings.traversal.autonat_v1 {
            Some(_) => NonZeroUsize::MIN,
            None => Limits::default().addresses_at_a_time,
        },
        ..Limits::default()
    }
}

/// The limits that the hosts of both satisfy.
fn of_both(one: Limits, other: Limits) -> Limits {
    Limits {
        bucket_size: one.bucket_size.max(other.bucket_size),
        replication: one.replication.min(other.replication),
        parallelism: one.parallelism.max(other.parallelism),
        disjoint_paths: one.disjoint_paths || other.disjoint_paths,
        query_timeout: one.query_timeout.max(other.query_timeout),
        request_timeout: one.request_timeout.max(other.request_timeout),
        pending_timeout: one.pending_timeout.max(other.pending_timeout),
        idle_timeout: one.idle_timeout.max(other.idle_timeout),
        periodic_bootstrap: longer(one.periodic_bootstrap, other.periodic_bootstrap),
        record_ttl: longer(one.record_ttl, other.record_ttl),
        provider_ttl: longer(one.provider_ttl, other.provider_ttl),
        records: one.records.max(other.records),
        value_bytes: one.value_bytes.max(other.value_bytes),
        provided_keys: one.provided_keys.max(other.provided_keys),
        providers_per_key: one.providers_per_key.max(other.providers_per_key),
        addresses_at_a_time: one.addresses_at_a_time.min(other.addresses_at_a_time),
        ..one
    }
}

/// The longer of two times, where `None` is unlimited.
fn longer(one: Option<Duration>, other: Option<Duration>) -> Option<Duration> {
    Some(one?.max(other?))
}

#[cfg(test)]
mod tests {
    use dht_fixtures::settings::AutonatV1Settings;

    use super::*;

    #[test]
    fn default_settings_give_the_default_limits() {
        assert_eq!(
            format!("{:?}", of(&KadSettings::default())),
            format!("{:?}", Limits::default())
        );
    }

    #[test]
    fn a_server_of_autonat_1_tries_one_address_after_another() {
        let mut settings = KadSettings::default();
        settings.traversal.autonat_v1 = Some(AutonatV1Settings::default());
        let limits = of_both(of(&KadSettings::default()), of(&settings));
        assert_eq!(limits.addresses_at_a_time, NonZeroUsize::MIN);
    }

    #[test]
    fn unlimited_is_longer_than_any_time() {
        let hour = Some(Duration::from_secs(3600));
        assert_eq!(longer(hour, None), None);
        assert_eq!(longer(hour, Some(Duration::ZERO)), hour);
    }
}
