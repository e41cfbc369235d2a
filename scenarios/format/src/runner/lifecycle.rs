//! Performs the actions that start, stop, move and slow down hosts.

use std::{net::Ipv4Addr, rc::Rc, time::Duration};

use dht_harness::{
    Sim, SimError, Skew,
    net::Latency,
    sim::{Keep, Restart},
    world::HostStatus,
};
use rand_pcg::Pcg64;

use super::{perform::no_arm, scenario::Runner};
use crate::{
    host::HostHandle,
    {action::Action, syntax::Hosts},
};

/// The minimum time that a churning host is down. A close may take a second, so this
/// is longer.
const LEAST_DOWN: Duration = Duration::from_secs(2);

impl Runner {
    pub(super) fn lifecycle(
        self: &Rc<Self>,
        sim: &mut Sim,
        action: &Action,
    ) -> Result<(), SimError> {
        match action {
            Action::Spawn { hosts } => self.spawn(sim, hosts),
            Action::Close { hosts } => sim.close_all(self.registry.ids(hosts)?),
            Action::StartClose { hosts } => {
                for host in self.registry.ids(hosts)? {
                    sim.start_close(host);
                }
                Ok(())
            }
            Action::Crash { hosts } => {
                let mut ids = self.registry.ids(hosts)?.into_iter();
                ids.try_for_each(|host| sim.crash(host))
            }
            Action::Restart {
                hosts,
                lose_identity,
                keep_store,
                keep_table,
            } => {
                let restart = Restart {
                    identity: keep(!lose_identity),
                    store: keep(*keep_store),
                    table: keep(*keep_table),
                };
                let mut actors = self.registry.all(hosts)?.into_iter();
                actors.try_for_each(|handle| {
                    if sim.world().status(handle.id()) == HostStatus::Closing {
                        sim.close(handle.id())?;
                    }
                    handle.restart(sim, restart)
                })
            }
            Action::Pause { hosts } => {
                for host in self.registry.ids(hosts)? {
                    sim.pause(host);
                }
                Ok(())
            }
            Action::Resume { hosts } => {
                for host in self.registry.ids(hosts)? {
                    sim.resume(host);
                }
                Ok(())
            }
            Action::Slow { hosts, pause } => {
                let pause = (!pause.is_zero()).then_some(*pause);
                for host in self.registry.ids(hosts)? {
                    sim.slow(host, pause);
                }
                Ok(())
            }
            Action::Skew {
                hosts,
                ahead,
                behind,
                gains,
                loses,
            } => {
                let nanos = |time: &Option<Duration>| time.map_or(0, |time| time.as_nanos() as i64);
                let millionths = |rate: &Option<u64>| rate.unwrap_or(0) as i64;
                let skew = Skew {
                    wall_offset_nanos: nanos(ahead) - nanos(behind),
                    rate_ppb: 1000 * (millionths(gains) - millionths(loses)),
                };
                for host in self.registry.ids(hosts)? {
                    sim.skew(host, skew);
                }
                Ok(())
            }
            Action::Move { hosts, to } => {
                for host in self.registry.ids(hosts)? {
                    let ip = match to {
                        Some(address) => ip_of(&self.registry.address(sim.world(), address)?)?,
                        None => self.fresh_ip(),
                    };
                    sim.assign_ip(host, ip)?;
                }
                Ok(())
            }
            Action::Relocate { hosts, to } => {
                let router = self.registry.network(to)?;
                for host in self.registry.ids(hosts)? {
                    sim.relocate(host, router)?;
                }
                Ok(())
            }
            Action::DeclareDead { hosts } => {
                for host in self.registry.ids(hosts)? {
                    sim.declare_dead(host);
                }
                Ok(())
            }
            Action::Churn {
                hosts,
                time,
                up,
                down,
                close,
                lose_identity,
            } => {
                for handle in self.registry.all(hosts)? {
                    let restart = Restart {
                        identity: keep(!lose_identity),
                        ..Restart::default()
                    };
                    self.churn(sim, &handle, *time, (up, down), *close, restart);
                }
                sim.run_for(*time)
            }
            _ => no_arm("lifecycle", action),
        }
    }

    fn spawn(&self, sim: &mut Sim, hosts: &Hosts) -> Result<(), SimError> {
        let names = self.registry.names(hosts);
        for group in &self.file.hosts {
            let members = group.members();
            let wanted: Vec<_> = names
                .iter()
                .filter(|name| members.contains(name))
                .cloned()
                .collect();
            if wanted.is_empty() {
                continue;
            }
            self.meet(sim, &self.registry.in_order(group, &wanted))?;
            self.registry.enter(sim, group, Some(&wanted))?;
            self.await_ready(sim, hosts)?;
            self.add_address(sim, group, &wanted)?;
        }
        Ok(())
    }

    /// Plans all stops and starts of a host.
    fn churn(
        &self,
        sim: &mut Sim,
        handle: &Rc<dyn HostHandle>,
        time: Duration,
        (up, down): (&Latency, &Latency),
        close: bool,
        restart: Restart,
    ) {
        let id = handle.id();
        // Each host has its own random stream, so adding or removing a host does not
        // change the sessions of the others.
        let mut rng = Pcg64::new(u128::from(self.file.seed), u128::from(id.0));
        let start = sim.now().since_start();
        let end = start + time;
        let mut now = start;
        loop {
            now += up.draw(&mut rng);
            let back = now + down.draw(&mut rng).max(LEAST_DOWN);
            if back >= end {
                return;
            }
            if close {
                sim.at(now, "churn: close", move |sim| {
                    sim.start_close(id);
                    Ok(())
                });
            } else {
                sim.at(now, "churn: crash", move |sim| sim.crash(id));
            }
            let handle = Rc::clone(handle);
            sim.at(back, "churn: restart", move |sim| {
                handle.restart(sim, restart)
            });
            now = back;
        }
    }

    /// An IP address that no host has had.
    fn fresh_ip(&self) -> Ipv4Addr {
        let number = self.moves.get() + 1;
        self.moves.set(number);
        let [high, low] = number.to_be_bytes();
        Ipv4Addr::new(10, 200, high, low)
    }
}

fn keep(kept: bool) -> Keep {
    if kept { Keep::Kept } else { Keep::Lost }
}

fn ip_of(address: &libp2p::Multiaddr) -> Result<Ipv4Addr, SimError> {
    use libp2p::multiaddr::Protocol;

    match address.iter().next() {
        Some(Protocol::Ip4(ip)) => Ok(ip),
        _ => Err(SimError::Other(format!("{address} is not an IPv4 address"))),
    }
}
