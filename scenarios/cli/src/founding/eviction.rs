//! Eviction of peers from a routing table when a query fails.
//!
//! This is the test `TestRTEvictionOnFailedQuery` of Go in its seven steps. The Go
//! test closes both hosts and queries through their DHTs, which outlive them. A
//! closed host of this harness cannot query. Therefore each scenario closes one side
//! and queries from the other, and there is one scenario for each side.
//!
//! libp2p-kad 0.49 removes no peer because a query or a dial has failed: it
//! drops the failed addresses except the last one and keeps the peer, by design
//! (`address_failed` in its behaviour). That is difference D1, on every stack
//! without an evictor.

use std::time::Duration;

use dht_fixtures::{
    Dht, KadSettings, Stack,
    faulty::{self, BrokenClose},
    raw::{self, Script},
};
use dht_harness::{Sim, SimError, SimHost, dht::Query};

use super::steps::{SOON, acquainted, ensure, host, know_each_other, still_knows};
use dht_scenarios::{Expect, Scenario, Setting};

/// The number of repetitions in the second step of Go's test.
const ROUNDS: usize = 10;

fn d1() -> Expect {
    Expect::difference("D1", "failed-query-evicts")
}

pub(super) fn scenarios() -> Vec<Scenario> {
    vec![
        evicting(
            "founding/evict-on-dial-error",
            "A peer whose dial is refused leaves the table of the host that had dialled it",
            |sim, setting| dial_error(sim, setting, Asks::Dialer),
        ),
        evicting(
            "founding/evict-on-dial-error-listener",
            "A peer whose dial is refused leaves the table of the host that it had dialled",
            |sim, setting| dial_error(sim, setting, Asks::Listener),
        ),
        evicting(
            "founding/evict-on-silence",
            "A peer that no longer answers leaves the table of the host that had dialled it",
            |sim, setting| silence(sim, setting, Asks::Dialer),
        ),
        evicting(
            "founding/evict-on-silence-listener",
            "A peer that no longer answers leaves the table of the host that it had dialled",
            |sim, setting| silence(sim, setting, Asks::Listener),
        ),
        evicting(
            "founding/evict-on-stream-error",
            "A peer that resets every stream leaves the table of the host that had dialled it",
            |sim, setting| stream_error(sim, setting, Asks::Dialer),
        ),
        evicting(
            "founding/evict-on-stream-error-listener",
            "A peer that resets every stream leaves the table of the host that it had dialled",
            |sim, setting| stream_error(sim, setting, Asks::Listener),
        ),
        Scenario::new(
            "founding/leaky-close",
            "A host whose close leaves its swarm running answers queries; the checks find it",
            |setting| setting.sim().run(leaky_close),
        )
        .on(
            "kad-identify",
            Expect::caught(&["closed-holds-nothing", "closed-is-silent"]),
        ),
    ]
}

/// The host that queries: the one that dialled, or the one that was dialled.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Asks {
    Dialer,
    Listener,
}

fn evicting(
    name: &'static str,
    about: &'static str,
    body: fn(&mut Sim, &Setting) -> Result<(), SimError>,
) -> Scenario {
    Scenario::new(name, about, move |setting| {
        let this = setting.clone();
        setting
            .sim()
            .check_named(["failed-query-evicts"])
            .run(move |sim| body(sim, &this))
    })
    .covers(&["go-libp2p-kad-dht:TestRTEvictionOnFailedQuery"])
    .on("kad", d1())
    .on("kad-identify", d1())
    .on("tokio", d1())
    .on("evicting", Expect::Pass)
}

