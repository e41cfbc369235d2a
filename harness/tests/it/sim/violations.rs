//! The text of a violation report.

use std::time::Duration;

use dht_harness::{
    Sim, TransportKind, World,
    check::{Invariant, Reporter, Unmet, Value, wording},
    net::Fault,
};

use super::{on, peer};

/// An invariant that is violated by the second entry of a table.
struct AtMostOneEntry;

impl Invariant for AtMostOneEntry {
    fn name(&self) -> &'static str {
        "lonely-tables"
    }

    fn statement(&self) -> &'static str {
        "no table has two entries"
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            let seen = world.table(host).len();
            if seen > 1 {
                report
                    .violated("two-entries")
                    .at(host)
                    .subject("table")
                    .expected("at most one")
                    .seen(seen);
            }
        }
    }
}

#[test]
fn the_table_changes_between_two_reads_are_shown() {
    let outcome = on(TransportKind::Mux)
        .check(AtMostOneEntry)
        .run(|sim: &mut Sim| {
            let (a, b, c) = (
                sim.spawn("a", peer),
                sim.spawn("b", peer),
                sim.spawn("c", peer),
            );
            for (known, wait) in [(&b, 1), (&c, 2)] {
                sim.add_address(&a, known)?;
                sim.run_for(Duration::from_secs(wait))?;
            }
            Ok(())
        });
    let failure = outcome.unwrap_err().to_string();
    for line in [
        "violated: lonely-tables",
        "  table of a, read at 1.000000000s and at 3.000000000s:\n    + c connected /ip4/",
    ] {
        assert!(failure.contains(line), "{line:?} is missing in\n{failure}");
    }
    assert!(!failure.contains("+ b"), "{failure}");
}

#[test]
fn a_violation_lists_earlier_actions_and_faults_in_force() {
    let outcome = on(TransportKind::Mux)
        .check(AtMostOneEntry)
        .run(|sim: &mut Sim| {
            let hosts: Vec<_> = ["a", "b", "c"].map(|name| sim.spawn(name, peer)).into();
            let ids: Vec<_> = hosts.iter().map(|host| vec![host.id()]).collect();
            sim.inject(Fault::Partition { groups: ids })?.heal();
            let fault = Fault::Blackhole {
                a: hosts[1].id(),
                b: hosts[2].id(),
            };
            sim.inject(fault)?.forever();
            for action in ["introduce", "wait", "introduce"] {
                sim.begin_action(action);
            }
            for known in &hosts[1..] {
                let (peer, address) = (known.peer_id(), known.address().clone());
                hosts[0].with(|swarm| swarm.behaviour_mut().add_address(&peer, address))?;
            }
            sim.run_for(Duration::from_secs(1))?;
            sim.begin_action("later");
            sim.run_for(Duration::from_secs(1))
        });
    let failure = outcome.unwrap_err();
    let [violation] = failure.violations() else {
        panic!("once, though looked at twice: {failure}");
    };
    assert_eq!(violation.kind, "two-entries");
    assert_eq!(violation.seen, Value::Count(2));
    assert_eq!(violation.actions, ["introduce", "wait"]);
    assert_eq!(violation.faults, ["blackhole"]);
}

#[test]
fn an_unmet_condition_is_reported_with_the_latest_events_of_its_host() {
    let outcome = on(TransportKind::Mux).run(|sim: &mut Sim| {
        let (a, _b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.run_until(Duration::from_secs(1), |world: &World| {
            vec![Unmet::at(world, a.id(), "it waits for b")]
        })
    });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains(": a: it waits for b\n"), "{failure}");
    let of_a = "\nhosts:\n  a: open, server, 0 connections, 0 entries in its table\n    0.000000000s spawned as 12D3KooW";
    assert!(failure.contains(of_a), "{failure}");
}

#[test]
fn scrambled_texts_do_not_change_the_run() {
    let run = || {
        on(TransportKind::Mux)
            .check(AtMostOneEntry)
            .run(|sim: &mut Sim| {
                let hosts: Vec<_> = ["a", "b", "c"].map(|name| sim.spawn(name, peer)).into();
                for known in &hosts[1..] {
                    let (peer, address) = (known.peer_id(), known.address().clone());
                    hosts[0].with(|swarm| swarm.behaviour_mut().add_address(&peer, address))?;
                }
                sim.run_until(Duration::from_secs(1), |_: &World| vec!["nothing is so"])
            })
            .unwrap_err()
    };
    let told = run();
    let (reworded, text) = wording::reworded(|| {
        let failure = run();
        let text = failure.to_string();
        (failure, text)
    });
    assert_eq!(told.end(), reworded.end());
    assert_eq!(told.violations(), reworded.violations());
    for said in ["at most one", "no table has two entries", "nothing is so"] {
        assert!(
            told.to_string().contains(said) && !text.contains(said),
            "{text}"
        );
    }
}
