//! Names of hosts: the domain name system of the simulation.
//!
//! Responsible for what names stand for, and how long it takes to find out. It must not know
//! who asks.

use std::net::IpAddr;
use std::time::Duration;

use indexmap::IndexMap;
use libp2p::Multiaddr;
use libp2p::multiaddr::Protocol;

use super::hash::IdHash;

/// How long a resolver waits for an answer: two attempts of 5 s (hickory-resolver 0.26,
/// `ResolverOpts`, which libp2p-dns uses).
const PATIENCE: Duration = Duration::from_secs(10);

/// The name in a part of an address that has to be resolved; `None` if it is no such part.
pub(super) fn name_of<'p>(part: &'p Protocol<'_>) -> Option<&'p str> {
    match part {
        Protocol::Dns(name)
        | Protocol::Dns4(name)
        | Protocol::Dns6(name)
        | Protocol::Dnsaddr(name) => Some(name),
        _ => None,
    }
}

/// The first name in an address, in lower case; `None` if nothing of it has to be resolved.
pub fn name_in(address: &Multiaddr) -> Option<String> {
    let mut parts = address.iter();
    parts.find_map(|part| Some(name_of(&part)?.to_ascii_lowercase()))
}

/// What a name stands for.
///
/// ```
/// use dht_harness::net::NameRecords;
///
/// let records = NameRecords::default()
///     .with_ip("10.0.0.1".parse().unwrap())
///     .with_address("/ip4/10.0.0.1/udp/4001/quic-v1".parse().unwrap());
/// assert_eq!(records.ips.len(), 1);
/// ```
#[derive(Clone, PartialEq, Eq, Debug, Default)]
pub struct NameRecords {
    /// The addresses of `/dns4/NAME`, `/dns6/NAME` and `/dns/NAME`: records of type A and
    /// AAAA. libp2p-dns dials the last one first.
    pub ips: Vec<IpAddr>,
    /// The multiaddresses of `/dnsaddr/NAME`: records of type TXT of the name
    /// `_dnsaddr.NAME`. libp2p-dns dials the last one first.
    pub addresses: Vec<Multiaddr>,
    /// How long the answer takes. One that takes longer than 10 s comes too late.
    pub after: Duration,
}

impl NameRecords {
    /// Adds an IP address.
    pub fn with_ip(mut self, ip: IpAddr) -> Self {
        self.ips.push(ip);
        self
    }

    /// Adds a multiaddress.
    pub fn with_address(mut self, address: Multiaddr) -> Self {
        self.addresses.push(address);
        self
    }

    /// Sets how long the answer takes.
    pub fn after(mut self, after: Duration) -> Self {
        self.after = after;
        self
    }
}

/// Why a name is not resolved.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// There is no such name (NXDOMAIN).
    #[error("there is no name {0}; set it with `Sim::set_name`")]
    NoSuchName(String),
    /// The name has no records of the type that was asked for.
    #[error("the name {0} has no records of this type")]
    NoRecords(String),
    /// The answer came too late.
    #[error("the name {0} was not resolved within 10 s")]
    TimedOut(String),
}

/// What a part of an address becomes when its name is resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Resolved {
    /// One of these IP addresses.
    Ips(Vec<IpAddr>),
    /// One of these multiaddresses.
    Addresses(Vec<Multiaddr>),
}

/// The names of a simulation. Upper and lower case are one.
#[derive(Debug, Default)]
pub(super) struct Names(IndexMap<String, NameRecords, IdHash>);

impl Names {
    /// Sets what a name stands for.
    pub(super) fn set(&mut self, name: &str, records: NameRecords) {
        self.0.insert(name.to_ascii_lowercase(), records);
    }

    /// Removes a name. Returns whether it was there.
    pub(super) fn remove(&mut self, name: &str) -> bool {
        self.0.shift_remove(&name.to_ascii_lowercase()).is_some()
    }

    /// How long it takes to resolve a part of an address, and what comes of it. `None` if it
    /// is no name.
    pub(super) fn resolve(
        &self,
        part: &Protocol<'_>,
    ) -> Option<(Duration, Result<Resolved, NameError>)> {
        let name = name_of(part)?;
        let Some(records) = self.0.get(&name.to_ascii_lowercase()) else {
            let error = NameError::NoSuchName(name.to_string());
            return Some((Duration::ZERO, Err(error)));
        };
        if records.after > PATIENCE {
            return Some((PATIENCE, Err(NameError::TimedOut(name.to_string()))));
        }
        let resolved = match part {
            Protocol::Dnsaddr(_) => (!records.addresses.is_empty())
                .then(|| Resolved::Addresses(records.addresses.clone())),
            _ => {
                let is_asked_for = |ip: &&IpAddr| match part {
                    Protocol::Dns4(_) => ip.is_ipv4(),
                    Protocol::Dns6(_) => ip.is_ipv6(),
                    _ => true,
                };
                let ips: Vec<_> = records.ips.iter().filter(is_asked_for).copied().collect();
                (!ips.is_empty()).then_some(Resolved::Ips(ips))
            }
        };
        let resolved = resolved.ok_or_else(|| NameError::NoRecords(name.to_string()));
        Some((records.after, resolved))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str) -> Protocol<'static> {
        let address: Multiaddr = text.parse().unwrap();
        let part = address.iter().next().unwrap();
        part.acquire()
    }

    #[test]
    fn a_name_has_records_of_three_types() {
        let ips: [IpAddr; 2] = ["10.0.0.1", "fd00::a00:1"].map(|ip| ip.parse().unwrap());
        let address: Multiaddr = "/ip4/10.0.0.2/tcp/4001".parse().unwrap();
        let records = NameRecords::default()
            .with_ip(ips[0])
            .with_ip(ips[1])
            .with_address(address.clone())
            .after(Duration::from_secs(2));
        let mut names = Names::default();
        names.set("Boot.example", records.clone());
        let resolve = |text: &str| names.resolve(&part(text));
        let soon = |resolved| Some((Duration::from_secs(2), Ok(resolved)));
        assert_eq!(
            resolve("/dns/boot.example"),
            soon(Resolved::Ips(ips.into()))
        );
        let [v4, v6] = ips.map(|ip| soon(Resolved::Ips(vec![ip])));
        assert_eq!(resolve("/dns4/boot.example"), v4);
        assert_eq!(resolve("/dns6/BOOT.example"), v6);
        let addresses = soon(Resolved::Addresses(vec![address]));
        assert_eq!(resolve("/dnsaddr/boot.example"), addresses);
        assert_eq!(resolve("/ip4/10.0.0.1"), None);
    }

    #[test]
    fn a_name_is_missing_empty_or_late() {
        let mut names = Names::default();
        let resolve = |names: &Names, text: &str| names.resolve(&part(text)).unwrap();
        let name = || "boot.example".to_owned();
        let at_once = |error| (Duration::ZERO, Err(error));
        let missing = at_once(NameError::NoSuchName(name()));
        assert_eq!(resolve(&names, "/dns4/boot.example"), missing);
        names.set("boot.example", NameRecords::default());
        let empty = at_once(NameError::NoRecords(name()));
        assert_eq!(resolve(&names, "/dnsaddr/boot.example"), empty);
        let late = NameRecords::default().after(Duration::from_secs(11));
        names.set("boot.example", late);
        let late = (PATIENCE, Err(NameError::TimedOut(name())));
        assert_eq!(resolve(&names, "/dns6/boot.example"), late);
        assert!(names.remove("boot.example"));
        assert!(!names.remove("boot.example"));
        assert_eq!(resolve(&names, "/dns4/boot.example"), missing);
    }
}
