//! The event loop of a node.

use futures::StreamExt;
use kameo::{
    actor::ActorId,
    remote::{self, registry::ActorRegistration},
};
use libp2p::{
    Swarm,
    swarm::{SwarmEvent, dial_opts::DialOpts},
};

use crate::{Behaviour, BehaviourEvent, Command, Commands, Found, open_requests::OpenRequests};

/// The name of the type of all actors here.
const TYPE: &str = "kameo-test";

/// Runs a node until it is asked to shut down.
pub async fn run(mut swarm: Swarm<Behaviour>, commands: Commands) {
    let Commands(mut commands) = commands;
    let mut open = OpenRequests::default();
    loop {
        tokio::select! {
            biased;
            command = commands.recv() => match command {
                None | Some(Command::Shutdown) => return,
                Some(command) => carry_out(&mut swarm, &mut open, command),
            },
            event = swarm.select_next_some() => match event {
                SwarmEvent::Behaviour(BehaviourEvent::Kameo(remote::Event::Registry(event))) => {
                    open.on_registry(event);
                }
                SwarmEvent::Behaviour(BehaviourEvent::Kameo(remote::Event::Messaging(event))) => {
                    open.on_messaging(event);
                }
                SwarmEvent::ConnectionEstablished { connection_id, .. } => {
                    open.dialled(connection_id, Ok(()));
                }
                SwarmEvent::OutgoingConnectionError { connection_id, error, .. } => {
                    open.dialled(connection_id, Err(error.to_string()));
                }
                _ => {}
            },
        }
    }
}

fn carry_out(swarm: &mut Swarm<Behaviour>, open: &mut OpenRequests, command: Command) {
    let local = *swarm.local_peer_id();
    let kameo = &mut swarm.behaviour_mut().kameo;
    match command {
        Command::Dial(address, answer) => {
            let opts = DialOpts::from(address);
            let connection = opts.connection_id();
            match swarm.dial(opts) {
                Ok(()) => {
                    open.dials.insert(connection, answer);
                }
                Err(error) => {
                    let _ = answer.send(Err(error.to_string()));
                }
            }
        }
        Command::Register(name, number, answer) => {
            let id = ActorId::new_with_peer_id(number, local);
            let registration = ActorRegistration::new(id, TYPE.into());
            match kameo.registry.register(name, registration) {
                Ok(query) => {
                    open.registrations.insert(query, answer);
                }
                Err(error) => {
                    let _ = answer.send(Err(error.to_string()));
                }
            }
        }
        Command::Unregister(name, answer) => {
            kameo.registry.unregister(&name);
            let _ = answer.send(());
        }
        Command::Lookup(name, answer) => {
            let query = kameo.registry.lookup(name);
            open.lookups.insert(query, (Found::default(), answer));
        }
        Command::Ask(actor, answer) => {
            let id = ActorId::new_with_peer_id(actor.number, actor.node);
            let request = kameo.messaging.ask(
                id,
                TYPE.into(),
                "a message".into(),
                Vec::new(),
                None,
                None,
                false,
            );
            open.asks.insert(request, answer);
        }
        Command::Shutdown => unreachable!("the loop has ended"),
    }
}
