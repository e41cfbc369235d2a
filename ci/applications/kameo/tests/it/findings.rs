//! What is wrong in kameo 0.22.2. Each test shows it and fails once it is corrected;
//! `FINDINGS.md` explains them.

use dht_harness::{Node, Sim, SimError, SimHost, sim::Restart};
use libp2p::{
    StreamProtocol, Swarm, identify,
    kad::{
        self, ProviderRecord, Quorum, Record,
        store::{MemoryStore, RecordStore},
    },
    swarm::NetworkBehaviour,
};

use crate::nodes::{
    MINUTE, Member, SECOND, actor, answer, dial, dial_all, lookup, mesh, node, register, star,
    try_register,
};

/// A peer that speaks the protocol of kameo's registry, and nothing else of kameo.
#[derive(NetworkBehaviour)]
struct Stranger {
    kad: kad::Behaviour<MemoryStore>,
    identify: identify::Behaviour,
}

fn stranger(node: &Node) -> Swarm<Stranger> {
    let config = kad::Config::new(StreamProtocol::new("/kameo/registry/1.0.0"));
    let store = MemoryStore::new(node.peer_id());
    let mut kad = kad::Behaviour::with_config(node.peer_id(), store, config);
    kad.set_mode(Some(kad::Mode::Server));
    let config = identify::Config::new("/stranger/1".to_owned(), node.keypair().public());
    let behaviour = Stranger {
        kad,
        identify: identify::Behaviour::new(config),
    };
    Swarm::new(
        node.transport(),
        behaviour,
        node.peer_id(),
        node.swarm_config(),
    )
}

/// Runs a node beside a stranger, and expects that the node panics.
fn victim_panics(
    attack: impl FnOnce(&mut Sim, &Member, &SimHost<Stranger>) -> Result<(), SimError> + Send + 'static,
) {
    let failure = Sim::builder()
        .run(|sim| {
            let victim = sim.spawn_app("victim", node);
            let stranger = sim.spawn_without_dht("stranger", stranger);
            sim.run_for(SECOND)?;
            sim.connect(&stranger, &victim)?;
            sim.run_for(SECOND)?;
            attack(sim, &victim, &stranger)
        })
        .expect_err("the victim panics");
    let text = failure.to_string();
    // Correct would be that the record is refused.
    assert!(text.contains("no-panic"), "{text}");
    let panic = "range end index 51 out of range for slice of length 1";
    assert!(text.contains(panic), "{text}");
}

/// A record of one byte, which says how long the peer id is that ought to follow.
fn short_record(stranger: &SimHost<Stranger>) -> Record {
    let key = format!("printer:meta:{}", stranger.peer_id());
    Record::new(key.into_bytes(), vec![42])
}

/// Finding 1.
#[test]
fn a_short_record_ends_the_node_that_receives_it() {
    victim_panics(|sim, victim, stranger| {
        let (record, target) = (short_record(stranger), victim.peer_id());
        stranger.with(|swarm| {
            let kad = &mut swarm.behaviour_mut().kad;
            kad.put_record_to(record, [target].into_iter(), Quorum::One);
        })?;
        sim.run_for(SECOND)
    });
}

/// Finding 1.
#[test]
fn a_short_record_ends_the_node_that_looks_it_up() {
    victim_panics(|sim, victim, stranger| {
        let record = short_record(stranger);
        stranger.with(|swarm| {
            let store = swarm.behaviour_mut().kad.store_mut();
            let provider = ProviderRecord::new(b"printer".to_vec(), stranger.peer_id(), Vec::new());
            store.add_provider(provider).expect("an empty store");
            store.put(record).expect("an empty store");
        })?;
        let found = victim.handle().lookup("printer");
        sim.run_for(SECOND)?;
        drop(found);
        Ok(())
    });
}

/// Finding 2.
#[test]
fn a_node_that_was_never_met_is_not_reached() {
    Sim::builder().test(|sim| {
        let nodes = star(sim, 3)?;
        let printer = register(sim, &nodes[1], "printer", 1)?;
        assert_eq!(lookup(sim, &nodes[2], "printer")?.actors, [printer]);
        sim.close(&nodes[0])?;
        // Correct would be the printer: its node runs.
        assert!(lookup(sim, &nodes[2], "printer")?.actors.is_empty());
        answer(sim, nodes[2].handle().ask(printer))?.expect_err("no address is known");
        Ok(())
    });
}

/// Finding 2, too: the only node that can be reached is far from the key, and keeps the
/// registration for a fraction of the hour.
#[test]
fn a_registration_at_the_only_known_node_expires_early() {
    Sim::builder().seed(2).test(|sim| {
        let nodes = star(sim, 20)?;
        let scanner = register(sim, &nodes[5], "scanner", 1)?;
        sim.run_for(SECOND)?;
        assert_eq!(lookup(sim, &nodes[1], "scanner")?.actors, [scanner]);
        sim.run_for(2 * MINUTE)?;
        // Correct would be the scanner.
        assert!(lookup(sim, &nodes[1], "scanner")?.actors.is_empty());
        Ok(())
    });
}

