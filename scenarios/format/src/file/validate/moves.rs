//! Follows the IP addresses of hosts, and finds those that move to their own.

use std::{net::Ipv4Addr, ops::Range};

use dht_harness::net::numbered_ip;
use indexmap::IndexMap;

use super::{Validator, addresses::ip_of, lists::actions};
use crate::{
    action::{Action, ActionKind},
    file::scenario::ScenarioFile,
    syntax::Address,
};

/// The IP addresses that hosts certainly have at present.
#[derive(Default)]
pub(super) struct Homes {
    of: IndexMap<String, Ipv4Addr>,
    owners: IndexMap<Ipv4Addr, String>,
}

impl Homes {
    /// Those at the start. None is followed in a file without a line that names an address to
    /// move to, nor beside a planned move, which may take place at any time.
    pub(super) fn of(scenario: &ScenarioFile) -> Self {
        let names_one = |action: &Action| {
            let to = match action {
                Action::Move { to, .. } => to.as_ref(),
                _ => None,
            };
            matches!(to, Some(Address::Literal(_)))
        };
        let mut planned = scenario.faults.iter();
        let is_planned = planned.any(|fault| fault.action.kind() == ActionKind::Move);
        // Behind routers hosts have addresses of other networks.
        let has_routers = !scenario.routers.is_empty();
        if is_planned || has_routers || !actions(scenario).any(names_one) {
            return Homes::default();
        }
        // Hosts that come later get addresses in the order of their arrival.
        let first = scenario.hosts.iter().filter(|group| !group.later);
        let names = first.flat_map(|group| group.members());
        let mut homes = Homes::default();
        for (host, ip) in names.zip((0..).map(numbered_ip)) {
            homes.give(host, ip);
        }
        homes
    }

    fn give(&mut self, host: String, ip: Ipv4Addr) {
        self.owners.insert(ip, host.clone());
        self.of.insert(host, ip);
    }

    fn take(&mut self, host: &String) {
        if let Some(ip) = self.of.swap_remove(host) {
            self.owners.swap_remove(&ip);
        }
    }
}

impl Validator<'_> {
    /// Reports a host that moves to its own address, and follows the others. `certain` says
    /// that they do move.
    pub(super) fn moves(&mut self, action: &Action, certain: bool, at: &Range<usize>) {
        let Action::Move { hosts, to } = action else {
            return;
        };
        let members = self.members(hosts);
        let homes = &self.homes.of;
        let new = to.as_ref().and_then(|to| match to {
            Address::Literal(address) => ip_of(address),
            Address::Of(owner) => homes.get(owner).copied(),
            Address::OfKind(..)
            | Address::OfInterface(..)
            | Address::OfRouter(..)
            | Address::ByRelay(..) => None,
        });
        if let [host] = members.as_slice() {
            let is_own = *to == Some(Address::Of(host.clone()));
            let has_it = new.is_some() && homes.get(host).copied() == new;
            if is_own || has_it {
                return self.complain(
                    at,
                    format!(
                        "`{host}` has this address already: write another one, or leave `to` out"
                    ),
                );
            }
        }
        if homes.is_empty() {
            return;
        }
        // A host that is down loses its address to another one.
        let former = new.and_then(|ip| self.homes.owners.get(&ip).cloned());
        for host in members.iter().chain(&former) {
            self.homes.take(host);
        }
        if let ([host], Some(ip), true) = (members.as_slice(), new, certain) {
            self.homes.give(host.clone(), ip);
        }
    }
}
