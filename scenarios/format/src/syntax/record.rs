//! Keys and values of records.

use crate::limit;

use super::{hidden::seen, name::Name, part::Slot, word::Word};

/// A key of the DHT.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Key {
    /// The bytes of a text.
    Text(String),
    /// `peer:a`: the bytes of a host's peer id.
    Peer(String),
    /// `hex:00ff`: these bytes; `hex:` is the empty key.
    Hex(Vec<u8>),
}

impl Word for Key {
    const FORM: &'static str = "KEY";

    fn read(text: &str) -> Result<Self, String> {
        if text == "peer:all" {
            return Err(
                "`peer:` stands before the name of one host, and `all` is every host: write for example \
                 `peer:a`"
                    .to_owned(),
            );
        }
        if let Some(host) = text.strip_prefix("peer:") {
            return Name::read(host).map(|name| Key::Peer(name.0));
        }
        if let Some(digits) = text.strip_prefix("hex:") {
            return bytes(digits).map(Key::Hex);
        }
        if text.is_empty() {
            return Err("the empty key is written `hex:`".to_owned());
        }
        meant_form(text, &["peer:", "hex:"])?;
        seen(text)?;
        Ok(Key::Text(text.to_owned()))
    }

    fn write(&self) -> String {
        match self {
            Key::Text(text) => text.clone(),
            Key::Peer(host) => format!("peer:{host}"),
            Key::Hex(bytes) => format!("hex:{}", hex::encode(bytes)),
        }
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        if let Key::Peer(host) = self {
            name(host);
        }
    }

    fn slots(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        if let Key::Peer(host) = self {
            edit(Slot::Host(host));
        }
    }
}

fn bytes(digits: &str) -> Result<Vec<u8>, String> {
    hex::decode(digits).map_err(|error| format!("`{digits}` is not hexadecimal: {error}"))
}

/// The value of a record.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Payload {
    /// The bytes of a text.
    Text(String),
    /// `size:70000`: this many bytes.
    Size(usize),
    /// `hex:00ff`: these bytes.
    Hex(Vec<u8>),
}

impl Payload {
    /// The bytes.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Payload::Text(text) => text.clone().into_bytes(),
            Payload::Size(size) => vec![b'x'; *size],
            Payload::Hex(bytes) => bytes.clone(),
        }
    }

    /// The number of bytes.
    fn length(&self) -> usize {
        match self {
            Payload::Text(text) => text.len(),
            Payload::Size(size) => *size,
            Payload::Hex(bytes) => bytes.len(),
        }
    }

    /// Whether both stand for the same bytes.
    pub(crate) fn is(&self, other: &Payload) -> bool {
        self == other || (self.length() == other.length() && self.bytes() == other.bytes())
    }
}

impl Word for Payload {
    const FORM: &'static str = "VALUE";

    fn read(text: &str) -> Result<Self, String> {
        if let Some(size) = text.strip_prefix("size:") {
            let size: usize = size.parse().map_err(|_| {
                format!(
                    "`{size}` is not a number of bytes: write a whole number of at most {}",
                    limit::VALUE_BYTES
                )
            })?;
            if size > limit::VALUE_BYTES {
                return Err(format!(
                    "`size:{size}` is too large: a value has at most {} bytes",
                    limit::VALUE_BYTES
                ));
            }
            return Ok(Payload::Size(size));
        }
        meant_form(text, &["size:", "hex:"])?;
        match text.strip_prefix("hex:") {
            Some(digits) => bytes(digits).map(Payload::Hex),
            None => {
                seen(text)?;
                Ok(Payload::Text(text.to_owned()))
            }
        }
    }

    fn write(&self) -> String {
        match self {
            Payload::Text(text) => text.clone(),
            Payload::Size(size) => format!("size:{size}"),
            Payload::Hex(bytes) => format!("hex:{}", hex::encode(bytes)),
        }
    }
}

/// Reports a text that has one of these beginnings in other letters.
fn meant_form(text: &str, beginnings: &[&str]) -> Result<(), String> {
    let begins = |beginning: &&&str| {
        let own = text.get(..beginning.len());
        own.is_some_and(|own| own != **beginning && own.eq_ignore_ascii_case(beginning))
    };
    match beginnings.iter().find(begins) {
        Some(meant) => Err(format!(
            "`{text}` begins like `{meant}`, which is in small letters"
        )),
        None => Ok(()),
    }
}
