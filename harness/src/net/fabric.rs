//! The handle to the network that the engine, the transports and the checks
//! share.
//!
//! Responsible for the lock around the core, for passing it the time, and for
//! waking. Wakers are called, and dropped, only after the lock is released:
//! both can run code that takes it again. It must not know the rules of the
//! network.

use std::net::Ipv4Addr;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Waker;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use super::address_kinds::AddressKinds;
use super::config::NetworkConfig;
use super::endpoint::{Carrier, Endpoint};
use super::error::NetError;
use super::event::{ConnId, NetEvent};
use super::fault::{Fault, FaultId, FaultRecord};
use super::host::{HostId, HostResources, TrafficStats};
use super::interfaces::Interfaces;
use super::names::{NameError, NameRecords, Resolved};
use super::nat::Nat;
use super::network::{ConnectionInfo, Delivered, Network, Reach, RouterDrop};
use super::outbox::Token;
use super::release::Release;
use super::router::RouterId;
use super::transport::{MuxTransport, Resolving, StreamTransport};
use super::wire::WireEvent;

impl Token for Waker {
    fn same(&self, other: &Self) -> bool {
        self.will_wake(other)
    }
}

/// A simulated network. Clones refer to the same network.
///
/// Calls take effect at the clock's current time, or, outside a simulation
/// thread, at the latest instant that was passed to the network.
#[derive(Clone, Debug)]
pub(crate) struct Fabric(Arc<Mutex<Network<Waker>>>);

impl Fabric {
    /// Creates an empty network. The same seed and calls give the same events.
    pub(crate) fn new(seed: u64, config: NetworkConfig) -> Fabric {
        Fabric(Arc::new(Mutex::new(Network::new(seed, config))))
    }

    /// Calls the core, then wakes the tasks that the call made ready.
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

    /// As [`with`](Self::with), but first processes all handles that were dropped.
    /// For calls that read what is alive or that deliver an event.
    pub(super) fn settled<R>(&self, call: impl FnOnce(&mut Network<Waker>) -> R) -> R {
        let mut call = Some(call);
        loop {
            let result = self.with(|network| {
                if network.released.is_empty() {
                    return call.take().map(|call| call(network));
                }
                // A task that is woken by this may drop more handles.
                network.settle();
                None
            });
            if let Some(result) = result {
                return result;
            }
        }
    }

    /// Queues a handle that a program has dropped.
    pub(super) fn release(&self, release: Release) {
        self.with(|network| network.released.push(release));
    }

    /// Processes the handles dropped since the last call. Called when nothing
    /// is runnable.
    pub(crate) fn settle(&self) {
        self.settled(|_| ());
    }

    /// Adds a host that is up, with nothing alive on it, to the internet or behind a
    /// router. It has and dials addresses of these kinds. Ids count from 0.
    ///
    /// # Panics
    ///
    /// Panics if there is no such router.
    pub(crate) fn add_host(&self, behind: Option<RouterId>, kinds: AddressKinds) -> HostId {
        self.with(|network| network.add_host(behind, kinds))
    }

    /// Gives a host more network interfaces.
    ///
    /// # Panics
    ///
    /// Panics if there are too many private networks.
    pub(crate) fn add_interfaces(&self, host: HostId, interfaces: &Interfaces) {
        self.with(|network| network.add_interfaces(host, interfaces));
    }

    /// Adds a router to the internet, or behind another one. Ids count from 0.
    ///
    /// # Panics
    ///
    /// Panics if there is no such other router.
    pub(crate) fn add_router(&self, nat: Nat, behind: Option<RouterId>) -> RouterId {
        self.with(|network| network.add_router(nat, behind))
    }

    /// The router's ip in the network outside.
    ///
    /// # Panics
    ///
    /// Panics if there is no such router.
    pub(crate) fn router_ip(&self, router: RouterId) -> Ipv4Addr {
        self.with(|network| network.router_ip(router))
            .unwrap_or_else(|| panic!("there is no {router}; create it with `Fabric::add_router`"))
    }

    /// Asks the router in front of a host for a port of its own that leads to the one on which
    /// the host listens by default over IPv4.
    ///
    /// # Errors
    ///
    /// Fails if the host is behind no router, or if the router refuses.
    pub(crate) fn map_port(&self, host: HostId, carrier: Carrier) -> Result<Multiaddr, NetError> {
        self.with(|network| network.map_port(host, carrier))
            .map(|outer| outer.multiaddr())
    }

