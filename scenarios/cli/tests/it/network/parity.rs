//! The same steps have the same outcome over real TCP and on the simulated network.

use dht_harness::{Node, Sim, TransportKind, host::Host, identity};
use libp2p::{
    PeerId, Swarm, SwarmBuilder,
    futures::channel::oneshot,
    identity::Keypair,
    kad::{self, GetClosestPeersOk, QueryResult, store::MemoryStore},
    noise,
    swarm::SwarmEvent,
    tcp, yamux,
};

type Kad = kad::Behaviour<MemoryStore>;

const HOSTS: usize = 5;

const KEY: &[u8] = b"parity";

fn kad(keypair: &Keypair) -> Kad {
    let peer = keypair.public().to_peer_id();
    let mut kad = Kad::new(peer, MemoryStore::new(peer));
    kad.set_mode(Some(kad::Mode::Server));
    kad
}

/// The results of lookups of hosts in a line, each of which knows only the next one:
/// the following peers, closest first. kad alone learns nothing from peers that dial
/// it, so the results depend neither on the speed of the network nor on the time of
/// libp2p's automatic bootstrap.
type Found = Vec<Vec<PeerId>>;

fn simulated(transport: TransportKind) -> Found {
    Sim::builder().transport(transport).test(|sim| {
        let swarm = |node: &Node| {
            let kad = kad(node.keypair());
            Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
        };
        let hosts = sim.spawn_n(HOSTS, "h", swarm);
        for pair in hosts.windows(2) {
            sim.add_address(&pair[0], &pair[1])?;
        }
        let mut found = Vec::new();
        for host in &hosts {
            found.push(sim.get_closest_peers(host, KEY)?);
        }
        Ok(found)
    })
}

async fn real() -> Found {
    let mut hosts = Vec::new();
    let mut addresses = Vec::new();
    for number in 0..HOSTS {
        let swarm = SwarmBuilder::with_existing_identity(identity(number as u64))
            .with_tokio()
            .with_tcp(
                tcp::Config::default(),
                noise::Config::new,
                yamux::Config::default,
            )
            .unwrap()
            .with_behaviour(kad)
            .unwrap()
            .build();
        let host = Host::spawn(swarm);
        let any = "/ip4/127.0.0.1/tcp/0".parse().unwrap();
        addresses.push(host.listen(any).await.unwrap());
        hosts.push(host);
    }
    for number in 1..HOSTS {
        let (peer, address) = (hosts[number].peer_id(), addresses[number].clone());
        hosts[number - 1]
            .with_swarm(|swarm| swarm.behaviour_mut().add_address(&peer, address))
            .unwrap();
    }
    let mut found = Vec::new();
    for host in &hosts {
        found.push(closest_peers(host).await);
    }
    found
}

/// Runs a lookup to its end.
async fn closest_peers(host: &Host<Kad>) -> Vec<PeerId> {
    let (found, end) = oneshot::channel();
    let mut found = Some(found);
    let id = host
        .with_swarm(|swarm| swarm.behaviour_mut().get_closest_peers(KEY.to_vec()))
        .unwrap();
    host.observe(move |_, event| {
        if let SwarmEvent::Behaviour(kad::Event::OutboundQueryProgressed {
            id: of,
            result: QueryResult::GetClosestPeers(Ok(GetClosestPeersOk { peers, .. })),
            step,
            ..
        }) = event
            && *of == id
            && step.last
            && let Some(found) = found.take()
        {
            let peers = peers.iter().map(|peer| peer.peer_id).collect();
            found.send(peers).unwrap();
        }
    });
    end.await.unwrap()
}

#[tokio::test]
async fn lookups_have_the_same_results_as_over_real_tcp() {
    let expected = real().await;
    let counts: Vec<_> = expected.iter().map(Vec::len).collect();
    assert_eq!(counts, [4, 3, 2, 1, 0]);
    for transport in TransportKind::ALL {
        assert_eq!(simulated(transport), expected, "{transport}");
    }
}
