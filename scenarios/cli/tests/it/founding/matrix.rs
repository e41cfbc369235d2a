//! Runs every case of the catalog under several seeds.

use dht_harness::{Schedule, TransportKind};
use dht_harness_cli::founding;
use dht_scenarios::Case;
use rstest::rstest;

/// Runs one case of the catalog. Panics if there is none.
fn run(scenario: &str, stack: &str, transport: TransportKind, seed: u64) {
    let catalog = founding::catalog();
    let path = format!("founding/{scenario}/{stack}/{transport}");
    for case in catalog.select(&[path]).unwrap() {
        assert_passes(case, seed);
    }
}

fn assert_passes(case: Case<'_>, seed: u64) {
    let report = case.run(seed);
    if let Some(failure) = report.verdict.failure() {
        panic!("{} under seed {seed}:\n{failure}", report.name);
    }
}

#[rstest]
fn passes_on_every_stack(
    #[values(
        "evict-on-dial-error",
        "evict-on-dial-error-listener",
        "evict-on-silence",
        "evict-on-silence-listener",
        "evict-on-stream-error",
        "evict-on-stream-error-listener",
        "multiple-close",
        "double-close",
        "closed-host-answers-host-closed",
        "listen-close-count",
        "close-both-ends",
        "close-with-50-connections",
        "close-against-crash",
        "close-while-dialing",
        "close-while-dialing-into-the-void",
        "close-while-being-dialed",
        "listener-close-closes-queued",
        "close-during-outbound-query",
        "close-during-inbound-query",
        "close-with-open-streams",
        "restart-same-identity",
        "restart-new-identity",
        "restart-keeps-store",
        "restart-keeps-table"
    )]
    scenario: &str,
    #[values("kad", "kad-identify", "evicting", "tokio")] stack: &str,
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
    #[values(0, 1, 2)] seed: u64,
) {
    run(scenario, stack, transport, seed);
}

/// A muxed connection has no handshake.
#[rstest]
fn passes_during_the_handshake(
    #[values("close-during-handshake", "close-during-handshake-dialer")] scenario: &str,
    #[values("kad", "kad-identify", "evicting", "tokio")] stack: &str,
    #[values(0, 1, 2)] seed: u64,
) {
    run(scenario, stack, TransportKind::Stream, seed);
}

#[rstest]
fn a_leaky_close_is_reported(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
    #[values(0, 1, 2)] seed: u64,
) {
    run("leaky-close", "kad-identify", transport, seed);
}

/// All cases pass under a drawn schedule. `SEEDS` sets the number of seeds.
#[test]
fn passes_under_a_drawn_schedule() {
    let seeds = std::env::var("SEEDS").ok();
    let seeds = seeds.and_then(|seeds| seeds.parse().ok()).unwrap_or(1);
    for scenario in founding::catalog().scenarios() {
        let drawn = scenario.clone().scheduled(Schedule::Drawn);
        for case in drawn.cases() {
            for seed in 0..seeds {
                assert_passes(case, seed);
            }
        }
    }
}

/// The lists above are complete, so no scenario is left out.
#[test]
fn every_scenario_is_listed_here() {
    let source = include_str!("matrix.rs");
    for scenario in founding::catalog().scenarios() {
        let name = scenario.name.strip_prefix("founding/").unwrap();
        assert!(source.contains(&format!("\"{name}\"")), "{name} is not run");
    }
}