    /// A router forgets all that it remembers, and with `renumber` gets another address.
    ///
    /// # Panics
    ///
    /// Panics if there is no such router.
    pub(crate) fn restart_router(&self, router: RouterId, renumber: bool) {
        let is_there = self.settled(|network| network.restart_router(router, renumber));
        assert!(
            is_there,
            "there is no {router}; create it with `Fabric::add_router`"
        );
    }

    /// A router grants no ports from now on.
    ///
    /// # Panics
    ///
    /// Panics if there is no such router.
    pub(crate) fn refuse_ports(&self, router: RouterId) {
        let is_there = self.with(|network| network.refuse_ports(router));
        assert!(
            is_there,
            "there is no {router}; create it with `Fabric::add_router`"
        );
    }

    /// Where an address leads from a host, if the routers on the way see a dial now.
    pub(crate) fn reach(&self, host: HostId, target: Endpoint) -> Reach {
        self.with(|network| network.reach(host, target))
    }

    /// The router that has dropped the last dial of a host to an address, if one has.
    pub(crate) fn dropped(&self, host: HostId, target: &Endpoint) -> Option<RouterDrop> {
        self.with(|network| network.dropped(host, target))
    }

    /// The addresses to which dials of a host are under way.
    pub(crate) fn dialling(&self, host: HostId) -> Vec<Endpoint> {
        self.with(|network| network.dialling(host))
    }

    /// The router in front of a host, if there is one.
    pub(crate) fn router_of(&self, host: HostId) -> Option<RouterId> {
        self.with(|network| network.router_of(host))
    }

    /// The addresses of the networks behind routers, each with its router.
    pub(crate) fn private_addresses(&self) -> Vec<(Ipv4Addr, RouterId)> {
        self.with(|network| network.private_addresses())
    }

    /// Places a host in a region of the network, on whose latencies its links depend from
    /// now on. Returns false if there is no such region.
    pub(crate) fn place(&self, host: HostId, region: &str) -> bool {
        self.with(|network| network.place(host, region))
    }

    /// What the network knows of a host.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host.
    fn of_host<R>(&self, host: HostId, read: impl FnOnce(&mut Network<Waker>) -> Option<R>) -> R {
        self.with(read)
            .unwrap_or_else(|| panic!("there is no {host}; create it with `Fabric::add_host`"))
    }

    /// The host's ip.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host.
    pub(crate) fn ip(&self, host: HostId) -> Ipv4Addr {
        self.of_host(host, |network| network.ip(host))
    }

    /// The addresses on which the host listens by default.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host.
    pub(crate) fn homes(&self, host: HostId) -> Vec<Multiaddr> {
        self.of_host(host, |network| network.homes(host))
    }

    /// The addresses beside these on which the host listens by default.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host.
    pub(crate) fn homes_beside(&self, host: HostId) -> Vec<Multiaddr> {
        self.of_host(host, |network| network.homes_beside(host))
    }

    /// The first address of the host in a private network, or on its loopback interface;
    /// `None` if it has no such interface.
    pub(crate) fn home_in(&self, host: HostId, interface: &str) -> Option<Multiaddr> {
        self.with(|network| network.home_in(host, interface))
    }

    /// The first address on which the host listens by default.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host.
    pub(crate) fn home(&self, host: HostId) -> Multiaddr {
        self.homes(host).swap_remove(0)
    }

    /// Assigns an IP address to the host. Its connections fail, except for muxed ones
    /// with `NetworkConfig::migration`, whose remotes are notified. Another host that had the
    /// address, and on which nothing is alive, gets a new one.
    ///
    /// # Errors
    ///
    /// Fails if something is alive on the host that has the ip, or if there is
    /// no such host.
    pub(crate) fn assign_ip(&self, host: HostId, ip: Ipv4Addr) -> Result<(), NetError> {
        self.settled(|network| network.assign_ip(host, ip))
    }

    /// Moves a host into the network behind a router, or into the internet, where it gets a
    /// fresh address. Returns false if it is there already.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host or router.
    pub(crate) fn relocate(&self, host: HostId, behind: Option<RouterId>) -> bool {
        self.settled(|network| network.relocate(host, behind))
    }

