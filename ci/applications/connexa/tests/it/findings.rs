//! What is wrong in connexa 0.6.0. Each test shows it and fails once it is corrected;
//! `FINDINGS.md` explains them.

use connexa::{
    error::Error,
    prelude::{ConnexaSwarmEvent, DefaultConnexaBuilder},
};
use dht_harness::{Schedule, Sim, SimError};
use futures::StreamExt;

use crate::members::{Member, SECOND, ask, connected_peers, dial, find, member, network};

fn two(sim: &mut Sim) -> Result<(Member, Member), SimError> {
    let (a, b) = (sim.spawn_app("a", member), sim.spawn_app("b", member));
    sim.run_for(SECOND)?;
    dial(sim, &a, &b)?.expect("a connection");
    sim.run_for(SECOND)?;
    Ok((a, b))
}

/// Finding 1.
#[test]
fn the_first_of_two_disconnects_is_told_that_connexa_has_ended() {
    Sim::builder().test(|sim| {
        let (a, b) = two(sim)?;
        let peer = b.peer_id();
        let disconnect = || {
            let client = a.handle();
            client.call(move |connexa| async move { connexa.swarm().disconnect(peer).await })
        };
        let (first, second) = (disconnect(), disconnect());
        let first = sim.block_on(first)?.expect("the member runs");
        let second = sim.block_on(second)?.expect("the member runs");
        // Correct would be `Ok` for both.
        assert!(matches!(first, Err(Error::ChannelClosed)), "{first:?}");
        assert!(second.is_ok(), "{second:?}");
        // connexa has not ended.
        dial(sim, &a, &b)?.expect("a connection");
        Ok(())
    });
}

/// Finding 2.
#[test]
fn a_disconnect_answers_before_the_peer_is_disconnected() {
    // Which of two tasks runs first is drawn, as on an executor with threads.
    Sim::builder().schedule(Schedule::Drawn).test(|sim| {
        let (a, b) = two(sim)?;
        dial(sim, &a, &b)?.expect("a second connection");
        let peer = b.peer_id();
        let still_connected = ask(sim, &a, move |connexa| async move {
            let disconnected = connexa.swarm().disconnect(peer).await;
            disconnected.expect("a disconnection");
            connexa.swarm().is_connected(peer).await
        })?;
        // Correct would be `false`.
        assert!(still_connected.expect("connexa runs"));
        sim.run_for(SECOND)?;
        assert!(connected_peers(sim, &a)?.is_empty());
        Ok(())
    });
}

/// Finding 3.
#[test]
fn a_listener_misses_what_happens_at_once() {
    Sim::builder().test(|sim| {
        let (a, b) = two(sim)?;
        for _ in 1..60 {
            dial(sim, &a, &b)?.expect("one more connection");
        }
        // It takes each event as soon as it can.
        let closed = a.handle().call(|connexa| async move {
            let events = connexa.swarm().listener().await.expect("connexa runs");
            let closed = events.filter(|event| {
                let closed = matches!(event, ConnexaSwarmEvent::ConnectionClosed { .. });
                std::future::ready(closed)
            });
            closed
                .take_until(futures_timer::Delay::new(10 * SECOND))
                .count()
                .await
        });
        sim.run_for(SECOND)?;
        let peer = b.peer_id();
        let ended = ask(sim, &a, move |connexa| async move {
            connexa.swarm().disconnect(peer).await
        })?;
        ended.expect("a disconnection");
        let closed = sim.block_on(closed)?.expect("the member runs");
        assert!(connected_peers(sim, &a)?.is_empty());
        // Correct would be 60: the buffer of the listener has room for no more.
        assert_eq!(closed, 51);
        Ok(())
    });
}

/// Finding 4.
#[test]
fn a_shutdown_looks_like_the_end_of_a_lookup() {
    Sim::builder().test(|sim| {
        let members = network(sim, 4)?;
        let client = members[1].handle();
        let peer = members[2].peer_id();
        let found = client
            .call(move |connexa| async move { connexa.dht().find_peer(peer).await.map(drop) });
        let provider = client.call(|connexa| async move {
            let mut steps = connexa
                .dht()
                .get_providers("a film")
                .await
                .expect("connexa runs");
            steps.next().await
        });
        let record = client.call(|connexa| async move {
            let mut records = connexa.dht().get("a page").await.expect("connexa runs");
            records.next().await
        });
        sim.run_for(SECOND / 100)?;
        sim.close(&members[1])?;
        let found = sim.block_on(found)?.expect("an answer");
        assert!(matches!(found, Err(Error::ChannelClosed)), "{found:?}");
        // Correct would be an error for these two as well.
        assert!(sim.block_on(provider)?.expect("an answer").is_none());
        assert!(sim.block_on(record)?.expect("an answer").is_none());
        Ok(())
    });
}

/// Finding 5.
#[test]
fn a_known_peer_is_found_without_its_address() {
    Sim::builder().test(|sim| {
        let (a, b) = two(sim)?;
        let found = find(sim, &a, &b)?;
        assert_eq!(found[0].peer_id, b.peer_id());
        // Correct would be the address of b, which is in the table of a.
        assert!(found[0].addrs.is_empty());
        let peer = b.peer_id();
        let dialled = ask(sim, &a, move |connexa| async move {
            connexa.swarm().disconnect(peer).await?;
            connexa.swarm().dial(peer).await
        })?;
        dialled.expect("a connection to that address");
        Ok(())
    });
}

/// Finding 6.
#[test]
fn the_future_of_build_cannot_be_spawned() {
    struct Probe<T>(T);
    trait Otherwise {
        fn is_send(&self) -> bool {
            false
        }
    }
    impl<T> Otherwise for &Probe<T> {}
    impl<T: Send> Probe<T> {
        fn is_send(&self) -> bool {
            true
        }
    }
    assert!(Probe(async {}).is_send());
    // Correct would be `true`.
    assert!(!(&Probe(DefaultConnexaBuilder::new_identity().build())).is_send());
}
