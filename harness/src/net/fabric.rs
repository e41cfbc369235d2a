//! The network that everybody shares: the engine, the transports, the checks.
//!
//! Responsible for the lock around the core, for the time handed to it and for
//! waking. Wakers are called, and dropped, only after the lock is released:
//! both can end in code that takes it again. It must not know the rules of the
//! network.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;

use dht_harness_clock::VirtualInstant;
use libp2p::PeerId;

use super::config::{Bandwidth, NetworkConfig};
use super::error::NetError;
use super::event::NetEvent;
use super::fault::{
    CutScope, DialFault, DialTarget, Fault, FaultId, FaultRecord, LinkScope, LossEffect, ResetScope,
};
use super::host::{HostId, HostResources, TrafficStats};
use super::latency::Latency;
use super::network::{ConnectionInfo, Delivered, Network};
use super::outbox::Token;
use super::probability::Probability;
use super::release::Release;
use super::transport::{MuxTransport, StreamTransport};
use super::wire::WireEvent;

impl Token for Waker {
    fn same(&self, other: &Self) -> bool {
        self.will_wake(other)
    }
}

/// A simulated network. Clones are the same network.
///
/// Calls take effect at the clock's time, or, outside of a simulation thread,
/// at the latest instant the network has heard of.
#[derive(Clone, Debug)]
pub struct Fabric(Arc<Mutex<Network<Waker>>>);

impl Fabric {
    /// An empty network. The same seed and the same calls give the same events.
    pub(crate) fn new(seed: u64, config: NetworkConfig) -> Fabric {
        Fabric(Arc::new(Mutex::new(Network::new(seed, config))))
    }

    /// Calls the core, and then wakes whom it frees.
    pub(super) fn with<R>(&self, call: impl FnOnce(&mut Network<Waker>) -> R) -> R {
        let (result, outbox) = {
            let mut network = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(now) = dht_harness_clock::now() {
                network.at(now);
            }
            let result = call(&mut network);
            (result, network.outbox.take())
        };
        if let Some(outbox) = outbox {
            outbox.flush(Waker::wake);
        }
        result
    }

    /// As [`with`](Self::with), after the network has heard of all that was let
    /// go of: for calls that look at what is alive, or let something happen.
    pub(super) fn settled<R>(&self, call: impl FnOnce(&mut Network<Waker>) -> R) -> R {
        let mut call = Some(call);
        loop {
            let result = self.with(|network| {
                if network.released.is_empty() {
                    return call.take().map(|call| call(network));
                }
                // Whoever is woken by this may let go of more.
                network.settle();
                None
            });
            if let Some(result) = result {
                return result;
            }
        }
    }

    /// A program lets go of something.
    pub(super) fn release(&self, release: Release) {
        self.with(|network| network.released.push(release));
    }

    /// Nothing is runnable: the network hears of all that was let go of since.
    pub(crate) fn settle(&self) {
        self.settled(|_| ());
    }

    /// Adds a host, up and with nothing on it. Ids count from 0.
    pub(crate) fn add_host(&self) -> HostId {
        self.with(Network::add_host)
    }

    /// The host's ip.
    ///
    /// # Panics
    ///
    /// If there is no such host.
    pub fn ip(&self, host: HostId) -> Ipv4Addr {
        self.with(|network| network.ip(host))
            .unwrap_or_else(|| panic!("there is no {host}; `Fabric::add_host` makes hosts"))
    }

    /// Gives the host an ip. Muxed connections of the host survive and their
    /// remotes are told; its pipes fail. A host that had the ip, and on which
    /// nothing is alive, gets a fresh one.
    ///
    /// # Errors
    ///
    /// If something is alive on the host that has the ip, or there is no such
    /// host.
    pub fn assign_ip(&self, host: HostId, ip: Ipv4Addr) -> Result<(), NetError> {
        self.settled(|network| network.assign_ip(host, ip))
    }

    /// A transport of byte pipes on this host. It dies with the host's crash;
    /// after a revival make a new one.
    pub(crate) fn stream_transport(&self, host: HostId) -> StreamTransport {
        let incarnation = self.with(|network| network.incarnation(host));
        StreamTransport::new(self.clone(), host, incarnation)
    }

    /// A transport of muxed connections on this host, which presents `peer` to
    /// its remotes. It dies with the host's crash.
    pub(crate) fn mux_transport(&self, host: HostId, peer: PeerId) -> MuxTransport {
        let incarnation = self.with(|network| network.incarnation(host));
        MuxTransport::new(self.clone(), host, incarnation, peer)
    }

    /// When the next event takes place; none if nothing will happen by itself.
    pub(crate) fn next_event(&self) -> Option<VirtualInstant> {
        self.settled(Network::next_event)
    }

    /// Lets the one earliest event take place, if it is due at or before `now`.
    pub(crate) fn deliver_next(&self, now: VirtualInstant) -> Option<Delivered> {
        self.settled(|network| network.deliver_next(now))
    }

    /// Segments on their way: what has been sent and has not arrived. Timeouts,
    /// and what waits for a cut to heal, do not count.
    pub(crate) fn in_flight(&self) -> usize {
        self.settled(|network| network.in_flight())
    }

    /// Shows everything that has happened since the last call, in order.
    pub(crate) fn drain_events(&self, f: &mut dyn FnMut(&NetEvent)) {
        let recorded = self.with(|network| {
            let events = &mut network.log.events;
            (!events.is_empty()).then(|| std::mem::take(events))
        });
        let Some(mut events) = recorded else { return };
        events.iter().for_each(f);
        events.clear();
        // The buffer goes back unless something happened meanwhile.
        self.with(|network| {
            if network.log.events.is_empty() {
                std::mem::swap(&mut network.log.events, &mut events);
            }
        });
    }

