//! Performs the actions that dial, listen and disconnect.

use dht_harness::{Sim, SimError, World, net::HostId, world::HostStatus};
use libp2p::{
    Multiaddr, PeerId,
    multiaddr::Protocol,
    swarm::dial_opts::{DialOpts, PeerCondition},
};

use super::{
    perform::{PATIENCE, fixture, no_arm},
    scenario::Runner,
};
use crate::{action::Action, host::HostHandle};

impl Runner {
    pub(super) fn connections(&self, sim: &mut Sim, action: &Action) -> Result<(), SimError> {
        match action {
            Action::Connect { from, to } => {
                for (host, other) in self.registry.pairs(from, to)? {
                    await_dial(sim, host.id(), &other.peer())?;
                    sim.connect(host.id(), other.id())?;
                }
            }
            Action::StartConnect { from, to } => {
                for (host, other) in self.registry.pairs(from, to)? {
                    let home = self.registry.home_for(sim.world(), other.id(), host.id());
                    // Dial even if the peer is already being dialled: two dials at
                    // the same time should be two dials.
                    let opts = DialOpts::peer_id(other.peer())
                        .addresses(vec![home])
                        .condition(PeerCondition::Always)
                        .build();
                    sim.start_dial(host.id(), opts);
                }
            }
            Action::Dial {
                from,
                address: None,
                peer,
                new_port,
            } => {
                // Validation requires peers where there is no address.
                if let Some(peers) = peer {
                    for (host, other) in self.registry.pairs(from, peers)? {
                        let opts = DialOpts::peer_id(other.peer());
                        let opts = match new_port {
                            true => opts.allocate_new_port(),
                            false => opts,
                        };
                        sim.dial(host.id(), opts.build())?;
                    }
                }
            }
            Action::Dial {
                from,
                address: Some(address),
                peer,
                new_port,
            } => {
                let address = self.registry.address(sim.world(), address)?;
                let wanted = match peer {
                    Some(peer) => Some(self.registry.one(peer)?.peer()),
                    None => None,
                };
                for host in self.registry.all(from)? {
                    let address = address.clone();
                    let opts = match wanted {
                        Some(peer) => {
                            let opts = DialOpts::peer_id(peer)
                                .addresses(vec![address])
                                .condition(PeerCondition::Always);
                            match new_port {
                                true => opts.allocate_new_port().build(),
                                false => opts.build(),
                            }
                        }
                        None => {
                            let opts = DialOpts::unknown_peer_id().address(address);
                            match new_port {
                                true => opts.allocate_new_port().build(),
                                false => opts.build(),
                            }
                        }
                    };
                    sim.dial(host.id(), opts)?;
                }
            }
            Action::Disconnect { from, to } => {
                for (host, other) in self.registry.pairs(from, to)? {
                    sim.disconnect(host.id(), other.id())?;
                }
            }
            Action::Listen { hosts, on } => {
                for host in self.registry.all(hosts)? {
                    let addresses =
                        self.registry
                            .address_or_homes(sim.world(), on.as_ref(), host.id())?;
                    for address in addresses {
                        sim.listen(host.id(), address)?;
                    }
                }
            }
            Action::Unlisten { hosts } => {
                for host in self.registry.all(hosts)? {
                    sim.unlisten(host.id())?;
                }
            }
            Action::AddExternal { hosts, address } | Action::RemoveExternal { hosts, address } => {
                let adds = matches!(action, Action::AddExternal { .. });
                for host in self.registry.all(hosts)? {
                    let addresses =
                        self.registry
                            .address_or_homes(sim.world(), address.as_ref(), host.id())?;
                    if !adds {
                        has_external(sim.world(), &*host, &addresses)?;
                    }
                    host.swarm(&mut |swarm| {
                        for address in &addresses {
                            match adds {
                                true => swarm.add_external(address.clone()),
                                false => swarm.remove_external(address),
                            }
                        }
                    })?;
                }
            }
            Action::MapPort { hosts } => {
                for host in self.registry.all(hosts)? {
                    for carrier in sim.world().address_kinds(host.id()).carriers() {
                        let mapped = sim.map_port(host.id(), carrier)?;
                        if !is_public(&mapped) {
                            return Err(SimError::Other(format!(
                                "{}: its router maps the port, and has itself the private address \
                                 {mapped}",
                                host.name()
                            )));
                        }
                        host.swarm(&mut |swarm| swarm.add_external(mapped.clone()))?;
                    }
                }
            }
            Action::RestartRouter {
                router,
                no_port_mapping,
            } => {
                let router = self.registry.router_named(&router.0)?;
                if *no_port_mapping {
                    sim.refuse_ports(router);
                }
                sim.restart_router(router);
            }
            Action::RenumberRouter { router } => {
                sim.renumber_router(self.registry.router_named(&router.0)?);
            }
            Action::SetName { name, hosts, after } => {
                let records = self.registry.records(sim.world(), hosts, *after)?;
                sim.set_name(&name.0, records);
            }
            Action::RemoveName { name } => {
                if !sim.remove_name(&name.0) {
                    return Err(SimError::Other(format!("there is no name `{}`", name.0)));
                }
            }
            Action::AddPeerAddress {
                hosts,
                peers,
                address,
            } => {
                let pairs =
                    self.registry
                        .addressed_pairs(sim.world(), hosts, peers, address.as_ref())?;
                for ((host, other), address) in pairs {
                    host.swarm(&mut |swarm| {
                        swarm.add_peer_address(other.peer(), address.clone());
                    })?;
                }
            }
            Action::Block { hosts, peers } => {
                for (host, other) in self.registry.pairs(hosts, peers)? {
                    fixture(&*host, |dht| dht.block(other.peer()))?;
                }
            }
            Action::Unblock { hosts, peers } => {
                for (host, other) in self.registry.pairs(hosts, peers)? {
                    fixture(&*host, |dht| dht.unblock(other.peer()))?;
                }
            }
            _ => no_arm("connections", action),
        }
        Ok(())
    }
}