    /// A transport of byte pipes on this host. It stops working when the host
    /// crashes; create a new one after a revival.
    pub(crate) fn stream_transport(&self, host: HostId) -> StreamTransport {
        let incarnation = self.with(|network| network.incarnation(host));
        let kinds = self.kinds(host).retain(|carrier| carrier != Carrier::Quic);
        StreamTransport::new(self.clone(), host, incarnation, kinds)
    }

    /// A transport of muxed connections on this host, which presents `peer` to
    /// its remotes. It stops working when the host crashes.
    pub(crate) fn mux_transport(&self, host: HostId, peer: PeerId) -> MuxTransport {
        let incarnation = self.with(|network| network.incarnation(host));
        MuxTransport::new(self.clone(), host, incarnation, peer, self.kinds(host))
    }

    /// As [`mux_transport`](Self::mux_transport), for addresses of QUIC alone.
    pub(crate) fn quic_transport(&self, host: HostId, peer: PeerId) -> MuxTransport {
        let incarnation = self.with(|network| network.incarnation(host));
        let kinds = self.kinds(host).retain(|carrier| carrier == Carrier::Quic);
        MuxTransport::new(self.clone(), host, incarnation, peer, kinds)
    }

    /// A transport that resolves names before it dials with another one.
    pub(crate) fn resolving<T>(&self, inner: T) -> Resolving<T> {
        Resolving::new(self.clone(), inner)
    }

    /// Sets what a name stands for.
    pub(crate) fn set_name(&self, name: &str, records: NameRecords) {
        self.with(|network| network.names.set(name, records));
    }

    /// Removes a name. Returns whether it was there.
    pub(crate) fn remove_name(&self, name: &str) -> bool {
        self.with(|network| network.names.remove(name))
    }

    /// How long it takes to resolve a part of an address, and what comes of it. `None` if it
    /// is no name.
    pub(super) fn resolve(
        &self,
        part: &Protocol<'_>,
    ) -> Option<(Duration, Result<Resolved, NameError>)> {
        self.with(|network| network.names.resolve(part))
    }

    /// The kinds of addresses that the host has and dials.
    ///
    /// # Panics
    ///
    /// Panics if there is no such host.
    pub(crate) fn kinds(&self, host: HostId) -> AddressKinds {
        self.of_host(host, |network| network.kinds(host))
    }

    /// When the next event takes place; `None` if none is scheduled.
    pub(crate) fn next_event(&self) -> Option<VirtualInstant> {
        self.settled(Network::next_event)
    }

    /// Delivers the earliest event if it is due at or before `now`.
    pub(crate) fn deliver_next(&self, now: VirtualInstant) -> Option<Delivered> {
        self.settled(|network| network.deliver_next(now))
    }

    /// The number of segments in flight. Timeouts, and segments that wait for a
    /// fault to heal, do not count.
    pub(crate) fn in_flight(&self) -> usize {
        self.settled(|network| network.in_flight())
    }

    /// The substreams on which data is on its way, or waits for a fault to heal: the
    /// connection, the sender, and the number of the substream.
    pub(crate) fn under_way(&self) -> Vec<(ConnId, HostId, u32)> {
        self.settled(|network| network.under_way())
    }

    /// Passes all events since the last call to `f`, in order.
    pub(crate) fn drain_events(&self, f: &mut dyn FnMut(&NetEvent)) {
        let recorded = self.with(|network| filled(&mut network.log.events));
        self.pass_on(recorded, f, |network| &mut network.log.events);
    }

    /// Passes what a buffer of the network has held to `f`, and puts the buffer back, unless it
    /// was filled anew meanwhile.
    fn pass_on<E>(
        &self,
        held: Option<Vec<E>>,
        f: &mut dyn FnMut(&E),
        buffer: impl FnOnce(&mut Network<Waker>) -> &mut Vec<E>,
    ) {
        let Some(mut held) = held else { return };
        held.iter().for_each(f);
        held.clear();
        self.with(|network| {
            let buffer = buffer(network);
            if buffer.is_empty() {
                *buffer = held;
            }
        });
    }

    /// Records from now on what is sent on the substreams of muxed connections.
    /// The caller has to drain it with [`drain_wire`](Self::drain_wire).
    pub(crate) fn tap(&self) {
        self.with(|network| network.wire.enabled = true);
    }

