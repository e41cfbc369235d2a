//! What addresses say, and who has them.
//!
//! Responsible for judging multiaddresses and for the assignment of ips to hosts. It must
//! not know what listens there.

use std::net::Ipv4Addr;

use indexmap::IndexMap;
use libp2p::multiaddr::Protocol;
use libp2p::{Multiaddr, PeerId};

use super::endpoint::{Endpoint, IpVersion};
use super::hash::IdHash;
use super::host::{Host, HostId};
use super::interfaces::{BRIDGE, LOOPBACK, PRIVATE_NETWORKS};
use super::nat::Nat;
use super::router::{RouterId, private_ip};

/// What the transport of the network can do with an address.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialability {
    /// It dials it.
    Dialable,
    /// It dials it, but the address leads every host to itself.
    Loopback,
    /// The address is of another transport, such as QUIC, or has to be resolved.
    OtherTransport,
    /// No transport can dial it: it names no transport, no host or no port.
    Undialable,
}

impl Dialability {
    pub(crate) fn of(address: &Multiaddr) -> Self {
        let names_nothing = |part: &Protocol<'_>| match part {
            Protocol::Ip4(ip) => ip.is_unspecified(),
            Protocol::Ip6(ip) => ip.is_unspecified(),
            Protocol::Tcp(port) | Protocol::Udp(port) => *port == 0,
            _ => false,
        };
        // Most are usual ones, which are read once.
        match Endpoint::of(address).filter(Endpoint::is_usual) {
            Some(endpoint) if endpoint.ip().is_unspecified() || endpoint.port() == 0 => {
                Dialability::Undialable
            }
            Some(endpoint) if endpoint.ip().is_loopback() => Dialability::Loopback,
            Some(_) => Dialability::Dialable,
            None if !names_transport(address)
                || address.iter().any(|part| names_nothing(&part)) =>
            {
                Dialability::Undialable
            }
            None => Dialability::OtherTransport,
        }
    }
}

/// Whether the address says more than which host and which peer it is of.
fn names_transport(address: &Multiaddr) -> bool {
    address.iter().any(|part| {
        !matches!(
            part,
            Protocol::Ip4(_)
                | Protocol::Ip6(_)
                | Protocol::Dns(_)
                | Protocol::Dns4(_)
                | Protocol::Dns6(_)
                | Protocol::P2p(_)
        )
    })
}

/// The address without the id of its peer at the end. The ids of relays stay.
pub(crate) fn without_peer(address: &Multiaddr) -> Multiaddr {
    let mut bare = address.clone();
    if let Some(Protocol::P2p(_)) = bare.iter().last() {
        bare.pop();
    }
    bare
}

/// The protocol of addresses that lead through a relay.
pub(crate) const RELAY: &str = "p2p-circuit";

/// The relay of an address that leads through one: the peer before the circuit.
pub(crate) fn relay_in(address: &Multiaddr) -> Option<PeerId> {
    let mut relay = None;
    for part in address {
        match part {
            Protocol::P2p(peer) => relay = Some(peer),
            Protocol::P2pCircuit => return relay,
            _ => {}
        }
    }
    None
}

/// The transport of an address: the names of its protocols. An address through a
/// relay is of the relay's transport, whatever leads to the relay.
pub(crate) fn transport_of(address: &Multiaddr) -> Vec<&'static str> {
    let names: Vec<_> = without_peer(address).protocol_stack().collect();
    match names.contains(&RELAY) {
        true => vec![RELAY],
        false => names,
    }
}

/// Who has an address.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Holder {
    Host(HostId),
    Router(RouterId),
}

/// A network in which an address is unique: the internet, or that behind a router.
pub(super) type Realm = Option<RouterId>;

/// The assignment of ips to hosts and routers.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    holders: IndexMap<(Realm, Ipv4Addr), Holder, IdHash>,
    /// Whether hosts of the internet have public addresses.
    public: bool,
    /// How many addresses of the internet were handed out, by their first byte.
    handed_out: IndexMap<u8, u32, IdHash>,
    /// How many addresses were handed out behind each router.
    handed_out_behind: Vec<u32>,
    /// The private networks, and how many addresses were handed out in each.
    networks: IndexMap<String, u32, IdHash>,
    /// The hosts that have an address in one of them.
    in_networks: IndexMap<Ipv4Addr, HostId, IdHash>,
}

impl AddressBook {
    pub(super) fn new(public: bool) -> Self {
        AddressBook {
            public,
            ..AddressBook::default()
        }
    }

