//! Hosts that are applications with their own event loop.

use std::{
    any::Any,
    cell::RefCell,
    fmt,
    future::Future,
    panic::Location,
    rc::Rc,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use futures::{FutureExt, future::BoxFuture};
use libp2p::{Multiaddr, PeerId, identity::Keypair};
use tracing::Instrument;

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
    node::Node,
    origin::{Arrival, Relaunch},
};
use crate::{
    application::{self, Hub},
    dht::AnyDht,
    engine,
    host::HostError,
    identity,
    net::{DialTarget, HostId, RouterId},
    world::{AnyHost, RunningApplication, SwarmLog, listener},
};

/// An application that runs its own event loop: what it gives to its tests, and the
/// future that is its main function.
///
/// See [`Sim::spawn_app`].
pub struct App<H> {
    handle: H,
    future: BoxFuture<'static, ()>,
    close: Option<CloseApp<H>>,
    has_dht: bool,
}

/// How an application is asked to end.
type CloseApp<H> = Rc<dyn Fn(&H)>;

impl<H> App<H> {
    /// An application that lives as long as `future` does. `handle` is what tests
    /// talk to it through: the sending end of its command channel, for example.
    ///
    /// The output of the future is dropped. An application that fails should panic,
    /// so that the failure is reported.
    pub fn new<F>(handle: H, future: F) -> Self
    where
        F: Future + Send + 'static,
    {
        App {
            handle,
            future: future.map(drop).boxed(),
            close: None,
            has_dht: true,
        }
    }

    /// Says that the application has no DHT, or none that its tests are about.
    ///
    /// Without it a simulation in which the harness has seen no DHT of the application
    /// fails at its end with [`SimError::DhtNotSeen`]: nothing of the DHT would have been
    /// checked. The harness sees a DHT that is constructed with
    /// [`dht_harness::kad`](crate::kad) in the closure of [`Sim::spawn_app`] or in the
    /// future of the application, and none that is constructed in a task of
    /// `tokio::spawn`.
    pub fn without_dht(mut self) -> Self {
        self.has_dht = false;
        self
    }

    /// How the application is asked to end: by a command, or a token that is
    /// cancelled. [`Sim::close`] calls this and waits until the future has ended.
    /// Whatever is left of the application then is a violation.
    ///
    /// Without it [`Sim::close`] drops the future, as at the end of a process.
    pub fn on_close(mut self, close: impl Fn(&H) + 'static) -> Self {
        self.close = Some(Rc::new(close));
        self
    }
}

/// A host that is an application, as its test talks to it.
///
/// It is a handle, and its clones are handles to the same host: they lead to the
/// application that runs now, also after a [restart](Sim::restart).
pub struct AppHost<H> {
    id: HostId,
    name: Arc<str>,
    present: Arc<Mutex<Present<H>>>,
    runtime: tokio::runtime::Handle,
}

struct Present<H> {
    handle: Rc<H>,
    running: Rc<RunningApplication>,
    peer: PeerId,
    address: Multiaddr,
}

impl<H> AppHost<H> {
    /// Its number in the simulation.
    pub fn id(&self) -> HostId {
        self.id
    }

    /// The name the test gave it.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The identity that it was given.
    pub fn peer_id(&self) -> PeerId {
        self.present().peer
    }

    /// The address that it was given to listen on.
    pub fn address(&self) -> Multiaddr {
        self.present().address.clone()
    }

    /// What the application gives to its tests.
    pub fn handle(&self) -> H
    where
        H: Clone,
    {
        H::clone(&self.present().handle)
    }

    /// Whether the harness can reach the DHT of the application now.
    ///
    /// It can once the application has polled its swarm for the first time. It cannot
    /// while the application has used its DHT and not polled its swarm since, after
    /// the application has ended, and if it does not construct its DHT with
    /// [`dht_harness::kad`](crate::kad).
    pub fn reaches_dht(&self) -> bool {
        self.read_dht(|_| ()).is_ok()
    }

    /// Calls `f` with the DHT of the application, and lets its swarm be polled. To
    /// work on the DHT of any host, see [`Sim::with_dht`].
    ///
    /// # Errors
    /// [`HostError::HostClosed`], or [`HostError::NotReachable`] if the harness cannot
    /// [reach](Self::reaches_dht) the DHT now.
    pub fn with_dht<R>(&self, f: impl FnOnce(&mut dyn AnyDht) -> R) -> Result<R, HostError> {
        let _context = self.runtime.enter();
        let running = self.running();
        engine::attribute(self.id, || called(f, |work| running.with_dht(work)))
    }

    /// Reads the DHT of the application, without waking it.
    ///
    /// # Errors
    /// As for [`with_dht`](Self::with_dht).
    pub fn read_dht<R>(&self, f: impl FnOnce(&mut dyn AnyDht) -> R) -> Result<R, HostError> {
        let running = self.running();
        called(f, |work| running.read_dht(work))
    }

