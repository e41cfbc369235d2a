//! A swarm whose message order depends on the process is detected.

use std::{panic::catch_unwind, time::Duration};

use dht_harness::{
    DeterministicOrder, Node, Sim, SimError, SimHost, TransportKind, assert_deterministic,
    dht::DhtBehaviour, sim::panic_text,
};
use libp2p::{
    Swarm, identify,
    kad::{self, store::MemoryStore},
    swarm::{
        NetworkBehaviour,
        dial_opts::{DialOpts, PeerCondition},
    },
};

use super::{on, peer};

type Kad = kad::Behaviour<MemoryStore>;

#[derive(NetworkBehaviour)]
struct Bare {
    kad: Kad,
    identify: identify::Behaviour,
}

#[derive(NetworkBehaviour)]
struct Ordered {
    kad: DeterministicOrder<Kad>,
    identify: DeterministicOrder<identify::Behaviour>,
}

impl DhtBehaviour for Bare {
    type Store = MemoryStore;

    fn kad(&mut self) -> &mut Kad {
        &mut self.kad
    }

    fn kad_event(event: &BareEvent) -> Option<&kad::Event> {
        match event {
            BareEvent::Kad(event) => Some(event),
            BareEvent::Identify(_) => None,
        }
    }
}

impl DhtBehaviour for Ordered {
    type Store = MemoryStore;

    fn kad(&mut self) -> &mut Kad {
        &mut self.kad
    }

    fn kad_event(event: &OrderedEvent) -> Option<&kad::Event> {
        match event {
            OrderedEvent::Kad(event) => Some(event),
            OrderedEvent::Identify(_) => None,
        }
    }
}

fn parts(node: &Node) -> (Kad, identify::Behaviour) {
    let config = identify::Config::new("/test/1".to_owned(), node.keypair().public())
        .with_push_listen_addr_updates(true);
    let store = MemoryStore::new(node.peer_id());
    (
        kad::Behaviour::new(node.peer_id(), store),
        identify::Behaviour::new(config),
    )
}

fn swarm<B: NetworkBehaviour>(node: &Node, behaviour: B) -> Swarm<B> {
    Swarm::new(
        node.transport(),
        behaviour,
        node.peer_id(),
        node.swarm_config(),
    )
}

fn bare(node: &Node) -> Swarm<Bare> {
    let (kad, identify) = parts(node);
    swarm(node, Bare { kad, identify })
}

fn ordered(node: &Node) -> Swarm<Ordered> {
    let (kad, identify) = parts(node);
    let (kad, identify) = (kad.into(), identify.into());
    swarm(node, Ordered { kad, identify })
}

/// Eight hosts dial the first one, which then becomes a server and announces that to
/// them.
fn change_of_mode<B>(sim: &mut Sim, build: fn(&Node) -> Swarm<B>) -> Result<(), SimError>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    let hosts: Vec<SimHost<B>> = sim.spawn_n(9, "h", build);
    for host in &hosts[1..] {
        sim.connect(host, &hosts[0])?;
    }
    sim.run_for(Duration::from_secs(1))?;
    hosts[0].with(|swarm| swarm.add_external_address(hosts[0].address()))?;
    sim.run_for(Duration::from_secs(1))
}

/// Several connections between the same hosts, over which one pushes its addresses.
fn change_of_addresses<B>(sim: &mut Sim, build: fn(&Node) -> Swarm<B>) -> Result<(), SimError>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    let hosts: Vec<SimHost<B>> = sim.spawn_n(9, "h", build);
    for _ in 0..6 {
        let opts = DialOpts::peer_id(hosts[0].peer_id())
            .addresses(vec![hosts[0].address()])
            .condition(PeerCondition::Always)
            .build();
        sim.dial(&hosts[1], opts)?;
    }
    for port in 1..8 {
        let address = format!("/ip4/10.0.0.1/tcp/{port}");
        let address = address.parse().expect("an address");
        hosts[0].with(|swarm| swarm.add_external_address(address))?;
    }
    sim.run_for(Duration::from_secs(1))
}

#[test]
fn runs_that_differ_are_reported_with_the_first_event_and_the_remedy() {
    for transport in TransportKind::ALL {
        let panic = catch_unwind(|| {
            assert_deterministic(move || on(transport), |sim| change_of_addresses(sim, bare));
        })
        .unwrap_err();
        let text = panic_text(&*panic);
        for part in [
            "two runs of the simulation with one seed differ: the runs diverge at line ",
            "\n  last common: {\"seq\":",
            "\n  first run:   {\"seq\":",
            "\n  second run:  {\"seq\":",
            "\nremedy: wrap kad and identify in the behaviour of h0 in `DeterministicOrder`",
            "\nand so for 6 other hosts",
        ] {
            assert!(text.contains(part), "{part:?} is missing in\n{text}");
        }
    }
}

#[test]
fn wrapped_behaviours_are_deterministic() {
    for transport in TransportKind::ALL {
        assert_deterministic(move || on(transport), |sim| change_of_mode(sim, ordered));
        assert_deterministic(
            move || on(transport),
            |sim| change_of_addresses(sim, ordered),
        );
    }
}

#[test]
fn runs_of_different_lengths_differ() {
    let panic = catch_unwind(|| {
        let runs = std::sync::atomic::AtomicU64::new(0);
        assert_deterministic(
            || on(TransportKind::Mux),
            move |sim| {
                sim.spawn("a", peer);
                sim.run_for(Duration::from_secs(1))?;
                // Simulates an input that the simulation does not control.
                if runs.fetch_add(1, std::sync::atomic::Ordering::Relaxed) == 0 {
                    sim.spawn("b", peer);
                }
                Ok(())
            },
        );
    })
    .unwrap_err();
    let text = panic_text(&*panic);
    assert!(text.contains("\n  second run:  (ended)"), "{text}");
}

#[test]
fn a_failure_is_returned_if_both_runs_are_equal() {
    let panic = catch_unwind(|| {
        assert_deterministic(
            || on(TransportKind::Mux),
            |sim| -> Result<(), SimError> {
                sim.spawn("a", peer);
                Err("the test's own opinion".into())
            },
        );
    })
    .unwrap_err();
    let text = panic_text(&*panic);
    assert!(text.starts_with("the test's own opinion"), "{text}");
}

#[test]
fn the_value_of_the_first_run_is_returned() {
    let hosts = assert_deterministic(
        || on(TransportKind::Mux).seed(3),
        |sim| {
            sim.spawn_n(2, "h", peer);
            Ok(sim.world().hosts().count())
        },
    );
    assert_eq!(hosts, 2);
}

#[test]
fn a_failure_report_says_that_the_run_may_not_be_reproducible() {
    let note = "note: the run may not be reproducible: wrap kad and identify in the behaviour of \
                h0 in `DeterministicOrder`";
    let report_of = |body: fn(&mut Sim) -> Result<(), SimError>| {
        let outcome = on(TransportKind::Mux).run(move |sim| {
            body(sim)?;
            Err::<(), _>("it failed".into())
        });
        outcome.unwrap_err().to_string()
    };
    let text = report_of(|sim| change_of_mode(sim, bare));
    assert!(text.contains(note), "{text}");
    let text = report_of(|sim| change_of_mode(sim, ordered));
    assert!(!text.contains("reproducible"), "{text}");
    // No message was sent to several connections.
    let text = report_of(|sim| {
        sim.spawn("a", bare);
        sim.run_for(Duration::from_secs(1))
    });
    assert!(!text.contains("reproducible"), "{text}");
}
