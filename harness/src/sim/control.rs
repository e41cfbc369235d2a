//! The control surface of a simulation.

use std::{
    future::Future,
    pin::pin,
    rc::Rc,
    task::{Context, Poll, Waker},
    time::Duration,
};

use dht_harness_clock::{Owner, Skew, VirtualInstant, set_skew};
use futures::future::BoxFuture;
use libp2p::{Multiaddr, PeerId, kad::QueryId, multiaddr::Protocol, swarm::dial_opts::DialOpts};

use super::{
    SimBuilder,
    builder::Reads,
    error::{End, Failure, SimError, Verdict},
    member::Life,
    node::TransportKind,
    peer::SimHost,
    pilot::{Copilot, Pause},
    world::World,
};
use crate::{
    dht::{DhtBehaviour, Query, QueryRecord, TableSnapshot},
    engine::{self, RunEnd},
    net::{Fabric, HostId},
    trace::TraceEvent,
};

/// How long a call waits for its answer, in virtual time: longer than any
/// default timeout of libp2p.
const PATIENCE: Duration = Duration::from_secs(300);

/// How often a test is told who fails a condition, with how many of their
/// latest events.
const RECENT: usize = 6;

/// A simulation that is running, as its test sees it.
///
/// Time only passes inside calls. The calls that wait, wait in virtual time, and
/// return as soon as they are answered: other things that are due at the same
/// instant may still be to come.
pub struct Sim {
    world: Rc<World>,
    transport: TransportKind,
    reads: Reads,
    /// How many identities restarts have used up.
    pub(super) restarts: u64,
}

/// What came of a simulation.
#[derive(Clone, Debug)]
pub struct Report<R> {
    /// What the body returned.
    pub value: R,
    /// Where the run ended.
    pub end: End,
}

/// A query that was started.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket {
    /// The host that runs it.
    pub host: HostId,
    /// The query, as the behaviour numbers it.
    pub id: QueryId,
}

impl Sim {
    /// Sets up a simulation.
    pub fn builder() -> SimBuilder {
        SimBuilder::new()
    }

    pub(super) fn new(world: Rc<World>, transport: TransportKind, reads: Reads) -> Self {
        Sim {
            world,
            transport,
            reads,
            restarts: 0,
        }
    }

    /// What is true of the simulation now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// The network, to do things to it.
    pub fn network(&self) -> &Fabric {
        self.world.fabric()
    }

    /// The present.
    pub fn now(&self) -> VirtualInstant {
        self.world.now()
    }

    /// What lies under the swarms of this run.
    pub fn transport(&self) -> TransportKind {
        self.transport
    }

    /// Connects one host to another, at the address the other listens on.
    ///
    /// # Errors
    /// The dial failed, or one of the hosts is gone.
    pub fn connect(
        &mut self,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
    ) -> Result<(), SimError> {
        let to = to.into();
        let target = self.world.peer(to);
        let addresses = self
            .world
            .swarm(to)
            .map(|swarm| swarm.listeners)
            .filter(|listeners| !listeners.is_empty())
            .unwrap_or_else(|| vec![self.address_of(to)]);
        let opts = DialOpts::peer_id(target).addresses(addresses).build();
        self.dial(from, opts).map(|_| ())
    }

