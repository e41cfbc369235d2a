//! Collects the facts about hosts that a diagnosis needs, once per query.

use std::{cell::OnceCell, net::Ipv4Addr};

use indexmap::IndexMap;
use libp2p::{Multiaddr, PeerId, StreamProtocol, kad::Mode, multiaddr::Protocol};

use super::DialObstacle;
use crate::{
    net::{
        Carrier, CutScope, DialTarget, Endpoint, Fault, FaultId, FaultRecord, HostId, IdHash,
        Reach, RouterId,
    },
    world::World,
};

/// The known facts about a host.
pub(super) struct HostFacts {
    pub(super) is_over: bool,
    /// `None` if the host has no DHT or is down.
    pub(super) mode: Option<Mode>,
    pub(super) protocols: Vec<StreamProtocol>,
    pub(super) listeners: Vec<Multiaddr>,
    /// Whether the host has a confirmed external address.
    pub(super) confirmed: bool,
    /// The number of dials and inbound handshakes in progress.
    pub(super) pending: u32,
    /// The router in front of the host.
    pub(super) router: Option<RouterId>,
}

impl HostFacts {
    /// Whether the host has no address that its peers could learn.
    pub(super) fn announces_nothing(&self) -> bool {
        self.listeners.is_empty() && !self.confirmed
    }
}

/// The facts about a simulation, collected on demand.
pub(super) struct Facts<'w> {
    pub(super) world: &'w World,
    hosts: Vec<OnceCell<HostFacts>>,
    /// The addresses of networks behind routers.
    private: OnceCell<IndexMap<Ipv4Addr, RouterId, IdHash>>,
    faults: OnceCell<Vec<FaultRecord>>,
}

