//! Spawning hosts.

use std::{cell::RefCell, marker::PhantomData, rc::Rc};

use futures::future::BoxFuture;
use libp2p::{Swarm, identity::Keypair, swarm::NetworkBehaviour};

use super::{
    application::{App, AppHost},
    control::Sim,
    node::Node,
    origin::Plan,
    peer::SimHost,
};
use crate::{
    dht::DhtBehaviour,
    host::Host,
    identity,
    net::{AddressKinds, Interfaces, RouterId},
    world::{Access, CloseWith, NoDht, WithDht},
};

/// A builder for a host.
#[must_use = "nothing is spawned before `spawn`, `spawn_without_dht` or `spawn_app` is called"]
pub struct HostBuilder<'a, B: NetworkBehaviour = libp2p::swarm::dummy::Behaviour> {
    sim: &'a mut Sim,
    name: String,
    keypair: Option<Keypair>,
    listen: bool,
    close: Option<CloseWith<B>>,
    pub(super) behind: Option<RouterId>,
    pub(super) kinds: AddressKinds,
    pub(super) interfaces: Interfaces,
}

impl Sim {
    /// Spawns a host with a DHT, whose swarm is built by a closure. The host listens
    /// on port 4001 of its IP address, unless the closure has made the swarm listen
    /// on another address.
    ///
    /// The closure is kept and called again at each [`restart`](Self::restart).
    /// Values that it captures are dropped at the end of the simulation.
    ///
    /// # Panics
    /// Panics if another host has the same name.
    #[track_caller]
    pub fn spawn<B>(
        &mut self,
        name: impl Into<String>,
        build: impl FnMut(&Node) -> Swarm<B> + 'static,
    ) -> SimHost<B>
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.prepare(name).spawn(build)
    }

    /// Spawns `n` hosts with the same closure. Their names are `prefix` followed by
    /// 0, 1 and so on. The closure can distinguish them by the [`Node`].
    ///
    /// ```
    /// use dht_harness::{Node, Sim};
    /// use libp2p::{Swarm, kad};
    ///
    /// Sim::builder().test(|sim| {
    ///     let hosts = sim.spawn_n(3, "h", |node: &Node| {
    ///         let store = kad::store::MemoryStore::new(node.peer_id());
    ///         let kad = kad::Behaviour::new(node.peer_id(), store);
    ///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    ///     });
    ///     assert_eq!(hosts[2].name(), "h2");
    ///     sim.add_address(&hosts[1], &hosts[0])?;
    ///     sim.add_address(&hosts[2], &hosts[0])
    /// });
    /// ```
    ///
    /// # Panics
    /// Panics if another host has the same name.
    #[track_caller]
    pub fn spawn_n<B>(
        &mut self,
        n: usize,
        prefix: impl Into<String>,
        build: impl FnMut(&Node) -> Swarm<B> + 'static,
    ) -> Vec<SimHost<B>>
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        let (prefix, build) = (prefix.into(), Rc::new(RefCell::new(build)));
        let mut hosts = Vec::with_capacity(n);
        // Not in a closure, so that a panic names the line of the caller.
        for number in 0..n {
            let build = Rc::clone(&build);
            hosts.push(self.spawn(format!("{prefix}{number}"), move |node: &Node| {
                build.borrow_mut()(node)
            }));
        }
        hosts
    }

    /// Like [`spawn`](Self::spawn), for a behaviour without a DHT.
    ///
    /// # Panics
    /// Panics if another host has the same name.
    #[track_caller]
    pub fn spawn_without_dht<B>(
        &mut self,
        name: impl Into<String>,
        build: impl FnMut(&Node) -> Swarm<B> + 'static,
    ) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.prepare(name).spawn_without_dht(build)
    }

    /// Creates a builder for a host with special properties: a given identity, no
    /// listener, or a custom close procedure. They are kept across a
    /// [`restart`](Self::restart).
    ///
    /// # Panics
    /// Panics if another host has the same name.
    #[track_caller]
    pub fn prepare<B: NetworkBehaviour>(&mut self, name: impl Into<String>) -> HostBuilder<'_, B> {
        let name = name.into();
        self.require_new(&name);
        HostBuilder {
            sim: self,
            name,
            keypair: None,
            listen: true,
            close: None,
            behind: None,
            kinds: AddressKinds::default(),
            interfaces: Interfaces::default(),
        }
    }

    /// Requires that no host has this name: reports tell hosts apart by their names.
    #[track_caller]
    pub(super) fn require_new(&self, name: &str) {
        assert!(
            !self.names.contains(name),
            "a host is called {name} already; give each host a name of its own"
        );
    }
}

