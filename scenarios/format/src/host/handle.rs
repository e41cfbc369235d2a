//! A uniform interface to the hosts of a scenario, independent of their behaviours.

use std::any::Any;

use dht_fixtures::KadSettings;
use dht_fixtures::raw::{RawPeer, Script};
use dht_harness::{
    Node, Sim, SimError, SimHost,
    dht::{AnyDht, DhtBehaviour, Query},
    net::HostId,
    sim::Restart,
    world::QueryHandle,
};
use libp2p::{Multiaddr, PeerId, Swarm, swarm::NetworkBehaviour};

use super::spec::HostSpec;
use crate::application::Application;

/// The bounds on a behaviour that scenario files can use.
pub(crate) trait Behaviour: NetworkBehaviour<ToSwarm: Send> + Send {}

impl<B: NetworkBehaviour<ToSwarm: Send> + Send> Behaviour for B {}

/// A host of a scenario.
///
/// An operation that the host does not support, because it is down or scripted,
/// returns an error.
pub(crate) trait HostHandle {
    /// The number of the host.
    fn id(&self) -> HostId;

    /// The name of the host.
    fn name(&self) -> String;

    /// The current identity of the host.
    fn peer(&self) -> PeerId;

    /// Whether the host, if it is up, takes operations on its DHT and its swarm now. An
    /// application with its own event loop does so once it has polled its swarm.
    fn is_ready(&self) -> bool {
        true
    }

    /// Starts a query.
    ///
    /// # Errors
    /// Returns an error if the host has no DHT or is down, or if the DHT refuses the
    /// query.
    fn start(&self, sim: &mut Sim, query: Query) -> Result<QueryHandle, SimError>;

    /// Restarts the host.
    ///
    /// # Errors
    /// Returns an error if the host is not down, or if it is scripted.
    fn restart(&self, sim: &mut Sim, restart: Restart) -> Result<(), SimError>;

    /// Calls `work` with the swarm of the host.
    ///
    /// # Errors
    /// Returns an error if the host is down.
    fn swarm(&self, work: &mut dyn FnMut(&mut dyn AnySwarm)) -> Result<(), SimError>;

