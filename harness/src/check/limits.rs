//! What the settings of a stack decide about its invariants.

use std::{num::NonZeroUsize, time::Duration};

use libp2p::kad::{ALPHA_VALUE, K_VALUE};

/// The bounds that invariants hold a stack to.
///
/// The defaults are libp2p's. A stack with other settings is checked with
/// those: see [`by_name`](crate::invariants::by_name) and
/// [`SimBuilder::limits`](crate::SimBuilder::limits).
#[derive(Clone, Debug, PartialEq)]
pub struct Limits {
    /// How many entries a bucket holds. Default: 20.
    pub bucket_size: NonZeroUsize,
    /// How many peers a lookup looks for and a record is stored at. Default: 20.
    pub replication: NonZeroUsize,
    /// How many requests a lookup has under way. Default: 3.
    pub parallelism: NonZeroUsize,
    /// Whether lookups take disjoint paths, which may find more peers than
    /// `replication`. Default: no.
    pub disjoint_paths: bool,
    /// When a query gives up. Default: 60 s.
    pub query_timeout: Duration,
    /// When a single request gives up. Default: 10 s.
    pub request_timeout: Duration,
    /// How long a peer waits for the place of a disconnected one. Default: 60 s.
    pub pending_timeout: Duration,
    /// When a connection without streams is closed. Default: 10 s.
    pub idle_timeout: Duration,
    /// When an attempt to connect gives up. Default: 10 s.
    pub connection_timeout: Duration,
    /// How many addresses an entry may have. libp2p sets no bound. Default: 16.
    pub addresses_per_entry: usize,
    /// The least time between two automatic bootstraps. libp2p has no setting
    /// for it. Default: 500 ms.
    pub bootstrap_throttle: Duration,
    /// How often the table is refreshed; `None` for never. Default: 5 min.
    pub periodic_bootstrap: Option<Duration>,
    /// How long records live; `None` for ever. Default: 48 h.
    pub record_ttl: Option<Duration>,
    /// How long provider records live; `None` for ever. Default: 48 h.
    pub provider_ttl: Option<Duration>,
    /// How many records a store holds. Default: 1,024.
    pub records: usize,
    /// How many bytes a value has at most. Default: 66,560.
    pub value_bytes: usize,
    /// How many keys a host provides. Default: 1,024.
    pub provided_keys: usize,
    /// How many providers of one key a store holds. Default: 20.
    pub providers_per_key: usize,
    /// How many inbound and how many outbound streams of the DHT a connection
    /// has. libp2p has no setting for it. Default: 32.
    pub streams: usize,
    /// How often a host without traffic may run within a second. Default: 200.
    pub runs_per_second: u32,
    /// The share of the closest live servers that a lookup has to find, from 0
    /// to 1. Default: 1.
    pub recall: f64,
    /// How long the notice of an end may take. Default: 10 s, far above any
    /// latency of the default network.
    pub notice: Duration,
    /// How long the network may take to recover from faults. Default: 15 min,
    /// three periodic refreshes.
    pub recovery: Duration,
}

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
