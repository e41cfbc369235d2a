//! The settings of the network, without faults.

use std::time::Duration;

use dht_harness::net::{Latency, Probability};
use proptest::{prelude::*, sample::select};

use dht_scenarios::file::{Distribution, NetworkSettings, RegionSettings};

fn milliseconds(range: std::ops::Range<u64>) -> impl Strategy<Value = Duration> {
    range.prop_map(Duration::from_millis)
}

/// Latencies with heavy tails. Of ten million packets hardly one takes longer than the shortest
/// timeout, 3 s.
fn tailed() -> impl Strategy<Value = Latency> {
    prop_oneof![
        (milliseconds(5..40), select(&[0.3, 0.6][..]))
            .prop_map(|(median, sigma)| Latency::LogNormal { median, sigma }),
        (milliseconds(5..40), select(&[0.7, 1.5][..]))
            .prop_map(|(scale, shape)| Latency::Weibull { scale, shape }),
        (milliseconds(5..30), select(&[4.0, 6.0][..]))
            .prop_map(|(min, shape)| Latency::Pareto { min, shape }),
        (
            milliseconds(5..30),
            milliseconds(100..300),
            select(&[0.05, 0.2][..])
        )
            .prop_map(|(usual, rare, share)| Latency::Bimodal {
                usual,
                rare,
                share: Probability::try_from(share).expect("it is between 0 and 1"),
            }),
    ]
}

/// The names of regions.
const REGIONS: [&str; 3] = ["east", "west", "south"];

/// The shares of their hosts.
const SHARES: &[&[f64]] = &[&[0.5, 0.5], &[0.75, 0.25], &[0.5, 0.25, 0.25]];

/// Draws two or three regions, within which hosts are near, and between which they are far.
fn regions() -> impl Strategy<Value = Vec<RegionSettings>> {
    let shares = select(SHARES);
    let far = prop_oneof![
        2 => milliseconds(40..150).prop_map(Latency::Constant),
        1 => (milliseconds(40..80), milliseconds(80..120))
            .prop_map(|(min, mean)| Latency::Exponential { min, mean }),
    ];
    (shares, milliseconds(1..15), far).prop_map(|(shares, near, far)| {
        let names = &REGIONS[..shares.len()];
        let latency = |from: &str, to: &str| match from == to {
            true => Latency::Constant(near),
            false => far.clone(),
        };
        names
            .iter()
            .zip(shares)
            .map(|(name, share)| RegionSettings {
                name: (*name).to_owned(),
                share: *share,
                latency: names
                    .iter()
                    .map(|to| ((*to).to_owned(), Distribution(latency(name, to))))
                    .collect(),
            })
            .collect()
    })
}

/// Draws latencies far below any timeout, at times by regions, a mostly unlimited bandwidth,
/// and a dial timeout below or above the one of the swarm.
pub(super) fn network() -> BoxedStrategy<NetworkSettings> {
    let latency = prop_oneof![
        4 => milliseconds(1..60).prop_map(Latency::Constant),
        3 => (milliseconds(1..20), milliseconds(20..150))
            .prop_map(|(min, max)| Latency::Uniform { min, max }),
        1 => (milliseconds(1..20), milliseconds(20..100))
            .prop_map(|(min, mean)| Latency::Exponential { min, mean }),
        3 => tailed(),
    ];
    let latencies = prop_oneof![
        7 => latency.prop_map(|latency| NetworkSettings { latency, ..NetworkSettings::default() }),
        1 => regions().prop_map(|regions| NetworkSettings { regions, ..NetworkSettings::default() }),
    ];
    let bandwidth = prop_oneof![8 => Just(None), 1 => (20_000_u64..1_000_000).prop_map(Some)];
    let dial_timeout = prop_oneof![3 => Just(10_u64), 1 => Just(3), 1 => Just(20)];
    (latencies, bandwidth, dial_timeout)
        .prop_map(|(latencies, bandwidth, dial_timeout)| NetworkSettings {
            bandwidth,
            dial_timeout: Duration::from_secs(dial_timeout),
            migration: false,
            // All hosts look up at once at the end, and dials that meet would fail.
            simultaneous_open: false,
            ..latencies
        })
        .boxed()
}
