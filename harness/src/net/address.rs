//! The addresses of the network: `/ip4/…/tcp/…`.
//!
//! Responsible for reading and writing multiaddresses and for the assignment of
//! ips to hosts. It must not know what listens there.

use std::net::{Ipv4Addr, SocketAddrV4};

use indexmap::IndexMap;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::hash::IdHash;
use super::host::HostId;

/// The socket address in `/ip4/…/tcp/…`, with or without a trailing `/p2p/…`;
/// `None` for every other form.
pub(crate) fn socket_addr(address: &Multiaddr) -> Option<SocketAddrV4> {
    let mut parts = address.iter();
    let (Some(Protocol::Ip4(ip)), Some(Protocol::Tcp(port))) = (parts.next(), parts.next()) else {
        return None;
    };
    match (parts.next(), parts.next()) {
        (None, _) | (Some(Protocol::P2p(_)), None) => Some(SocketAddrV4::new(ip, port)),
        _ => None,
    }
}

/// The multiaddress `/ip4/…/tcp/…` of a socket address.
pub(super) fn multiaddr(address: SocketAddrV4) -> Multiaddr {
    let parts = [Protocol::Ip4(*address.ip()), Protocol::Tcp(address.port())];
    parts.into_iter().collect()
}

/// The assignment of ips to hosts.
#[derive(Debug, Default)]
pub(super) struct AddressBook {
    owners: IndexMap<Ipv4Addr, HostId, IdHash>,
    handed_out: u32,
}

impl AddressBook {
    /// Gives the host an ip that was never used before.
    pub(super) fn allot(&mut self, host: HostId) -> Ipv4Addr {
        loop {
            let ip = numbered_ip(self.handed_out);
            self.handed_out += 1;
            if !self.owners.contains_key(&ip) {
                self.owners.insert(ip, host);
                return ip;
            }
        }
    }

    pub(super) fn owner(&self, ip: Ipv4Addr) -> Option<HostId> {
        self.owners.get(&ip).copied()
    }

    pub(super) fn assign(&mut self, ip: Ipv4Addr, host: HostId) {
        self.owners.insert(ip, host);
    }

    pub(super) fn release(&mut self, ip: Ipv4Addr) {
        self.owners.swap_remove(&ip);
    }
}

/// 10.a.b.c, skipping .0 and .255 as last byte.
fn numbered_ip(number: u32) -> Ipv4Addr {
    let last = number % 254 + 1;
    let rest = number / 254;
    Ipv4Addr::new(10, (rest >> 8) as u8, rest as u8, last as u8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_tcp_over_ip4_only() {
        let socket = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 7), 4001);
        assert_eq!(socket_addr(&multiaddr(socket)), Some(socket));
        let peer =
            "/ip4/10.0.0.7/tcp/4001/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";
        assert_eq!(socket_addr(&peer.parse().unwrap()), Some(socket));
        for other in [
            "/ip6/::1/tcp/1",
            "/dns4/example.com/tcp/1",
            "/ip4/1.2.3.4/udp/1/quic-v1",
            "/ip4/1.2.3.4/tcp/1/ws",
            "/ip4/1.2.3.4",
            "/memory/1",
        ] {
            assert_eq!(socket_addr(&other.parse().unwrap()), None, "{other}");
        }
    }

    #[test]
    fn numbers_become_distinct_ips() {
        assert_eq!(numbered_ip(0), Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(numbered_ip(253), Ipv4Addr::new(10, 0, 0, 254));
        assert_eq!(numbered_ip(254), Ipv4Addr::new(10, 0, 1, 1));
        assert_eq!(numbered_ip(254 * 256), Ipv4Addr::new(10, 1, 0, 1));
    }
}
