//! Nodes of an actor system as hosts of a simulation.

use std::time::Duration;

use dht_harness::{App, AppHost, Node, Sim, SimError};
use kameo_in_simulation::{Actor, Answer, Behaviour, Client, Found, run};
use libp2p::{Multiaddr, Swarm};

pub type Member = AppHost<Client>;

pub const SECOND: Duration = Duration::from_secs(1);
pub const MINUTE: Duration = Duration::from_secs(60);

pub fn node(node: &Node) -> App<Client> {
    let mut swarm = Swarm::new(
        node.transport(),
        Behaviour::new(node.keypair()),
        node.peer_id(),
        node.swarm_config().with_idle_connection_timeout(MINUTE),
    );
    swarm
        .listen_on(node.address())
        .expect("an address of the node");
    swarm.add_external_address(node.address());
    let (client, commands) = Client::new();
    // kameo constructs its DHT itself, with libp2p's kad.
    App::new(client, run(swarm, commands))
        .without_dht()
        .on_close(Client::shut_down)
}

/// Nodes that know the first one: each has dialled it.
pub fn star(sim: &mut Sim, count: usize) -> Result<Vec<Member>, SimError> {
    let nodes = spawn(sim, count)?;
    for newcomer in &nodes[1..] {
        dial(sim, newcomer, &nodes[0])?.expect("a connection");
    }
    sim.run_for(MINUTE / 2)?;
    Ok(nodes)
}

/// Nodes that know each other, as mDNS would let them: each has dialled all before it.
pub fn mesh(sim: &mut Sim, count: usize) -> Result<Vec<Member>, SimError> {
    let nodes = spawn(sim, count)?;
    for (number, newcomer) in nodes.iter().enumerate() {
        dial_all(sim, newcomer, &nodes[..number])?;
    }
    sim.run_for(MINUTE / 2)?;
    Ok(nodes)
}

pub fn dial_all(sim: &mut Sim, from: &Member, to: &[Member]) -> Result<(), SimError> {
    for other in to {
        dial(sim, from, other)?.expect("a connection");
    }
    Ok(())
}

fn spawn(sim: &mut Sim, count: usize) -> Result<Vec<Member>, SimError> {
    let nodes = (0..count)
        .map(|number| sim.spawn_app(format!("n{number}"), node))
        .collect();
    sim.run_for(SECOND)?;
    Ok(nodes)
}

/// Waits for the answer of a node that runs.
pub fn answer<T>(sim: &mut Sim, answer: Answer<T>) -> Result<T, SimError> {
    Ok(sim.block_on(answer)?.expect("the node runs"))
}

pub fn dial(sim: &mut Sim, from: &Member, to: &Member) -> Result<Result<(), String>, SimError> {
    answer(sim, from.handle().dial(target(to)))
}

/// The address of a node with its peer id.
pub fn target(to: &Member) -> Multiaddr {
    to.address()
        .with_p2p(to.peer_id())
        .expect("the address has no other peer")
}

pub fn register(sim: &mut Sim, at: &Member, name: &str, number: u64) -> Result<Actor, SimError> {
    let registered = try_register(sim, at, name, number)?;
    registered.expect("a registration");
    Ok(actor(at, number))
}

pub fn try_register(
    sim: &mut Sim,
    at: &Member,
    name: &str,
    number: u64,
) -> Result<Result<(), String>, SimError> {
    answer(sim, at.handle().register(name, number))
}

pub fn actor(at: &Member, number: u64) -> Actor {
    Actor {
        number,
        node: at.peer_id(),
    }
}

pub fn lookup(sim: &mut Sim, at: &Member, name: &str) -> Result<Found, SimError> {
    answer(sim, at.handle().lookup(name))
}
