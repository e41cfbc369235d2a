//! Endpoints: the addresses between which the network carries connections.
//!
//! Responsible for reading and writing their multiaddresses. It must not know which host has
//! one.

use std::fmt;
use std::hash::{Hash, Hasher};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddrV4};
use std::str::FromStr;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// A version of the internet protocol.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum IpVersion {
    /// IPv4.
    #[default]
    V4,
    /// IPv6.
    V6,
}

impl IpVersion {
    /// Both, the usual one first.
    pub const ALL: [IpVersion; 2] = [IpVersion::V4, IpVersion::V6];
}

/// `ip4` or `ip6`.
impl fmt::Display for IpVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            IpVersion::V4 => "ip4",
            IpVersion::V6 => "ip6",
        })
    }
}

impl FromStr for IpVersion {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|version| version.to_string() == text)
            .ok_or_else(|| format!("`{text}` is no version of IP: write `ip4` or `ip6`"))
    }
}

/// What carries a connection: the protocols of its address behind the IP address and the port.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Default)]
pub enum Carrier {
    /// TCP: `/tcp/PORT`.
    #[default]
    Tcp,
    /// QUIC: `/udp/PORT/quic-v1`.
    Quic,
    /// WebSocket over TCP: `/tcp/PORT/ws`.
    WebSocket,
    /// WebSocket over TLS: `/tcp/PORT/tls/ws`, also written `/tcp/PORT/wss`.
    SecureWebSocket,
}

impl Carrier {
    /// All carriers, the usual one first.
    pub const ALL: [Carrier; 4] = [
        Carrier::Tcp,
        Carrier::Quic,
        Carrier::WebSocket,
        Carrier::SecureWebSocket,
    ];

    /// The port on which hosts listen, unless they are told otherwise: 4001 of TCP, 4001 of
    /// UDP for QUIC, 4002 and 4003 for WebSocket without and with TLS.
    pub fn listen_port(self) -> u16 {
        match self {
            Carrier::Tcp | Carrier::Quic => LISTEN_PORT,
            Carrier::WebSocket => LISTEN_PORT + 1,
            Carrier::SecureWebSocket => LISTEN_PORT + 2,
        }
    }

    /// Whether its ports are those of UDP, and not of TCP.
    pub(super) fn is_udp(self) -> bool {
        self == Carrier::Quic
    }
}

/// `tcp`, `quic-v1`, `ws` or `wss`.
impl fmt::Display for Carrier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Carrier::Tcp => "tcp",
            Carrier::Quic => "quic-v1",
            Carrier::WebSocket => "ws",
            Carrier::SecureWebSocket => "wss",
        })
    }
}

impl FromStr for Carrier {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = Self::ALL.into_iter();
        all.find(|carrier| carrier.to_string() == text)
            .ok_or_else(|| format!("`{text}` is no carrier: write `tcp`, `quic-v1`, `ws` or `wss`"))
    }
}

/// The port on which hosts listen, unless they are told otherwise.
pub const LISTEN_PORT: u16 = 4001;

/// An address of the simulated network: `/ip4/…/tcp/…`, for example.
///
/// A host has one IPv4 address, and may have an IPv6 address. The last 32 bits of the latter
/// are the former, behind `fd00::` if it is a private one, else behind `2600::`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Debug)]
pub struct Endpoint {
    ip: Ipv4Addr,
    port: u16,
    version: IpVersion,
    carrier: Carrier,
}

impl Endpoint {
    /// The endpoint of a host, given by its IPv4 address.
    pub fn new(ip: Ipv4Addr, port: u16, version: IpVersion, carrier: Carrier) -> Self {
        Endpoint {
            ip,
            port,
            version,
            carrier,
        }
    }

    /// The endpoint in a multiaddress, with or without `/p2p/…` at the end; `None` if the
    /// network carries no such address, or if no host can have its IP address.
    pub fn of(address: &Multiaddr) -> Option<Self> {
        let mut parts = address.iter().peekable();
        let (ip, version) = match parts.next()? {
            Protocol::Ip4(ip) => (ip, IpVersion::V4),
            Protocol::Ip6(ip) => (ip4_of(ip)?, IpVersion::V6),
            _ => return None,
        };
        let (port, carrier) = match (parts.next()?, parts.peek()) {
            (Protocol::Udp(port), Some(Protocol::QuicV1)) => (port, Carrier::Quic),
            (Protocol::Tcp(port), Some(Protocol::Ws(path))) if is_root(path) => {
                (port, Carrier::WebSocket)
            }
            (Protocol::Tcp(port), Some(Protocol::Wss(path))) if is_root(path) => {
                (port, Carrier::SecureWebSocket)
            }
            (Protocol::Tcp(port), Some(Protocol::Tls)) => {
                parts.next();
                match parts.peek() {
                    Some(Protocol::Ws(path)) if is_root(path) => (port, Carrier::SecureWebSocket),
                    _ => return None,
                }
            }
            (Protocol::Tcp(port), _) => (port, Carrier::Tcp),
            _ => return None,
        };
        if carrier != Carrier::Tcp {
            parts.next();
        }
        match (parts.next(), parts.next()) {
            (None, _) | (Some(Protocol::P2p(_)), None) => {
                Some(Endpoint::new(ip, port, version, carrier))
            }
            _ => None,
        }
    }

