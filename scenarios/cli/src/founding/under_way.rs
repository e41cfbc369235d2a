//! Closing a host while an operation is in progress.

use std::time::Duration;

use dht_fixtures::{
    Dht,
    raw::{self, Request, Script},
};
use dht_harness::{Sim, SimError, SimHost, TransportKind, dht::Query, net::DialFault};
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use super::{
    OnStacks,
    close::simple,
    steps::{SOON, acquainted, ensure, host},
};
use dht_scenarios::{Scenario, Setting};

/// Half of the default one-way latency: the first packet is in flight.
const MID_FLIGHT: Duration = Duration::from_millis(5);

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        simple(
            "founding/close-while-dialing",
            "A host closes while its dial is in progress: no connection is established",
            close_while_dialing,
        )
        .on_every_stack(),
        simple(
            "founding/close-while-dialing-into-the-void",
            "A host closes while its dial hangs: the dial ends with it",
            close_while_dial_hangs,
        )
        .on_every_stack(),
        simple(
            "founding/close-while-being-dialed",
            "A host closes while a dial to it is in progress: the dialer is refused",
            close_while_being_dialed,
        )
        .on_every_stack(),
        simple(
            "founding/listener-close-closes-queued",
            "Connections that wait to be accepted are reset when their listener closes",
            listener_close_closes_queued,
        )
        .covers(&["go-libp2p:TestListenerCloseClosesQueued"])
        .on_every_stack(),
        simple(
            "founding/close-during-handshake",
            "The listener closes during the security handshake: the dialer notices",
            |sim, setting| close_during_handshake(sim, setting, Closes::Listener),
        )
        .only(TransportKind::Stream)
        .on_every_stack(),
        simple(
            "founding/close-during-handshake-dialer",
            "The dialer closes during the security handshake: the listener notices",
            |sim, setting| close_during_handshake(sim, setting, Closes::Dialer),
        )
        .only(TransportKind::Stream)
        .on_every_stack(),
        simple(
            "founding/close-during-outbound-query",
            "A host closes while it runs a query",
            |sim, setting| close_during_query(sim, setting, Closes::Dialer),
        )
        .on_every_stack(),
        simple(
            "founding/close-during-inbound-query",
            "A host closes while it is answering a query: the query of the other host ends",
            |sim, setting| close_during_query(sim, setting, Closes::Listener),
        )
        .on_every_stack(),
        simple(
            "founding/close-with-open-streams",
            "A host closes while streams of another behaviour are open in both directions",
            close_with_open_streams,
        )
        .covers(&["go-libp2p:TestCloseWithOpenStreams"])
        .on_every_stack(),
    ]
}

/// The host that closes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Closes {
    Dialer,
    Listener,
}

/// Two hosts with empty tables.
fn isolated_hosts(
    sim: &mut Sim,
    setting: &Setting,
) -> Result<(SimHost<Dht>, SimHost<Dht>), SimError> {
    let pair = (host(sim, setting, "a")?, host(sim, setting, "b")?);
    sim.settle(SOON)?;
    Ok(pair)
}

fn start_dial(sim: &mut Sim, from: &SimHost<Dht>, to: &SimHost<Dht>) {
    let opts = DialOpts::peer_id(to.peer_id())
        .addresses(vec![to.address()])
        .condition(PeerCondition::Always)
        .build();
    sim.start_dial(from, opts);
}

/// No host may be connected to the closed one, now or later.
fn stays_disconnected(
    sim: &mut Sim,
    closed: &SimHost<Dht>,
    other: &SimHost<Dht>,
) -> Result<(), SimError> {
    sim.run_for(SOON)?;
    let connected = sim.world().swarm(other.id()).unwrap_or_default().connected;
    ensure(
        !connected.contains(&closed.peer_id()),
        format!("{} is connected to the closed host", other.name()),
    )
}

fn close_while_dialing(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = isolated_hosts(sim, setting)?;
    start_dial(sim, &a, &b);
    sim.run_for(MID_FLIGHT)?;
    ensure(
        sim.world().resources(a.id()).dials == 1,
        "no dial is in progress",
    )?;
    sim.close(&a)?;
    stays_disconnected(sim, &a, &b)
}

fn close_while_dial_hangs(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = isolated_hosts(sim, setting)?;
    sim.dial_fault(Some(a.id()), &b, DialFault::Hang).forever();
    start_dial(sim, &a, &b);
    sim.run_for(Duration::from_secs(5))?;
    ensure(sim.world().resources(a.id()).dials == 1, "no dial hangs")?;
    sim.close(&a)?;
    stays_disconnected(sim, &a, &b)
}

