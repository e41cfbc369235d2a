//! Checks the addresses of lines.

use std::{net::Ipv4Addr, ops::Range};

use indexmap::IndexSet;
use libp2p::{Multiaddr, multiaddr::Protocol};

use dht_harness::net::{Endpoint, FIRST_EPHEMERAL_PORT, name_in, numbered_ip};

use super::{Validator, kinds::KindsOfHosts, lists::actions};
use crate::{
    action::Action,
    condition::Condition,
    file::scenario::ScenarioFile,
    step::Fails,
    syntax::{Address, Slot, hint},
};

/// The beginning of the IP addresses of `move` without `to`.
const MOVED: [u8; 2] = [10, 200];

/// The first byte of the addresses in private networks.
const NETWORKS: u8 = 172;

/// The addresses of the simulated network.
const CARRIED: &str = "the network carries `/ip4/A.B.C.D/tcp/PORT` and the other kinds of \
                       addresses that hosts can have, optionally with `/p2p/PEER` behind it";

/// The addresses of a file.
pub(super) struct Addresses<'a> {
    /// Those that lines give to hosts and tables.
    given: IndexSet<&'a Multiaddr>,
    /// Whether a line gives hosts fresh addresses.
    moves: bool,
    /// Whether a host has interfaces beside the first one.
    beside: bool,
}

impl<'a> Addresses<'a> {
    pub(super) fn of(scenario: &'a ScenarioFile) -> Self {
        let moves = |action: &Action| matches!(action, Action::Move { to: None, .. });
        Addresses {
            given: actions(scenario).filter_map(given).collect(),
            moves: actions(scenario).any(moves),
            beside: scenario
                .hosts
                .iter()
                .any(|group| group.interfaces.is_some()),
        }
    }

    /// Whether one of so many hosts may have this address at some time, or a line gives it.
    fn may_be_of_a_host(&self, address: &Multiaddr, hosts: u32, kinds: &KindsOfHosts) -> bool {
        let mut given = self.given.iter();
        if given.any(|other| starts_with(address, other)) {
            return true;
        }
        let Some(endpoint) = Endpoint::of(address).filter(|endpoint| kinds.are_had(endpoint))
        else {
            return false;
        };
        let (ip, port) = (endpoint.host_ip(), endpoint.port());
        let is_numbered = (0..hosts).any(|number| numbered_ip(number) == ip);
        let is_moved = ip.octets()[..2] == MOVED && self.moves;
        let names_ip = |address: &Multiaddr| address.iter().next() == Some(Protocol::Ip4(ip));
        let is_port = |address: &Multiaddr| {
            Endpoint::of(address).is_some_and(|endpoint| endpoint.port() == port)
        };
        let is_beside = self.beside && (ip.is_loopback() || ip.octets()[0] == NETWORKS);
        let is_listening = port == endpoint.carrier().listen_port();
        let given = || self.given.iter().copied();
        (is_numbered || is_moved || is_beside || given().any(names_ip))
            && (is_listening || port >= FIRST_EPHEMERAL_PORT || given().any(is_port))
    }
}

