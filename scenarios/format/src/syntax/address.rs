//! The addresses in scenario files.

use dht_harness::net::{Carrier, IpVersion};
use libp2p::Multiaddr;

use super::{
    line::{ParseError, TokenCursor},
    name::{Name, is_name},
    part::{Argument, Slot},
    word::Word,
};

/// An address in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `@a`: the address of a host.
    Of(String),
    /// `@a/ip6/quic-v1`: the address of a host with this version of IP and carrier.
    OfKind(String, IpVersion, Carrier),
    /// `@a/office`: the address of a host in a private network, or with `loopback` or `bridge` on
    /// that interface.
    OfInterface(String, String),
    /// `router:home`: the address of a router, with port 4001 of TCP, and `router:home/quic-v1`,
    /// with that on which hosts listen with another carrier.
    OfRouter(String, Carrier),
    /// `@relay/p2p-circuit`: by the relay of a host, and with `/p2p/b` behind it, to another
    /// one.
    ByRelay(String, RelayAt, Option<String>),
    /// A multiaddress.
    Literal(Multiaddr),
}

/// The address at which a relay is dialled.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum RelayAt {
    /// `@relay/p2p-circuit`: its own address.
    Home,
    /// `@relay/quic-v1/p2p-circuit`: its own address of this kind.
    Kind(IpVersion, Carrier),
    /// `router:home/p2p/relay/p2p-circuit` or `router:home/quic-v1/p2p/relay/p2p-circuit`: the
    /// port of a router that is mapped for it.
    Router(String, Carrier),
}

/// What stands before the peer in an address by a relay.
const CIRCUIT: &str = "p2p-circuit";

impl Word for Address {
    const FORM: &'static str = "ADDRESS";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(host) = text.strip_prefix('@') {
            let Some((relay, rest)) = host.split_once('/') else {
                return Name::read(host).map(|name| Address::Of(name.0));
            };
            let relay = Name::read(relay)?.0;
            if let Some((version, carrier)) = kind(rest) {
                return Ok(Address::OfKind(relay, version, carrier));
            }
            if is_name(rest) && rest != CIRCUIT {
                return Ok(Address::OfInterface(relay, rest.to_owned()));
            }
            return circuit_of(relay, rest).unwrap_or_else(|| {
                Err(format!(
                    "`{text}` is not an address: behind the name of the host stands nothing, a \
                     kind such as `/ip6/tcp` or `/quic-v1`, one of its `interfaces`, \
                     `/p2p-circuit`, or `/p2p-circuit/p2p/HOST`, before which there may be a kind \
                     as well"
                ))
            });
        }
        if let Some(router) = text.strip_prefix("router:") {
            let (router, rest) = match router.split_once("/p2p/") {
                Some((router, rest)) => (router, Some(rest)),
                None => (router, None),
            };
            let (name, carrier) = match router.split_once('/') {
                Some((name, carrier)) => (name, carrier.parse()?),
                None => (router, Carrier::Tcp),
            };
            let name = Name::read(name)?.0;
            let Some(rest) = rest else {
                return Ok(Address::OfRouter(name, carrier));
            };
            let (relay, rest) = rest.split_once('/').unwrap_or((rest, ""));
            let relay = Name::read(relay)?.0;
            let read = circuit(relay, RelayAt::Router(name, carrier), rest);
            return read.unwrap_or_else(|| {
                Err(format!(
                    "`{text}` is not an address: behind the name of the relay stands \
                     `/p2p-circuit` or `/p2p-circuit/p2p/HOST`"
                ))
            });
        }
        text.parse().map(Address::Literal).map_err(|error| {
            format!("`{text}` is not an address ({error}): write `@host` or a multiaddress such as `/ip4/10.0.0.9/tcp/4001`")
        })
    }

    fn write(&self) -> String {
        match self {
            Address::Of(host) => format!("@{host}"),
            Address::OfKind(host, version, carrier) => {
                format!("@{host}/{}", written_kind(*version, *carrier))
            }
            Address::OfInterface(host, interface) => format!("@{host}/{interface}"),
            Address::OfRouter(router, Carrier::Tcp) => format!("router:{router}"),
            Address::OfRouter(router, carrier) => format!("router:{router}/{carrier}"),
            Address::ByRelay(relay, at, peer) => {
                let at = match at {
                    RelayAt::Home => format!("@{relay}"),
                    RelayAt::Kind(version, carrier) => {
                        format!("@{relay}/{}", written_kind(*version, *carrier))
                    }
                    RelayAt::Router(router, carrier) => {
                        let router = Address::OfRouter(router.clone(), *carrier).write();
                        format!("{router}/p2p/{relay}")
                    }
                };
                let peer = peer.as_ref().map(|peer| format!("/p2p/{peer}"));
                format!("{at}/{CIRCUIT}{}", peer.unwrap_or_default())
            }
            Address::Literal(address) => address.to_string(),
        }
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        match self {
            Address::Of(host) | Address::OfKind(host, ..) | Address::OfInterface(host, _) => {
                name(host);
            }
            Address::ByRelay(relay, _, peer) => {
                name(relay);
                peer.iter().for_each(|peer| name(peer));
            }
            Address::OfRouter(..) | Address::Literal(_) => {}
        }
    }

    fn slots(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        match self {
            Address::Of(host) | Address::OfKind(host, ..) | Address::OfInterface(host, _) => {
                edit(Slot::Host(host));
            }
            Address::ByRelay(relay, _, peer) => {
                edit(Slot::Host(relay));
                peer.iter_mut().for_each(|peer| edit(Slot::Host(peer)));
            }
            Address::OfRouter(..) | Address::Literal(_) => {}
        }
    }
}