    /// Lets the swarm of the application confirm an external address, as if one of its
    /// behaviours had found it.
    ///
    /// # Errors
    /// [`HostError::HostClosed`], or [`HostError::NotReachable`] if the application
    /// does not construct its DHT with [`dht_harness::kad`](crate::kad).
    pub fn add_external_address(&self, address: Multiaddr) -> Result<(), HostError> {
        self.running().open()?.add_external(address)
    }

    /// Lets the swarm of the application withdraw an external address.
    ///
    /// # Errors
    /// As for [`add_external_address`](Self::add_external_address).
    pub fn remove_external_address(&self, address: Multiaddr) -> Result<(), HostError> {
        self.running().open()?.remove_external(address)
    }

    /// Tells all behaviours of the application an address of a peer, as if one of them had
    /// found it.
    ///
    /// # Errors
    /// As for [`add_external_address`](Self::add_external_address).
    pub fn add_peer_address(&self, peer: PeerId, address: Multiaddr) -> Result<(), HostError> {
        self.running().open()?.add_peer_address(peer, address)
    }

    fn running(&self) -> Rc<RunningApplication> {
        Rc::clone(&self.present().running)
    }

    fn present(&self) -> MutexGuard<'_, Present<H>> {
        self.present.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<H> Clone for AppHost<H> {
    fn clone(&self) -> Self {
        AppHost {
            id: self.id,
            name: Arc::clone(&self.name),
            present: Arc::clone(&self.present),
            runtime: self.runtime.clone(),
        }
    }
}

/// Calls `f` with the DHT that `reach` leads to.
fn called<R>(
    f: impl FnOnce(&mut dyn AnyDht) -> R,
    reach: impl FnOnce(&mut dyn FnMut(&mut dyn AnyDht)) -> Result<(), HostError>,
) -> Result<R, HostError> {
    let (mut f, mut result) = (Some(f), None);
    reach(&mut |dht| result = f.take().map(|f| f(dht)))?;
    Ok(result.expect("a DHT that was reached has been worked on"))
}

impl<H> fmt::Debug for AppHost<H> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.name, self.peer_id())
    }
}

impl<H> From<&AppHost<H>> for HostId {
    fn from(host: &AppHost<H>) -> Self {
        host.id
    }
}

/// So that slices of handles are taken where hosts are.
impl<H> From<&&AppHost<H>> for HostId {
    fn from(host: &&AppHost<H>) -> Self {
        host.id
    }
}

impl<H> From<&AppHost<H>> for DialTarget {
    fn from(host: &AppHost<H>) -> Self {
        DialTarget::Host(host.id)
    }
}

type Build<H> = RefCell<Box<dyn FnMut(&Node) -> App<H>>>;

/// How an application comes up, each time it does.
struct AppOrigin<H> {
    id: HostId,
    name: Arc<str>,
    build: Build<H>,
    present: Arc<Mutex<Present<H>>>,
}