/// Finding 3.
#[test]
fn an_unregistered_actor_is_found() {
    Sim::builder().test(|sim| {
        let nodes = star(sim, 3)?;
        let printer = register(sim, &nodes[1], "printer", 1)?;
        answer(sim, nodes[1].handle().unregister("printer"))?;
        sim.run_for(30 * MINUTE)?;
        // Correct would be none.
        assert_eq!(lookup(sim, &nodes[2], "printer")?.actors, [printer]);
        Ok(())
    });
}

/// Finding 4.
#[test]
fn a_registration_that_has_failed_is_found() {
    Sim::builder().test(|sim| {
        let first = sim.spawn_app("first", node);
        sim.run_for(SECOND)?;
        // Correct would be success, or that nothing is found afterwards.
        let registered = answer(sim, first.handle().register("printer", 1))?;
        registered.expect_err("no peer can store it");
        let second = sim.spawn_app("second", node);
        sim.run_for(SECOND)?;
        dial(sim, &second, &first)?.expect("a connection");
        sim.run_for(SECOND)?;
        assert_eq!(lookup(sim, &second, "printer")?.actors, [actor(&first, 1)]);
        Ok(())
    });
}

/// Finding 5.
#[test]
fn a_split_of_twenty_minutes_is_for_ever() {
    Sim::builder().test(|sim| {
        let nodes = mesh(sim, 8)?;
        let (left, right) = nodes.split_at(4);
        let split = sim.partition(&[left, right]);
        sim.run_for(20 * MINUTE)?;
        let printer = register(sim, &right[1], "printer", 1)?;
        split.heal();
        sim.run_for(60 * MINUTE)?;
        // Correct would be the printer, as among the right ones.
        assert!(lookup(sim, &left[1], "printer")?.actors.is_empty());
        assert_eq!(lookup(sim, &right[2], "printer")?.actors, [printer]);
        Ok(())
    });
}

/// Finding 5: the first cause alone, since the DHT starts no bootstrap in this time.
#[test]
fn a_short_split_in_which_actors_are_looked_up_does_not_heal() {
    Sim::builder().test(|sim| {
        let nodes = mesh(sim, 8)?;
        let (left, right) = nodes.split_at(4);
        let split = sim.partition(&[left, right]);
        // The connections to the other half are closed as idle.
        sim.run_for(2 * MINUTE)?;
        for number in 0..6 {
            for node in &nodes {
                drop(node.handle().lookup(&format!("camera {number}")));
            }
        }
        sim.run_for(MINUTE / 2)?;
        split.heal();
        sim.run_for(MINUTE / 2)?;
        let printer = register(sim, &right[1], "printer", 1)?;
        // Correct would be the printer, as among the right ones.
        assert!(lookup(sim, &left[1], "printer")?.actors.is_empty());
        assert_eq!(lookup(sim, &right[2], "printer")?.actors, [printer]);
        sim.run_for(50 * MINUTE)?;
        assert!(lookup(sim, &left[1], "printer")?.actors.is_empty());
        assert_eq!(lookup(sim, &right[2], "printer")?.actors, [printer]);
        Ok(())
    });
}

/// Finding 6.
#[test]
fn the_actor_of_an_earlier_life_is_found() {
    Sim::builder().test(|sim| {
        let nodes = mesh(sim, 10)?;
        register(sim, &nodes[4], "printer", 1)?;
        sim.run_for(MINUTE)?;
        sim.crash(&nodes[4])?;
        sim.restart(&nodes[4], Restart::default())?;
        sim.run_for(SECOND)?;
        dial_all(sim, &nodes[4], &nodes[..4])?;
        sim.run_for(SECOND)?;
        let printer = register(sim, &nodes[4], "printer", 2)?;
        sim.run_for(MINUTE)?;
        let mut seen = Vec::new();
        for node in &nodes {
            seen.push(lookup(sim, node, "printer")?.actors);
        }
        // Correct would be the new one at all nodes.
        assert!(
            seen.iter().any(|actors| actors == &[actor(&nodes[4], 1)]),
            "{seen:?}"
        );
        assert!(seen.iter().any(|actors| actors == &[printer]), "{seen:?}");
        Ok(())
    });
}

/// Finding 7.
#[test]
fn two_silent_peers_make_a_registration_fail() {
    Sim::builder().seed(1).test(|sim| {
        let nodes = mesh(sim, 8)?;
        sim.crash(&nodes[6])?;
        sim.crash(&nodes[7])?;
        // The connections to them are closed as idle.
        sim.run_for(2 * MINUTE)?;
        // Correct would be success: six nodes run, and five keep a registration.
        let registered = try_register(sim, &nodes[1], "printer 0", 1)?;
        assert_eq!(registered, Err("the request timed out".to_owned()));
        assert!(lookup(sim, &nodes[3], "printer 0")?.actors.is_empty());
        Ok(())
    });
}

/// Finding 7: connections to silent peers stay open as long as they are used.
#[test]
fn registrations_fail_as_long_as_they_are_tried_during_a_split() {
    Sim::builder().test(|sim| {
        let nodes = mesh(sim, 20)?;
        let _split = sim.partition(&[&nodes[..10], &nodes[10..]]);
        for _ in 0..10 {
            let registered = try_register(sim, &nodes[4], "printer", 1)?;
            // Correct would be success: ten nodes can be reached.
            assert_eq!(registered, Err("the request timed out".to_owned()));
            sim.run_for(10 * SECOND)?;
        }
        Ok(())
    });
}
