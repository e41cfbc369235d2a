//! The addresses in scenario files.

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
