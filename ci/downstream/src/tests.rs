//! The application under the harness, as its authors would test it.

use std::time::Duration;

use dht_harness::{Node, Sim, TransportKind, dht::DhtBehaviour};
use libp2p::{
    Swarm,
    kad::{self, store::MemoryStore},
};

use super::{App, AppEvent};

/// Where the DHT is inside the behaviour. It stands here, under `cfg(test)`, so
/// that the harness stays a dev-dependency.
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
        let hosts: Vec<_> = (0..20)
            .map(|number| sim.spawn(&format!("app{number}"), app))
            .collect();
        for host in &hosts[1..] {
            let (peer, address) = (hosts[0].peer_id(), hosts[0].address().clone());
            host.with(|swarm| swarm.behaviour_mut().kad.add_address(&peer, address))?;
            sim.connect(host, &hosts[0])?;
        }
        sim.run_for(Duration::from_secs(60))?;
        let found = sim.closest_peers(&hosts[7], hosts[13].peer_id().to_bytes())?;
        assert_eq!(found.peers().first(), Some(&hosts[13].peer_id()));

        hosts[3].with(|swarm| {
            let to = hosts[0].peer_id();
            swarm
                .behaviour_mut()
                .length
                .send_request(&to, "over virtual time".to_owned())
        })?;
        sim.settle(Duration::from_secs(60))?;
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
