//! The same scenario and seed produce the same events, independently of other work in
//! the process.

use std::{path::PathBuf, thread};

use dht_fixtures::{Stack, networks};
use dht_harness::{Schedule, Sim, SimBuilder, TransportKind, trace::Digest};
use dht_scenarios::{Catalog, Scenario, Stacks};
use rstest::rstest;

fn digest(transport: TransportKind, seed: u64) -> Digest {
    digest_under(Schedule::Arrival, transport, seed)
}

fn digest_under(schedule: Schedule, transport: TransportKind, seed: u64) -> Digest {
    digest_of(
        Sim::builder()
            .seed(seed)
            .schedule(schedule)
            .transport(transport),
    )
}

/// A network that runs lookups, loses hosts, and is partitioned and healed.
fn digest_of(sim: SimBuilder) -> Digest {
    let latency = dht_harness::net::Latency::LogNormal {
        median: std::time::Duration::from_millis(40),
        sigma: 0.5,
    };
    let network = dht_harness::net::NetworkConfig {
        latency,
        ..Default::default()
    };
    let report = sim.network(network).run(|sim| {
        let hosts = networks::ring(sim, 8, Stack::KadIdentify)?;
        networks::bootstrap_all(sim, &hosts)?;
        sim.crash(&hosts[3])?;
        let cut = sim.partition(&[&hosts[..4], &hosts[4..]]);
        sim.get_closest_peers(&hosts[0], *b"anything")?;
        cut.heal();
        sim.close(&hosts[5])?;
        sim.run_for(std::time::Duration::from_secs(400))
    });
    report.unwrap().end.digest
}

#[rstest]
fn digests_are_equal_in_sixteen_threads_of_one_process(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
    #[values(Schedule::Arrival, Schedule::Drawn)] schedule: Schedule,
) {
    let expected = digest_under(schedule, transport, 1);
    #[expect(
        clippy::disallowed_methods,
        reason = "each thread runs a simulation of its own"
    )]
    let others: Vec<_> = (0..16)
        .map(|_| thread::spawn(move || digest_under(schedule, transport, 1)))
        .collect();
    for other in others {
        assert_eq!(other.join().unwrap(), expected);
    }
}

#[rstest]
fn digests_are_equal_after_other_simulations_in_the_same_process(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    let expected = digest(transport, 1);
    // These use up connection, listener and task numbers of the whole process.
    digest(TransportKind::Mux, 2);
    digest(TransportKind::Stream, 3);
    assert_eq!(digest(transport, 1), expected);
}

/// The behaviours of libp2p keep maps by numbers that it counts process-wide, and yamux names
/// connections by one.
#[rstest]
fn digests_of_scenarios_are_equal_after_others_in_the_same_process(
    #[files("../corpus/addresses/*.toml")]
    #[files("../corpus/nat/*.toml")]
    #[files("../corpus/neighbours/*.toml")]
    #[files("../upstream/u2*.toml")]
    file: PathBuf,
) {
    let mut catalog = Catalog::new(Stacks::standard());
    catalog.load(&file).expect("a scenario");
    for case in catalog.scenarios().iter().flat_map(Scenario::cases) {
        let first = case.run(1).digest;
        digest(TransportKind::Stream, 3);
        assert_eq!(case.run(1).digest, first, "{}", case.path());
    }
}

/// Checks read tables and record data. They must not draw random numbers from a
/// source that hosts also use, such as the keys of hash maps.
#[rstest]
fn digests_are_equal_with_and_without_checks(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    let unchecked = Sim::builder().seed(1).transport(transport);
    assert_eq!(
        digest_of(unchecked.without_standard_checks()),
        digest(transport, 1)
    );
}

/// A change of mode is sent to all connections, in the order of a std map keyed
/// by process-wide numbers.
fn digest_of_changing_modes(transport: TransportKind) -> Digest {
    use dht_harness::dht::DhtBehaviour;
    use libp2p::kad::Mode;

    let report = Sim::builder().transport(transport).run(|sim| {
        let hosts = networks::star(sim, 8, Stack::KadIdentify)?;
        networks::bootstrap_all(sim, &hosts)?;
        for mode in [Mode::Client, Mode::Server, Mode::Client] {
            hosts[0].with(|swarm| swarm.behaviour_mut().kad().set_mode(Some(mode)))?;
            sim.run_for(std::time::Duration::from_secs(5))?;
        }
        Ok(())
    });
    report.unwrap().end.digest
}

#[rstest]
fn digests_are_equal_when_modes_change(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    let expected = digest_of_changing_modes(transport);
    for _ in 0..5 {
        assert_eq!(digest_of_changing_modes(transport), expected);
    }
}

/// Without this, a digest that ignores the events would pass the tests above.
#[rstest]
fn another_seed_changes_the_digest(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    assert_ne!(digest(transport, 1), digest(transport, 2));
}

/// A schedule without any effect would be useless.
#[rstest]
fn another_schedule_changes_the_digest(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    assert_ne!(
        digest(transport, 1),
        digest_under(Schedule::Drawn, transport, 1)
    );
}