/// An error if a host that is to remove these external addresses has none of them.
fn has_external(
    world: &World,
    host: &dyn HostHandle,
    addresses: &[Multiaddr],
) -> Result<(), SimError> {
    let Some(swarm) = world.swarm(host.id()) else {
        // The host is down, which the removal reports.
        return Ok(());
    };
    if addresses
        .iter()
        .any(|address| swarm.external.contains(address))
    {
        return Ok(());
    }
    let list = |all: &[Multiaddr]| {
        let all: Vec<_> = all.iter().map(ToString::to_string).collect();
        all.join(", ")
    };
    let has = match swarm.external.as_slice() {
        [] => "it has none".to_owned(),
        some => format!("it has {}", list(some)),
    };
    Err(SimError::Other(format!(
        "{}: {} is no external address of it: {has}",
        host.name(),
        list(addresses)
    )))
}

/// Whether an address is none of a network of a home or of a provider.
fn is_public(address: &Multiaddr) -> bool {
    match address.iter().next() {
        // 100.64.0.0/10 is that of providers: RFC 6598.
        Some(Protocol::Ip4(ip)) => !ip.is_private() && ip.octets()[0] != 100,
        _ => true,
    }
}

/// Waits until a dial of the peer that a behaviour of the host has started ends,
/// because libp2p rejects a second one during that time.
fn await_dial(sim: &mut Sim, host: HostId, peer: &PeerId) -> Result<(), SimError> {
    sim.run_until(PATIENCE, |world: &World| {
        let is_dialling = world.swarm_log(host, |log| {
            let mut under_way = log.under_way.iter();
            under_way.any(|number| log.dials[number].peer.as_ref() == Some(peer))
        });
        !is_dialling || world.status(host) != HostStatus::Open
    })
}