    /// Calls `work` with the DHT of the host.
    ///
    /// # Errors
    /// Returns an error if the host has no DHT or is down.
    fn dht(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError>;

    /// As [`dht`](Self::dht), to read only.
    ///
    /// # Errors
    /// As for [`dht`](Self::dht).
    fn read_dht(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError> {
        self.dht(work)
    }

    /// Calls `work` with the behaviour of the host, whose type is erased.
    ///
    /// # Errors
    /// Returns an error if the host is down.
    fn behaviour(&self, work: &mut dyn FnMut(&mut dyn Any)) -> Result<(), SimError>;

    /// Sends a command to the application around the DHT. Returns `None` if there is
    /// no such application.
    ///
    /// # Errors
    /// Returns an error if the application rejects the command, or if the host is
    /// down.
    fn command(&self, words: &[&str]) -> Option<Result<(), SimError>> {
        let _ = words;
        None
    }

    /// The numbers that the application around the DHT reports. Returns `None` if
    /// there is no such application. Reading them does not wake the host.
    ///
    /// # Errors
    /// Returns an error if the host is down.
    fn readings(&self) -> Option<Result<Readings, SimError>> {
        None
    }
}

/// The numbers that an application reports, with their names.
pub(crate) type Readings = Vec<(&'static str, u64)>;

/// The operations that are possible on any swarm.
pub(crate) trait AnySwarm {
    /// Confirms an external address.
    fn add_external(&mut self, address: Multiaddr);
    /// Removes an external address.
    fn remove_external(&mut self, address: &Multiaddr);
    /// Tells all behaviours an address of a peer.
    fn add_peer_address(&mut self, peer: PeerId, address: Multiaddr);
}

impl<B: NetworkBehaviour> AnySwarm for Swarm<B> {
    fn add_external(&mut self, address: Multiaddr) {
        self.add_external_address(address);
    }

    fn remove_external(&mut self, address: &Multiaddr) {
        self.remove_external_address(address);
    }

    fn add_peer_address(&mut self, peer: PeerId, address: Multiaddr) {
        Swarm::add_peer_address(self, peer, address);
    }
}

/// Access to a behaviour as an [`Application`].
pub(crate) struct Reach<B> {
    pub(super) command: fn(&mut B, &[&str]) -> Result<(), String>,
    pub(super) readings: fn(&B) -> Readings,
}

impl<B: Application> Reach<B> {
    pub(crate) const APPLICATION: Self = Reach {
        command: B::command,
        readings: B::readings,
    };
}

/// A host with a DHT.
pub(crate) struct DhtHandle<B: NetworkBehaviour> {
    host: SimHost<B>,
    application: Option<Reach<B>>,
}

impl<B: DhtBehaviour + Behaviour> DhtHandle<B> {
    pub(crate) fn spawn(
        sim: &mut Sim,
        role: HostSpec,
        build: impl Fn(&Node, &KadSettings) -> Swarm<B> + 'static,
        application: Option<Reach<B>>,
    ) -> Self {
        let prepared = role.prepare(sim);
        let settings = role.settings;
        let host = prepared.spawn(move |node| build(node, &settings));
        DhtHandle { host, application }
    }
}

impl<B: DhtBehaviour + Behaviour> HostHandle for DhtHandle<B> {
    fn id(&self) -> HostId {
        self.host.id()
    }

    fn name(&self) -> String {
        self.host.name().to_owned()
    }

    fn peer(&self) -> PeerId {
        self.host.peer_id()
    }

    fn start(&self, sim: &mut Sim, query: Query) -> Result<QueryHandle, SimError> {
        sim.start_query(&self.host, query)
    }

    fn restart(&self, sim: &mut Sim, restart: Restart) -> Result<(), SimError> {
        sim.restart(&self.host, restart)
    }

    fn swarm(&self, work: &mut dyn FnMut(&mut dyn AnySwarm)) -> Result<(), SimError> {
        Ok(self.host.with(|swarm| work(swarm))?)
    }

    fn dht(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError> {
        Ok(self.host.with(|swarm| work(swarm.behaviour_mut().kad()))?)
    }

    fn behaviour(&self, work: &mut dyn FnMut(&mut dyn Any)) -> Result<(), SimError> {
        Ok(self.host.with(|swarm| work(swarm.behaviour_mut()))?)
    }

    fn command(&self, words: &[&str]) -> Option<Result<(), SimError>> {
        let reach = self.application.as_ref()?;
        let done = self
            .host
            .with(|swarm| (reach.command)(swarm.behaviour_mut(), words));
        Some(done.map_err(SimError::from).and_then(|done| {
            done.map_err(|error| SimError::Other(format!("{}: {error}", self.name())))
        }))
    }

    fn readings(&self) -> Option<Result<Readings, SimError>> {
        let reach = self.application.as_ref()?;
        let seen = self
            .host
            .host()
            .peek(|swarm| (reach.readings)(swarm.behaviour()));
        Some(seen.ok_or_else(|| {
            SimError::Other(format!(
                "{} is down: its application reports no numbers",
                self.host.name()
            ))
        }))
    }
}

/// A scripted host.
pub(crate) struct RawHandle(SimHost<RawPeer>);

impl RawHandle {
    pub(crate) fn spawn(
        sim: &mut Sim,
        role: HostSpec,
        build: fn(&Node, Script) -> Swarm<RawPeer>,
    ) -> Self {
        let prepared = role.prepare(sim);
        let script = role.script.unwrap_or(Script::Honest(Vec::new()));
        RawHandle(prepared.spawn_without_dht(move |node| build(node, script.clone())))
    }

    fn refuse<T>(&self, what: &str) -> Result<T, SimError> {
        Err(SimError::Other(format!(
            "{} is scripted: it {what}",
            self.0.name()
        )))
    }
}

impl HostHandle for RawHandle {
    fn id(&self) -> HostId {
        self.0.id()
    }

    fn name(&self) -> String {
        self.0.name().to_owned()
    }

    fn peer(&self) -> PeerId {
        self.0.peer_id()
    }

    fn start(&self, _: &mut Sim, _: Query) -> Result<QueryHandle, SimError> {
        self.refuse("runs no queries; use `ask` to send a request")
    }

    fn restart(&self, _: &mut Sim, _: Restart) -> Result<(), SimError> {
        self.refuse("cannot be restarted")
    }

    fn swarm(&self, work: &mut dyn FnMut(&mut dyn AnySwarm)) -> Result<(), SimError> {
        Ok(self.0.with(|swarm| work(swarm))?)
    }

    fn dht(&self, _: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError> {
        self.refuse("has no DHT")
    }

    fn behaviour(&self, work: &mut dyn FnMut(&mut dyn Any)) -> Result<(), SimError> {
        Ok(self.0.with(|swarm| work(swarm.behaviour_mut()))?)
    }
}
