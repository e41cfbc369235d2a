//! The addresses in scenario files.

use libp2p::Multiaddr;

use super::{name::Name, part::Slot, word::Word};

/// An address in a scenario file.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Address {
    /// `@a`: the address of a host.
    Of(String),
    /// A multiaddress.
    Literal(Multiaddr),
}

impl Word for Address {
    const FORM: &'static str = "ADDRESS";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(host) = text.strip_prefix('@') {
            return Name::read(host).map(|name| Address::Of(name.0));
        }
        text.parse().map(Address::Literal).map_err(|error| {
            format!("`{text}` is not an address ({error}): write `@host` or a multiaddress such as `/ip4/10.0.0.9/tcp/4001`")
        })
    }

    fn write(&self) -> String {
        match self {
            Address::Of(host) => format!("@{host}"),
            Address::Literal(address) => address.to_string(),
        }
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        if let Address::Of(host) = self {
            name(host);
        }
    }

    fn slot(&mut self) -> Option<Slot<'_>> {
        match self {
            Address::Of(host) => Some(Slot::Host(host)),
            _ => None,
        }
    }
}
