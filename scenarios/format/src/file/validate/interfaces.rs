//! Checks the network interfaces of hosts, and the addresses by them.

use std::ops::Range;

use dht_harness::net::PRIVATE_NETWORKS;
use indexmap::IndexSet;

use super::Validator;
use crate::{
    action::Action,
    file::scenario::HostGroup,
    syntax::{Address, Hosts, Word, hint},
};

/// The name of the interface that leads to the host itself.
const LOOPBACK: &str = "loopback";

/// The name of the bridge of a host's containers, whose address leads to the host itself.
const BRIDGE: &str = "bridge";

impl Validator<'_> {
    /// Checks `interfaces` of the hosts.
    pub(super) fn interfaces(&mut self) {
        let scenario = self.scenario;
        let mut networks: IndexSet<&str> = IndexSet::new();
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let Some(interfaces) = &group.interfaces else {
                continue;
            };
            networks.extend(interfaces.networks().iter().map(String::as_str));
            if networks.len() > PRIVATE_NETWORKS {
                return self.complain(
                    at,
                    format!(
                        "`{}`: there are at most {PRIVATE_NETWORKS} private networks: let hosts \
                         share some",
                        group.name
                    ),
                );
            }
        }
    }

    /// Reports an address by an interface that its host, or the host that dials it, lacks.
    pub(super) fn by_interface(&mut self, action: &Action, at: &Range<usize>) {
        let Some((hosts, address)) = dialled(action) else {
            return;
        };
        let Address::OfInterface(owner, interface) = address else {
            return;
        };
        let word = address.write();
        let has = |group: &HostGroup| {
            let interfaces = group.interfaces();
            let mut networks = interfaces.networks().iter();
            match interface.as_str() {
                LOOPBACK => interfaces.has_loopback(),
                BRIDGE => interfaces.has_bridge(),
                name => networks.any(|network| network == name),
            }
        };
        let lacking = self.first_of(&Hosts::named(owner), |group| !has(group));
        let problem = if let Some((_, group)) = lacking {
            let interfaces = group.interfaces();
            let hint = hint(interface, interfaces.networks().iter().map(String::as_str))
                .map_or(String::new(), |hint| format!("; {hint}"));
            Some(format!(
                "`{word}`: `{owner}` has no interface `{interface}`{hint}: name it under \
                 `interfaces` of the host"
            ))
        } else if [LOOPBACK, BRIDGE].contains(&interface.as_str()) {
            Some(format!(
                "`{word}` leads every host to itself: write the error that is expected, as \
                 fails=\"TEXT\""
            ))
        } else {
            let outside = self.first_of(hosts, |group| !has(group));
            outside.map(|(host, _)| {
                format!(
                    "`{host}` has no interface in `{interface}`, so that it does not reach \
                     `{word}`: name it under `interfaces` of the host, or write the error that is \
                     expected, as fails=\"TEXT\""
                )
            })
        };
        self.maybe(at, problem);
    }
}

/// The hosts that dial an address.
fn dialled(action: &Action) -> Option<(&Hosts, &Address)> {
    match action {
        Action::Dial {
            from,
            address: Some(address),
            ..
        } => Some((from, address)),
        _ => None,
    }
}
