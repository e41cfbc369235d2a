//! How hosts come up.

use std::{
    future::Future,
    marker::PhantomData,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use futures::future::BoxFuture;
use libp2p::{Swarm, identity::Keypair, swarm::NetworkBehaviour};
use tracing::Instrument;

use super::{control::Sim, node::Node, peer::SimHost};
use crate::{
    dht::DhtBehaviour,
    engine,
    host::Host,
    identity,
    net::HostId,
    trace::TraceEvent,
    world::{
        Access, CloseWith, Erased, HostStatus, Legacy, Member, NoDht, SwarmLog, WithDht, observer,
    },
};

/// A host about to be spawned.
#[must_use = "nothing is spawned before `spawn` or `spawn_without_dht` is called"]
pub struct HostBuilder<'a, B: NetworkBehaviour = libp2p::swarm::dummy::Behaviour> {
    sim: &'a mut Sim,
    name: String,
    keypair: Option<Keypair>,
    listen: bool,
    close: Option<CloseWith<B>>,
}

impl Sim {
    /// Builds a swarm with a DHT and takes it over; it listens on its own ip,
    /// port 4001, unless the closure has made it listen elsewhere.
    pub fn spawn<B>(&mut self, name: &str, build: impl FnOnce(&Node) -> Swarm<B>) -> SimHost<B>
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.prepare(name).spawn(build)
    }

    /// Like [`spawn`](Self::spawn), for a behaviour without a DHT.
    pub fn spawn_without_dht<B>(
        &mut self,
        name: &str,
        build: impl FnOnce(&Node) -> Swarm<B>,
    ) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.prepare(name).spawn_without_dht(build)
    }

    /// A host that is not like the others: its own identity, no listener, its
    /// own way to close.
    pub fn prepare<B: NetworkBehaviour>(&mut self, name: &str) -> HostBuilder<'_, B> {
        HostBuilder {
            sim: self,
            name: name.to_owned(),
            keypair: None,
            listen: true,
            close: None,
        }
    }
}

impl<B: NetworkBehaviour> HostBuilder<'_, B> {
    /// Gives the host this identity instead of the one of its number.
    pub fn keypair(mut self, keypair: Keypair) -> Self {
        self.keypair = Some(keypair);
        self
    }

    /// The host dials only, unless its closure makes it listen.
    pub fn dial_only(mut self) -> Self {
        self.listen = false;
        self
    }

    /// How the application closes its host, where that is not
    /// [`Host::close`]: the checks hold the host to be closed when the returned
    /// future is ready.
    pub fn close_with(
        mut self,
        close: impl Fn(&Host<B>) -> BoxFuture<'static, ()> + 'static,
    ) -> Self {
        self.close = Some(Box::new(close));
        self
    }

    /// Spawns a host with a DHT.
    pub fn spawn(self, build: impl FnOnce(&Node) -> Swarm<B>) -> SimHost<B>
    where
        B: DhtBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.launch::<WithDht>(build)
    }

    /// Spawns a host without a DHT.
    pub fn spawn_without_dht(self, build: impl FnOnce(&Node) -> Swarm<B>) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
    {
        self.launch::<NoDht>(build)
    }

    fn launch<A: Access<B>>(self, build: impl FnOnce(&Node) -> Swarm<B>) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
    {
        let id = self.sim.network().add_host();
        let keypair = self.keypair.unwrap_or_else(|| identity(u64::from(id.0)));
        let plan = Plan {
            id,
            name: self.name,
            keypair,
            listen: self.listen,
            close: self.close,
        };
        self.sim.launch::<B, A>(plan, build)
    }
}

/// All that is needed to bring a host up at its place.
pub(super) struct Plan<B: NetworkBehaviour> {
    pub(super) id: HostId,
    pub(super) name: String,
    pub(super) keypair: Keypair,
    pub(super) listen: bool,
    pub(super) close: Option<CloseWith<B>>,
}

impl Sim {
    pub(super) fn launch<B, A>(
        &mut self,
        plan: Plan<B>,
        build: impl FnOnce(&Node) -> Swarm<B>,
    ) -> SimHost<B>
    where
        B: NetworkBehaviour + Send,
        B::ToSwarm: Send,
        A: Access<B>,
    {
        let id = plan.id;
        let engine = &self.world().engine;
        let node = Node {
            id,
            name: plan.name.clone(),
            keypair: plan.keypair,
            kind: self.transport(),
            fabric: engine.fabric().clone(),
            tasks: engine.tasks().clone(),
        };
        let keypair = node.keypair.clone();
        let (host, runtime) = self.on(id, |_| {
            let swarm = build(&node);
            let (host, driver) = Host::new(swarm);
            let span = tracing::info_span!("host", name = plan.name);
            engine
                .tasks()
                .spawn(id, watched(id, driver).instrument(span));
            (host, tokio::runtime::Handle::current())
        });
        let swarm_log = Arc::new(Mutex::new(SwarmLog::default()));
        host.observe(observer::<B, A>(id, Arc::clone(&swarm_log)));
        let peer = host.peer_id();
        let legacy = Arc::new(Mutex::new(Legacy::default()));
        let heir = Arc::clone(&legacy);
        host.before_drop(Box::new(move |swarm| {
            let left = A::bequeath(peer, swarm.behaviour_mut());
            *heir.lock().unwrap_or_else(PoisonError::into_inner) = left;
        }));
        engine.journal(|journal| journal.name_peer(peer, id));
        self.world().record(
            id,
            TraceEvent::Spawned {
                name: plan.name.clone(),
                peer: peer.to_string(),
            },
        );
        let member = Member {
            id,
            name: plan.name.clone(),
            peer,
            status: HostStatus::Open,
            since: engine.now(),
            started_at: engine.now(),
            host: Box::new(Erased {
                host: host.clone(),
                close: plan.close,
                access: PhantomData::<A>,
            }),
            swarm_log,
            keypair,
            legacy,
            table: Rc::default(),
            table_read: None,
            former: None,
            has_run: true,
            uses: 0,
            table_changes: 0,
            declared_dead: None,
        };
        {
            let mut members = self.world().members.borrow_mut();
            match members.get_mut(id.0 as usize) {
                Some(former) => *former = member,
                None => members.push(member),
            }
        }
        let address = node.address();
        if plan.listen {
            let listens = host.peek(|swarm| swarm.listeners().next().is_some());
            if listens == Some(false) {
                // The address is known beforehand, so nobody has to wait for it.
                let started = self.on(id, |_| host.listen(address.clone()));
                drop(started);
            }
        }
        SimHost {
            id,
            name: plan.name,
            address,
            host,
            runtime,
        }
    }
}

/// The driver as the engine wants it: noted when polled, its tasks attributed.
fn watched(
    host: HostId,
    driver: impl Future<Output = ()> + Send + 'static,
) -> impl Future<Output = ()> + Send + 'static {
    let mut driver = Box::pin(driver);
    std::future::poll_fn(move |cx| {
        if !engine::touch(host) {
            return Poll::Pending;
        }
        engine::attribute(host, || driver.as_mut().poll(cx))
    })
}
