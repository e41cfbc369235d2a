//! Access to the DHT of a behaviour, if it has one.

use libp2p::{kad, swarm::NetworkBehaviour};

use crate::dht::{AnyDht, BehaviourEvent, DhtBehaviour};

/// Access to the DHT of a behaviour, if it has one.
pub(crate) trait Access<B: NetworkBehaviour>: 'static {
    fn kad_event(event: &B::ToSwarm) -> Option<&kad::Event>;
    fn dht(behaviour: &mut B) -> Option<&mut dyn AnyDht>;
    fn lan_kad_event(event: &B::ToSwarm) -> Option<&kad::Event>;
    fn lan_dht(behaviour: &mut B) -> Option<&mut dyn AnyDht>;
    fn other_event(event: &B::ToSwarm) -> Option<BehaviourEvent>;
}

/// For behaviours with a DHT.
pub(crate) struct WithDht;

impl<B: DhtBehaviour> Access<B> for WithDht {
    fn kad_event(event: &B::ToSwarm) -> Option<&kad::Event> {
        B::kad_event(event)
    }

    fn dht(behaviour: &mut B) -> Option<&mut dyn AnyDht> {
        Some(behaviour.kad())
    }

    fn lan_kad_event(event: &B::ToSwarm) -> Option<&kad::Event> {
        B::lan_kad_event(event)
    }

    fn lan_dht(behaviour: &mut B) -> Option<&mut dyn AnyDht> {
        Some(behaviour.lan_kad()?)
    }

    fn other_event(event: &B::ToSwarm) -> Option<BehaviourEvent> {
        B::other_event(event)
    }
}

/// For behaviours without a DHT: scripted peers and other applications.
pub(crate) struct NoDht;

impl<B: NetworkBehaviour> Access<B> for NoDht {
    fn kad_event(_: &B::ToSwarm) -> Option<&kad::Event> {
        None
    }

    fn dht(_: &mut B) -> Option<&mut dyn AnyDht> {
        None
    }

    fn lan_kad_event(_: &B::ToSwarm) -> Option<&kad::Event> {
        None
    }

    fn lan_dht(_: &mut B) -> Option<&mut dyn AnyDht> {
        None
    }

    fn other_event(_: &B::ToSwarm) -> Option<BehaviourEvent> {
        None
    }
}