impl<B: NetworkBehaviour> HostBuilder<'_, B> {
    /// Sets the identity, instead of the one derived from the number of the host.
    pub fn keypair(mut self, keypair: Keypair) -> Self {
        self.keypair = Some(keypair);
        self
    }

    /// The host does not listen, unless its closure makes it listen.
    pub fn dial_only(mut self) -> Self {
        self.listen = false;
        self
    }

    /// Sets the kinds of addresses on which the host listens, and which it dials. By default
    /// those over IPv4 and TCP.
    ///
    /// ```
    /// use dht_harness::{Node, Sim, net::{AddressKinds, Carrier, IpVersion}};
    /// use libp2p::{Swarm, kad};
    ///
    /// let build = |node: &Node| {
    ///     let store = kad::store::MemoryStore::new(node.peer_id());
    ///     let kad = kad::Behaviour::new(node.peer_id(), store);
    ///     Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    /// };
    /// Sim::builder().test(move |sim| {
    ///     let kinds = AddressKinds::new(IpVersion::ALL, [Carrier::Tcp, Carrier::Quic]);
    ///     let a = sim.prepare("a").addresses(kinds.clone()).spawn(build);
    ///     let b = sim.prepare("b").addresses(kinds).spawn(build);
    ///     sim.connect(&a, &b)?;
    ///     assert_eq!(sim.world().swarm(&b).unwrap().listeners.len(), 4);
    ///     Ok(())
    /// });
    /// ```
    pub fn addresses(mut self, kinds: AddressKinds) -> Self {
        self.kinds = kinds;
        self
    }

    /// Gives the host network interfaces beside the one by which all others reach it. It listens
    /// on them as well, and its peers learn of these addresses.
    ///
    /// ```
    /// use dht_harness::{Node, Sim, net::Interfaces};
    /// use libp2p::{Swarm, kad};
    ///
    /// let build = |node: &Node| {
    ///     let store = kad::store::MemoryStore::new(node.peer_id());
    ///     let kad = kad::Behaviour::new(node.peer_id(), store);
    ///     Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    /// };
    /// Sim::builder().test(move |sim| {
    ///     let office = Interfaces::new(["office"]);
    ///     let a = sim.prepare("a").interfaces(office.clone()).spawn(build);
    ///     let b = sim.prepare("b").interfaces(office).spawn(build);
    ///     sim.connect(&a, &b)?;
    ///     let listeners = sim.world().swarm(&b).unwrap().listeners;
    ///     assert_eq!(listeners[1].to_string(), "/ip4/172.16.0.2/tcp/4001");
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Panics
    /// Spawning the host panics if the simulation has more than
    /// [`PRIVATE_NETWORKS`](crate::net::PRIVATE_NETWORKS) private networks.
    pub fn interfaces(mut self, interfaces: Interfaces) -> Self {
        self.interfaces = interfaces;
        self
    }

    /// Sets how the application closes the host, instead of [`Host::close`]. When the
    /// returned future completes, the checks require that the host is closed.
    pub fn close_with(
        mut self,
        close: impl Fn(&Host<B>) -> BoxFuture<'static, ()> + 'static,
    ) -> Self {
        self.close = Some(Rc::new(close));
        self
    }

    /// Spawns a host with a DHT.
    pub fn spawn(self, build: impl FnMut(&Node) -> Swarm<B> + 'static) -> SimHost<B>
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.launch::<WithDht>(build)
    }

    /// Spawns a host without a DHT.
    pub fn spawn_without_dht(self, build: impl FnMut(&Node) -> Swarm<B> + 'static) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.launch::<NoDht>(build)
    }

    fn launch<A: Access<B>>(self, build: impl FnMut(&Node) -> Swarm<B> + 'static) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
    {
        let id = self.sim.add_host(self.behind, self.kinds, &self.interfaces);
        self.sim.names.insert(self.name.clone());
        let keypair = self.keypair.unwrap_or_else(|| identity(u64::from(id.0)));
        let plan = Plan::<B, A> {
            id,
            name: self.name.into(),
            listen: self.listen,
            close: self.close,
            build: RefCell::new(Box::new(build)),
            access: PhantomData,
        };
        plan.enter(self.sim, keypair)
    }
}

impl HostBuilder<'_> {
    /// Runs an application with its own event loop as a host, see
    /// [`Sim::spawn_app`].
    ///
    /// ```
    /// use dht_harness::{App, Node, Sim, identity};
    ///
    /// let app = |_: &Node| App::new((), std::future::pending::<()>());
    /// Sim::builder().test(move |sim| {
    ///     let a = sim.prepare("a").keypair(identity(7)).spawn_app(app);
    ///     assert_eq!(a.peer_id(), identity(7).public().to_peer_id());
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Panics
    /// Panics if the host was said to be [dial-only](Self::dial_only), since an
    /// application listens, or does not, as its own code says.
    pub fn spawn_app<H: 'static>(self, build: impl FnMut(&Node) -> App<H> + 'static) -> AppHost<H> {
        assert!(
            self.listen,
            "{}: an application listens or does not by itself: remove `dial_only`, and let the \
             closure build an application that does not listen",
            self.name
        );
        let id = self.sim.add_host(self.behind, self.kinds, &self.interfaces);
        self.sim.enter_app(self.name, self.keypair, id, build)
    }
}