    /// Records from now on what is sent on the substreams of muxed connections;
    /// whoever switches this on has to drain it.
    pub(crate) fn tap(&self) {
        self.with(|network| network.wire.enabled = true);
    }

    /// Shows everything that was sent since the last call, in order. Nothing
    /// unless [`tap`](Self::tap) was called.
    pub(crate) fn drain_wire(&self, f: &mut dyn FnMut(&WireEvent)) {
        let sent = self.settled(|network| std::mem::take(&mut network.wire.events));
        sent.iter().for_each(f);
    }

    /// The host stops at once: nothing leaves it, nothing on it answers, and
    /// whatever was alive on it is dead for ever.
    pub(crate) fn crash(&self, host: HostId) {
        self.settled(|network| network.crash(host));
    }

    /// The host is back, with nothing alive on it; what arrives for its former
    /// connections is answered with a reset.
    pub(crate) fn revive(&self, host: HostId) {
        self.settled(|network| network.revive(host));
    }

    /// What is alive on the host now.
    pub(crate) fn resources(&self, host: HostId) -> HostResources {
        self.settled(|network| network.resources(host))
    }

    /// What the host has done since the start.
    pub(crate) fn traffic(&self, host: HostId) -> TrafficStats {
        self.with(|network| network.traffic(host))
    }

    /// Connections with at least one living end, one of whose ends is on the
    /// host; oldest first.
    pub(crate) fn connections_of(&self, host: HostId) -> Vec<ConnectionInfo> {
        self.settled(|network| network.connections_of(host))
    }

    /// Those between two hosts; oldest first.
    pub(crate) fn connections_between(&self, a: HostId, b: HostId) -> Vec<ConnectionInfo> {
        let mut connections = self.connections_of(a);
        connections.retain(|conn| [(a, b), (b, a)].contains(&(conn.dialer, conn.listener)));
        connections
    }

    /// Installs a fault. All that follow are short for this.
    ///
    /// # Errors
    /// [`NetError::SubstreamsInvisible`]: substreams are to be reset where the
    /// network carries byte pipes only.
    pub fn inject(&self, fault: Fault) -> Result<FaultId, NetError> {
        self.settled(|network| network.inject(fault))
    }

    /// Installs a fault that every transport can have.
    fn install(&self, fault: Fault) -> FaultId {
        self.inject(fault)
            .expect("only a reset of substreams asks for more than every transport has")
    }

    /// Splits the network into groups; see [`Fault::Partition`].
    pub fn partition(&self, groups: &[Vec<HostId>]) -> FaultId {
        self.install(Fault::Partition {
            groups: groups.to_vec(),
        })
    }

    /// Drops packets on the way from one set of hosts to another.
    pub fn cut(&self, from: &[HostId], to: &[HostId], scope: CutScope) -> FaultId {
        self.install(Fault::Cut {
            from: from.to_vec(),
            to: to.to_vec(),
            scope,
        })
    }

    /// Drops all packets between two hosts.
    pub fn blackhole(&self, a: HostId, b: HostId) -> FaultId {
        self.install(Fault::Blackhole { a, b })
    }

    /// Keeps what the present connections between two hosts carry, until healed.
    pub fn stall(&self, a: HostId, b: HostId) -> FaultId {
        self.install(Fault::Stall { a, b })
    }

    /// Resets connections or substreams now.
    ///
    /// # Errors
    /// As [`inject`](Self::inject).
    pub fn reset(&self, scope: ResetScope) -> Result<FaultId, NetError> {
        self.inject(Fault::Reset { scope })
    }

    /// Decides how dials to the target end.
    pub fn dial_fault(
        &self,
        from: Option<HostId>,
        target: DialTarget,
        outcome: DialFault,
    ) -> FaultId {
        self.install(Fault::Dial {
            from,
            target,
            outcome,
        })
    }

    /// Puts the host behind a firewall: whoever dials it, at whatever port, fares
    /// as `outcome` says, while its own dials work and so do connections that
    /// are up.
    pub fn firewall(&self, host: HostId, outcome: DialFault) -> FaultId {
        self.dial_fault(None, DialTarget::Host(host), outcome)
    }

    /// Changes the latency of links, until healed.
    pub fn set_latency(&self, scope: LinkScope, latency: Latency) -> FaultId {
        self.install(Fault::Latency { scope, latency })
    }

    /// Loses segments of links, until healed.
    pub fn lose(&self, scope: LinkScope, probability: Probability, effect: LossEffect) -> FaultId {
        self.install(Fault::Loss {
            scope,
            probability,
            effect,
        })
    }

    /// Changes the rates of one host's access link, or of all, until healed.
    pub fn set_bandwidth(&self, host: Option<HostId>, bandwidth: Option<Bandwidth>) -> FaultId {
        self.install(Fault::Bandwidth { host, bandwidth })
    }

    /// Heals a fault; false if it is not in force.
    pub fn heal(&self, fault: FaultId) -> bool {
        self.with(|network| network.heal(fault))
    }

    /// Heals every fault in force.
    pub fn heal_all(&self) {
        self.with(Network::heal_all);
    }

    /// Every fault so far, healed or not, with the number of its effects.
    pub fn faults(&self) -> Vec<FaultRecord> {
        self.with(|network| network.faults().to_vec())
    }
}