impl Validator<'_> {
    /// Reports names of groups in place of a host, and addresses with which the line
    /// always fails. Such an address is possible if the line says which error it expects.
    pub(super) fn addresses(&mut self, action: &Action, fails: &Fails, at: &Range<usize>) {
        self.single_hosts(action, at);
        if matches!(fails, Fails::With(_)) {
            return;
        }
        self.by_interface(action, at);
        let problem = match action {
            Action::Connect { from, to } | Action::StartConnect { from, to } => {
                self.no_common_kind(from, to)
            }
            Action::Dial {
                from,
                address: Some(Address::Literal(address)),
                ..
            } => {
                let why = undialable(address).map(str::to_owned);
                let why = why.or_else(|| self.of_another_kind(from, address));
                why.map(|why| {
                    format!(
                        "`{address}` cannot be dialled: {why}; write another address, or the error \
                         that is expected, as fails=\"TEXT\""
                    )
                })
            }
            Action::Dial {
                from,
                address: Some(address),
                ..
            } => self.kind_problem(from, address),
            Action::Listen {
                hosts,
                on: Some(Address::Literal(address)),
            } => {
                let why = unbindable(address).map(str::to_owned);
                let why = why.or_else(|| self.of_another_kind(hosts, address));
                why.map(|why| {
                    format!(
                        "no host can listen on `{address}`: {why}; write another address, or the \
                         error that is expected, as fails=\"TEXT\""
                    )
                })
            }
            Action::Move {
                to: Some(Address::Literal(address)),
                ..
            } => (!ip_of(address).is_some_and(is_of_a_host)).then(|| {
                format!(
                    "`{address}` is not the IP address of a host: write `/ip4/A.B.C.D`, without a \
                     port, or `@host`"
                )
            }),
            _ => None,
        };
        self.maybe(at, problem);
    }

    /// Reports an address that no host has and no line gives, so that no table can hold it.
    pub(super) fn stated_addresses(&mut self, condition: &Condition, at: &Range<usize>) {
        let (Condition::EntryAddress {
            address: Address::Literal(address),
            ..
        }
        | Condition::ToldAddress {
            address: Address::Literal(address),
            ..
        }) = condition.whole()
        else {
            return;
        };
        // Otherwise a host may tell of addresses that no line names.
        if self.certain.hosts().is_none() {
            return;
        }
        let hosts = self.scenario.size() as u32;
        let addresses = &self.addresses;
        if addresses.may_be_of_a_host(address, hosts, &self.kinds) {
            return;
        }
        let text = address.to_string();
        let given = self.addresses.given.iter();
        let given: Vec<String> = given.map(ToString::to_string).collect();
        let hint = hint(&text, given.iter().map(String::as_str))
            .map_or(String::new(), |hint| format!("; {hint}"));
        self.complain(
            at,
            format!(
                "no host has the address `{text}`, and no line gives it to one{hint}; `@host` is \
                 the address of a host"
            ),
        );
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

/// The address that an action gives to a host or to a table.
pub(super) fn given(action: &Action) -> Option<&Multiaddr> {
    let (Action::Dial {
        address: Some(address),
        ..
    }
    | Action::Listen {
        on: Some(address), ..
    }
    | Action::AddExternal {
        address: Some(address),
        ..
    }
    | Action::AddAddress {
        address: Some(address),
        ..
    }
    | Action::AddPeerAddress {
        address: Some(address),
        ..
    }
    | Action::Discovered {
        address: Some(address),
        ..
    }
    | Action::Move {
        to: Some(address), ..
    }) = action
    else {
        return None;
    };
    match address {
        Address::Literal(address) => Some(address),
        Address::Of(_)
        | Address::OfKind(..)
        | Address::OfInterface(..)
        | Address::OfRouter(..)
        | Address::ByRelay(..) => None,
    }
}

/// Whether an address is this one, or this one with more behind it, such as `/p2p/PEER`.
fn starts_with(address: &Multiaddr, beginning: &Multiaddr) -> bool {
    let mut parts = address.iter();
    beginning.iter().all(|part| parts.next() == Some(part))
}

/// Why the network cannot dial an address.
fn undialable(address: &Multiaddr) -> Option<&'static str> {
    if name_in(address).is_some() {
        return None;
    }
    let Some(endpoint) = Endpoint::of(address) else {
        return Some(CARRIED);
    };
    let ip = endpoint.host_ip();
    match endpoint.port() {
        0 => Some("nothing listens at port 0"),
        _ if ip.is_loopback() => Some("it leads to the host itself"),
        _ => (!is_of_a_host(ip)).then_some("no host can have this IP address"),
    }
}

/// Why no host can listen on an address.
fn unbindable(address: &Multiaddr) -> Option<&'static str> {
    match Endpoint::of(address).map(|endpoint| endpoint.host_ip()) {
        None => Some(CARRIED),
        Some(ip) if ip.is_unspecified() || ip.is_loopback() || is_of_a_host(ip) => None,
        Some(_) => Some("no host can have this IP address"),
    }
}

/// The IP address of `/ip4/A.B.C.D`.
pub(super) fn ip_of(address: &Multiaddr) -> Option<Ipv4Addr> {
    let mut parts = address.iter();
    match (parts.next(), parts.next()) {
        (Some(Protocol::Ip4(ip)), None) => Some(ip),
        _ => None,
    }
}

fn is_of_a_host(ip: Ipv4Addr) -> bool {
    !ip.is_loopback() && !ip.is_unspecified() && !ip.is_multicast() && !ip.is_broadcast()
}