    /// The IP address.
    pub fn ip(&self) -> IpAddr {
        match self.version {
            IpVersion::V4 => self.ip.into(),
            IpVersion::V6 => ip6_of(self.ip).into(),
        }
    }

    /// The port.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The version of its IP address.
    pub fn version(&self) -> IpVersion {
        self.version
    }

    /// What carries its connections.
    pub fn carrier(&self) -> Carrier {
        self.carrier
    }

    /// The multiaddress.
    pub fn multiaddr(&self) -> Multiaddr {
        let port = self.port;
        let mut address = Multiaddr::from(self.ip());
        match self.carrier {
            Carrier::Tcp => address.push(Protocol::Tcp(port)),
            Carrier::Quic => {
                address.push(Protocol::Udp(port));
                address.push(Protocol::QuicV1);
            }
            Carrier::WebSocket => {
                address.push(Protocol::Tcp(port));
                address.push(Protocol::Ws("/".into()));
            }
            Carrier::SecureWebSocket => {
                address.push(Protocol::Tcp(port));
                address.push(Protocol::Tls);
                address.push(Protocol::Ws("/".into()));
            }
        }
        address
    }

    /// The IPv4 address of the host that has it, also if it is one of IPv6.
    pub fn host_ip(&self) -> Ipv4Addr {
        self.ip
    }

    /// The same endpoint of the host with this IPv4 address.
    pub(super) fn with_host_ip(self, ip: Ipv4Addr) -> Self {
        Endpoint { ip, ..self }
    }

    /// An endpoint of the same kind at another place.
    pub(super) fn at(self, place: SocketAddrV4) -> Self {
        Endpoint {
            ip: *place.ip(),
            port: place.port(),
            ..self
        }
    }

    /// Where it is, as routers see it.
    pub(super) fn place(&self) -> SocketAddrV4 {
        SocketAddrV4::new(self.ip, self.port)
    }

    /// Whether one host cannot listen on both: a port of TCP is none of UDP, nor one of IPv4
    /// one of IPv6.
    pub(super) fn shares_port_with(&self, other: &Endpoint) -> bool {
        let socket = |endpoint: &Endpoint| {
            let is_udp = endpoint.carrier.is_udp();
            (endpoint.version, is_udp, endpoint.port)
        };
        socket(self) == socket(other)
    }

    /// The same endpoint at another port.
    pub(super) fn with_port(self, port: u16) -> Self {
        Endpoint { port, ..self }
    }

    /// Whether it is of the same kind: version and carrier.
    pub(super) fn is_like(&self, other: &Endpoint) -> bool {
        (self.version, self.carrier) == (other.version, other.carrier)
    }

    /// Whether it is one over IPv4 and TCP.
    pub(super) fn is_usual(&self) -> bool {
        (self.version, self.carrier) == (IpVersion::V4, Carrier::Tcp)
    }
}

/// Whether a WebSocket address names no path.
fn is_root(path: &str) -> bool {
    matches!(path, "" | "/")
}

/// The IPv6 address of the host with this IPv4 address.
fn ip6_of(ip: Ipv4Addr) -> Ipv6Addr {
    if ip.is_unspecified() {
        return Ipv6Addr::UNSPECIFIED;
    }
    if ip.is_loopback() {
        return Ipv6Addr::LOCALHOST;
    }
    let [a, b, c, d] = ip.octets().map(u16::from);
    let network = match ip.is_private() {
        true => 0xfd00,
        false => 0x2600,
    };
    Ipv6Addr::new(network, 0, 0, 0, 0, 0, a << 8 | b, c << 8 | d)
}

/// The IPv4 address of the host with this IPv6 address; `None` if no host can have it.
fn ip4_of(ip: Ipv6Addr) -> Option<Ipv4Addr> {
    if ip.is_unspecified() {
        return Some(Ipv4Addr::UNSPECIFIED);
    }
    if ip.is_loopback() {
        return Some(Ipv4Addr::LOCALHOST);
    }
    let [.., a, b, c, d] = ip.octets();
    let ip4 = Ipv4Addr::new(a, b, c, d);
    (ip6_of(ip4) == ip).then_some(ip4)
}

/// As that of a [`SocketAddrV4`] for an endpoint over IPv4 and TCP, so that digests of runs
/// with these alone are those of a network that knows no others.
impl Hash for Endpoint {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.place().hash(state);
        if !self.is_usual() {
            (self.version, self.carrier).hash(state);
        }
    }
}

/// `10.0.0.1:4001` over IPv4 and TCP, and otherwise the multiaddress.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.is_usual() {
            true => self.place().fmt(f),
            false => self.multiaddr().fmt(f),
        }
    }
}