impl Sim {
    /// Runs an application with its own event loop as a host.
    ///
    /// The closure builds the application from what the [`Node`] gives: the key
    /// pair, the transport, the address to listen on, and the configuration of the
    /// swarm with the executor. The future owns the swarm and polls it, may spawn
    /// tasks, keep timers and channels, and runs on virtual time. The closure is kept
    /// and called again at each [`restart`](Self::restart): what it captures, such as
    /// a map that stands for the application's disk, lives as long as the simulation.
    ///
    /// Nothing in the application changes. So that the harness sees its routing
    /// table, queries, records and events, it constructs its DHT with
    /// [`dht_harness::kad`](crate::kad) in place of `libp2p::kad` in its tests. The
    /// harness sees the network, the tasks and the timers of the application in any
    /// case. If it has run and no DHT was seen, the simulation fails at its end with
    /// [`SimError::DhtNotSeen`], unless [`App::without_dht`] says that there is none.
    ///
    /// ```
    /// use dht_harness::{App, Node, Sim, kad};
    /// use futures::{StreamExt, channel::{mpsc, oneshot}};
    /// use libp2p::{Swarm, PeerId};
    ///
    /// struct Find(Vec<u8>, oneshot::Sender<usize>);
    ///
    /// fn app(node: &Node) -> App<mpsc::UnboundedSender<Find>> {
    ///     let store = kad::store::MemoryStore::new(node.peer_id());
    ///     let mut kad = kad::Behaviour::new(node.peer_id(), store);
    ///     kad.set_mode(Some(kad::Mode::Server));
    ///     let mut swarm =
    ///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config());
    ///     swarm.listen_on(node.address()).expect("an address of the node");
    ///     let (commands, mut received) = mpsc::unbounded::<Find>();
    ///     App::new(commands, async move {
    ///         let mut asked = Vec::new();
    ///         loop {
    ///             tokio::select! {
    ///                 event = swarm.select_next_some() => match event {
    ///                     libp2p::swarm::SwarmEvent::Behaviour(
    ///                         kad::Event::OutboundQueryProgressed {
    ///                             result: kad::QueryResult::GetClosestPeers(Ok(found)), ..
    ///                         },
    ///                     ) => {
    ///                         let answer: oneshot::Sender<usize> = asked.remove(0);
    ///                         let _ = answer.send(found.peers.len());
    ///                     }
    ///                     _ => {}
    ///                 },
    ///                 command = received.next() => match command {
    ///                     Some(Find(key, answer)) => {
    ///                         swarm.behaviour_mut().get_closest_peers(key);
    ///                         asked.push(answer);
    ///                     }
    ///                     None => return,
    ///                 },
    ///             }
    ///         }
    ///     })
    ///     .on_close(|commands| commands.close_channel())
    /// }
    ///
    /// Sim::builder().test(|sim| {
    ///     let (a, b) = (sim.spawn_app("a", app), sim.spawn_app("b", app));
    ///     sim.run_for(std::time::Duration::from_secs(1))?;
    ///     sim.add_address(&a, &b)?;
    ///     let (answer, found) = oneshot::channel();
    ///     a.handle().unbounded_send(Find(b"key".to_vec(), answer)).expect("a runs");
    ///     assert_eq!(sim.block_on(found)?.expect("an answer"), 1);
    ///     sim.close(&a)
    /// });
    /// ```
    ///
    /// # Panics
    /// Panics if another host has the same name.
    #[track_caller]
    pub fn spawn_app<H: 'static>(
        &mut self,
        name: impl Into<String>,
        build: impl FnMut(&Node) -> App<H> + 'static,
    ) -> AppHost<H> {
        self.prepare(name).spawn_app(build)
    }

    /// Runs an application as a host, with its own identity if `keypair` is none.
    pub(super) fn enter_app<H: 'static>(
        &mut self,
        name: String,
        keypair: Option<Keypair>,
        behind: Option<RouterId>,
        build: impl FnMut(&Node) -> App<H> + 'static,
    ) -> AppHost<H> {
        self.names.insert(name.clone());
        let (id, name) = (self.add_host(behind), Arc::<str>::from(name));
        let build: Build<H> = RefCell::new(Box::new(build));
        let keypair = keypair.unwrap_or_else(|| identity(u64::from(id.0)));
        let present = come_up(self, id, &name, &build, keypair);
        let runtime = self.world.engine.enter(tokio::runtime::Handle::current);
        let present = Arc::new(Mutex::new(present));
        self.origins.push(Rc::new(AppOrigin {
            id,
            name: Arc::clone(&name),
            build,
            present: Arc::clone(&present),
        }));
        AppHost {
            id,
            name,
            present,
            runtime,
        }
    }

    /// Waits for a future of the test's own, such as an answer of an application.
    ///
    /// # Errors
    /// It was not ready within 300 s of virtual time. [`wait`](Self::wait) takes
    /// another limit.
    #[track_caller]
    pub fn block_on<T>(&mut self, future: impl Future<Output = T>) -> Result<T, SimError> {
        let what = format!("the future at {}", Location::caller());
        self.wait(&what, PATIENCE, future)
    }
}

impl<H: 'static> Relaunch for AppOrigin<H> {
    fn launch(&self, sim: &Sim, keypair: Keypair) {
        let new = come_up(sim, self.id, &self.name, &self.build, keypair);
        *self.present.lock().unwrap_or_else(PoisonError::into_inner) = new;
    }

    fn build(&self) -> &dyn Any {
        &self.build
    }
}

/// Builds and starts an application.
fn come_up<H: 'static>(
    sim: &Sim,
    id: HostId,
    name: &Arc<str>,
    build: &Build<H>,
    keypair: Keypair,
) -> Present<H> {
    let node = Node::new(sim, id, name, keypair);
    let peer = node.peer_id();
    let swarm_log = Arc::new(Mutex::new(SwarmLog::default()));
    let seen = listener(id, peer, Arc::clone(&swarm_log));
    let hub = Hub::new(id, peer, seen);
    let (handle, close, app) = sim.on(id, |world| {
        let App {
            handle,
            future,
            close,
            has_dht,
        } = hub.enter(|| build.borrow_mut()(&node));
        if !has_dht {
            hub.expect_no_dht();
        }
        let (app, driver) = application::run(hub, id, future);
        let span = tracing::info_span!("host", name = &**name);
        world.engine.tasks().spawn(id, driver.instrument(span));
        (Rc::new(handle), close, app)
    });
    let close = close.map(|close| {
        let handle = Rc::clone(&handle);
        Rc::new(move || close(&handle)) as Rc<dyn Fn()>
    });
    let running = Rc::new(RunningApplication { app, close });
    let arrival = Arrival {
        id,
        name,
        peer,
        keypair: node.keypair.clone(),
        host: Rc::<RunningApplication>::clone(&running),
        swarm_log,
        kept_dht: Arc::default(),
        unordered: Vec::new(),
    };
    arrival.record(sim);
    Present {
        handle,
        running,
        peer,
        address: node.address(),
    }
}
