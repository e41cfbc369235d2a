//! Members of a DHT as hosts of a simulation.

use std::time::Duration;

use connexa::{
    error::{Error, dht::Error as DhtError},
    handle::Connexa,
    prelude::{PeerId, dht::PeerInfo},
};
use connexa_in_simulation::{Client, Settings, start};
use dht_harness::{App, AppHost, Node, Sim, SimError};
use futures::StreamExt;
use libp2p::{
    Multiaddr,
    kad::{PutRecordError, Quorum, StoreInserts},
};

pub type Member = AppHost<Client>;

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);

/// How long unused connections stay open. The default, ten seconds, is also how long a
/// lookup waits for a peer that does not answer: the next lookup then starts as its
/// connections close. See "What comes from libp2p" in FINDINGS.md.
const IDLE: Duration = MINUTE;

/// A member that serves the DHT.
pub fn member(node: &Node) -> App<Client> {
    app(settings(node))
}

pub fn settings(node: &Node) -> Settings {
    Settings {
        keypair: node.keypair().clone(),
        transport: node.transport(),
        swarm: node.swarm_config().with_idle_connection_timeout(IDLE),
        address: node.address(),
        filtering: StoreInserts::Unfiltered,
    }
}

pub fn app(settings: Settings) -> App<Client> {
    let (client, main) = start(settings).expect("a valid configuration");
    // connexa constructs its DHT itself, with libp2p's kad.
    App::new(client, main)
        .without_dht()
        .on_close(Client::shut_down)
}

/// Members that have joined one DHT: each has dialled the first one and bootstrapped.
pub fn network(sim: &mut Sim, count: usize) -> Result<Vec<Member>, SimError> {
    let members: Vec<Member> = (0..count)
        .map(|number| sim.spawn_app(format!("m{number}"), member))
        .collect();
    sim.run_for(SECOND)?;
    for newcomer in &members[1..] {
        join(sim, newcomer, &members[0])?;
    }
    sim.run_for(MINUTE)?;
    Ok(members)
}

/// Lets a member that runs join the DHT of another one.
pub fn join(sim: &mut Sim, newcomer: &Member, known: &Member) -> Result<(), SimError> {
    dial(sim, newcomer, known)?.expect("a connection");
    // identify tells each the address of the other.
    sim.run_for(SECOND)?;
    let joined = ask(sim, newcomer, |connexa| async move {
        connexa.dht().bootstrap().await
    })?;
    joined.expect("a bootstrap that ends");
    Ok(())
}

/// Calls connexa in a member, and waits for the answer.
pub fn ask<T, F>(
    sim: &mut Sim,
    member: &Member,
    call: impl FnOnce(Connexa) -> F + Send + 'static,
) -> Result<T, SimError>
where
    T: Send + 'static,
    F: Future<Output = T> + Send + 'static,
{
    let answer = member.handle().call(call);
    Ok(sim.block_on(answer)?.expect("the member runs"))
}

pub fn dial(sim: &mut Sim, from: &Member, to: &Member) -> Result<Result<(), Error>, SimError> {
    let target = target(to);
    ask(sim, from, |connexa| async move {
        connexa.swarm().dial(target).await.map(drop)
    })
}

/// The address of a member with its peer id.
pub fn target(to: &Member) -> Multiaddr {
    to.address()
        .with_p2p(to.peer_id())
        .expect("the address has no other peer")
}

pub fn connected_peers(sim: &mut Sim, member: &Member) -> Result<Vec<PeerId>, SimError> {
    let peers = ask(sim, member, |connexa| async move {
        connexa.swarm().connected_peers().await
    })?;
    Ok(peers.expect("connexa runs"))
}

/// What `find_peer` of a member returns for another one, the closest first.
pub fn find(sim: &mut Sim, from: &Member, to: &Member) -> Result<Vec<PeerInfo>, SimError> {
    let id = to.peer_id();
    let found = ask(sim, from, move |connexa| async move {
        connexa.dht().find_peer(id).await
    })?;
    Ok(found.expect("a lookup that ends"))
}

/// Stores a record at all members that can be reached. There are fewer than the twenty
/// that a full quorum takes; a smaller quorum would also end the search for more members.
pub fn put(sim: &mut Sim, member: &Member, key: &str, value: &str) -> Result<(), SimError> {
    let (key, value) = (key.to_owned(), value.to_owned());
    let stored = ask(sim, member, move |connexa| async move {
        connexa
            .dht()
            .put(key, value.into_bytes(), Quorum::All)
            .await
    })?;
    match stored {
        Ok(()) => {}
        Err(Error::Dht(DhtError::PutRecord(PutRecordError::QuorumFailed { success, .. })))
            if success.len() > 5 => {}
        Err(error) => panic!("{member:?} cannot store a record: {error:?}"),
    }
    Ok(())
}

/// The values that a member finds under a key, without duplicates.
pub fn get(sim: &mut Sim, member: &Member, key: &str) -> Result<Vec<String>, SimError> {
    let key = key.to_owned();
    ask(sim, member, move |connexa| async move {
        let mut records = connexa.dht().get(key).await.expect("connexa runs");
        let mut values = Vec::new();
        while let Some(record) = records.next().await {
            if let Ok(found) = record {
                values.push(String::from_utf8(found.record.value).expect("a text was put"));
            }
        }
        values.sort();
        values.dedup();
        values
    })
}

pub fn provide(sim: &mut Sim, member: &Member, key: &str) -> Result<(), SimError> {
    let key = key.to_owned();
    let provided = ask(sim, member, move |connexa| async move {
        connexa.dht().provide(key).await
    })?;
    provided.expect("an announcement that ends");
    Ok(())
}

/// The providers that a member finds for a key.
pub fn providers(sim: &mut Sim, member: &Member, key: &str) -> Result<Vec<PeerId>, SimError> {
    let key = key.to_owned();
    ask(sim, member, move |connexa| async move {
        let mut steps = connexa
            .dht()
            .get_providers(key)
            .await
            .expect("connexa runs");
        let mut providers = Vec::new();
        while let Some(step) = steps.next().await {
            providers.extend(step.expect("a lookup that ends"));
        }
        providers.sort();
        providers.dedup();
        providers
    })
}
