//! Steps that several scenarios share.

use std::time::Duration;

use dht_fixtures::{Dht, Stack};
use dht_harness::{Sim, SimError, SimHost, World};

use dht_scenarios::Setting;

/// Long enough for any handshake, identify and automatic bootstrap.
pub(super) const SOON: Duration = Duration::from_secs(30);

/// Spawns a host of the setting's stack.
pub(super) fn host(sim: &mut Sim, setting: &Setting, name: &str) -> Result<SimHost<Dht>, SimError> {
    let stack: Stack = setting.stack()?;
    Ok(sim.spawn(name, move |node| stack.swarm(node)))
}

/// Spawns two hosts of the setting's stack, each in the table of the other.
pub(super) fn acquainted(
    sim: &mut Sim,
    setting: &Setting,
) -> Result<(SimHost<Dht>, SimHost<Dht>), SimError> {
    let (a, b) = (host(sim, setting, "a")?, host(sim, setting, "b")?);
    meet(sim, setting, &a, &b)?;
    Ok((a, b))
}

/// Connects two hosts and waits until each is in the other's table.
///
/// kad alone does not add a peer that dialled it, so the application adds the
/// addresses, as it would have to.
pub(super) fn meet(
    sim: &mut Sim,
    setting: &Setting,
    a: &SimHost<Dht>,
    b: &SimHost<Dht>,
) -> Result<(), SimError> {
    let stack: Stack = setting.stack()?;
    if !stack.identifies() {
        sim.add_address(a, b)?;
        sim.add_address(b, a)?;
    }
    sim.connect(a, b)?;
    know_each_other(sim, a, b)
}

/// Waits until each is in the other's table.
pub(super) fn know_each_other(
    sim: &mut Sim,
    a: &SimHost<Dht>,
    b: &SimHost<Dht>,
) -> Result<(), SimError> {
    sim.run_until(SOON, |world| {
        let mut isolated_hosts = Vec::new();
        for (host, other) in [(a, b), (b, a)] {
            if !world.table(host).contains(&other.peer_id()) {
                isolated_hosts.push(format!(
                    "{}: {} is not in its table",
                    host.name(),
                    other.name()
                ));
            }
        }
        isolated_hosts
    })
}

/// Fails if `host` does not have `other` in its table.
pub(super) fn still_knows(
    world: &World,
    host: &SimHost<Dht>,
    other: &SimHost<Dht>,
) -> Result<(), SimError> {
    if world.table(host).contains(&other.peer_id()) {
        Ok(())
    } else {
        Err(SimError::Other(format!(
            "{}: {} left its table before any query has failed",
            host.name(),
            other.name()
        )))
    }
}

/// Fails if `condition` does not hold.
pub(super) fn ensure(condition: bool, otherwise: impl Into<String>) -> Result<(), SimError> {
    if condition {
        Ok(())
    } else {
        Err(SimError::Other(otherwise.into()))
    }
}