    /// Gives the holder an ip of the internet that was never used before.
    pub(super) fn allot(&mut self, holder: Holder) -> Ipv4Addr {
        match holder {
            Holder::Host(_) if self.public => self.allot_of(PUBLIC, holder),
            Holder::Host(_) => self.allot_of(HOSTS, holder),
            Holder::Router(_) => self.allot_of(ROUTERS, holder),
        }
    }

    /// Gives the host behind a router an ip that its IPv6 address stands for.
    pub(super) fn allot_for_ip6(&mut self, host: HostId) -> Ipv4Addr {
        self.allot_of(HOMES, Holder::Host(host))
    }

    /// Gives the holder an ip with this first byte.
    fn allot_of(&mut self, first: u8, holder: Holder) -> Ipv4Addr {
        loop {
            let number = self.handed_out.entry(first).or_insert(0);
            let [_, b, c, d] = numbered_ip(*number).octets();
            *number += 1;
            let ip = Ipv4Addr::new(first, b, c, d);
            if self.assign_new(None, ip, holder) {
                return ip;
            }
        }
    }

    /// Gives the holder an ip behind a router that was never used before.
    pub(super) fn allot_behind(&mut self, router: RouterId, nat: &Nat, holder: Holder) -> Ipv4Addr {
        let index = router.0 as usize;
        if self.handed_out_behind.len() <= index {
            self.handed_out_behind.resize(index + 1, 0);
        }
        loop {
            let ip = private_ip(nat, self.handed_out_behind[index]);
            self.handed_out_behind[index] += 1;
            if self.assign_new(Some(router), ip, holder) {
                return ip;
            }
        }
    }

    fn assign_new(&mut self, realm: Realm, ip: Ipv4Addr, holder: Holder) -> bool {
        let is_new = !self.holders.contains_key(&(realm, ip));
        if is_new {
            self.holders.insert((realm, ip), holder);
        }
        is_new
    }

    pub(super) fn holder(&self, realm: Realm, ip: Ipv4Addr) -> Option<Holder> {
        self.holders.get(&(realm, ip)).copied()
    }

    /// The host that has the address, if it is not a router's.
    pub(super) fn owner(&self, realm: Realm, ip: Ipv4Addr) -> Option<HostId> {
        match self.holder(realm, ip)? {
            Holder::Host(host) => Some(host),
            Holder::Router(_) => None,
        }
    }

    /// The host that has an endpoint, as this host sees it. IPv6 addresses are unique.
    pub(super) fn owner_of(
        &self,
        (id, host): (HostId, &Host),
        endpoint: &Endpoint,
    ) -> Option<HostId> {
        if host.has_beside(endpoint) {
            return Some(id);
        }
        let is_translated = endpoint.version() == IpVersion::V4;
        let realm = host.realm.filter(|_| is_translated);
        self.owner(realm, endpoint.host_ip())
    }

    /// The host with this address in a private network.
    pub(super) fn in_network(&self, ip: Ipv4Addr) -> Option<HostId> {
        self.in_networks.get(&ip).copied()
    }

    /// Whether an address is one of a private network of this name, or of the loopback
    /// interface, or of a bridge.
    pub(super) fn is_in(&self, ip: Ipv4Addr, interface: &str) -> bool {
        match self.networks.get_index_of(interface) {
            Some(index) => is_of_network(ip) && ip.octets()[1] == second_byte(index),
            None if interface == BRIDGE => ip == BRIDGE_IP,
            None => ip.is_loopback() && interface == LOOPBACK,
        }
    }

    /// Gives a host an address in a private network.
    ///
    /// # Panics
    /// Panics if there are too many networks.
    pub(super) fn allot_in(&mut self, network: &str, host: HostId) -> Ipv4Addr {
        let next = self.networks.len();
        let entry = self.networks.entry(network.to_owned());
        let index = entry.index();
        assert!(
            next < PRIVATE_NETWORKS || index < next,
            "there are more than {PRIVATE_NETWORKS} private networks: let hosts share some"
        );
        let number = entry.or_insert(0);
        *number += 1;
        let [_, _, c, d] = numbered_ip(*number - 1).octets();
        let ip = Ipv4Addr::new(172, second_byte(index), c, d);
        self.in_networks.insert(ip, host);
        ip
    }

    pub(super) fn assign(&mut self, realm: Realm, ip: Ipv4Addr, host: HostId) {
        self.holders.insert((realm, ip), Holder::Host(host));
    }

    pub(super) fn release(&mut self, realm: Realm, ip: Ipv4Addr) {
        self.holders.swap_remove(&(realm, ip));
    }
}

/// The first byte of addresses of hosts that are not public.
const HOSTS: u8 = 10;

