//! Members that crash and come back.

use dht_harness::{
    Sim, SimError,
    sim::{Keep, Restart},
};

use crate::members::{MINUTE, SECOND, dial, find, get, join, network, provide, providers, put};

/// What a member has stored outlives its crash, and after its return it is found.
fn crash_and_return(sim: &mut Sim, restart: Restart) -> Result<(), SimError> {
    let members = network(sim, 15)?;
    let (first, crashed, witness) = (&members[0], &members[4], &members[11]);
    put(sim, crashed, "a page", "its text")?;
    provide(sim, crashed, "a film")?;
    // The answer says that the announcements are on their way, not that they have
    // arrived: see "What comes from libp2p" in FINDINGS.md.
    sim.run_for(SECOND)?;
    let before = crashed.peer_id();

    sim.crash(crashed)?;
    sim.run_for(MINUTE)?;
    assert_eq!(get(sim, witness, "a page")?, ["its text"]);
    assert_eq!(providers(sim, witness, "a film")?, [before]);
    dial(sim, witness, crashed)?.expect_err("the crashed member does not answer");

    sim.restart(crashed, restart)?;
    sim.run_for(SECOND)?;
    join(sim, crashed, first)?;
    assert_eq!(get(sim, crashed, "a page")?, ["its text"]);
    let found = find(sim, witness, crashed)?;
    assert_eq!(found[0].peer_id, crashed.peer_id());
    dial(sim, witness, crashed)?.expect("it has come back");
    put(sim, crashed, "a second page", "more text")?;
    assert_eq!(get(sim, witness, "a second page")?, ["more text"]);
    sim.close_all(&members)?;
    sim.run_for(MINUTE)
}

#[test]
fn a_crashed_member_comes_back() {
    Sim::builder()
        .seed(3)
        .test(|sim| crash_and_return(sim, Restart::default()));
}

#[test]
fn a_crashed_member_comes_back_as_another_peer() {
    let restart = Restart {
        identity: Keep::Lost,
        ..Restart::default()
    };
    Sim::builder()
        .seed(4)
        .test(move |sim| crash_and_return(sim, restart));
}

/// connexa's tasks are spawned by `tokio::spawn`; they end because the crash drops the
/// last handle to them.
#[test]
fn nothing_is_left_when_all_have_crashed() {
    Sim::builder().seed(5).test(|sim| {
        let members = network(sim, 10)?;
        for member in &members {
            sim.crash(member)?;
        }
        sim.run_for(MINUTE)?;
        assert!(sim.violations().is_empty());
        Ok(())
    });
}
