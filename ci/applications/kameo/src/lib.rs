//! A node of an actor system that is built on kameo, as its authors would write it:
//! kameo's behaviour beside identify in a swarm of the node's own, and an event loop
//! that carries out what its client asks for.
//!
//! kameo is used as it comes from crates.io. Its registry keeps the names of actors in a
//! DHT; kameo constructs that DHT itself.

mod event_loop;
mod open_requests;

use kameo::remote;
use libp2p::{Multiaddr, PeerId, identify, identity::Keypair, swarm::NetworkBehaviour};
use tokio::sync::{mpsc, oneshot};

pub use event_loop::run;

/// The behaviour of a node.
#[derive(NetworkBehaviour)]
pub struct Behaviour {
    pub kameo: remote::Behaviour,
    /// Tells peers the addresses at which a node listens; kameo adds them to its table.
    pub identify: identify::Behaviour,
}

impl Behaviour {
    pub fn new(keypair: &Keypair) -> Self {
        let config = identify::Config::new("/kameo-test/1".to_owned(), keypair.public());
        let id = keypair.public().to_peer_id();
        Behaviour {
            kameo: remote::Behaviour::new(id, remote::messaging::Config::default()),
            identify: identify::Behaviour::new(config),
        }
    }
}

/// An actor as a lookup finds it: its number, and the node on which it runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Actor {
    pub number: u64,
    pub node: PeerId,
}

/// What a lookup returns.
#[derive(Debug, Default)]
pub struct Found {
    pub actors: Vec<Actor>,
    pub errors: Vec<String>,
}

/// The answer to a command; none if the node ends before.
pub type Answer<T> = oneshot::Receiver<T>;

pub(crate) enum Command {
    Dial(Multiaddr, oneshot::Sender<Result<(), String>>),
    Register(String, u64, oneshot::Sender<Result<(), String>>),
    Unregister(String, oneshot::Sender<()>),
    Lookup(String, oneshot::Sender<Found>),
    Ask(Actor, oneshot::Sender<Result<(), String>>),
    Shutdown,
}

/// Lets a node do something.
#[derive(Clone)]
pub struct Client {
    commands: mpsc::UnboundedSender<Command>,
}

/// The commands of a node's clients.
pub struct Commands(mpsc::UnboundedReceiver<Command>);

impl Client {
    pub fn new() -> (Self, Commands) {
        let (commands, received) = mpsc::unbounded_channel();
        (Client { commands }, Commands(received))
    }

    pub fn dial(&self, address: Multiaddr) -> Answer<Result<(), String>> {
        self.send(|answer| Command::Dial(address, answer))
    }

    /// Registers an actor of this node under a name.
    pub fn register(&self, name: &str, number: u64) -> Answer<Result<(), String>> {
        self.send(|answer| Command::Register(name.to_owned(), number, answer))
    }

    pub fn unregister(&self, name: &str) -> Answer<()> {
        self.send(|answer| Command::Unregister(name.to_owned(), answer))
    }

    /// Looks up all actors with a name.
    pub fn lookup(&self, name: &str) -> Answer<Found> {
        self.send(|answer| Command::Lookup(name.to_owned(), answer))
    }

    /// Sends a message to an actor, and waits for the reply.
    pub fn ask(&self, actor: Actor) -> Answer<Result<(), String>> {
        self.send(|answer| Command::Ask(actor, answer))
    }

    pub fn shut_down(&self) {
        let _ = self.commands.send(Command::Shutdown);
    }

    fn send<T>(&self, command: impl FnOnce(oneshot::Sender<T>) -> Command) -> Answer<T> {
        let (answer, answered) = oneshot::channel();
        // If the node has ended, `answered` says so.
        let _ = self.commands.send(command(answer));
        answered
    }
}
