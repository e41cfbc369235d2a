//! The settings of the network, without faults.

use std::time::Duration;

use dht_harness::net::Latency;
use proptest::prelude::*;

use dht_scenarios::file::NetworkSettings;

fn milliseconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

/// Draws latencies far below any timeout, a mostly unlimited bandwidth, and a dial
/// timeout below or above the one of the swarm.
pub(super) fn network() -> BoxedStrategy<NetworkSettings> {
    let latency = prop_oneof![
        4 => milliseconds(1..60).prop_map(Latency::Constant),
        3 => (milliseconds(1..20), milliseconds(20..150))
            .prop_map(|(min, max)| Latency::Uniform { min, max }),
        1 => (milliseconds(1..20), milliseconds(20..100))
            .prop_map(|(min, mean)| Latency::Exponential { min, mean }),
    ];
    let bandwidth = prop_oneof![8 => Just(None), 1 => (20_000_u64..1_000_000).prop_map(Some)];
    let dial_timeout = prop_oneof![3 => Just(10_u64), 1 => Just(3), 1 => Just(20)];
    (latency, bandwidth, dial_timeout)
        .prop_map(|(latency, bandwidth, dial_timeout)| NetworkSettings {
            latency,
            bandwidth,
            dial_timeout: Duration::from_secs(dial_timeout),
            migration: false,
            ..NetworkSettings::default()
        })
        .boxed()
}
