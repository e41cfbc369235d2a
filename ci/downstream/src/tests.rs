//! Tests of the application in the harness, as its authors would write them.

use std::time::Duration;

use dht_harness::{Node, Sim, TransportKind, dht::DhtBehaviour};
use libp2p::{
    Swarm,
    kad::{self, store::MemoryStore},
};

use super::{App, AppEvent, LengthEvent};

/// Locates the DHT inside the behaviour. Under `cfg(test)`, so that the harness
/// stays a dev-dependency.
impl DhtBehaviour for App {
    type Store = MemoryStore;

    fn kad(&mut self) -> &mut kad::Behaviour<MemoryStore> {
        &mut self.kad
    }

    fn kad_event(event: &AppEvent) -> Option<&kad::Event> {
        match event {
            AppEvent::Kad(event) => Some(event),
            _ => None,
        }
    }
}

fn app(node: &Node) -> Swarm<App> {
    Swarm::new(
        node.transport(),
        App::new(node.keypair()),
        node.peer_id(),
        node.swarm_config(),
    )
}

fn twenty_find_each_other(transport: TransportKind) {
    Sim::builder().seed(1).transport(transport).test(|sim| {
        let hosts = sim.spawn_n(20, "app", app);
        for host in &hosts[1..] {
            sim.add_address(host, &hosts[0])?;
            // kad does not add addresses of inbound connections, and this
            // application does not forward those that identify reports.
            sim.add_address(&hosts[0], host)?;
            sim.connect(host, &hosts[0])?;
        }
        sim.run_for(Duration::from_secs(60))?;
        let found = sim.get_closest_peers(&hosts[7], hosts[13].peer_id().to_bytes())?;
        assert_eq!(found.first(), Some(&hosts[13].peer_id()));

        let (server, text) = (hosts[0].peer_id(), "over virtual time");
        let request = hosts[3].with(|swarm| swarm.behaviour_mut().length.ask(&server, text))?;
        sim.run_for(Duration::from_secs(5))?;
        let answers = hosts[3].with(|swarm| swarm.behaviour().length.answers().to_vec())?;
        let answer = LengthEvent {
            peer: server,
            request,
            length: text.len() as u64,
        };
        assert_eq!(answers, [answer]);
        sim.close_all(&hosts)?;
        sim.run_for(Duration::from_secs(60))
    });
}

#[test]
fn twenty_find_each_other_over_mux() {
    twenty_find_each_other(TransportKind::Mux);
}

#[test]
fn twenty_find_each_other_over_noise_and_yamux() {
    twenty_find_each_other(TransportKind::Stream);
}