impl FromStr for Endpoint {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let usual = text.parse::<SocketAddrV4>().ok();
        let other = || Endpoint::of(&text.parse().ok()?);
        usual.map(Endpoint::from).or_else(other).ok_or_else(|| {
            format!(
                "`{text}` is no endpoint of the network: write `10.0.0.1:4001`, or a multiaddress \
                 such as `/ip4/10.0.0.1/udp/4001/quic-v1`"
            )
        })
    }
}

/// An endpoint over TCP.
impl From<SocketAddrV4> for Endpoint {
    fn from(place: SocketAddrV4) -> Self {
        Endpoint::new(*place.ip(), place.port(), IpVersion::V4, Carrier::Tcp)
    }
}

impl Serialize for Endpoint {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Endpoint {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use std::hash::{BuildHasher, BuildHasherDefault};

    use rstest::rstest;
    use xxhash_rust::xxh3::Xxh3Default;

    use super::*;

    const PEER: &str = "/p2p/12D3KooWEyoppNCUx8Yx66oV9fJnriXwCcXwDDUA2kj6vnc6iDEp";

    #[rstest]
    #[case("/ip4/10.0.0.7/tcp/4001", IpVersion::V4, Carrier::Tcp)]
    #[case("/ip6/fd00::a00:7/tcp/4001", IpVersion::V6, Carrier::Tcp)]
    #[case("/ip4/10.0.0.7/udp/4001/quic-v1", IpVersion::V4, Carrier::Quic)]
    #[case("/ip6/fd00::a00:7/udp/4001/quic-v1", IpVersion::V6, Carrier::Quic)]
    #[case("/ip4/10.0.0.7/tcp/4001/ws", IpVersion::V4, Carrier::WebSocket)]
    #[case(
        "/ip4/10.0.0.7/tcp/4001/tls/ws",
        IpVersion::V4,
        Carrier::SecureWebSocket
    )]
    #[case("/ip4/10.0.0.7/tcp/4001/wss", IpVersion::V4, Carrier::SecureWebSocket)]
    fn an_address_is_read_and_written(
        #[case] text: &str,
        #[case] version: IpVersion,
        #[case] carrier: Carrier,
    ) {
        let endpoint = Endpoint::new(Ipv4Addr::new(10, 0, 0, 7), 4001, version, carrier);
        let of = |text: &str| Endpoint::of(&text.parse().unwrap());
        assert_eq!(of(text), Some(endpoint));
        assert_eq!(of(&format!("{text}{PEER}")), Some(endpoint));
        assert_eq!(of(&endpoint.multiaddr().to_string()), Some(endpoint));
        let json = serde_json::to_string(&endpoint).unwrap();
        assert_eq!(serde_json::from_str::<Endpoint>(&json).unwrap(), endpoint);
    }

    #[rstest]
    #[case("/ip6/2001:db8::1/tcp/1")]
    #[case("/ip6/fd00::b00:7/tcp/1")]
    #[case("/dns4/example.com/tcp/1")]
    #[case("/ip4/1.2.3.4/udp/1")]
    #[case("/ip4/1.2.3.4/udp/1/quic")]
    #[case("/ip4/1.2.3.4/udp/1/quic-v1/webtransport")]
    #[case("/ip4/1.2.3.4/tcp/1/tls")]
    #[case("/ip4/1.2.3.4/tcp/1/p2p-circuit")]
    #[case("/ip4/1.2.3.4")]
    #[case("/memory/1")]
    fn other_addresses_are_none_of_the_network(#[case] text: &str) {
        assert_eq!(Endpoint::of(&text.parse().unwrap()), None);
    }

    #[test]
    fn public_hosts_have_public_addresses() {
        let public = Endpoint::new(Ipv4Addr::new(11, 0, 0, 1), 1, IpVersion::V6, Carrier::Tcp);
        assert_eq!(public.multiaddr().to_string(), "/ip6/2600::b00:1/tcp/1");
    }

    /// Digests of runs over IPv4 and TCP must not depend on what else there is.
    #[test]
    fn the_usual_endpoint_has_the_hash_and_form_of_a_socket_address() {
        let place = SocketAddrV4::new(Ipv4Addr::new(10, 0, 0, 7), 4001);
        let hash = |value: &dyn Fn(&mut Xxh3Default)| {
            let mut state = BuildHasherDefault::<Xxh3Default>::default().build_hasher();
            value(&mut state);
            state.digest()
        };
        let usual = Endpoint::from(place);
        let of_place = hash(&|state| place.hash(state));
        assert_eq!(hash(&|state| usual.hash(state)), of_place);
        assert_eq!(usual.to_string(), place.to_string());
        for version in IpVersion::ALL {
            for carrier in Carrier::ALL {
                let other = Endpoint::new(*place.ip(), place.port(), version, carrier);
                let is_usual = other == usual;
                assert_eq!(hash(&|state| other.hash(state)) == of_place, is_usual);
            }
        }
    }
}