    /// Passes everything sent since the last call to `f`, in order. Passes
    /// nothing unless [`tap`](Self::tap) was called.
    pub(crate) fn drain_wire(&self, f: &mut dyn FnMut(&WireEvent)) {
        let sent = self.settled(|network| filled(&mut network.wire.events));
        self.pass_on(sent, f, |network| &mut network.wire.events);
    }

    /// Stops the host at once: it sends and answers nothing, and everything that was
    /// alive on it is lost.
    pub(crate) fn crash(&self, host: HostId) {
        self.settled(|network| network.crash(host));
    }

    /// Starts the host again, with nothing alive on it. Packets for its earlier
    /// connections are answered with a reset.
    pub(crate) fn revive(&self, host: HostId) {
        self.settled(|network| network.revive(host));
    }

    /// The resources that are alive on the host now.
    pub(crate) fn resources(&self, host: HostId) -> HostResources {
        self.settled(|network| network.resources(host))
    }

    /// The traffic of the host since the start.
    pub(crate) fn traffic(&self, host: HostId) -> TrafficStats {
        self.with(|network| network.traffic(host))
    }

    /// Connections with at least one live end, one of whose ends is on the
    /// host; oldest first.
    pub(crate) fn connections_of(&self, host: HostId) -> Vec<ConnectionInfo> {
        self.settled(|network| network.connections_of(host))
    }

    /// The connections between two hosts, oldest first.
    pub(crate) fn connections_between(&self, a: HostId, b: HostId) -> Vec<ConnectionInfo> {
        let mut connections = self.connections_of(a);
        connections.retain(|conn| [(a, b), (b, a)].contains(&(conn.dialer, conn.listener)));
        connections
    }

    /// Whether the other side has lost every connection that this host counts with it, and could
    /// not tell.
    pub(crate) fn is_half_open(&self, host: HostId, remote: HostId) -> bool {
        self.settled(|network| network.is_half_open(host, remote))
    }

    /// Installs a fault. It is in force until it is healed.
    ///
    /// # Errors
    /// Returns [`NetError::SubstreamsInvisible`] if substreams are to be reset
    /// where the network carries only byte pipes.
    pub(crate) fn inject(&self, fault: Fault) -> Result<FaultId, NetError> {
        self.settled(|network| network.inject(fault))
    }

    /// Sets what reports call a fault.
    pub(crate) fn label(&self, fault: FaultId, label: &str) {
        self.with(|network| network.label(fault, label));
    }

    /// Heals a fault.
    ///
    /// # Errors
    /// Returns [`NetError::NotInForce`] if it is healed already.
    pub(crate) fn heal(&self, fault: FaultId) -> Result<(), NetError> {
        match self.with(|network| network.heal(fault)) {
            true => Ok(()),
            false => Err(NetError::NotInForce { fault }),
        }
    }

    /// Heals a fault whose guard is dropped, unless it is healed already.
    pub(crate) fn drop_guard(&self, fault: FaultId) {
        self.with(|network| network.drop_guard(fault));
    }

    /// Whether a fault was healed because its guard was dropped.
    pub(crate) fn was_dropped(&self, fault: FaultId) -> bool {
        self.with(|network| network.was_dropped(fault))
    }

    /// Heals every fault in force.
    pub(crate) fn heal_all(&self) {
        self.with(Network::heal_all);
    }

    /// Every fault so far, healed or not, with its number of effects.
    pub(crate) fn faults(&self) -> Vec<FaultRecord> {
        self.with(|network| network.faults().to_vec())
    }

    /// The [kinds](Fault::kind) of the faults in force, without duplicates, in the
    /// order of their installation.
    pub(crate) fn faults_in_force(&self) -> Vec<&'static str> {
        self.with(|network| {
            let mut kinds = Vec::new();
            for record in network.faults() {
                let kind = record.fault.kind();
                if record.over_at().is_none() && !kinds.contains(&kind) {
                    kinds.push(kind);
                }
            }
            kinds
        })
    }
}

/// Takes a buffer out if it holds something. An empty one stays, with its memory.
fn filled<E>(buffer: &mut Vec<E>) -> Option<Vec<E>> {
    (!buffer.is_empty()).then(|| std::mem::take(buffer))
}