    /// Dials whatever libp2p can dial; answers who is at the other end.
    ///
    /// # Errors
    /// The dial failed, or the host is gone.
    pub fn dial(
        &mut self,
        from: impl Into<HostId>,
        opts: impl Into<DialOpts>,
    ) -> Result<PeerId, SimError> {
        let from = from.into();
        let opts = opts.into();
        self.control(from, format!("dial {}", self.target(&opts)));
        let answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize].host.connect(opts)
        });
        Ok(self.wait("connect", PATIENCE, answer)??)
    }

    /// Starts to dial without waiting for the end of it.
    pub fn start_dial(&mut self, from: impl Into<HostId>, opts: impl Into<DialOpts>) {
        let from = from.into();
        let opts = opts.into();
        self.control(from, format!("start to dial {}", self.target(&opts)));
        let answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize].host.connect(opts)
        });
        drop(answer);
    }

    /// Closes all connections between two hosts, from the side of the first.
    ///
    /// # Errors
    /// They are not connected, or the host is gone.
    pub fn disconnect(
        &mut self,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
    ) -> Result<(), SimError> {
        let from = from.into();
        let peer = self.world.peer(to.into());
        self.control(
            from,
            format!("disconnect from {}", self.world.name_of(&peer)),
        );
        let answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize]
                .host
                .disconnect(peer)
        });
        Ok(self.wait("disconnect", PATIENCE, answer)??)
    }

    /// Makes a host listen on one more address.
    ///
    /// # Errors
    /// The address cannot be listened on, or the host is gone.
    pub fn listen(
        &mut self,
        host: impl Into<HostId>,
        address: Multiaddr,
    ) -> Result<Multiaddr, SimError> {
        let host = host.into();
        self.control(host, format!("listen on {address}"));
        let answer = self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.listen(address)
        });
        Ok(self.wait("listen", PATIENCE, answer)??)
    }

    /// Closes a host and waits until it says that it is closed. From then on
    /// the checks hold it to that.
    ///
    /// # Errors
    /// The close was not answered.
    pub fn close(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        let answer = self.start_close(host);
        self.wait("close", PATIENCE, answer)?;
        self.closed(host);
        Ok(())
    }

    /// Closes several hosts at one instant and waits for all of them.
    ///
    /// # Errors
    /// A close was not answered.
    pub fn close_all<H: Into<HostId>>(
        &mut self,
        hosts: impl IntoIterator<Item = H>,
    ) -> Result<(), SimError> {
        let closing: Vec<_> = hosts
            .into_iter()
            .map(|host| {
                let host = host.into();
                (host, self.start_close(host))
            })
            .collect();
        for (host, answer) in closing {
            self.wait("close", PATIENCE, answer)?;
            self.closed(host);
        }
        Ok(())
    }

    /// The host vanishes: nothing leaves it any more, not even a goodbye, and
    /// nothing reaches it, until it is restarted.
    ///
    /// # Errors
    /// The simulation cannot go on.
    pub fn crash(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        self.control(host, "crash".to_owned());
        self.network().crash(host);
        self.world.set_life(host, Life::Crashed);
        self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.abort();
        });
        // Its tasks hear of it, in no time.
        self.run(self.now(), Pause::Never)?;
        self.step();
        Ok(())
    }

    /// Tells the checks that this host answers no request from now on although it
    /// lives: for scripted peers that reset, stay silent or lie.
    pub fn declare_dead(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        self.control(host, "declare dead".to_owned());
        self.world.members.borrow_mut()[host.0 as usize].declared_dead = Some(self.now());
    }

    /// Sets a host's clock off and makes it run fast or slow, from now on.
    pub fn skew(&mut self, host: impl Into<HostId>, skew: Skew) {
        let host = host.into();
        self.control(host, format!("skew {skew:?}"));
        set_skew(Owner(host.0), skew);
    }

    /// Starts a query.
    ///
    /// # Errors
    /// The DHT refused, or the host is gone.
    pub fn start<B: DhtBehaviour>(
        &mut self,
        host: &SimHost<B>,
        query: Query,
    ) -> Result<Ticket, SimError> {
        self.control(host.id, format!("start {query:?}"));
        let kind = query.kind();
        let started = host.with(|swarm| query.start(swarm.behaviour_mut().kad()))?;
        let id = started.map_err(|source| SimError::Start {
            host: host.name.clone(),
            source,
        })?;
        let now = self.now();
        let members = self.world.members.borrow();
        members[host.id.0 as usize]
            .ledger()
            .queries
            .started(id, kind, now);
        Ok(Ticket { host: host.id, id })
    }

    /// Runs until a query has made its last step.
    ///
    /// # Errors
    /// It did not end within 300 s of virtual time.
    pub fn finish_query(&mut self, ticket: Ticket) -> Result<QueryRecord, SimError> {
        let record = move |world: &World| {
            world.ledger(ticket.host, |ledger| {
                ledger.queries.get(&ticket.id).cloned()
            })
        };
        let world = Rc::clone(&self.world);
        let finished = std::future::poll_fn(move |_| match record(&world) {
            Some(record) if record.is_finished() => Poll::Ready(record),
            _ => Poll::Pending,
        });
        self.wait("query", PATIENCE, finished)
    }

    /// Starts a query and runs until its last step.
    ///
    /// # Errors
    /// The DHT refused, the host is gone, or the query did not end.
    pub fn query<B: DhtBehaviour>(
        &mut self,
        host: &SimHost<B>,
        query: Query,
    ) -> Result<QueryRecord, SimError> {
        let ticket = self.start(host, query)?;
        self.finish_query(ticket)
    }

    /// Looks up the peers closest to a key.
    ///
    /// # Errors
    /// As [`query`](Self::query).
    pub fn closest_peers<B: DhtBehaviour>(
        &mut self,
        host: &SimHost<B>,
        key: impl Into<Vec<u8>>,
    ) -> Result<QueryRecord, SimError> {
        self.query(host, Query::ClosestPeers(key.into()))
    }

    /// Reads a host's routing table.
    pub fn table(&mut self, host: impl Into<HostId>) -> TableSnapshot {
        self.world.table(host.into())
    }

    /// Lets virtual time pass.
    ///
    /// # Errors
    /// The simulation cannot go on.
    pub fn run_for(&mut self, duration: Duration) -> Result<(), SimError> {
        let deadline = self.now() + duration;
        self.run(deadline, Pause::Never)?;
        self.step();
        Ok(())
    }

    /// Runs until a condition is true, looking after each event.
    ///
    /// # Errors
    /// It did not come true within `within` of virtual time; the error says who
    /// fails it and why.
    pub fn run_until<V: Verdict>(
        &mut self,
        within: Duration,
        mut condition: impl FnMut(&World) -> V,
    ) -> Result<(), SimError> {
        let deadline = self.now() + within;
        loop {
            let unmet = condition(&self.world).unmet();
            if unmet.is_empty() {
                self.step();
                return Ok(());
            }
            if self.now() >= deadline {
                self.step();
                return Err(SimError::Unmet {
                    within,
                    unmet: self.with_recent(unmet),
                });
            }
            self.run(deadline, Pause::Event)?;
        }
    }

    /// Runs until nothing is under way: no message in flight, no dial or
    /// handshake pending, no query running. Timers may remain.
    ///
    /// # Errors
    /// That did not happen within `within` of virtual time.
    pub fn settle(&mut self, within: Duration) -> Result<(), SimError> {
        self.run_until(within, |world: &World| {
            let mut busy = Vec::new();
            let in_flight = world.fabric().in_flight();
            if in_flight > 0 {
                busy.push(format!("{in_flight} messages are in flight"));
            }
            for host in world.hosts() {
                let name = || world.name(host);
                let pending = world.swarm(host).map_or(0, |swarm| swarm.pending);
                if pending > 0 {
                    busy.push(format!("{} has {pending} pending connections", name()));
                }
                let queries = world.running_queries(host).len();
                if queries > 0 {
                    busy.push(format!("{} runs {queries} queries", name()));
                }
            }
            busy
        })
    }

    /// Waits for a future of the test's own, which the simulation has to answer.
    ///
    /// # Errors
    /// It was not ready within `within` of virtual time.
    pub fn wait<T>(
        &mut self,
        what: &str,
        within: Duration,
        future: impl Future<Output = T>,
    ) -> Result<T, SimError> {
        let deadline = self.now() + within;
        let mut future = pin!(future);
        loop {
            // The simulation has one thread: whatever answers the future has
            // run before it pauses, so nobody needs to be woken.
            let polled = self.world.engine.enter(|| {
                future
                    .as_mut()
                    .poll(&mut Context::from_waker(Waker::noop()))
            });
            if let Poll::Ready(value) = polled {
                self.step();
                return Ok(value);
            }
            if self.now() >= deadline {
                self.step();
                return Err(SimError::NoAnswer {
                    what: what.to_owned(),
                    within,
                });
            }
            self.run(deadline, Pause::Progress)?;
        }
    }

    pub(super) fn on<R>(&self, host: HostId, f: impl FnOnce(&World) -> R) -> R {
        self.world
            .engine
            .enter(|| engine::attribute(host, || f(&self.world)))
    }

    pub(super) fn control(&self, host: HostId, action: String) {
        self.world.record(host, TraceEvent::Control { action });
    }

    pub(super) fn address_of(&self, host: HostId) -> Multiaddr {
        Multiaddr::from(self.network().ip(host)).with(Protocol::Tcp(4001))
    }

    /// Whom a dial is for, as people would say it.
    fn target(&self, opts: &DialOpts) -> String {
        match opts.get_peer_id() {
            Some(peer) => self.world.name_of(&peer),
            None => "an address".to_owned(),
        }
    }

    fn start_close(&mut self, host: HostId) -> BoxFuture<'static, ()> {
        self.control(host, "close".to_owned());
        if !self.world.life(host).is_over() {
            self.world.set_life(host, Life::Closing);
        }
        self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.close()
        })
    }

    /// The close was answered: hold the host to it.
    fn closed(&mut self, host: HostId) {
        if !self.world.life(host).is_over() {
            self.world.set_life(host, Life::Closed);
        }
        self.probe_connect(host);
        self.step();
    }

    /// A closed host connects to nothing: asked to, it has to refuse at once.
    fn probe_connect(&mut self, host: HostId) {
        let other = self
            .world
            .hosts()
            .find(|other| *other != host && self.world.life(*other) == Life::Open);
        let Some(other) = other else { return };
        let opts = DialOpts::peer_id(self.world.peer(other))
            .addresses(vec![self.address_of(other)])
            .condition(libp2p::swarm::dial_opts::PeerCondition::Always)
            .build();
        let refused = self.on(host, |world| {
            let mut answer = world.members.borrow()[host.0 as usize].host.connect(opts);
            let polled = answer
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            matches!(polled, Poll::Ready(Err(_)))
        });
        if !refused {
            self.world.check(|check, world, report| {
                check.connect_after_close_accepted(world, host, report);
            });
        }
    }

    fn run(&mut self, deadline: VirtualInstant, pause: Pause) -> Result<(), SimError> {
        let pilot = Copilot::new(Rc::clone(&self.world), pause);
        let was_inside = engine::inside(true);
        let end = self.world.engine.run_until(deadline, Box::new(pilot));
        engine::inside(was_inside);
        match end {
            RunEnd::Deadline | RunEnd::Pilot => Ok(()),
            RunEnd::Stalled(stall) => Err(SimError::Stalled(stall)),
        }
    }

    /// Control returns to the test.
    fn step(&mut self) {
        if self.reads == Reads::EachStep {
            self.read_tables();
        }
        self.world
            .check(|check, world, report| check.after_step(world, report));
    }

    fn read_tables(&self) {
        for host in self.world.hosts() {
            if self.world.life(host) == Life::Open {
                self.world.read_table(host);
            }
        }
    }

    /// The failing ones with the latest events of the hosts they name.
    fn with_recent(&self, unmet: Vec<String>) -> Vec<String> {
        let mut lines = Vec::new();
        for line in unmet {
            let concerned = self.world.hosts().find(|host| {
                line.split([' ', ':', ','])
                    .any(|word| word == self.world.name(*host))
            });
            lines.push(line);
            if let Some(host) = concerned {
                for event in self.world.recent(host, RECENT) {
                    lines.push(format!("    {event}"));
                }
            }
        }
        lines
    }

    pub(super) fn finish<R>(self, outcome: Result<R, SimError>) -> Result<Report<R>, Failure> {
        if outcome.is_ok() {
            self.read_tables();
            self.world
                .check(|check, world, report| check.at_end(world, report));
        }
        let engine = &self.world.engine;
        let (digest, events) =
            engine.journal(|journal| (journal.digest_so_far(), journal.recorded()));
        engine.journal(|journal| journal.finish())?;
        let end = End {
            digest,
            events,
            deliveries: engine.events(),
            virtual_time: engine.now().since_start(),
        };
        let violations = self.world.violations();
        match outcome {
            Err(error) => Err(Failure::Body {
                error,
                violations,
                end,
            }),
            Ok(_) if !violations.is_empty() => Err(Failure::Violations { violations, end }),
            Ok(value) => Ok(Report { value, end }),
        }
    }
}
