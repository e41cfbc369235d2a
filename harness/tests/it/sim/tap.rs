//! The messages that the tap decodes from the traffic of real swarms.

use std::{
    sync::{Arc, Mutex},
    time::Duration,
};

use dht_harness::{
    Sim, SimError, TransportKind, World,
    check::{Invariant, Reporter},
    dht::{Query, wire::MessageType},
    net::CutScope,
    tap::{MessageRole, TappedMessage},
};

use super::{acquainted, on, peer};

/// One host asks another for the peers closest to a key.
fn lookup(sim: &mut Sim) -> Result<(), SimError> {
    let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
    sim.add_address(&a, &b)?;
    let found = sim.query(&a, Query::ClosestPeers(b"key".to_vec()))?;
    assert_eq!(found.successes, 1);
    Ok(())
}

#[test]
fn a_lookup_is_recorded_as_requests_and_answers() {
    on(TransportKind::Mux).tap().test(|sim| {
        lookup(sim)?;
        assert!(sim.world().tap_sees());
        let messages = sim.world().messages().expect("the tap is on");
        let asked = |message: &&TappedMessage| {
            message.part == MessageRole::Request
                && message.message.as_ref().is_some_and(|read| {
                    read.r#type == i32::from(MessageType::FindNode) && read.key == b"key"
                })
        };
        let request = messages
            .iter()
            .find(asked)
            .expect("the request is recorded");
        let answer = messages
            .iter()
            .find(|message| {
                message.part == MessageRole::Answer
                    && (message.conn, message.substream) == (request.conn, request.substream)
            })
            .expect("its answer is recorded on the same substream");
        assert_eq!((answer.from, answer.to), (request.to, request.from));
        assert!(answer.at > request.at);
        let unreadable = messages.iter().filter(|heard| heard.message.is_none());
        assert_eq!(unreadable.count(), 0);
        Ok(())
    });
}

#[test]
fn encrypted_traffic_is_not_recorded() {
    on(TransportKind::Stream).tap().test(|sim| {
        lookup(sim)?;
        assert!(!sim.world().tap_sees());
        assert!(sim.world().messages().expect("the tap is on").is_empty());
        Ok(())
    });
}

#[test]
fn a_tap_does_not_change_the_digest() {
    let digest = |builder: dht_harness::SimBuilder| builder.run(lookup).unwrap().end.digest;
    let mux = TransportKind::Mux;
    assert_eq!(digest(on(mux).seed(3)), digest(on(mux).seed(3).tap()));
    on(mux).test(|sim| {
        assert!(sim.world().messages().is_none());
        assert!(!sim.world().tap_sees());
        Ok(())
    });
}

/// Records the messages passed to it, and compares them with the world's.
struct Listener(Arc<Mutex<Vec<TappedMessage>>>);

impl Invariant for Listener {
    fn name(&self) -> &'static str {
        "listener"
    }

    fn statement(&self) -> &'static str {
        "each message is passed on at the instant it is sent"
    }

    fn after_message(&mut self, world: &World, message: &TappedMessage, _: &mut Reporter) {
        assert_eq!(world.now(), message.at);
        assert!(world.messages().expect("the tap is on").contains(message));
        self.0.lock().unwrap().push(message.clone());
    }
}

#[test]
fn checks_receive_each_message_once_and_at_once() {
    let told = Arc::new(Mutex::new(Vec::new()));
    let listener = Listener(Arc::clone(&told));
    let heard = on(TransportKind::Mux).check(listener).tap().test(|sim| {
        lookup(sim)?;
        Ok(sim.world().messages().expect("the tap is on").to_vec())
    });
    assert!(!heard.is_empty());
    let under_way = |message: TappedMessage| TappedMessage {
        arrived: None,
        ..message
    };
    let sent: Vec<_> = heard.iter().cloned().map(under_way).collect();
    assert_eq!(*told.lock().unwrap(), sent);
}

#[test]
fn a_message_that_arrives_takes_the_latency_of_the_link() {
    let heard = on(TransportKind::Mux).tap().test(|sim| {
        lookup(sim)?;
        Ok(sim.world().messages().expect("the tap is on").to_vec())
    });
    for message in heard {
        let arrived = message.arrived.expect("nothing is lost");
        assert_eq!(
            arrived.saturating_since(message.at),
            Duration::from_millis(10)
        );
    }
}

#[test]
fn a_message_to_a_host_that_is_cut_off_does_not_arrive() {
    let lost = on(TransportKind::Mux).tap().test(|sim| {
        let (a, b) = acquainted(sim)?;
        sim.start_query(&a, Query::ClosestPeers(b"lost".to_vec()))?;
        // The stream is agreed on after 20 ms.
        sim.run_for(Duration::from_millis(15))?;
        let _cut = sim.cut([&a], [&b], CutScope::All);
        sim.run_for(Duration::from_secs(5))?;
        let world = sim.world();
        let messages = world.messages().expect("the tap is on");
        let about = |message: &&TappedMessage| {
            let content = message.message.as_ref();
            content.is_some_and(|content| content.key == b"lost")
        };
        Ok(messages.iter().filter(about).cloned().collect::<Vec<_>>())
    });
    assert!(!lost.is_empty());
    assert!(lost.iter().all(|message| message.arrived.is_none()));
}