fn close_while_being_dialed(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let (a, b) = isolated_hosts(sim, setting)?;
    start_dial(sim, &a, &b);
    sim.run_for(MID_FLIGHT)?;
    sim.close(&b)?;
    stays_disconnected(sim, &b, &a)
}

fn listener_close_closes_queued(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    const DIALERS: usize = 8;
    let b = host(sim, setting, "b")?;
    let mut dialers = Vec::new();
    for number in 0..DIALERS {
        dialers.push(host(sim, setting, &format!("d{number}"))?);
    }
    sim.settle(SOON)?;
    // All of the dials are connected to the port, and none is accepted yet, when the
    // listener is closed at the same instant.
    for dialer in &dialers {
        start_dial(sim, dialer, &b);
    }
    sim.run_for(Duration::from_millis(10))?;
    sim.close(&b)?;
    sim.run_for(SOON)?;
    for dialer in &dialers {
        let left = sim.world().resources(dialer.id());
        ensure(
            left.connections == 0 && left.dials == 0,
            format!("{}: {left:?} is left of its dial", dialer.name()),
        )?;
    }
    Ok(())
}

/// Connecting takes one round trip of 20 ms, and the handshakes of noise and
/// yamux another one.
fn close_during_handshake(
    sim: &mut Sim,
    setting: &Setting,
    closes: Closes,
) -> Result<(), SimError> {
    let (a, b) = isolated_hosts(sim, setting)?;
    start_dial(sim, &a, &b);
    sim.run_for(Duration::from_millis(35))?;
    let established = sim.world().established(a.id());
    ensure(
        established == Some(0) && sim.world().resources(a.id()).connections == 1,
        "no handshake is in progress",
    )?;
    let (closed, other) = match closes {
        Closes::Dialer => (&a, &b),
        Closes::Listener => (&b, &a),
    };
    sim.close(closed)?;
    stays_disconnected(sim, closed, other)?;
    let left = sim.world().resources(other.id());
    ensure(
        left.connections == 0 && left.dials == 0,
        format!("{left:?} is left of the handshake"),
    )
}

fn close_during_query(sim: &mut Sim, setting: &Setting, closes: Closes) -> Result<(), SimError> {
    let (a, b) = acquainted(sim, setting)?;
    sim.settle(SOON)?;
    let query = sim.start_query(&a, Query::ClosestPeers(b"test".to_vec()))?;
    sim.run_for(Duration::from_millis(15))?;
    ensure(
        sim.world().running_queries(a.id()).contains(&query.id),
        "the query is not running",
    )?;
    match closes {
        Closes::Dialer => sim.close(&a)?,
        Closes::Listener => {
            sim.close(&b)?;
            let query = sim.finish_query(query)?;
            ensure(
                query.peers().is_empty(),
                format!("a closed host answered: {query:?}"),
            )?;
        }
    }
    sim.run_for(SOON)
}

/// The other behaviour is scripted and never answers. Both sides therefore have open
/// streams: one that they opened and one that they accepted.
fn close_with_open_streams(sim: &mut Sim, setting: &Setting) -> Result<(), SimError> {
    let a = host(sim, setting, "a")?;
    let silent = sim.spawn_without_dht("silent", move |node| raw::announced(node, Script::Silent));
    let partner =
        sim.spawn_without_dht("partner", move |node| raw::announced(node, Script::Silent));
    sim.connect(&a, &silent)?;
    sim.connect(&partner, &silent)?;
    sim.settle(SOON)?;
    for (asker, asked) in [(&silent, &partner), (&partner, &silent)] {
        let to = asked.peer_id();
        asker.with(|swarm| {
            swarm
                .behaviour_mut()
                .kad
                .ask(to, Request::FindNode(b"test".to_vec()));
        })?;
    }
    sim.start_query(&a, Query::ClosestPeers(b"test".to_vec()))?;
    sim.run_for(Duration::from_secs(1))?;
    if setting.transport == TransportKind::Mux {
        // Over yamux the network sees one pipe per connection, not its streams.
        let streams = sim.world().resources(silent.id()).streams;
        ensure(streams >= 2, format!("{streams} streams are open"))?;
    }
    sim.close(&silent)?;
    sim.close(&a)?;
    sim.run_for(SOON)?;
    let left = sim.world().resources(partner.id());
    ensure(
        left.connections == 0 && left.streams == 0,
        format!("{left:?} is left of the connection to the closed host"),
    )
}
