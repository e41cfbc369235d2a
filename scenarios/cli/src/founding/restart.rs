//! Hosts that restart at the same address.

use std::time::Duration;

use dht_fixtures::Stack;
use dht_harness::{
    Sim, SimError,
    dht::{Answer, Query},
    sim::{Keep, Restart},
};
use libp2p::kad::{Quorum, Record, RecordKey};

use super::{
    OnStacks,
    close::simple,
    steps::{SOON, acquainted, ensure, host, know_each_other},
};
use dht_scenarios::{Scenario, Setting};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        simple(
            "founding/restart-same-identity",
            "A crashed host restarts with its identity and is found again",
            same_identity,
        )
        .on_every_stack(),
        simple(
            "founding/restart-new-identity",
            "Another peer answers at the address of a crashed host: dials for the old one fail",
            new_identity,
        )
        .on_every_stack(),
        simple(
            "founding/restart-keeps-store",
            "A record survives only a restart that keeps the store",
            store_is_kept_or_lost,
        )
        .on_every_stack(),
        simple(
            "founding/restart-keeps-table",
            "A table survives only a restart that keeps it",
            table_is_kept_or_lost,
        )
        .on_every_stack(),
    ]
}

fn same_identity(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    let stack: Stack = setting.stack()?;
    sim.crash(&b)?;
    sim.run_for(Duration::from_secs(5))?;
    sim.restart(&b, Restart::default())?;
    // The previous connection is dead, but a does not know that yet: its next packet
    // is answered with a reset, and then it can dial again.
    let query = sim.start_query(&a, Query::ClosestPeers(b"wake".to_vec()))?;
    sim.finish_query(query)?;
    sim.run_for(SOON)?;
    sim.connect(&b, &a)?;
    if !stack.identifies() {
        sim.add_address(&a, &b)?;
        sim.add_address(&b, &a)?;
    }
    know_each_other(sim, &a, &b)?;
    let query = sim.get_closest_peers(&a, b.peer_id().to_bytes())?;
    ensure(
        query.contains(&b.peer_id()),
        "the restarted host was not found",
    )
}

fn new_identity(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    let former = b.peer_id();
    sim.close(&b)?;
    sim.run_for(Duration::from_secs(5))?;
    let restart = Restart {
        identity: Keep::Lost,
        ..Restart::default()
    };
    sim.restart(&b, restart)?;
    ensure(b.peer_id() != former, "the identity has not changed")?;
    sim.settle(SOON)?;
    let dial = libp2p::swarm::dial_opts::DialOpts::peer_id(former)
        .addresses(vec![b.address()])
        .build();
    let answer = sim.dial(&a, dial);
    ensure(answer.is_err(), "a dial for the former identity succeeded")?;
    let peer = sim.dial(&a, b.address())?;
    ensure(peer == b.peer_id(), "another peer answers at the address")
}

fn store_is_kept_or_lost(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    for (keep, kept) in [(Keep::Kept, true), (Keep::Lost, false)] {
        let name = |host: &str| format!("{host}-{keep:?}");
        let (a, b) = (
            host(sim, setting, &name("a"))?,
            host(sim, setting, &name("b"))?,
        );
        super::steps::meet(sim, setting, &a, &b)?;
        let key = RecordKey::new(b"key");
        let record = Record::new(key.clone(), b"value".to_vec());
        let put = sim.query(&a, Query::Put(record, Quorum::One))?;
        ensure(put.answer() == Some(&Answer::Stored), format!("{put:?}"))?;
        sim.crash(&a)?;
        sim.crash(&b)?;
        let restart = Restart {
            store: keep,
            ..Restart::default()
        };
        sim.restart(&b, restart)?;
        let query = sim.start_query(&b, Query::Get(key))?;
        let found = sim.wait_query(query)?;
        ensure(
            found.records().is_empty() != kept,
            format!("the store should be {keep:?}, but the lookup returned {found:?}"),
        )?;
    }
    Ok(())
}

fn table_is_kept_or_lost(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    for (keep, kept) in [(Keep::Kept, true), (Keep::Lost, false)] {
        let name = |host: &str| format!("{host}-{keep:?}");
        let (a, b) = (
            host(sim, setting, &name("a"))?,
            host(sim, setting, &name("b"))?,
        );
        super::steps::meet(sim, setting, &a, &b)?;
        sim.crash(&b)?;
        sim.crash(&a)?;
        let restart = Restart {
            table: keep,
            ..Restart::default()
        };
        sim.restart(&b, restart)?;
        ensure(
            sim.world().table(&b).contains(&a.peer_id()) == kept,
            format!("the table should be {keep:?}"),
        )?;
    }
    Ok(())
}