/// The address by the relay of a host, of what stands behind the name of the host; `None` if it
/// is no such address.
fn circuit_of(relay: String, rest: &str) -> Option<Result<Address, String>> {
    let at = rest.find(CIRCUIT)?;
    let by = match rest[..at].strip_suffix('/') {
        Some(written) => {
            let (version, carrier) = kind(written)?;
            RelayAt::Kind(version, carrier)
        }
        None if at == 0 => RelayAt::Home,
        None => return None,
    };
    circuit(relay, by, &rest[at..])
}

/// The address by a relay, of what stands behind that of the relay.
fn circuit(relay: String, at: RelayAt, rest: &str) -> Option<Result<Address, String>> {
    let peer = match rest.strip_prefix(CIRCUIT)? {
        "" => Ok(None),
        peer => Name::read(peer.strip_prefix("/p2p/")?).map(|name| Some(name.0)),
    };
    Some(peer.map(|peer| Address::ByRelay(relay, at, peer)))
}

/// The kind in `ip6/quic-v1`, `quic-v1` or `ip6`.
fn kind(text: &str) -> Option<(IpVersion, Carrier)> {
    if let Ok(version) = text.parse() {
        return Some((version, Carrier::Tcp));
    }
    let (version, carrier) = text.split_once('/').unwrap_or(("ip4", text));
    Some((version.parse().ok()?, carrier.parse().ok()?))
}

fn written_kind(version: IpVersion, carrier: Carrier) -> String {
    match version {
        IpVersion::V4 => carrier.to_string(),
        IpVersion::V6 => format!("{version}/{carrier}"),
    }
}

/// An address at the end of the arguments, which may be missing.
impl Argument for Option<Address> {
    const FORM: &'static str = "[ADDRESS]";

    fn take(words: &mut TokenCursor) -> Result<Self, ParseError> {
        match words.has_argument() {
            true => Address::take(words).map(Some),
            false => Ok(None),
        }
    }

    fn put(&self, line: &mut Vec<String>) {
        if let Some(address) = self {
            Argument::put(address, line);
        }
    }

    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        if let Some(address) = self {
            Argument::hosts(address, name);
        }
    }

    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        if let Some(address) = self {
            Argument::edit(address, edit);
        }
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("@a")]
    #[case("@a/quic-v1")]
    #[case("@a/ip6/wss")]
    #[case("@a/office")]
    #[case("@a/loopback")]
    #[case("@relay/p2p-circuit")]
    #[case("@relay/p2p-circuit/p2p/b")]
    #[case("@relay/quic-v1/p2p-circuit")]
    #[case("@relay/ip6/tcp/p2p-circuit/p2p/b")]
    #[case("router:home")]
    #[case("router:home/quic-v1")]
    #[case("router:home/p2p/relay/p2p-circuit")]
    #[case("router:home/quic-v1/p2p/relay/p2p-circuit/p2p/b")]
    #[case("/ip4/10.0.0.9/tcp/4001")]
    fn an_address_is_written_as_it_is_read(#[case] text: &str) {
        assert_eq!(Address::read(text).unwrap().write(), text);
    }

    #[rstest]
    #[case("@", "is not a name")]
    #[case("@a/ip6/udp", "is not an address")]
    #[case("@a/p2p-circuit/b", "is not an address")]
    #[case("@a/office/p2p-circuit", "is not an address")]
    #[case("@relay/p2p-circuit/p2p/B", "is not a name")]
    #[case("router:home/udp", "is no carrier")]
    #[case("router:Home", "is not a name")]
    #[case("router:home/p2p/relay", "is not an address")]
    #[case("router:home/p2p/relay/p2p", "is not an address")]
    #[case("router:home/p2p-circuit", "is no carrier")]
    fn another_word_is_refused(#[case] text: &str, #[case] words: &str) {
        let error = Address::read(text).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}
