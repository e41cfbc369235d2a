//! Checks the kinds of addresses of hosts.

use dht_harness::net::{AddressKinds, Endpoint, IpVersion};
use indexmap::IndexMap;
use libp2p::Multiaddr;

use super::Validator;
use crate::{
    file::{
        places::Places,
        scenario::{HostGroup, ScenarioFile},
    },
    syntax::{Address, Hosts, RelayAt, Word},
};

/// The kinds of addresses of the hosts that have others than usual.
#[derive(Default)]
pub(super) struct KindsOfHosts {
    of: IndexMap<String, AddressKinds>,
    /// Those of each entry of the file.
    others: Vec<AddressKinds>,
    usual: AddressKinds,
    /// Whether a host could not be read, which has been reported.
    are_unread: bool,
}

impl KindsOfHosts {
    pub(super) fn of(scenario: &ScenarioFile, places: &Places) -> Self {
        let groups = || {
            let all = scenario.hosts.iter();
            all.filter(|group| group.addresses.is_some())
        };
        KindsOfHosts {
            others: groups().map(HostGroup::kinds).collect(),
            of: groups()
                .flat_map(|group| {
                    let members = group.members().into_iter();
                    members.map(|member| (member, group.kinds()))
                })
                .collect(),
            usual: AddressKinds::default(),
            are_unread: places.hosts.iter().any(|at| places.is_unread(at)),
        }
    }

    /// Whether a host can have this endpoint.
    pub(super) fn are_had(&self, endpoint: &Endpoint) -> bool {
        let mut others = self.others.iter();
        self.usual.cover(endpoint) || others.any(|kinds| kinds.cover(endpoint))
    }

    pub(super) fn get(&self, host: &str) -> &AddressKinds {
        self.of.get(host).unwrap_or(&self.usual)
    }
}

impl Validator<'_> {
    /// Why no host of a list can dial an address, as far as it follows from the kinds of
    /// addresses that they have.
    pub(super) fn of_another_kind(&self, from: &Hosts, address: &Multiaddr) -> Option<String> {
        if self.kinds.are_unread {
            return None;
        }
        let mut dialers = self.members(from).into_iter();
        let lacking = dialers.find(|host| !self.kinds.get(host).dial(address))?;
        Some(self.lacks(&lacking, &format!("`{address}` is none of them")))
    }

    /// Why one of these hosts cannot connect to one of those: they have no kind of addresses in
    /// common.
    pub(super) fn no_common_kind(&self, from: &Hosts, to: &Hosts) -> Option<String> {
        if self.kinds.of.is_empty() || self.kinds.are_unread {
            return None;
        }
        let (dialers, targets) = (self.one_of_each_kind(from), self.one_of_each_kind(to));
        for (dialer, dials) in &dialers {
            for (target, has) in &targets {
                let homes = has.listen_addresses([10, 0, 0, 1].into());
                if !homes.iter().any(|home| dials.dial(home)) {
                    return Some(format!(
                        "`{dialer}` dials addresses of the kinds `{dials}`, and `{target}` has those \
                         of the kinds `{has}`: name a common one under `addresses` of both"
                    ));
                }
            }
        }
        None
    }

    /// Of the hosts in a list, one of each selection of kinds.
    fn one_of_each_kind(&self, hosts: &Hosts) -> Vec<(String, &AddressKinds)> {
        let mut found: Vec<(String, &AddressKinds)> = Vec::new();
        for host in self.members(hosts) {
            let kinds = self.kinds.get(&host);
            if !found.iter().any(|(_, other)| *other == kinds) {
                found.push((host, kinds));
            }
        }
        found
    }

    /// Why an address of a host, written `@host`, is none that these hosts can dial or have.
    pub(super) fn kind_problem(&self, from: &Hosts, address: &Address) -> Option<String> {
        if self.kinds.are_unread {
            return None;
        }
        let word = address.write();
        if let Address::ByRelay(relay, at, _) = address {
            let (version, carrier) = match at {
                RelayAt::Home => return None,
                RelayAt::Kind(version, carrier) => (*version, *carrier),
                RelayAt::Router(_, carrier) => (IpVersion::V4, *carrier),
            };
            let endpoint = Endpoint::new([10, 0, 0, 1].into(), 1, version, carrier);
            let is_had = self.kinds.get(relay).cover(&endpoint);
            return (!is_had).then(|| self.lacks(relay, &format!("`{word}` is by none of them")));
        }
        let (host, endpoint) = self.endpoint(address)?;
        let theirs = self.kinds.get(host);
        if !theirs.cover(&endpoint) {
            return Some(self.lacks(host, &format!("`{word}` is none of them")));
        }
        let mut dialers = self.members(from).into_iter();
        let lacking = dialers.find(|dialer| !self.kinds.get(dialer).cover(&endpoint))?;
        Some(self.lacks(&lacking, &format!("`{word}` is none of them")))
    }

    /// The host of `@host` or `@host/KIND`, and the endpoint that this is, wherever it is.
    fn endpoint<'n>(&self, address: &'n Address) -> Option<(&'n str, Endpoint)> {
        let (host, first) = match address {
            Address::Of(host) => {
                let homes = self.kinds.get(host).listen_addresses([10, 0, 0, 1].into());
                (host, Endpoint::of(homes.first()?)?)
            }
            Address::OfKind(host, version, carrier) => {
                let endpoint = Endpoint::new([10, 0, 0, 1].into(), 1, *version, *carrier);
                (host, endpoint)
            }
            Address::OfInterface(..)
            | Address::OfRouter(..)
            | Address::ByRelay(..)
            | Address::Literal(_) => return None,
        };
        Some((host, first))
    }

    fn lacks(&self, host: &str, what: &str) -> String {
        format!(
            "`{host}` listens on and dials addresses of the kinds `{}`, and {what}: name other kinds \
             under `addresses` of the host",
            self.kinds.get(host)
        )
    }
}