impl<'w> Facts<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Facts {
            world,
            hosts: world.hosts().map(|_| OnceCell::new()).collect(),
            private: OnceCell::new(),
            faults: OnceCell::new(),
        }
    }

    pub(super) fn host(&self, host: HostId) -> &HostFacts {
        self.hosts[host.0 as usize].get_or_init(|| {
            let world = self.world;
            let swarm = world.swarm(host).unwrap_or_default();
            HostFacts {
                is_over: world.status(host).is_over(),
                mode: world.mode(host),
                protocols: world.kad_protocols(host),
                listeners: swarm.listeners,
                confirmed: !swarm.external.is_empty(),
                pending: swarm.pending,
                router: world.fabric().router_of(host),
            }
        })
    }

    /// The reason why no dial from `host` reaches `peer` at this address. `None` if
    /// one may.
    pub(super) fn obstacle(
        &self,
        host: HostId,
        peer: Option<&PeerId>,
        address: &Multiaddr,
    ) -> Option<DialObstacle> {
        let kinds = self.world.address_kinds(host);
        let Some(endpoint) = Endpoint::of(address).filter(|endpoint| kinds.cover(endpoint)) else {
            // A name that the host resolves may stand for anything.
            let is_other = is_of_other_network(address) && !kinds.dial(address);
            return is_other.then_some(DialObstacle::NotSupported);
        };
        let reach = self.world.fabric().reach(host, endpoint);
        let leads_to_peer = |target| peer.is_some_and(|peer| self.world.peer(target) == *peer);
        // Other networks have the same private addresses.
        if !matches!(reach, Reach::Host(target, _) if leads_to_peer(target))
            && let Some(router) = self.home_of(peer, endpoint.host_ip())
        {
            return Some(DialObstacle::Private(router));
        }
        // The address of the target behind the routers on the way.
        let (target, own) = match reach {
            Reach::Host(target, own) => (target, own),
            Reach::Dropped(drop) => return Some(drop.into()),
            Reach::OtherNetwork => return Some(DialObstacle::OtherNetwork),
            Reach::Nowhere => {
                let home = self.private().get(&endpoint.host_ip());
                let private = home.map(|router| DialObstacle::Private(*router));
                return Some(private.unwrap_or(DialObstacle::NoHost));
            }
        };
        let there = self.host(target);
        if there.is_over {
            return Some(DialObstacle::HostDown);
        }
        if there.listeners.is_empty() {
            // Its swarm reports a listener only once it has run.
            if self.world.started_at(target) == self.world.now() {
                return None;
            }
            return Some(DialObstacle::NotListening);
        }
        let is_at = |listener: &Multiaddr| Endpoint::of(listener) == Some(own);
        if !there.listeners.iter().any(is_at) {
            return Some(DialObstacle::OtherAddress);
        }
        if peer.is_some_and(|peer| self.world.peer(target) != *peer) {
            return Some(DialObstacle::OtherPeer);
        }
        let stops = |fault: &Fault| match fault {
            Fault::Dial {
                from, target: aim, ..
            } => {
                let aims = match aim {
                    DialTarget::Host(aim) => *aim == target,
                    DialTarget::Address(aim) => *aim == endpoint,
                };
                aims && from.is_none_or(|from| from == host)
            }
            Fault::Cut {
                from,
                to,
                scope: CutScope::DialsOnly,
            } => from.contains(&host) && to.contains(&target),
            // They separate the hosts, see `apart`, or let dials through.
            Fault::Cut {
                scope: CutScope::All,
                ..
            }
            | Fault::Partition { .. }
            | Fault::Blackhole { .. }
            | Fault::Stall { .. }
            | Fault::StallOne { .. }
            | Fault::Offline { .. }
            | Fault::DropUdp { .. }
            | Fault::Latency { .. }
            | Fault::Bandwidth { .. }
            | Fault::Loss { .. }
            | Fault::Reset { .. } => false,
        };
        self.fault(stops).map(DialObstacle::Fault)
    }

    /// The fault in force that separates two hosts.
    pub(super) fn apart(&self, host: HostId, other: HostId) -> Option<FaultId> {
        self.recorded(|record| {
            let fault = &record.fault;
            let separates = match fault {
                Fault::Stall { .. } | Fault::StallOne { .. } => {
                    self.stalls_all(record, host, other)
                }
                Fault::DropUdp { .. } => self.meet_over_udp_alone(host, other),
                _ => !fault.is_at_once(),
            };
            separates && fault.hinders(host, other)
        })
    }

    /// Whether hosts have addresses of the same carrier, and all of those are carried by UDP.
    fn meet_over_udp_alone(&self, host: HostId, other: HostId) -> bool {
        let theirs = self.world.address_kinds(other);
        let kinds = self.world.address_kinds(host);
        let mut common = kinds
            .carriers()
            .filter(|carrier| theirs.has_carrier(*carrier));
        common.all(|carrier| carrier == Carrier::Quic)
    }

    /// Whether a stall affects all connections that two hosts have, of which there is one at
    /// least: it affects those alone that were there when it began.
    fn stalls_all(&self, stall: &FaultRecord, host: HostId, other: HostId) -> bool {
        let peer = self.world.peer(other);
        let (mut open, mut all_before) = (0, true);
        self.world.swarm_log(host, |log| {
            for (_, record) in log.open_connections().filter(|(_, it)| it.peer == peer) {
                open += 1;
                all_before &= record.opened_at <= stall.planned_at;
            }
        });
        let is_one = matches!(stall.fault, Fault::StallOne { .. });
        all_before && (open == 1 || open > 1 && !is_one)
    }

    fn fault(&self, is_meant: impl Fn(&Fault) -> bool) -> Option<FaultId> {
        self.recorded(|record| is_meant(&record.fault))
    }

    /// The first fault in force of which this is true.
    fn recorded(&self, is_meant: impl Fn(&FaultRecord) -> bool) -> Option<FaultId> {
        let faults = self.faults.get_or_init(|| {
            let mut faults = self.world.fabric().faults();
            faults.retain(|fault| fault.over_at().is_none());
            faults
        });
        let mut faults = faults.iter();
        Some(faults.find(|record| is_meant(record))?.id)
    }

    /// The router in front of a peer, if this is the address of the peer behind it.
    fn home_of(&self, peer: Option<&PeerId>, ip: Ipv4Addr) -> Option<RouterId> {
        let of_peer = self.world.host_of(peer?)?;
        let router = self.host(of_peer).router?;
        (self.world.fabric().ip(of_peer) == ip).then_some(router)
    }

    fn private(&self) -> &IndexMap<Ipv4Addr, RouterId, IdHash> {
        let all = || self.world.fabric().private_addresses().into_iter();
        self.private.get_or_init(|| all().collect())
    }
}

/// Whether an address belongs to a network that is not simulated. Other kinds of
/// addresses may belong to a custom transport of the test, or to a relay.
fn is_of_other_network(address: &Multiaddr) -> bool {
    let is_relayed = address.iter().any(|part| part == Protocol::P2pCircuit);
    let mut parts = address.iter();
    let (first, second) = (parts.next(), parts.next());
    let by_ip = matches!(
        first,
        Some(
            Protocol::Ip4(_)
                | Protocol::Ip6(_)
                | Protocol::Dns(_)
                | Protocol::Dns4(_)
                | Protocol::Dns6(_)
                | Protocol::Dnsaddr(_)
        )
    );
    let over_simulated_tcp = matches!(
        (first, second),
        (Some(Protocol::Ip4(_)), Some(Protocol::Tcp(_)))
    );
    by_ip && !over_simulated_tcp && !is_relayed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_real_networks_are_called_unsupported() {
        for (address, is_other) in [
            ("/ip4/1.2.3.4/udp/1/quic-v1", true),
            ("/ip6/::1/tcp/1", true),
            ("/dns4/example.com/tcp/1", true),
            ("/ip4/10.0.0.1/tcp/1/ws", false),
            ("/memory/7", false),
            ("/ip4/10.0.0.1/udp/1/quic-v1/p2p-circuit", false),
        ] {
            assert_eq!(
                is_of_other_network(&address.parse().unwrap()),
                is_other,
                "{address}"
            );
        }
    }
}
