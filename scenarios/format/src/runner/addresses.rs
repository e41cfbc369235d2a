//! The addresses of the hosts of a run, and what words of a file stand for.

use std::time::Duration;

use dht_harness::{
    SimError, World,
    net::{AddressKinds, Carrier, Endpoint, HostId, IpVersion, NameRecords},
};
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use super::registry::{HostRegistry, Pair};
use crate::syntax::{Address, Command, CommandWord, Hosts, RelayAt, Word};

impl HostRegistry {
    /// As [`pairs`](Self::pairs), each with the given address, or the default one of the other
    /// host.
    pub(super) fn addressed_pairs(
        &self,
        world: &World,
        hosts: &Hosts,
        peers: &Hosts,
        address: Option<&Address>,
    ) -> Result<Vec<(Pair, Multiaddr)>, SimError> {
        let pairs = self.pairs(hosts, peers)?.into_iter();
        pairs
            .map(|(host, other)| {
                let address = match address {
                    Some(address) => self.address(world, address)?,
                    None => self.home_for(world, other.id(), host.id()),
                };
                Ok(((host, other), address))
            })
            .collect()
    }

    /// The default listen address of a host, the first one if it has several.
    pub(super) fn home(&self, world: &World, host: HostId) -> Multiaddr {
        self.homes(world, host).swap_remove(0)
    }

    /// The default listen addresses of a host.
    pub(super) fn homes(&self, world: &World, host: HostId) -> Vec<Multiaddr> {
        world.listen_addresses(host)
    }

    /// The first default listen address of a host that another one dials; the first one if
    /// it dials none.
    pub(super) fn home_for(&self, world: &World, host: HostId, holder: HostId) -> Multiaddr {
        let homes = self.homes(world, host);
        first_dialled(&homes, &world.address_kinds(holder)).clone()
    }

    /// The default listen address of a host of this kind.
    fn home_of_kind(
        &self,
        world: &World,
        host: HostId,
        kind: (IpVersion, Carrier),
    ) -> Option<Multiaddr> {
        let is_it = |home: &Multiaddr| {
            let endpoint = Endpoint::of(home);
            endpoint.is_some_and(|endpoint| (endpoint.version(), endpoint.carrier()) == kind)
        };
        self.homes(world, host).into_iter().find(is_it)
    }

    /// What a name stands for.
    pub(super) fn records(
        &self,
        world: &World,
        hosts: &Hosts,
        after: Option<Duration>,
    ) -> Result<NameRecords, SimError> {
        let mut records = NameRecords::default().after(after.unwrap_or_default());
        for host in self.all(hosts)? {
            for home in self.homes(world, host.id()) {
                let ip = Endpoint::of(&home).map(|endpoint| endpoint.ip());
                records
                    .ips
                    .extend(ip.filter(|ip| !records.ips.contains(ip)));
                records = records.with_address(home.with(Protocol::P2p(host.peer())));
            }
        }
        Ok(records)
    }

    /// The address that a word of a file stands for.
    pub(super) fn address(&self, world: &World, address: &Address) -> Result<Multiaddr, SimError> {
        match address {
            Address::Of(host) => Ok(self.home(world, self.handle(host)?.id())),
            Address::OfKind(host, version, carrier) => {
                let host = self.handle(host)?.id();
                let found = self.home_of_kind(world, host, (*version, *carrier));
                found.ok_or_else(|| no_such_address(address))
            }
            Address::OfInterface(host, interface) => {
                let host = self.handle(host)?.id();
                let found = world.interface_address(host, interface);
                found.ok_or_else(|| no_such_address(address))
            }
            Address::OfRouter(name, carrier) => self.mapped(world, name, *carrier),
            Address::ByRelay(relay, at, peer) => {
                let relay = self.handle(relay)?;
                let home = match at {
                    RelayAt::Home => self.home(world, relay.id()),
                    RelayAt::Kind(version, carrier) => {
                        let found = self.home_of_kind(world, relay.id(), (*version, *carrier));
                        found.ok_or_else(|| no_such_address(address))?
                    }
                    RelayAt::Router(name, carrier) => self.mapped(world, name, *carrier)?,
                };
                let address = home
                    .with(Protocol::P2p(relay.peer()))
                    .with(Protocol::P2pCircuit);
                match peer {
                    Some(peer) => Ok(address.with(Protocol::P2p(self.handle(peer)?.peer()))),
                    None => Ok(address),
                }
            }
            Address::Literal(address) => Ok(address.clone()),
        }
    }

    /// The address outside at which a router maps the port on which hosts listen with this carrier.
    fn mapped(&self, world: &World, router: &str, carrier: Carrier) -> Result<Multiaddr, SimError> {
        let ip = world.router_ip(self.router_named(router)?);
        let port = carrier.listen_port();
        Ok(Endpoint::new(ip, port, IpVersion::V4, carrier).multiaddr())
    }

    /// The words of a command, with `@host` replaced by the address of the host.
    pub(super) fn spelt_out(
        &self,
        world: &World,
        command: &Command,
    ) -> Result<Vec<String>, SimError> {
        let words = command.0.iter();
        words
            .map(|word| match word {
                CommandWord::Text(text) => Ok(text.clone()),
                CommandWord::Host(host) => {
                    let handle = self.handle(host)?;
                    let address = self.home(world, handle.id());
                    Ok(address.with(Protocol::P2p(handle.peer())).to_string())
                }
            })
            .collect()
    }

    /// The given address, or the default addresses of the host.
    pub(super) fn address_or_homes(
        &self,
        world: &World,
        address: Option<&Address>,
        host: HostId,
    ) -> Result<Vec<Multiaddr>, SimError> {
        match address {
            Some(address) => Ok(vec![self.address(world, address)?]),
            None => Ok(self.homes(world, host)),
        }
    }

    /// The ids and addresses of hosts, as a scripted host names them in its answers.
    pub(super) fn contacts(
        &self,
        world: &World,
        hosts: &Hosts,
    ) -> Result<Vec<(PeerId, Vec<Multiaddr>)>, SimError> {
        let actors = self.all(hosts)?;
        Ok(actors
            .iter()
            .map(|handle| (handle.peer(), self.homes(world, handle.id())))
            .collect())
    }
}

fn no_such_address(address: &Address) -> SimError {
    SimError::Other(format!("there is no address {}", address.write()))
}

/// The first of the addresses of a host that another one dials; the first one if it dials
/// none.
pub(super) fn first_dialled<'h>(homes: &'h [Multiaddr], dials: &AddressKinds) -> &'h Multiaddr {
    match homes {
        [one] => one,
        several => {
            let mut several = several.iter();
            several.find(|home| dials.dial(home)).unwrap_or(&homes[0])
        }
    }
}
