//! The kinds of addresses of a host.
//!
//! Responsible for saying on which addresses a host listens and which it dials. It must not
//! know the network.

use std::fmt;
use std::net::Ipv4Addr;
use std::str::FromStr;

use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::endpoint::{Carrier, Endpoint, IpVersion};
use super::names::name_of;

/// The kinds of addresses on which a host listens, and which it dials. By default those over
/// IPv4 and TCP.
///
/// ```
/// use dht_harness::net::{AddressKinds, Carrier, IpVersion};
///
/// let kinds = AddressKinds::new([IpVersion::V4, IpVersion::V6], [Carrier::Tcp, Carrier::Quic]);
/// let ip = "10.0.0.7".parse().unwrap();
/// let first = kinds.listen_addresses(ip).remove(0);
/// assert_eq!(first.to_string(), "/ip4/10.0.0.7/tcp/4001");
/// ```
#[derive(Clone, PartialEq, Eq, Hash, Debug)]
pub struct AddressKinds {
    versions: Vec<IpVersion>,
    carriers: Vec<Carrier>,
    names: bool,
}

/// The word for names.
const NAMES: &str = "names";

/// A word that is none for a kind of address, or one that is there twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no kind of address, or is there twice: write some of `ip4`, `ip6`, `tcp`, \
     `quic-v1`, `ws`, `wss` and `names`, separated by commas"
)]
pub struct KindsError(String);

/// Words separated by commas, as in `ip4,ip6,tcp,quic-v1,names`. Without a version, addresses are
/// those of IPv4, without a carrier those of TCP.
impl FromStr for AddressKinds {
    type Err = KindsError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let (mut versions, mut carriers, mut names) = (Vec::new(), Vec::new(), false);
        for word in text.split(',').map(str::trim) {
            let is_new = match (word.parse(), word.parse()) {
                (Ok(version), _) if !versions.contains(&version) => {
                    versions.push(version);
                    true
                }
                (_, Ok(carrier)) if !carriers.contains(&carrier) => {
                    carriers.push(carrier);
                    true
                }
                (Err(_), Err(_)) if word == NAMES => !std::mem::replace(&mut names, true),
                _ => false,
            };
            if !is_new {
                return Err(KindsError(word.to_owned()));
            }
        }
        if versions.is_empty() {
            versions.push(IpVersion::V4);
        }
        if carriers.is_empty() {
            carriers.push(Carrier::Tcp);
        }
        Ok(AddressKinds {
            names,
            ..AddressKinds::new(versions, carriers)
        })
    }
}

impl fmt::Display for AddressKinds {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut words: Vec<String> = self.versions.iter().map(ToString::to_string).collect();
        words.extend(self.carriers.iter().map(ToString::to_string));
        words.extend(self.names.then(|| NAMES.to_owned()));
        f.write_str(&words.join(","))
    }
}

impl Default for AddressKinds {
    fn default() -> Self {
        AddressKinds::new([IpVersion::V4], [Carrier::Tcp])
    }
}

impl AddressKinds {
    /// Addresses of each of these versions with each of these carriers, and no names.
    ///
    /// # Panics
    /// Panics if one of the lists is empty.
    pub fn new(
        versions: impl IntoIterator<Item = IpVersion>,
        carriers: impl IntoIterator<Item = Carrier>,
    ) -> Self {
        let mut kinds = AddressKinds {
            versions: versions.into_iter().collect(),
            carriers: carriers.into_iter().collect(),
            names: false,
        };
        assert!(
            !kinds.versions.is_empty() && !kinds.carriers.is_empty(),
            "a host has addresses of no kind: name a version and a carrier, or use `dial_only`"
        );
        kinds.versions.sort_unstable();
        kinds.versions.dedup();
        kinds.carriers.sort_unstable();
        kinds.carriers.dedup();
        kinds
    }

    /// The host also dials names, `/dns4/…`, `/dns6/…`, `/dns/…` and `/dnsaddr/…`, see
    /// [`Sim::set_name`](crate::Sim::set_name).
    pub fn with_names(mut self) -> Self {
        self.names = true;
        self
    }

    /// Whether the host resolves names.
    pub fn resolves_names(&self) -> bool {
        self.names
    }

    /// Whether an endpoint is of one of these kinds.
    pub fn cover(&self, endpoint: &Endpoint) -> bool {
        self.versions.contains(&endpoint.version()) && self.carriers.contains(&endpoint.carrier())
    }

    /// Whether the host dials an address: one of these kinds, or a name that it resolves. An
    /// address by a relay is none of the network.
    pub fn dial(&self, address: &Multiaddr) -> bool {
        if let Some(endpoint) = Endpoint::of(address) {
            return self.cover(&endpoint);
        }
        let mut parts = address.iter();
        let is_named = parts.next().is_some_and(|part| name_of(&part).is_some());
        self.names && is_named && !parts.any(|part| part == Protocol::P2pCircuit)
    }

    /// Whether there are addresses of this version.
    pub fn has_version(&self, version: IpVersion) -> bool {
        self.versions.contains(&version)
    }

    /// Whether there are addresses with this carrier.
    pub fn has_carrier(&self, carrier: Carrier) -> bool {
        self.carriers.contains(&carrier)
    }

    /// The carriers of the addresses: TCP before QUIC before WebSocket.
    pub fn carriers(&self) -> impl Iterator<Item = Carrier> {
        self.carriers.clone().into_iter()
    }

    /// These kinds with some of the carriers, or none.
    pub(super) fn retain(mut self, keep: impl Fn(Carrier) -> bool) -> Self {
        self.carriers.retain(|carrier| keep(*carrier));
        self
    }

    /// The addresses on which the host with this IPv4 address listens, unless it is told
    /// otherwise. IPv4 comes before IPv6, TCP before QUIC before WebSocket.
    pub fn listen_addresses(&self, ip: Ipv4Addr) -> Vec<Multiaddr> {
        let endpoints = self.endpoints();
        endpoints
            .map(|endpoint| endpoint.with_host_ip(ip).multiaddr())
            .collect()
    }

    /// The same, of a host whose address is not known.
    pub(super) fn endpoints(&self) -> impl Iterator<Item = Endpoint> {
        let ip = Ipv4Addr::UNSPECIFIED;
        self.versions.iter().flat_map(move |version| {
            let carriers = self.carriers.iter();
            carriers
                .map(move |carrier| Endpoint::new(ip, carrier.listen_port(), *version, *carrier))
        })
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("ip4,tcp", "ip4,tcp", 1)]
    #[case("names", "ip4,tcp,names", 1)]
    #[case("quic-v1", "ip4,quic-v1", 1)]
    #[case("ip6", "ip6,tcp", 1)]
    #[case("wss, ws, ip6, ip4, tcp, quic-v1", "ip4,ip6,tcp,quic-v1,ws,wss", 8)]
    fn kinds_are_read_and_written(
        #[case] text: &str,
        #[case] written: &str,
        #[case] addresses: usize,
    ) {
        let kinds: AddressKinds = text.parse().unwrap();
        assert_eq!(kinds.to_string(), written);
        let listening = kinds.listen_addresses(Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(listening.len(), addresses);
        assert!(listening.iter().all(|address| kinds.dial(address)));
    }

    #[rstest]
    #[case("")]
    #[case("udp")]
    #[case("tcp,tcp")]
    #[case("names,names")]
    #[case("ip4,,tcp")]
    fn other_words_are_refused(#[case] text: &str) {
        assert!(text.parse::<AddressKinds>().is_err(), "{text}");
    }
}
