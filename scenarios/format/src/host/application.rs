//! A host that is an application with its own event loop.

use std::any::Any;

use dht_fixtures::KadSettings;
use dht_harness::{
    App, AppHost, Node, Sim, SimError,
    dht::{AnyDht, Query},
    host::HostError,
    net::HostId,
    sim::Restart,
    world::QueryHandle,
};
use libp2p::{Multiaddr, PeerId};

use super::{
    handle::{AnySwarm, HostHandle, Reach, Readings},
    spec::HostSpec,
};

/// A host that is an application with its own event loop.
pub(crate) struct AppHandle<H> {
    host: AppHost<H>,
    /// Whether it constructs its DHT so that the harness sees it.
    shows_dht: bool,
    /// Access to the handle of the application, if it accepts commands.
    commands: Option<HandleReach<H>>,
}

/// Access to a handle as an application that accepts commands.
pub(crate) struct HandleReach<H> {
    reach: Reach<H>,
    handle: fn(&AppHost<H>) -> H,
}

impl<H: crate::Application + Clone> HandleReach<H> {
    pub(crate) const APPLICATION: Self = HandleReach {
        reach: Reach::APPLICATION,
        handle: AppHost::handle,
    };
}

impl<H: 'static> AppHandle<H> {
    pub(crate) fn spawn(
        sim: &mut Sim,
        role: HostSpec,
        build: impl Fn(&Node, &KadSettings) -> App<H> + 'static,
        shows_dht: bool,
        commands: Option<HandleReach<H>>,
    ) -> Self {
        let mut settings = role.settings;
        // An application listens by itself.
        settings.listen &= !role.dial_only;
        let mut prepared = sim.prepare(role.name).keypair(role.keypair);
        if let Some(router) = role.behind {
            prepared = prepared.behind(router);
        }
        let host = prepared.spawn_app(move |node| {
            let app = build(node, &settings);
            match shows_dht {
                true => app,
                false => app.without_dht(),
            }
        });
        AppHandle {
            host,
            shows_dht,
            commands,
        }
    }
}

impl<H: 'static> HostHandle for AppHandle<H> {
    fn id(&self) -> HostId {
        self.host.id()
    }

    fn name(&self) -> String {
        self.host.name().to_owned()
    }

    fn peer(&self) -> PeerId {
        self.host.peer_id()
    }

    fn is_ready(&self) -> bool {
        let seen = self.host.read_dht(|_| ());
        !self.shows_dht || !matches!(seen, Err(HostError::NotReachable { .. }))
    }

    fn start(&self, sim: &mut Sim, query: Query) -> Result<QueryHandle, SimError> {
        sim.start_query(&self.host, query)
    }

    fn restart(&self, sim: &mut Sim, restart: Restart) -> Result<(), SimError> {
        sim.restart(&self.host, restart)
    }

    fn swarm(&self, work: &mut dyn FnMut(&mut dyn AnySwarm)) -> Result<(), SimError> {
        let mut addresses = ToldAddresses {
            host: &self.host,
            done: Ok(()),
        };
        work(&mut addresses);
        Ok(addresses.done?)
    }

    fn dht(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError> {
        Ok(self.host.with_dht(|dht| work(dht))?)
    }

    fn read_dht(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), SimError> {
        Ok(self.host.read_dht(|dht| work(dht))?)
    }

    fn behaviour(&self, _: &mut dyn FnMut(&mut dyn Any)) -> Result<(), SimError> {
        Err(SimError::Other(format!(
            "{} is an application with its own event loop: steps do not reach its behaviour",
            self.host.name()
        )))
    }

    fn command(&self, words: &[&str]) -> Option<Result<(), SimError>> {
        let HandleReach { reach, handle } = self.commands.as_ref()?;
        if let Err(error @ HostError::HostClosed { .. }) = self.host.read_dht(|_| ()) {
            return Some(Err(error.into()));
        }
        let done = (reach.command)(&mut handle(&self.host), words);
        Some(done.map_err(|error| SimError::Other(format!("{}: {error}", self.host.name()))))
    }

    /// The handle outlives the application, so it has numbers after the end of it.
    fn readings(&self) -> Option<Result<Readings, SimError>> {
        let HandleReach { reach, handle } = self.commands.as_ref()?;
        Some(Ok((reach.readings)(&handle(&self.host))))
    }
}

/// The addresses that an application is told.
struct ToldAddresses<'a, H> {
    host: &'a AppHost<H>,
    done: Result<(), HostError>,
}

impl<H> AnySwarm for ToldAddresses<'_, H> {
    fn add_external(&mut self, address: Multiaddr) {
        self.done = self.host.add_external_address(address);
    }

    fn remove_external(&mut self, address: &Multiaddr) {
        self.done = self.host.remove_external_address(address.clone());
    }

    fn add_peer_address(&mut self, peer: PeerId, address: Multiaddr) {
        self.done = self.host.add_peer_address(peer, address);
    }
}
