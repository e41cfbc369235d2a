//! Performs the actions of protocols beside kad.

use std::time::Duration;

use dht_fixtures::neighbours::Neighbours;
use dht_harness::{Sim, SimError};

use super::{
    perform::{fixture, no_arm},
    scenario::Runner,
};
use crate::{action::Action, host::HostHandle};

impl Runner {
    pub(super) fn neighbours(&self, sim: &mut Sim, action: &Action) -> Result<(), SimError> {
        match action {
            Action::Discovered {
                hosts,
                peers,
                address,
            }
            | Action::Expired {
                hosts,
                peers,
                address,
            } => {
                let appears = matches!(action, Action::Discovered { .. });
                let pairs =
                    self.registry
                        .addressed_pairs(sim.world(), hosts, peers, address.as_ref())?;
                for ((host, other), address) in pairs {
                    neighbours_of(&*host, |neighbours| {
                        let discovery = neighbours.discovery();
                        match appears {
                            true => discovery.discover(other.peer(), address.clone()),
                            false => discovery.expire(other.peer(), &address),
                        }
                    })?;
                }
                // The behaviours learn of it when the swarm is polled.
                sim.run_for(Duration::ZERO)
            }
            Action::Request { hosts, peers } => {
                for (host, other) in self.registry.pairs(hosts, peers)? {
                    let mut is_sent = false;
                    neighbours_of(&*host, |neighbours| {
                        is_sent = neighbours.request(other.peer());
                    })?;
                    if !is_sent {
                        let name = host.name();
                        return Err(SimError::Other(format!(
                            "{name} has no request-response: add `neighbours = {{ request_response = \
                             {{}} }}` to its settings"
                        )));
                    }
                }
                Ok(())
            }
            Action::Publish { hosts } => {
                for host in self.registry.all(hosts)? {
                    let mut published = None;
                    neighbours_of(&*host, |neighbours| published = neighbours.publish())?;
                    let name = host.name();
                    match published {
                        Some(Ok(())) => {}
                        Some(Err(error)) => {
                            return Err(SimError::Other(format!("{name} cannot publish: {error}")));
                        }
                        None => {
                            return Err(SimError::Other(format!(
                                "{name} has no gossipsub: add `neighbours = {{ gossipsub = true }}` \
                                 to its settings"
                            )));
                        }
                    }
                }
                Ok(())
            }
            _ => no_arm("neighbours", action),
        }
    }
}

/// Calls `work` with the protocols beside kad of a host with a stack of the fixtures.
pub(super) fn neighbours_of(
    handle: &dyn HostHandle,
    mut work: impl FnMut(&mut Neighbours),
) -> Result<(), SimError> {
    fixture(handle, |dht| work(dht.neighbours()))
}
