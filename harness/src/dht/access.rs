//! Locates the DHT inside a behaviour.

use libp2p::{
    kad::{self, store::RecordStore},
    swarm::NetworkBehaviour,
};

use super::BehaviourEvent;

/// Tells the harness where `kad::Behaviour` sits inside a behaviour, and which
/// of the behaviour's events are those of kad.
///
/// ```
/// use dht_harness::dht::DhtBehaviour;
/// use libp2p::{kad, ping, swarm::NetworkBehaviour};
///
/// #[derive(NetworkBehaviour)]
/// struct MyBehaviour {
///     kad: kad::Behaviour<kad::store::MemoryStore>,
///     ping: ping::Behaviour,
/// }
///
/// impl DhtBehaviour for MyBehaviour {
///     type Store = kad::store::MemoryStore;
///     fn kad(&mut self) -> &mut kad::Behaviour<Self::Store> { &mut self.kad }
///     fn kad_event(event: &MyBehaviourEvent) -> Option<&kad::Event> {
///         match event { MyBehaviourEvent::Kad(event) => Some(event), _ => None }
///     }
/// }
/// ```
pub trait DhtBehaviour: NetworkBehaviour {
    /// The store in which the DHT keeps its records.
    type Store: RecordStore + Send + 'static;

    /// The DHT.
    fn kad(&mut self) -> &mut kad::Behaviour<Self::Store>;

    /// The kad event inside `event`, if it is one.
    fn kad_event(event: &Self::ToSwarm) -> Option<&kad::Event>;

    /// The second DHT, if there are two in the swarm, as the dual DHT of go-libp2p has one for
    /// the WAN and one for the LAN.
    ///
    /// Tests read its table with [`World::lan_table`](crate::World::lan_table) and run its
    /// queries with [`Sim::start_lan_query`](crate::Sim::start_lan_query). Invariants and
    /// diagnoses are about [`kad`](Self::kad) only.
    fn lan_kad(&mut self) -> Option<&mut kad::Behaviour<Self::Store>> {
        None
    }

    /// The event of the second DHT inside `event`, if it is one.
    fn lan_kad_event(event: &Self::ToSwarm) -> Option<&kad::Event> {
        let _ = event;
        None
    }

    /// What an event of another behaviour says, for traces, reports and pictures. `None`, the
    /// default, if it is to appear there as an event without content.
    fn other_event(event: &Self::ToSwarm) -> Option<BehaviourEvent> {
        let _ = event;
        None
    }
}

impl<S: RecordStore + Send + 'static> DhtBehaviour for kad::Behaviour<S> {
    type Store = S;

    fn kad(&mut self) -> &mut kad::Behaviour<S> {
        self
    }

    fn kad_event(event: &kad::Event) -> Option<&kad::Event> {
        Some(event)
    }
}
