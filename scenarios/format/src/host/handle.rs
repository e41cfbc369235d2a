//! A host of a scenario, whatever its behaviour.

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

/// What a swarm has to be so that scenario files can have hosts of it.
pub(crate) trait Behaviour: NetworkBehaviour<ToSwarm: Send> + Send {}

impl<B: NetworkBehaviour<ToSwarm: Send> + Send> Behaviour for B {}

/// A host of a scenario.
///
/// What a host cannot do, because it is gone or scripted, is an error.
pub(crate) trait HostHandle {
    /// Its number.
    fn id(&self) -> HostId;

    /// Its name.
    fn name(&self) -> String;

    /// Its identity now.
    fn peer(&self) -> PeerId;

    /// Starts a query.
    ///
    /// # Errors
    /// It has no DHT, is gone, or the DHT refuses.
    fn start(&self, sim: &mut Sim, query: Query) -> Result<QueryHandle, SimError>;

    /// Comes back.
    ///
    /// # Errors
    /// It is not down, or is scripted.
    fn restart(&self, sim: &mut Sim, restart: Restart) -> Result<(), SimError>;

    /// Works on its swarm.
    ///
    /// # Errors
    /// It is gone.
    fn swarm(&self, work: &mut dyn FnMut(&mut dyn AnySwarm)) -> Result<(), SimError>;

    /// Works on its DHT.
    ///
    /// # Errors
    /// It has none, or is gone.
    fn dht(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError>;

    /// Works on its behaviour, which is of whatever type.
    ///
    /// # Errors
    /// It is gone.
    fn behaviour(&self, work: &mut dyn FnMut(&mut dyn Any)) -> Result<(), SimError>;

    /// Tells the application around its DHT something; `None` if there is none
    /// that takes commands.
    ///
    /// # Errors
    /// The application refuses, or the host is gone.
    fn command(&self, words: &[&str]) -> Option<Result<(), SimError>> {
        let _ = words;
        None
    }

    /// The numbers that the application around its DHT shows; `None` if there
    /// is none that does. Asking does not wake the host.
    ///
    /// # Errors
    /// It is gone.
    fn readings(&self) -> Option<Result<Readings, SimError>> {
        None
    }
}

/// The numbers that an application shows, each with its name.
pub(crate) type Readings = Vec<(&'static str, u64)>;

/// What can be done to any swarm.
pub(crate) trait AnySwarm {
    /// Confirms an external address.
    fn add_external(&mut self, address: Multiaddr);
    /// Takes an external address back.
    fn remove_external(&mut self, address: &Multiaddr);
}

impl<B: NetworkBehaviour> AnySwarm for Swarm<B> {
    fn add_external(&mut self, address: Multiaddr) {
        self.add_external_address(address);
    }

    fn remove_external(&mut self, address: &Multiaddr) {
        self.remove_external_address(address);
    }
}

/// How a behaviour is reached as an application.
pub(crate) struct Reach<B> {
    command: fn(&mut B, &[&str]) -> Result<(), String>,
    readings: fn(&B) -> Readings,
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
        let mut prepared = sim.prepare(role.name).keypair(role.keypair);
        if role.dial_only {
            prepared = prepared.dial_only();
        }
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
            SimError::Other(format!("{} is gone: it shows nothing", self.host.name()))
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
        let script = role.script.unwrap_or(Script::Honest(Vec::new()));
        let mut prepared = sim.prepare(role.name).keypair(role.keypair);
        if role.dial_only {
            prepared = prepared.dial_only();
        }
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
        self.refuse("runs no queries; `ask` makes it ask by hand")
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