/// Steps 1 to 3: connect and disconnect ten times; both tables keep their
/// entry.
fn ten_rounds(
    sim: &mut Sim,
    setting: &Setting,
    asks: Asks,
) -> Result<(SimHost<Dht>, SimHost<Dht>), SimError> {
    let (dialer, listener) = acquainted(sim, setting)?;
    for _ in 0..ROUNDS {
        sim.disconnect(&dialer, &listener)?;
        sim.connect(&dialer, &listener)?;
        know_each_other(sim, &dialer, &listener)?;
    }
    // Half a second after an insertion libp2p bootstraps by itself, which
    // cannot be disabled (D11). Wait for that, so that the query below is the
    // first one to fail.
    sim.run_for(Duration::from_secs(2))?;
    sim.settle(SOON)?;
    Ok(match asks {
        Asks::Dialer => (dialer, listener),
        Asks::Listener => (listener, dialer),
    })
}

fn dial_error(sim: &mut Sim, setting: &Setting, asks: Asks) -> Result<(), SimError> {
    let (asking, other) = ten_rounds(sim, setting, asks)?;
    // Steps 4 and 5: close, which must not evict.
    sim.close(&other)?;
    sim.run_for(Duration::from_secs(1))?;
    still_knows(sim.world(), &asking, &other)?;
    // Steps 6 and 7: the query succeeds without results. The invariant checks
    // which peers must have been removed by then.
    failing_query(sim, &asking)
}

fn silence(sim: &mut Sim, setting: &Setting, asks: Asks) -> Result<(), SimError> {
    let (asking, other) = ten_rounds(sim, setting, asks)?;
    sim.blackhole(&asking, &other).forever();
    sim.run_for(Duration::from_millis(100))?;
    still_knows(sim.world(), &asking, &other)?;
    failing_query(sim, &asking)
}

/// A lookup that reaches no peer is not an error: it ends with an empty answer.
fn failing_query(sim: &mut Sim, asking: &SimHost<Dht>) -> Result<(), SimError> {
    let query = sim.query(asking, Query::ClosestPeers(b"test".to_vec()))?;
    ensure(
        query.answer().is_some_and(|answer| answer.is_ok()),
        format!("the query failed instead of ending without results: {query:?}"),
    )?;
    ensure(
        query.peers().is_empty() && query.unanswered() > 0,
        format!("the query reached a peer, or sent no request: {query:?}"),
    )
}

/// Here the other peer is scripted: it is alive and connected, and from some
/// moment on resets each stream as soon as it receives a request.
fn stream_error(sim: &mut Sim, setting: &Setting, asks: Asks) -> Result<(), SimError> {
    let asking = host(sim, setting, "a")?;
    let other = sim.spawn_without_dht("b", move |node| {
        raw::announced(node, Script::Honest(Vec::new()))
    });
    match asks {
        Asks::Dialer => sim.connect(&asking, &other)?,
        Asks::Listener => sim.connect(&other, &asking)?,
    }
    let stack: Stack = setting.stack()?;
    if !stack.identifies() {
        sim.add_address(&asking, &other)?;
    }
    sim.run_until(SOON, |world| {
        world.table(&asking).contains(&other.peer_id())
    })?;
    sim.settle(SOON)?;
    other.with(|swarm| {
        swarm.behaviour_mut().kad.set_script(Script::ResetOnRequest);
    })?;
    sim.declare_dead(&other);
    failing_query(sim, &asking)
}

/// The original bug. The closed host's DHT is alive, so the query succeeds and
/// evicts no peer: the table alone looks correct. The checks of the lifecycle
/// report it.
fn leaky_close(sim: &mut Sim) -> Result<(), SimError> {
    let a = sim.spawn("a", move |node| Stack::KadIdentify.swarm(node));
    let b = sim
        .prepare("b")
        .close_with(BrokenClose::Leaky.procedure())
        .spawn(move |node| faulty::faulty(node, &KadSettings::default(), None));
    sim.connect(&a, &b)?;
    sim.run_until(SOON, |world| world.table(&a).contains(&b.peer_id()))?;
    sim.close(&b)?;
    sim.disconnect(&a, &b)?;
    let query = sim.get_closest_peers(&a, *b"test")?;
    ensure(
        query == [b.peer_id()],
        "the leaky host did not answer, so it is not leaky",
    )
}
