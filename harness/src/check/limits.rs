//! The bounds of invariants that depend on the settings of a stack.

use std::{num::NonZeroUsize, time::Duration};

use libp2p::kad::{ALPHA_VALUE, K_VALUE};

/// The bounds that invariants check a stack against.
///
/// The defaults are those of libp2p. For a stack with other settings, pass the limits
/// to [`SimBuilder::limits`](crate::SimBuilder::limits).
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// The maximum number of entries in a bucket. Default: 20.
    pub bucket_size: NonZeroUsize,
    /// The number of peers that a lookup returns and a record is stored at. Default:
    /// 20.
    pub replication: NonZeroUsize,
    /// The number of concurrent requests of a lookup. Default: 3.
    pub parallelism: NonZeroUsize,
    /// Whether lookups use disjoint paths, which may find more peers than
    /// `replication`. Default: no.
    pub disjoint_paths: bool,
    /// The timeout of a query. Default: 60 s.
    pub query_timeout: Duration,
    /// The timeout of a single request. Default: 10 s.
    pub request_timeout: Duration,
    /// The time after which a pending peer replaces a disconnected entry. Default: 60
    /// s.
    pub pending_timeout: Duration,
    /// The time after which a connection without streams is closed. Default: 10 s.
    pub idle_timeout: Duration,
    /// The timeout of a connection attempt. Default: 10 s.
    pub connection_timeout: Duration,
    /// The maximum number of addresses of an entry. libp2p has no limit. Default: 16.
    pub addresses_per_entry: usize,
    /// How many addresses a dial tries at a time. Default: 8, as the swarm does. A server of AutoNAT,
    /// version 1, tries one after another.
    pub addresses_at_a_time: NonZeroUsize,
    /// The minimum time between two automatic bootstraps. libp2p has no setting for
    /// it. Default: 500 ms.
    pub bootstrap_throttle: Duration,
    /// The interval of periodic bootstraps; `None` for no bootstraps. Default: 5 min.
    pub periodic_bootstrap: Option<Duration>,
    /// The time to live of records; `None` for no expiry. Default: 48 h.
    pub record_ttl: Option<Duration>,
    /// The time to live of provider records; `None` for no expiry. Default: 48 h.
    pub provider_ttl: Option<Duration>,
    /// The maximum number of records in a store. Default: 1,024.
    pub records: usize,
    /// The maximum size of a value in bytes. Default: 66,560.
    pub value_bytes: usize,
    /// The maximum number of keys that a host provides. Default: 1,024.
    pub provided_keys: usize,
    /// The maximum number of providers per key in a store. Default: 20.
    pub providers_per_key: usize,
    /// The maximum number of inbound and of outbound DHT streams of a connection.
    /// libp2p has no setting for it. Default: 32.
    pub streams: usize,
    /// How often a host without traffic may run per second. Default: 200.
    pub runs_per_second: u32,
    /// The share of the closest live servers that a lookup has to find, from 0 to 1.
    /// Default: 1.
    pub recall: f64,
    /// The maximum delay until a host notices that a connection was closed. Default:
    /// 10 s, far above any latency of the default network.
    pub notice: Duration,
    /// The maximum time in which the network recovers from faults. Default: 15 min,
    /// which is three periodic refreshes.
    pub recovery: Duration,
}

/// The concurrency factor of dials in libp2p-swarm.
const AT_A_TIME: NonZeroUsize = NonZeroUsize::new(8).unwrap();

impl Default for Limits {
    fn default() -> Self {
        Limits {
            bucket_size: K_VALUE,
            replication: K_VALUE,
            parallelism: ALPHA_VALUE,
            disjoint_paths: false,
            query_timeout: Duration::from_secs(60),
            request_timeout: Duration::from_secs(10),
            pending_timeout: Duration::from_secs(60),
            idle_timeout: Duration::from_secs(10),
            connection_timeout: Duration::from_secs(10),
            addresses_per_entry: 16,
            addresses_at_a_time: AT_A_TIME,
            bootstrap_throttle: Duration::from_millis(500),
            periodic_bootstrap: Some(Duration::from_secs(5 * 60)),
            record_ttl: Some(Duration::from_secs(48 * 60 * 60)),
            provider_ttl: Some(Duration::from_secs(48 * 60 * 60)),
            records: 1024,
            value_bytes: 65 * 1024,
            provided_keys: 1024,
            providers_per_key: K_VALUE.get(),
            streams: 32,
            runs_per_second: 200,
            recall: 1.0,
            notice: Duration::from_secs(10),
            recovery: Duration::from_secs(15 * 60),
        }
    }
}
