//! Closing an idle host.
//!
//! After every step the standard invariants compare swarm, network, executor and
//! clock. They check that a closed host has no resources and does nothing, and that
//! its peers notice the close. These scenarios test what the invariants cannot check.

use std::time::Duration;

use dht_harness::{
    Sim, SimError,
    host::{HostError, HostState},
};
use futures::FutureExt;
use libp2p::{Multiaddr, multiaddr::Protocol};

use super::{
    OnStacks,
    steps::{SOON, acquainted, ensure, host},
};
use dht_scenarios::{Scenario, Setting};

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        simple(
            "founding/multiple-close",
            "After a close, connect fails, no address is listened on, and closing again is harmless",
            multiple_close,
        )
        .covers(&["go-libp2p:TestMultipleClose"])
        .on_every_stack(),
        simple(
            "founding/double-close",
            "Two closes at one instant have the same result",
            double_close,
        )
        .covers(&["go-libp2p:TestHostDoubleClose"])
        .on_every_stack(),
        simple(
            "founding/closed-host-answers-host-closed",
            "Every operation of a closed host fails with HostClosed at once",
            every_operation_refuses,
        )
        .on_every_stack(),
        simple(
            "founding/listen-close-count",
            "Closing one listener leaves the other one listening",
            listen_close_count,
        )
        .covers(&["go-libp2p:TestListenCloseCount"])
        .on_every_stack(),
        simple(
            "founding/close-both-ends",
            "Two connected hosts close at one instant",
            close_both_ends,
        )
        .on_every_stack(),
        simple(
            "founding/close-with-50-connections",
            "A host closes 50 connections, and each remote notices",
            close_with_many_connections,
        )
        .on_every_stack(),
        simple(
            "founding/close-against-crash",
            "The remote notices a close, but not a crash",
            close_against_crash,
        )
        .on_every_stack(),
    ]
}

/// A scenario without its own settings.
pub(super) fn simple(
    name: &'static str,
    about: &'static str,
    body: fn(&mut Sim, &Setting) -> Result<(), SimError>,
) -> Scenario {
    Scenario::new(name, about, move |setting| {
        let this = setting.clone();
        setting.sim().run(move |sim| body(sim, &this))
    })
}

fn multiple_close(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    sim.close(&a)?;
    let connect = sim.connect(&a, &b);
    ensure(
        connect == Err(SimError::Host(HostError::HostClosed { peer: a.peer_id() })),
        format!("connect on a closed host returned {connect:?}"),
    )?;
    ensure(
        sim.world().swarm(a.id()).is_none(),
        "a closed host has a swarm, and may have addresses",
    )?;
    // Until it notices the close, b believes that it is connected.
    sim.run_for(Duration::from_secs(1))?;
    ensure(
        sim.connect(&b, &a).is_err(),
        "a closed host was connected to",
    )?;
    sim.close(&a)?;
    sim.close(&a)?;
    sim.run_for(SOON)
}

fn double_close(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, _b) = acquainted(sim, setting)?;
    sim.close_all([&a, &a])?;
    ensure(
        a.host().state() == HostState::Closed,
        "the host is not closed",
    )?;
    sim.run_for(SOON)
}

fn every_operation_refuses(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    sim.close(&a)?;
    let closed = || HostError::HostClosed { peer: a.peer_id() };
    let host = a.host();
    let connect = host.connect(b.peer_id()).now_or_never();
    let listen = host.listen(a.address()).now_or_never();
    let disconnect = host.disconnect(b.peer_id()).now_or_never();
    ensure(
        connect == Some(Err(closed())),
        format!("connect: {connect:?}"),
    )?;
    ensure(listen == Some(Err(closed())), format!("listen: {listen:?}"))?;
    ensure(
        disconnect == Some(Err(closed())),
        format!("disconnect: {disconnect:?}"),
    )?;
    ensure(
        a.with(|_| ()) == Err(closed()),
        "the swarm is still accessible",
    )?;
    ensure(
        host.close().now_or_never().is_some(),
        "a further close did not complete at once",
    )
}

fn listen_close_count(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = (host(sim, setting, "a")?, host(sim, setting, "b")?);
    sim.settle(SOON)?;
    let second: Multiaddr = Multiaddr::from(sim.world().ip(&a)).with(Protocol::Tcp(4002));
    let id = a.with(|swarm| swarm.listen_on(second.clone()))?;
    let id = id.map_err(|error| SimError::Other(error.to_string()))?;
    sim.run_for(Duration::from_secs(1))?;
    ensure(
        sim.world().resources(a.id()).listeners == 2,
        "the host does not have two listeners",
    )?;
    ensure(
        a.with(|swarm| swarm.remove_listener(id))?,
        "the listener does not exist",
    )?;
    sim.run_for(Duration::from_secs(1))?;
    ensure(
        sim.world().resources(a.id()).listeners == 1,
        "the host does not have one listener",
    )?;
    ensure(
        sim.dial(&b, second).is_err(),
        "the removed listener accepted a connection",
    )?;
    sim.dial(&b, a.address())?;
    sim.close(&a)
}

fn close_both_ends(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    sim.close_all([&a, &b])?;
    sim.run_for(SOON)
}

fn close_with_many_connections(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    const REMOTES: usize = 50;
    let hub = host(sim, setting, "hub")?;
    let mut remotes = Vec::new();
    for number in 0..REMOTES {
        let remote = host(sim, setting, &format!("r{number}"))?;
        // Half of the connections are dialled by the hub, half are accepted.
        if number % 2 == 0 {
            sim.connect(&hub, &remote)?;
        } else {
            sim.connect(&remote, &hub)?;
        }
        remotes.push(remote);
    }
    let held = sim.world().resources(hub.id()).connections as usize;
    ensure(held >= REMOTES, format!("the hub has {held} connections"))?;
    sim.close(&hub)?;
    sim.run_until(SOON, |world| {
        let mut connected = Vec::new();
        for remote in &remotes {
            let swarm = world.swarm(remote.id()).unwrap_or_default();
            if swarm.connected.contains(&hub.peer_id()) {
                connected.push(format!("{}: connected to the closed hub", remote.name()));
            }
        }
        connected
    })
}

fn close_against_crash(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    let c = host(sim, setting, "c")?;
    sim.connect(&a, &c)?;
    sim.close(&b)?;
    sim.crash(&c)?;
    sim.run_for(Duration::from_secs(1))?;
    let connected = sim.world().swarm(a.id()).unwrap_or_default().connected;
    ensure(
        !connected.contains(&b.peer_id()),
        "the remote did not notice the close within a second",
    )?;
    ensure(
        connected.contains(&c.peer_id()),
        "the remote noticed the crash, although the crashed host sent nothing",
    )
}
