//! What the harness checks of connexa, and what not.

use dht_harness::{Sim, TransportKind};

use crate::members::{MINUTE, ask, get, network, put};

/// connexa constructs its DHT itself, so tables, queries, modes and stores are not seen.
#[test]
fn a_failure_names_what_is_not_checked() {
    let failure = Sim::builder()
        .run(|sim| {
            network(sim, 2)?;
            sim.block_on(std::future::pending::<()>())
        })
        .expect_err("the body waits for nothing");
    let text = failure.to_string();
    assert!(
        text.contains(
            "tables, queries, modes, stores and connection counts of m0, m1 are not checked"
        ),
        "{text}"
    );
}

/// Tasks and timers are checked: a `Connexa` outside of the member keeps connexa's task
/// alive after the member has crashed.
#[test]
fn a_task_that_outlives_its_member_is_reported() {
    let failure = Sim::builder()
        .run(|sim| {
            let members = network(sim, 2)?;
            let kept = ask(sim, &members[1], |connexa| async move { connexa })?;
            for member in &members {
                sim.crash(member)?;
            }
            sim.run_for(MINUTE)?;
            drop(kept);
            Ok(())
        })
        .expect_err("a task is left");
    let text = failure.to_string();
    assert!(text.contains("closed-holds-nothing"), "{text}");
    assert!(
        text.contains("tasks spawned with tokio::spawn are alive"),
        "{text}"
    );
}

/// So is the silence of a closed host, on each transport.
#[test]
fn a_shutdown_ends_every_task() {
    for transport in [TransportKind::Mux, TransportKind::Stream] {
        Sim::builder().transport(transport).test(|sim| {
            let members = network(sim, 10)?;
            sim.close_all(&members)?;
            sim.run_for(MINUTE)
        });
    }
}

/// The messages of the DHT are read off the network.
#[test]
fn the_messages_of_the_dht_are_well_formed_and_answered() {
    Sim::builder()
        .tap()
        .check_named(["messages-well-formed", "requests-answered"])
        .test(|sim| {
            let members = network(sim, 10)?;
            put(sim, &members[3], "a page", "its text")?;
            for member in &members {
                assert_eq!(get(sim, member, "a page")?, ["its text"]);
            }
            let read = sim.world().messages().expect("there is a tap").len();
            assert!(read > 100, "{read}");
            sim.close_all(&members)?;
            sim.run_for(MINUTE)
        });
}
