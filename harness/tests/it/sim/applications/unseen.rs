//! Applications whose DHT the harness does not see.

use dht_harness::{App, Node, Sim, SimError, TransportKind, sim::Failure};
use futures::StreamExt as _;
use libp2p::{Swarm, swarm::NetworkBehaviour};
use rstest::rstest;

use super::{SECOND, on};

/// How an application constructs its DHT.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Made {
    /// With the wrapper, in the closure.
    InClosure,
    /// With the wrapper, in the future.
    InFuture,
    /// With the wrapper, in a task of `tokio::spawn`.
    InTask,
    /// With libp2p's kad.
    Unwrapped,
}

fn swarm<B: NetworkBehaviour>(node: &Node, behaviour: B) -> Swarm<B> {
    let mut swarm = Swarm::new(
        node.transport(),
        behaviour,
        node.peer_id(),
        node.swarm_config(),
    );
    swarm
        .listen_on(node.address())
        .expect("an address of the node");
    swarm
}

fn wrapped(node: &Node) -> Swarm<dht_harness::kad::Behaviour<Store>> {
    let id = node.peer_id();
    swarm(node, dht_harness::kad::Behaviour::new(id, Store::new(id)))
}

type Store = libp2p::kad::store::MemoryStore;

async fn run<B: NetworkBehaviour>(mut swarm: Swarm<B>) {
    loop {
        swarm.select_next_some().await;
    }
}

fn app(node: &Node, made: Made) -> App<()> {
    let id = node.peer_id();
    match made {
        Made::InClosure => App::new((), run(wrapped(node))),
        Made::InFuture => {
            let node = node.clone();
            App::new((), async move { run(wrapped(&node)).await })
        }
        Made::InTask => {
            let node = node.clone();
            App::new((), async move {
                let task = tokio::spawn(async move { run(wrapped(&node)).await });
                let _ = task.await;
            })
        }
        Made::Unwrapped => {
            let kad = libp2p::kad::Behaviour::new(id, Store::new(id));
            App::new((), run(swarm(node, kad)))
        }
    }
}

fn simulate(
    made: Made,
    has_dht: bool,
    body: fn(&mut Sim) -> Result<(), SimError>,
) -> Result<(), Failure> {
    let outcome = on(TransportKind::Mux).run(move |sim| {
        sim.spawn_app("seen", |node| app(node, Made::InClosure));
        sim.spawn_app("mine", move |node| match has_dht {
            true => app(node, made),
            false => app(node, made).without_dht(),
        });
        body(sim)
    });
    outcome.map(drop)
}

/// A second passes, and nothing else is asked for.
fn a_second(sim: &mut Sim) -> Result<(), SimError> {
    sim.run_for(SECOND)
}

#[rstest]
fn a_dht_that_is_not_seen_fails_the_test_at_its_end(
    #[values(Made::Unwrapped, Made::InTask)] made: Made,
) {
    let failure = simulate(made, true, a_second).expect_err("nothing of its DHT is checked");
    let Failure::Body {
        error: SimError::DhtNotSeen { hosts },
        ..
    } = &failure
    else {
        panic!("not told: {failure}");
    };
    assert_eq!(hosts, &["mine"]);
    let text = failure.to_string();
    assert!(
        text.contains("construct it with `dht_harness::kad`"),
        "{text}"
    );
    assert!(text.contains("`tokio::spawn`"), "{text}");
    assert!(text.contains("`App::without_dht`"), "{text}");
}

#[rstest]
fn a_dht_that_is_seen_passes(#[values(Made::InClosure, Made::InFuture)] made: Made) {
    simulate(made, true, a_second).unwrap_or_else(|failure| panic!("{failure}"));
}

#[rstest]
fn an_application_that_is_said_to_have_no_dht_passes(
    #[values(Made::Unwrapped, Made::InTask)] made: Made,
) {
    let ended = simulate(made, false, |sim| {
        sim.run_for(SECOND)?;
        let mine = sim.world().hosts().nth(1).expect("there are two");
        assert!(sim.world().table(mine).is_empty());
        Ok(())
    });
    ended.unwrap_or_else(|failure| panic!("{failure}"));
}

/// A crash does not make up for a DHT that was not seen.
#[test]
fn a_dht_that_was_not_seen_before_a_crash_is_told() {
    let ended = simulate(Made::Unwrapped, true, |sim| {
        sim.run_for(SECOND)?;
        let mine = sim.world().hosts().nth(1).expect("there are two");
        sim.crash(mine)
    });
    let failure = ended.expect_err("nothing of its DHT was checked");
    assert!(failure.to_string().contains("no DHT of mine was seen"));
}

#[rstest]
fn the_table_of_a_dht_that_is_not_seen_is_no_empty_table(
    #[values(Made::Unwrapped, Made::InTask)] made: Made,
) {
    let ended = simulate(made, true, |sim| {
        sim.run_for(SECOND)?;
        let mine = sim.world().hosts().nth(1).expect("there are two");
        assert!(sim.world().table(mine).is_empty());
        Ok(())
    });
    let failure = ended.expect_err("its table is not seen");
    assert!(matches!(failure, Failure::Panicked { .. }), "{failure}");
    let text = failure.to_string();
    assert!(
        text.contains("the table of mine is empty: no DHT of mine was seen"),
        "{text}"
    );
}

/// Nothing was missed of an application that has not run.
#[test]
fn an_application_that_has_not_run_is_not_judged() {
    let ended = simulate(Made::InFuture, true, |_| Ok(()));
    ended.unwrap_or_else(|failure| panic!("{failure}"));
}
