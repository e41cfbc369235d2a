//! How a host is started and restarted.
//!
//! Responsible for what outlives a swarm: how it is built, whether it listens, how it
//! is closed, and the handles that refer to the current swarm.

use std::{
    any::Any,
    cell::RefCell,
    future::Future,
    marker::PhantomData,
    rc::Rc,
    sync::{Arc, Mutex, PoisonError},
    task::Poll,
};

use libp2p::{PeerId, Swarm, identity::Keypair, swarm::NetworkBehaviour};
use tracing::Instrument;

use super::{
    control::Sim,
    node::Node,
    peer::{Present, SimHost},
};
use crate::{
    deterministic_order::{take_wrapped, unwrapped},
    engine,
    host::Host,
    net::HostId,
    trace::{TraceEvent, Undigested},
    world::{
        Access, AnyHost, CloseWith, Erased, HostStatus, KeptDht, Member, SwarmLog, observer,
        record_queries,
    },
};

/// Builds the swarm of a host at its start and at each restart.
pub(super) type Build<B> = RefCell<Box<dyn FnMut(&Node) -> Swarm<B>>>;

/// Restarts a host, independently of its behaviour type.
pub(super) trait Relaunch {
    /// Starts the host with a newly built swarm.
    fn launch(&self, sim: &Sim, keypair: Keypair);

    /// The [`Build`] of the host.
    fn build(&self) -> &dyn Any;
}

/// Everything that is needed to start a host.
pub(super) struct Plan<B: NetworkBehaviour, A> {
    pub(super) id: HostId,
    pub(super) name: Arc<str>,
    pub(super) listen: bool,
    pub(super) close: Option<CloseWith<B>>,
    pub(super) build: Build<B>,
    pub(super) access: PhantomData<A>,
}

/// A host that was started, and how to start it again.
struct Origin<B: NetworkBehaviour, A> {
    plan: Plan<B, A>,
    present: Arc<Mutex<Present<B>>>,
}

impl<B, A> Relaunch for Origin<B, A>
where
    B: NetworkBehaviour + Send,
    B::ToSwarm: Send,
    A: Access<B>,
{
    fn launch(&self, sim: &Sim, keypair: Keypair) {
        let new = self.plan.launch(sim, keypair);
        let mut present = self.present.lock().unwrap_or_else(PoisonError::into_inner);
        new.host.continue_tap(&present.host);
        *present = new;
    }

    fn build(&self) -> &dyn Any {
        &self.plan.build
    }
}

impl<B, A> Plan<B, A>
where
    B: NetworkBehaviour + Send,
    B::ToSwarm: Send,
    A: Access<B>,
{
    /// Starts the host for the first time.
    pub(super) fn enter(self, sim: &mut Sim, keypair: Keypair) -> SimHost<B> {
        let (id, name) = (self.id, Arc::clone(&self.name));
        let present = Arc::new(Mutex::new(self.launch(sim, keypair)));
        let runtime = sim.world.engine.enter(tokio::runtime::Handle::current);
        sim.origins.push(Rc::new(Origin {
            plan: self,
            present: Arc::clone(&present),
        }));
        SimHost {
            id,
            name,
            present,
            runtime,
        }
    }

    fn launch(&self, sim: &Sim, keypair: Keypair) -> Present<B> {
        let id = self.id;
        let engine = &sim.world.engine;
        let node = Node::new(sim, id, &self.name, keypair);
        let (host, unordered) = sim.on(id, |_| {
            take_wrapped();
            let swarm = self.build.borrow_mut()(&node);
            let unordered = unwrapped::<B>(&take_wrapped());
            let (host, driver) = Host::new(swarm);
            let span = tracing::info_span!("host", name = &*self.name);
            engine
                .tasks()
                .spawn(id, watched(id, driver).instrument(span));
            (host, unordered)
        });
        let swarm_log = Arc::new(Mutex::new(SwarmLog::default()));
        host.observe(observer::<B, A>(
            id,
            unordered.clone(),
            Arc::clone(&swarm_log),
        ));
        let peer = host.peer_id();
        let kept_dht = Arc::new(Mutex::new(None));
        let kept = Arc::clone(&kept_dht);
        host.before_drop(move |swarm| {
            let dht = A::dht(swarm.behaviour_mut()).map(|dht| KeptDht::of(peer, dht));
            *kept.lock().unwrap_or_else(PoisonError::into_inner) = dht;
        });
        let arrival = Arrival {
            id,
            name: &self.name,
            peer,
            keypair: node.keypair.clone(),
            host: Rc::new(Erased {
                host: host.clone(),
                close: self.close.clone(),
                access: PhantomData::<A>,
            }),
            swarm_log,
            kept_dht,
            unordered,
        };
        arrival.record(sim);
        let address = node.address();
        if self.listen {
            let listens = host.peek(|swarm| swarm.listeners().next().is_some());
            if listens == Some(false) {
                // The addresses are known in advance, so there is no need to wait for
                // the listeners.
                for address in node.listen_addresses() {
                    let started = sim.on(id, |_| host.listen(address));
                    drop(started);
                }
            }
        }
        Present { host, address }
    }
}

/// A host that has just come up.
pub(super) struct Arrival<'a> {
    pub(super) id: HostId,
    pub(super) name: &'a str,
    pub(super) peer: PeerId,
    pub(super) keypair: Keypair,
    pub(super) host: Rc<dyn AnyHost>,
    pub(super) swarm_log: Arc<Mutex<SwarmLog>>,
    pub(super) kept_dht: Arc<Mutex<Option<KeptDht>>>,
    /// The parts of its behaviour whose order of messages depends on the process.
    pub(super) unordered: Vec<&'static str>,
}

impl Arrival<'_> {
    /// Makes the host known to the simulation.
    pub(super) fn record(self, sim: &Sim) {
        let engine = &sim.world.engine;
        let (id, peer) = (self.id, self.peer);
        engine.journal(|journal| journal.name_peer(peer, id));
        sim.world.record(
            id,
            TraceEvent::Spawned {
                name: self.name.to_owned(),
                peer: peer.to_string(),
                routers: Undigested(sim.world.routers_of(id)),
            },
        );
        let member = Member {
            id,
            name: self.name.to_owned(),
            peer,
            status: HostStatus::Open,
            since: engine.now(),
            started_at: engine.now(),
            host: self.host,
            swarm_log: self.swarm_log,
            keypair: self.keypair,
            kept_dht: self.kept_dht,
            table: Rc::default(),
            table_read: None,
            former: None,
            has_run: true,
            uses: 0,
            table_changes: 0,
            declared_dead: None,
            unordered: self.unordered,
        };
        let mut members = sim.world.members.borrow_mut();
        match members.get_mut(id.0 as usize) {
            Some(former) => {
                if let Some(recorder) = &sim.world.recorder {
                    record_queries(recorder, former);
                }
                *former = member;
            }
            None => members.push(member),
        }
    }
}

/// Wraps the driver for the engine: polls are recorded, and its tasks are attributed
/// to the host.
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
