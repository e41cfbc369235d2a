//! An application that polls its swarm in an event loop: it keeps records in the DHT.
//! If yours has none, delete this file.

use std::collections::HashMap;

// The harness sees the DHT inside of an application through this.
#[cfg(test)]
use dht_harness::kad;
use futures::StreamExt;
#[cfg(not(test))]
use libp2p::kad;
use libp2p::{PeerId, Swarm, swarm, swarm::SwarmEvent};
use tokio::sync::{mpsc, oneshot};

/// The swarm of the application.
pub type Peer = Swarm<kad::Behaviour<kad::store::MemoryStore>>;

/// What callers ask the application to do, and where it answers.
#[derive(Debug)]
pub enum Command {
    /// Stores a value. The answer says whether another peer has accepted it.
    Put(kad::RecordKey, Vec<u8>, oneshot::Sender<bool>),
    /// Looks for a value.
    Get(kad::RecordKey, oneshot::Sender<Option<Vec<u8>>>),
}

/// A peer that stores records and answers queries.
pub fn peer(id: PeerId, transport: crate::Transport, config: swarm::Config) -> Peer {
    let mut kad = kad::Behaviour::new(id, kad::store::MemoryStore::new(id));
    kad.set_mode(Some(kad::Mode::Server));
    Swarm::new(transport, kad, id, config)
}

/// Runs until all senders of commands are dropped.
pub async fn run(mut peer: Peer, mut commands: mpsc::Receiver<Command>) {
    let mut puts = HashMap::new();
    let mut gets = HashMap::new();
    loop {
        tokio::select! {
            event = peer.select_next_some() => {
                let SwarmEvent::Behaviour(kad::Event::OutboundQueryProgressed {
                    id, result, ..
                }) = event else {
                    continue;
                };
                // A caller that does not wait any longer misses nothing.
                match result {
                    kad::QueryResult::PutRecord(result) => {
                        answer(&mut puts, id, result.is_ok());
                    }
                    kad::QueryResult::GetRecord(Ok(kad::GetRecordOk::FoundRecord(found))) => {
                        answer(&mut gets, id, Some(found.record.value));
                    }
                    // There is no value, or the first one was the answer.
                    kad::QueryResult::GetRecord(_) => answer(&mut gets, id, None),
                    _ => {}
                }
            }
            command = commands.recv() => match command {
                Some(Command::Put(key, value, sender)) => {
                    let record = kad::Record::new(key, value);
                    // An error means that the store of this peer is full.
                    match peer.behaviour_mut().put_record(record, kad::Quorum::One) {
                        Ok(id) => drop(puts.insert(id, sender)),
                        Err(_) => {
                            let _ = sender.send(false);
                        }
                    }
                }
                Some(Command::Get(key, sender)) => {
                    gets.insert(peer.behaviour_mut().get_record(key), sender);
                }
                None => return,
            },
        }
    }
}

fn answer<T>(asked: &mut HashMap<kad::QueryId, oneshot::Sender<T>>, id: kad::QueryId, value: T) {
    if let Some(sender) = asked.remove(&id) {
        let _ = sender.send(value);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dht_harness::{App, Node, Sim};

    use super::*;

    fn app(node: &Node) -> App<mpsc::Sender<Command>> {
        let mut peer = peer(node.peer_id(), node.transport(), node.swarm_config());
        peer.listen_on(node.address())
            .expect("an address of the node");
        let (commands, received) = mpsc::channel(8);
        App::new(commands, run(peer, received))
    }

    #[test]
    fn a_record_survives_the_crash_of_its_publisher() {
        Sim::builder().seed(7).test(|sim| {
            let [a, b, c] = ["a", "b", "c"].map(|name| sim.spawn_app(name, app));
            sim.run_for(Duration::from_secs(1))?;
            sim.add_address(&a, &b)?;
            sim.add_address(&c, &b)?;

            let key = kad::RecordKey::new(b"song");
            let (sender, stored) = oneshot::channel();
            let put = Command::Put(key.clone(), b"la".to_vec(), sender);
            a.handle().try_send(put).expect("a runs");
            assert_eq!(sim.block_on(stored)?, Ok(true));

            sim.crash(&a)?;
            let (sender, found) = oneshot::channel();
            let get = Command::Get(key, sender);
            c.handle().try_send(get).expect("c runs");
            assert_eq!(sim.block_on(found)?, Ok(Some(b"la".to_vec())));
            sim.run_for(Duration::from_secs(60))
        });
    }
}
