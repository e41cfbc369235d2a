// An application of the usual shape: a loop over the events of its swarm and the
// commands of its handle. It takes `kad` from the module around it.

use std::time::Duration;

use dht_harness::{App, DeterministicOrder, Node};
use futures::StreamExt;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId, Swarm, identify,
    swarm::{NetworkBehaviour, SwarmEvent},
};
use tokio::sync::{mpsc, oneshot};



#[derive(NetworkBehaviour)]
struct Behaviour {
    kad: kad::Behaviour<kad::store::MemoryStore>,
    // In order: a run is compared with others in the same process.
    identify: DeterministicOrder<identify::Behaviour>,
}

pub(crate) enum Command {
    Dial(Multiaddr),
    Find(Vec<u8>, oneshot::Sender<Vec<PeerId>>),
    Hold(Duration),
    Panic,
    Shutdown,
}

#[derive(Clone)]
pub(crate) struct Client(mpsc::Sender<Command>);

impl Client {
    pub(crate) fn send(&self, command: Command) {
        assert!(self.0.try_send(command).is_ok(), "the loop runs");
    }

    pub(crate) fn find(&self, key: &[u8]) -> impl Future<Output = Option<Vec<PeerId>>> + use<> {
        let (answer, found) = oneshot::channel();
        self.send(Command::Find(key.to_vec(), answer));
        async { found.await.ok() }
    }
}

/// What a test may make it do wrong.
#[derive(Clone, Copy, Default, PartialEq)]
pub(crate) enum Mistake {
    #[default]
    None,
    /// The swarm lives on in a task when the loop ends.
    LeavesSwarm,
}

pub(crate) fn start(node: &Node, mistake: Mistake) -> App<Client> {
    let id = node.peer_id();
    let mut kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
    kad.set_mode(Some(kad::Mode::Server));
    let config = identify::Config::new("/sharing/1".to_owned(), node.keypair().public());
    let identify = identify::Behaviour::new(config).into();
    let behaviour = Behaviour { kad, identify };
    let mut swarm = Swarm::new(node.transport(), behaviour, id, node.swarm_config());
    swarm
        .listen_on(node.address())
        .expect("an address of the node");
    let (sender, commands) = mpsc::channel(16);
    App::new(Client(sender), run(swarm, commands, mistake))
        .on_close(|client| client.send(Command::Shutdown))
}

async fn run(
    mut swarm: Swarm<Behaviour>,
    mut commands: mpsc::Receiver<Command>,
    mistake: Mistake,
) {
    let mut pending = IndexMap::new();
    let mut refresh = tokio::time::interval(Duration::from_secs(60));
    refresh.tick().await;
    loop {
        tokio::select! {
            event = swarm.select_next_some() => match event {
                SwarmEvent::Behaviour(BehaviourEvent::Identify(
                    identify::Event::Received { peer_id, info, .. },
                )) => {
                    for address in info.listen_addrs {
                        swarm.behaviour_mut().kad.add_address(&peer_id, address);
                    }
                }
                SwarmEvent::Behaviour(BehaviourEvent::Kad(
                    kad::Event::OutboundQueryProgressed { id, result, .. },
                )) => {
                    if let kad::QueryResult::GetClosestPeers(Ok(found)) = result
                        && let Some(answer) = pending.swap_remove(&id)
                    {
                        let peers = found.peers.into_iter().map(|peer| peer.peer_id);
                        let answer: oneshot::Sender<Vec<PeerId>> = answer;
                        let _ = answer.send(peers.collect());
                    }
                }
                _ => {}
            },
            command = commands.recv() => match command {
                Some(Command::Dial(address)) => swarm.dial(address).expect("a dial"),
                Some(Command::Find(key, answer)) => {
                    let id = swarm.behaviour_mut().kad.get_closest_peers(key);
                    pending.insert(id, answer);
                }
                Some(Command::Hold(time)) => {
                    let _ = swarm.behaviour_mut().kad.protocol_names();
                    swarm.behaviour_mut().kad.set_mode(Some(kad::Mode::Server));
                    tokio::time::sleep(time).await;
                }
                Some(Command::Panic) => panic!("the application is broken"),
                Some(Command::Shutdown) | None => {
                    if mistake == Mistake::LeavesSwarm {
                        tokio::spawn(async move {
                            loop {
                                swarm.select_next_some().await;
                            }
                        });
                    }
                    return;
                }
            },
            _ = refresh.tick() => {
                let _ = swarm.behaviour_mut().kad.bootstrap();
            }
        }
    }
}
