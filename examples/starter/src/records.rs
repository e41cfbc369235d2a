//! An application that polls its swarm in an event loop: it keeps records in the DHT.

use std::collections::HashMap;

use crate::{Peer, kad};
use futures::StreamExt;
use kad::{Event, GetRecordOk, QueryId, QueryResult, Quorum, Record, RecordKey};
use libp2p::swarm::SwarmEvent;
use tokio::sync::{mpsc, oneshot};

/// What callers ask the application to do, and where it answers.
#[derive(Debug)]
pub enum Command {
    /// Stores a value. The answer says whether another peer has accepted it.
    Put(RecordKey, Vec<u8>, oneshot::Sender<bool>),
    /// Looks for a value.
    Get(RecordKey, oneshot::Sender<Option<Vec<u8>>>),
}

/// Runs until all senders of commands are dropped, or one is told to close.
pub async fn run(mut peer: Peer, mut commands: mpsc::Receiver<Command>) {
    let mut puts = HashMap::<QueryId, oneshot::Sender<bool>>::new();
    let mut gets = HashMap::<QueryId, oneshot::Sender<Option<Vec<u8>>>>::new();
    loop {
        tokio::select! {
            event = peer.select_next_some() => {
                let SwarmEvent::Behaviour(Event::OutboundQueryProgressed { id, result, .. }) = event else {
                    continue;
                };
                // A caller may have gone; it then misses nothing.
                match result {
                    QueryResult::PutRecord(result) => {
                        puts.remove(&id).map(|answer| answer.send(result.is_ok()));
                    }
                    QueryResult::GetRecord(Ok(GetRecordOk::FoundRecord(found))) => {
                        gets.remove(&id).map(|answer| answer.send(Some(found.record.value)));
                    }
                    // The first value has been the answer already, or there is none.
                    QueryResult::GetRecord(_) => {
                        gets.remove(&id).map(|answer| answer.send(None));
                    }
                    _ => {}
                }
            }
            command = commands.recv() => match command {
                Some(Command::Put(key, value, answer)) => {
                    let kad = peer.behaviour_mut();
                    // An error means that the local store is full.
                    match kad.put_record(Record::new(key, value), Quorum::One) {
                        Ok(id) => { puts.insert(id, answer); }
                        Err(_) => { let _ = answer.send(false); }
                    }
                }
                Some(Command::Get(key, answer)) => {
                    gets.insert(peer.behaviour_mut().get_record(key), answer);
                }
                None => return,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use dht_harness::{App, Node, Sim};
    use std::time::Duration;

    fn app(node: &Node) -> App<mpsc::Sender<Command>> {
        let mut peer = crate::peer(node.peer_id(), node.transport(), node.swarm_config());
        peer.listen_on(node.address())
            .expect("an address of the node");
        let (commands, received) = mpsc::channel(8);
        App::new(commands, run(peer, received))
    }

    #[test]
    fn a_record_survives_the_crash_of_its_publisher() {
        Sim::builder().seed(7).test(|sim| {
            let (a, b, c) = (
                sim.spawn_app("a", app),
                sim.spawn_app("b", app),
                sim.spawn_app("c", app),
            );
            sim.run_for(Duration::from_secs(1))?;
            sim.add_address(&a, &b)?;
            sim.add_address(&c, &b)?;

            let key = RecordKey::new(b"song");
            let (answer, stored) = oneshot::channel();
            let put = Command::Put(key.clone(), b"la".to_vec(), answer);
            a.handle().try_send(put).expect("a runs");
            assert_eq!(sim.block_on(stored)?, Ok(true));

            sim.crash(&a)?;
            let (answer, found) = oneshot::channel();
            c.handle()
                .try_send(Command::Get(key, answer))
                .expect("c runs");
            assert_eq!(sim.block_on(found)?, Ok(Some(b"la".to_vec())));
            sim.run_for(Duration::from_secs(60))
        });
    }
}
