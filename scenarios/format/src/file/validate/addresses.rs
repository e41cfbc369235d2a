//! Checks the addresses of lines.

use std::{net::Ipv4Addr, ops::Range};

use libp2p::{Multiaddr, multiaddr::Protocol};

use super::Validator;
use crate::{
    action::Action,
    step::Fails,
    syntax::{Address, Slot},
};

/// The addresses of the simulated network.
const CARRIED: &str =
    "the network carries `/ip4/A.B.C.D/tcp/PORT`, optionally with `/p2p/PEER` behind it";

impl Validator<'_> {
    /// Reports names of groups in place of a host, and addresses with which the line
    /// always fails. Such an address is possible if the line says which error it expects.
    pub(super) fn addresses(&mut self, action: &Action, fails: &Fails, at: &Range<usize>) {
        self.single_hosts(action, at);
        if matches!(fails, Fails::With(_)) {
            return;
        }
        let problem = match action {
            Action::Dial {
                address: Address::Literal(address),
                ..
            } => undialable(address).map(|why| {
                format!(
                    "`{address}` cannot be dialled: {why}; write another address, or the error that \
                     is expected, as fails=\"TEXT\""
                )
            }),
            Action::Listen {
                on: Some(Address::Literal(address)),
                ..
            } => unbindable(address).map(|why| {
                format!(
                    "no host can listen on `{address}`: {why}; write another address, or the error \
                     that is expected, as fails=\"TEXT\""
                )
            }),
            Action::Move {
                to: Some(Address::Literal(address)),
                ..
            } => (!is_ip_of_a_host(address)).then(|| {
                format!(
                    "`{address}` is not the IP address of a host: write `/ip4/A.B.C.D`, without a \
                     port, or `@host`"
                )
            }),
            _ => None,
        };
        self.maybe(at, problem);
    }

    /// Reports each group where one host has to be named, as in `@a` and `peer:a`.
    fn single_hosts(&mut self, action: &Action, at: &Range<usize>) {
        let mut named = Vec::new();
        action.clone().edit(&mut |slot| {
            if let Slot::Host(name) = slot {
                named.push(name.clone());
            }
        });
        for name in named {
            let members = self.groups.get(&name).map(Vec::as_slice);
            let members = members.filter(|_| !self.life.contains_key(&name));
            let Some([first, ..]) = members else {
                continue;
            };
            let problem = format!(
                "`{name}` is a group, and exactly one host has to be named here: write one of it, such \
                 as `{first}`"
            );
            self.complain(at, problem);
        }
    }
}

/// Why the network cannot dial an address.
fn undialable(address: &Multiaddr) -> Option<&'static str> {
    let Some((ip, port)) = socket(address) else {
        return Some(CARRIED);
    };
    match port {
        0 => Some("nothing listens at port 0"),
        _ if ip.is_loopback() => Some("it leads to the host itself, and no host has it"),
        _ => (!is_of_a_host(ip)).then_some("no host can have this IP address"),
    }
}

/// Why no host can listen on an address.
fn unbindable(address: &Multiaddr) -> Option<&'static str> {
    match socket(address) {
        None => Some(CARRIED),
        Some((ip, _)) if ip.is_unspecified() || is_of_a_host(ip) => None,
        Some(_) => Some("no host can have this IP address"),
    }
}

/// Whether an address is `/ip4/A.B.C.D`, with an IP address that a host can have.
fn is_ip_of_a_host(address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    match (parts.next(), parts.next()) {
        (Some(Protocol::Ip4(ip)), None) => is_of_a_host(ip),
        _ => false,
    }
}

fn is_of_a_host(ip: Ipv4Addr) -> bool {
    !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast()
}

/// The IP address and the port of an address that the network carries.
fn socket(address: &Multiaddr) -> Option<(Ipv4Addr, u16)> {
    let mut parts = address.iter();
    let (Some(Protocol::Ip4(ip)), Some(Protocol::Tcp(port))) = (parts.next(), parts.next()) else {
        return None;
    };
    match (parts.next(), parts.next()) {
        (None, _) | (Some(Protocol::P2p(_)), None) => Some((ip, port)),
        _ => None,
    }
}
