//! The settings of a network.
//!
//! Responsible for the settings and their defaults; it must not know how they
//! are applied.

use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::latency::Latency;
use super::regions::Regions;

/// Settings of a simulated network.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct NetworkConfig {
    /// One-way latency of every link that no fault overrides. Default: 10 ms.
    pub latency: Latency,
    /// The regions of hosts, whose latencies then replace `latency`. Default: none.
    pub regions: Option<Regions>,
    /// How long a dial waits for an answer before it fails. Default: 127 s,
    /// Linux with `tcp_syn_retries` = 6.
    pub connect_timeout: Duration,
    /// How long data may stay unacknowledged before the sender abandons the
    /// connection. Default: 924 s, Linux with `tcp_retries2` = 15.
    pub retransmission_timeout: Duration,
    /// Bandwidth of every host's access link. Default: none, meaning unlimited.
    pub bandwidth: Option<Bandwidth>,
    /// How connections share the bandwidth of an access link. Default: first come, first
    /// served.
    pub sharing: Sharing,
    /// Bytes that may be unread or in flight per direction of a stream
    /// connection. Default: 1 MiB.
    pub window: usize,
    /// Bytes that may be unread or in flight per direction of one substream of
    /// a muxed connection. Default: 256 KiB.
    pub substream_window: usize,
    /// Inbound connections that a listener queues until they are accepted. A
    /// SYN beyond this number is dropped. Default: 128.
    pub backlog: usize,
    /// Inbound substreams that a muxed connection queues until they are
    /// accepted. A substream beyond this number is reset. Default: 256.
    pub substream_backlog: usize,
    /// Whether muxed connections survive a change of the IP address of a host, and
    /// report the new address to the other side. No transport that libp2p publishes
    /// does so: libp2p-quic, from 0.11 to 0.14, turns the migration of QUIC off
    /// (`config.rs`, `server_config.migration(false)`). For transports of your own.
    /// Default: false.
    pub migration: bool,
    /// Whether two dials over TCP that meet become one connection, as the kernel makes of
    /// them if both go from the port of a listener to that of the other one (RFC 9293,
    /// section 3.5). Both sides then begin the handshake, and both dials fail
    /// (libp2p/specs issue 389). If not, each makes a connection, as dials do that miss each
    /// other: hosts that a test starts at the same instant dial each other at the same
    /// instant, which real hosts hardly ever do. Hole punching does not depend on it, nor do
    /// dials over QUIC. Default: false.
    pub simultaneous_open: bool,
    /// Whether hosts that are behind no [router](super::Nat) get addresses of 11.0.0.0/8, which
    /// libp2p takes for public, rather than of 10.0.0.0/8, which it takes for private: AutoNAT,
    /// version 1, asks for no dial to those. Default: false.
    pub public_addresses: bool,
    /// Whether [`NetEvent`](super::NetEvent)s are recorded. If so, the caller
    /// has to drain them with `Fabric::drain_events`. Default: true.
    pub record_events: bool,
}

impl Default for NetworkConfig {
    fn default() -> Self {
        NetworkConfig {
            latency: Latency::DEFAULT,
            regions: None,
            connect_timeout: Duration::from_secs(127),
            retransmission_timeout: Duration::from_secs(924),
            bandwidth: None,
            sharing: Sharing::FirstCome,
            window: 1 << 20,
            substream_window: 256 << 10,
            backlog: 128,
            substream_backlog: 256,
            migration: false,
            simultaneous_open: false,
            public_addresses: false,
            record_events: true,
        }
    }
}

/// Bandwidth of a host's access link, in bytes per second. Zero is unlimited.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Bandwidth {
    /// From the host into the network.
    pub up: u64,
    /// From the network to the host.
    pub down: u64,
}

/// How connections share the bandwidth of an access link, in each direction.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Sharing {
    /// One queue: what a connection sends waits for everything that was sent before.
    #[default]
    FirstCome,
    /// Every connection that has something on the link gets the same share of the rate
    /// (max-min fairness), from byte to byte. What one connection sends keeps its order. A
    /// connection whose other end is slower fills its window there, and from then on leaves the
    /// rest of its share to the others.
    Fair,
}

/// The same rate in both directions, in bytes per second.
impl From<u64> for Bandwidth {
    fn from(rate: u64) -> Self {
        Bandwidth {
            up: rate,
            down: rate,
        }
    }
}

/// The time that `bytes` occupy a link of `rate` bytes per second.
pub(super) fn serialisation(bytes: u32, rate: u64) -> Duration {
    if rate == 0 {
        return Duration::ZERO;
    }
    let nanos = u128::from(bytes) * 1_000_000_000 / u128::from(rate);
    Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
}
