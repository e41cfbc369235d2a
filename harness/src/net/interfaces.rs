//! The network interfaces of a host beside its first one.
//!
//! Responsible for saying which there are. It must not know the addresses that they have.

use std::fmt;
use std::str::FromStr;

/// The network interfaces of a host beside that by which all others reach it. By default none.
///
/// A host listens and announces what it listens on at all of them, as a program does that
/// listens on `0.0.0.0`: peers learn addresses that they cannot dial, or that lead to
/// themselves.
#[derive(Clone, PartialEq, Eq, Hash, Debug, Default)]
pub struct Interfaces {
    loopback: bool,
    bridge: bool,
    networks: Vec<String>,
}

/// The word for the loopback interface.
pub(super) const LOOPBACK: &str = "loopback";

/// The word for the bridge of the host's containers.
pub(super) const BRIDGE: &str = "bridge";

/// How many private networks a simulation can have: each has the addresses of one /16 of
/// 172.16.0.0/12 (RFC 1918), and 172.17.0.0/16 is that of the bridges.
pub const PRIVATE_NETWORKS: usize = 15;

/// A word that is no interface, or one that is there twice.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no network interface, or is there twice: write `loopback`, `bridge` or the name of \
     a private network, separated by commas"
)]
pub struct InterfacesError(String);

impl Interfaces {
    /// One in each of these private networks. Hosts that have one in the same network reach each
    /// other by it.
    pub fn new(networks: impl IntoIterator<Item = impl Into<String>>) -> Self {
        Interfaces {
            loopback: false,
            bridge: false,
            networks: networks.into_iter().map(Into::into).collect(),
        }
    }

    /// The host listens on 127.0.0.1 as well.
    pub fn with_loopback(mut self) -> Self {
        self.loopback = true;
        self
    }

    /// The host listens on 172.17.0.1 as well: the address that a bridge for containers has at
    /// each host, as Docker sets it up. It leads each host to itself, and one without a bridge
    /// nowhere.
    pub fn with_bridge(mut self) -> Self {
        self.bridge = true;
        self
    }

    /// Whether the host has a bridge for containers.
    pub fn has_bridge(&self) -> bool {
        self.bridge
    }

    /// Whether the host listens on 127.0.0.1 as well.
    pub fn has_loopback(&self) -> bool {
        self.loopback
    }

    /// The names of the private networks.
    pub fn networks(&self) -> &[String] {
        &self.networks
    }
}

/// Words separated by commas, as in `loopback,office`.
impl FromStr for Interfaces {
    type Err = InterfacesError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut found = Interfaces::default();
        for word in text.split(',').map(str::trim) {
            let is_name = word.starts_with(|char: char| char.is_ascii_lowercase())
                && word
                    .chars()
                    .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-');
            let is_new = match word {
                LOOPBACK => !std::mem::replace(&mut found.loopback, true),
                BRIDGE => !std::mem::replace(&mut found.bridge, true),
                _ => is_name && found.networks.iter().all(|other| other != word),
            };
            if !is_new {
                return Err(InterfacesError(word.to_owned()));
            }
            if ![LOOPBACK, BRIDGE].contains(&word) {
                found.networks.push(word.to_owned());
            }
        }
        Ok(found)
    }
}

impl fmt::Display for Interfaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let loopback = self.loopback.then_some(LOOPBACK).into_iter();
        let words = loopback
            .chain(self.bridge.then_some(BRIDGE))
            .chain(self.networks.iter().map(String::as_str));
        f.write_str(&words.collect::<Vec<_>>().join(","))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case("loopback", "loopback")]
    #[case("office", "office")]
    #[case("vpn-2, loopback", "loopback,vpn-2")]
    #[case("office,bridge,loopback", "loopback,bridge,office")]
    fn interfaces_are_read_and_written(#[case] text: &str, #[case] written: &str) {
        let interfaces: Interfaces = text.parse().unwrap();
        assert_eq!(interfaces.to_string(), written);
        assert_eq!(written.parse(), Ok(interfaces));
    }

    #[rstest]
    #[case("")]
    #[case("loopback,loopback")]
    #[case("bridge,bridge")]
    #[case("office,office")]
    #[case("Office")]
    #[case("2")]
    fn other_words_are_refused(#[case] text: &str) {
        assert!(text.parse::<Interfaces>().is_err(), "{text}");
    }
}
