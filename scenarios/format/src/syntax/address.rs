//! The addresses in scenario files.

use dht_harness::net::{Carrier, IpVersion};
use libp2p::Multiaddr;

use super::{
    line::{ParseError, TokenCursor},
    name::Name,
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
    /// `router:home`: the address of a router, with port 4001.
    OfRouter(String),
    /// `@relay/p2p-circuit`: by the relay of a host, and with `/p2p/b` behind it, to another
    /// one.
    ByRelay(String, Option<String>),
    /// A multiaddress.
    Literal(Multiaddr),
}

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
            return match rest.strip_prefix("p2p-circuit") {
                Some("") => Ok(Address::ByRelay(relay, None)),
                Some(rest) if rest.starts_with("/p2p/") => {
                    let peer = Name::read(&rest["/p2p/".len()..])?.0;
                    Ok(Address::ByRelay(relay, Some(peer)))
                }
                _ => Err(format!(
                    "`{text}` is not an address: behind `@{relay}` stands nothing, a kind such \
                     as `/ip6/tcp` or `/quic-v1`, `/p2p-circuit`, or `/p2p-circuit/p2p/HOST`"
                )),
            };
        }
        if let Some(router) = text.strip_prefix("router:") {
            return Name::read(router).map(|name| Address::OfRouter(name.0));
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
            Address::OfRouter(router) => format!("router:{router}"),
            Address::ByRelay(relay, None) => format!("@{relay}/p2p-circuit"),
            Address::ByRelay(relay, Some(peer)) => format!("@{relay}/p2p-circuit/p2p/{peer}"),
            Address::Literal(address) => address.to_string(),
        }
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        match self {
            Address::Of(host) | Address::OfKind(host, ..) => name(host),
            Address::ByRelay(relay, peer) => {
                name(relay);
                peer.iter().for_each(|peer| name(peer));
            }
            Address::OfRouter(_) | Address::Literal(_) => {}
        }
    }

    fn slots(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        match self {
            Address::Of(host) | Address::OfKind(host, ..) => edit(Slot::Host(host)),
            Address::ByRelay(relay, peer) => {
                edit(Slot::Host(relay));
                peer.iter_mut().for_each(|peer| edit(Slot::Host(peer)));
            }
            Address::OfRouter(_) | Address::Literal(_) => {}
        }
    }
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
