//! The settings that all DHTs of a case share.
//!
//! Sizes and times are drawn small, so that a few minutes show what takes hours with
//! the defaults of libp2p.

use std::{num::NonZeroUsize, time::Duration};

use dht_fixtures::{
    KadSettings,
    settings::{IdentifySettings, StoreLimits},
};
use dht_scenarios::StackCapabilities;
use libp2p::kad::BucketInserts;
use proptest::{prelude::*, sample::select};

use super::theme::Theme;
use crate::named_settings::only;

fn seconds(choices: &'static [u64]) -> impl Strategy<Value = Duration> {
    select(choices).prop_map(Duration::from_secs)
}

/// One of these times in seconds. A choice of 0 means never.
fn or_never(choices: &'static [u64]) -> impl Strategy<Value = Option<Duration>> {
    select(choices).prop_map(|time| (time > 0).then(|| Duration::from_secs(time)))
}

fn count(choices: &'static [usize]) -> impl Strategy<Value = NonZeroUsize> {
    select(choices).prop_map(|count| NonZeroUsize::new(count).unwrap_or(NonZeroUsize::MIN))
}

/// Draws the settings of lookups. The timeout of a query exceeds that of a request
/// and its dial.
fn lookups(theme: Theme) -> impl Strategy<Value = KadSettings> {
    let disjoint = match theme {
        Theme::Lookup => 0.3,
        _ => 0.1,
    };
    let buckets: &'static [usize] = match theme {
        Theme::Bucket => &[1, 2, 2, 3, 4],
        _ => &[20, 20, 20, 20, 20, 20, 4, 8],
    };
    (
        count(buckets),
        count(&[20, 20, 1, 2, 3, 5]),
        count(&[3, 3, 3, 1, 2, 5]),
        proptest::bool::weighted(disjoint),
        seconds(&[60, 60, 30, 25]),
        seconds(&[10, 10, 10, 3, 5]),
    )
        .prop_map(
            |(bucket_size, replication, parallelism, disjoint_paths, query_timeout, request)| {
                KadSettings {
                    bucket_size,
                    replication,
                    parallelism,
                    disjoint_paths,
                    query_timeout,
                    substreams_timeout: request,
                    ..KadSettings::default()
                }
            },
        )
}

/// Draws the settings of tables and connections.
fn tables(theme: Theme) -> impl Strategy<Value = KadSettings> {
    let refreshes: &'static [u64] = match theme {
        Theme::Modes => &[0, 30, 60, 120, 300],
        _ => &[0, 0, 300, 300, 120],
    };
    let identify = (
        select(&[300_u64, 300, 30][..]),
        proptest::bool::weighted(0.15),
    );
    // An idle timeout longer than the first phase of a case.
    let idle: &'static [u64] = match theme {
        Theme::Peace => &[300],
        _ => &[10, 10, 1, 3, 5, 30, 60],
    };
    (
        seconds(&[60, 5, 10, 20]),
        or_never(refreshes),
        seconds(idle),
        prop_oneof![12 => Just(BucketInserts::OnConnected), 1 => Just(BucketInserts::Manual)],
        identify,
        proptest::bool::weighted(0.9),
    )
        .prop_map(
            |(
                pending_timeout,
                periodic_bootstrap,
                idle_timeout,
                inserts,
                (interval, push_listen_addr_updates),
                announce_address,
            )| KadSettings {
                pending_timeout,
                periodic_bootstrap,
                idle_timeout,
                inserts,
                announce_address,
                identify: IdentifySettings {
                    push_listen_addr_updates,
                    interval: Duration::from_secs(interval),
                    ..IdentifySettings::default()
                },
                ..KadSettings::default()
            },
        )
}

/// Draws the settings of stores: the defaults of libp2p in all themes but one, which
/// uses short times and small stores.
fn stores(theme: Theme) -> BoxedStrategy<KadSettings> {
    if theme != Theme::Records {
        return Just(KadSettings::default()).boxed();
    }
    let lives: &'static [u64] = &[30, 60, 90, 120, 240, 600];
    let intervals: &'static [u64] = &[0, 20, 45, 60, 100];
    let limits = (
        select(&[1024_usize, 1024, 1, 2, 4][..]),
        select(&[65_usize << 10, 65 << 10, 100][..]),
        select(&[20_usize, 20, 1, 3][..]),
        select(&[1024_usize, 1024, 1, 2][..]),
    )
        .prop_map(
            |(max_records, max_value_bytes, max_providers_per_key, max_provided_keys)| {
                StoreLimits {
                    max_records,
                    max_value_bytes,
                    max_providers_per_key,
                    max_provided_keys,
                }
            },
        );
    (
        or_never(lives),
        or_never(lives),
        or_never(intervals),
        or_never(intervals),
        or_never(intervals),
        select(&[1_u16, 1, 0, 3][..]),
        limits,
    )
        .prop_map(
            |(record_ttl, provider_ttl, replication, publication, provider, caching, store)| {
                KadSettings {
                    record_ttl,
                    provider_ttl,
                    replication_interval: replication,
                    publication_interval: publication,
                    provider_interval: provider,
                    caching,
                    store,
                    ..KadSettings::default()
                }
            },
        )
        .boxed()
}

/// The refresh interval of hosts that query of their own accord.
const REFRESH: Duration = Duration::from_secs(300);

/// The settings, with the default in place of each that a stack does not honour or that
/// this release of libp2p does not have.
pub(super) fn honoured(settings: &KadSettings, capabilities: &StackCapabilities) -> KadSettings {
    let lacking = settings.lacking();
    let mut honoured = only(settings, |name| {
        let has_it = name != "identify" || capabilities.identifies;
        has_it && capabilities.settings.contains(name) && !lacking.contains(&name)
    });
    if !capabilities.is_quiet {
        honoured.periodic_bootstrap.get_or_insert(REFRESH);
    }
    honoured
}

/// Draws the settings of a case.
pub(super) fn settings(theme: Theme) -> BoxedStrategy<KadSettings> {
    (lookups(theme), tables(theme), stores(theme))
        .prop_map(|(lookups, tables, stores)| KadSettings {
            bucket_size: lookups.bucket_size,
            replication: lookups.replication,
            parallelism: lookups.parallelism,
            disjoint_paths: lookups.disjoint_paths,
            query_timeout: lookups.query_timeout,
            substreams_timeout: lookups.substreams_timeout,
            record_ttl: stores.record_ttl,
            provider_ttl: stores.provider_ttl,
            replication_interval: stores.replication_interval,
            publication_interval: stores.publication_interval,
            provider_interval: stores.provider_interval,
            caching: stores.caching,
            store: stores.store,
            ..tables
        })
        .boxed()
}