/// The first byte of public addresses of hosts.
const PUBLIC: u8 = 11;

/// The first byte of the addresses of routers.
const ROUTERS: u8 = 12;

/// The first byte of what the IPv6 addresses of hosts behind routers stand for.
const HOMES: u8 = 13;

/// The second byte of the addresses of the first private network.
const FIRST_NETWORK: u8 = 16;

/// The address that a bridge has at each host, as Docker gives it.
pub(super) const BRIDGE_IP: Ipv4Addr = Ipv4Addr::new(172, 17, 0, 1);

/// The second byte of the addresses of a private network.
fn second_byte(network: usize) -> u8 {
    let byte = FIRST_NETWORK + network as u8;
    match byte < BRIDGE_IP.octets()[1] {
        true => byte,
        false => byte + 1,
    }
}

/// Whether an address is one of a private network, or of a bridge: one of 172.16.0.0/12.
pub(super) fn is_of_network(ip: Ipv4Addr) -> bool {
    let [a, b, ..] = ip.octets();
    a == 172 && b & 0xf0 == FIRST_NETWORK
}

/// The first of the ports from which hosts dial: that of RFC 6335.
pub const FIRST_EPHEMERAL_PORT: u16 = 49_152;

/// The IP address of the host with this number, counted from 0 in the order in which hosts
/// are added, unless another host has taken it: 10.a.b.c, without .0 and .255 as last byte.
pub fn numbered_ip(number: u32) -> Ipv4Addr {
    let last = number % 254 + 1;
    let rest = number / 254;
    Ipv4Addr::new(HOSTS, (rest >> 8) as u8, rest as u8, last as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_apart_by_who_can_dial_them() {
        const PEER: &str = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
        let of = |text: &str| Dialability::of(&text.replace("PEER", PEER).parse().unwrap());
        for text in ["/ip4/10.0.0.7/tcp/4001", "/ip4/10.0.0.7/tcp/4001/p2p/PEER"] {
            assert_eq!(of(text), Dialability::Dialable, "{text}");
        }
        assert_eq!(of("/ip4/127.0.0.1/tcp/4001"), Dialability::Loopback);
        for text in [
            "/dns4/boot.example/tcp/4001",
            "/dns6/boot.example/tcp/4001",
            "/dnsaddr/boot.example/p2p/PEER",
            "/ip6/2001:db8::1/tcp/4001",
            "/ip4/10.0.0.7/udp/4001/quic-v1",
            "/ip4/10.0.0.7/udp/4001/quic-v1/webtransport",
            "/ip4/10.0.0.7/tcp/80/ws",
            "/dns/boot.example/tcp/443/tls/ws",
            "/ip4/10.0.0.7/tcp/4001/p2p/PEER/p2p-circuit/p2p/PEER",
            "/p2p/PEER/p2p-circuit",
            "/memory/1",
        ] {
            assert_eq!(of(text), Dialability::OtherTransport, "{text}");
        }
        for text in [
            "",
            "/p2p/PEER",
            "/ip4/10.0.0.7",
            "/dns4/boot.example",
            "/ip4/0.0.0.0/tcp/4001",
            "/ip6/::/tcp/4001",
            "/ip4/10.0.0.7/tcp/0",
            "/ip4/10.0.0.7/udp/0/quic-v1",
        ] {
            assert_eq!(of(text), Dialability::Undialable, "{text}");
        }
    }

    #[test]
    fn the_id_of_a_relay_belongs_to_the_address() {
        let peer = "12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
        let at = |text: String| text.parse::<Multiaddr>().unwrap();
        let relayed = at(format!("/ip4/10.0.0.7/tcp/1/p2p/{peer}/p2p-circuit"));
        let whole = relayed.clone().with_p2p(peer.parse().unwrap()).unwrap();
        assert_eq!(without_peer(&whole), relayed);
        assert_eq!(without_peer(&relayed), relayed);
        assert_eq!(transport_of(&whole), ["p2p-circuit"]);
        let quic = at(format!("/ip4/10.0.0.7/udp/1/quic-v1/p2p/{peer}"));
        assert_eq!(transport_of(&quic), ["ip4", "udp", "quic-v1"]);
    }

    #[test]
    fn numbers_become_distinct_ips() {
        assert_eq!(numbered_ip(0), Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(numbered_ip(253), Ipv4Addr::new(10, 0, 0, 254));
        assert_eq!(numbered_ip(254), Ipv4Addr::new(10, 0, 1, 1));
        assert_eq!(numbered_ip(254 * 256), Ipv4Addr::new(10, 1, 0, 1));
    }
}
