//! Installs and heals network faults.

use std::time::Duration;

use dht_harness::{
    Sim, SimError, World,
    check::{Unmet, Value},
    dht::Query,
    invariants::{self, oracle},
    net::{
        Bandwidth, CutScope, DialFault, DialTarget, Fault, HostId, LinkScope, LossEffect,
        ResetScope, Which,
    },
    phrase,
};

use super::{perform::no_arm, scenario::Runner, truth};
use crate::{
    action::Action,
    step_failure::Cause,
    syntax::{Hosts, Name, Pick},
};

/// The default delay of a lost packet: the minimum retransmission timeout of Linux.
const RETRANSMISSION: Duration = Duration::from_millis(200);

/// The time between the lookups of a host that has not found all peers yet.
const BETWEEN_PROBES: Duration = Duration::from_secs(5);

/// The key of the lookups after a recovery.
const PROBE: &[u8] = b"recovered";

impl Runner {
    pub(super) fn faults(&self, sim: &mut Sim, action: &Action) -> Result<(), Cause> {
        match action {
            Action::Recover { within } => return self.recover(sim, *within),
            Action::Heal { fault } => return self.heal(sim, fault),
            Action::HealAll {} => {
                self.give_up_awaited(None);
                sim.heal_all();
                return Ok(());
            }
            Action::DropMessages { .. }
            | Action::DelayMessages { .. }
            | Action::PassMessages { .. } => return Ok(self.messages(sim, action)?),
            // The others are faults of the network.
            _ => {}
        }
        let mut ids = Vec::new();
        for fault in self.network_faults(action)? {
            let guard = sim.inject(fault)?.label(&action.to_string());
            ids.push(guard.forever());
        }
        if let Some(name) = action.fault_id() {
            // A name that is used again stands for the latest fault.
            self.faults.borrow_mut().insert(name.clone(), ids);
        }
        Ok(())
    }

    fn network_faults(&self, action: &Action) -> Result<Vec<Fault>, SimError> {
        let ids = |hosts: &Hosts| self.registry.ids(hosts);
        let each_pair = |hosts: &Hosts, peers: &Hosts, make: &dyn Fn(HostId, HostId) -> Fault| {
            let pairs = self.registry.id_pairs(hosts, peers)?;
            let faults = pairs.into_iter().map(|(a, b)| make(a, b));
            Ok(faults.collect::<Vec<_>>())
        };
        match action {
            Action::Partition { groups, .. } => {
                let groups = groups.0.iter().map(ids).collect::<Result<_, _>>()?;
                Ok(vec![Fault::Partition { groups }])
            }
            Action::Cut {
                from, to, dials, ..
            } => Ok(vec![Fault::Cut {
                from: ids(from)?,
                to: ids(to)?,
                scope: if *dials {
                    CutScope::DialsOnly
                } else {
                    CutScope::All
                },
            }]),
            Action::Blackhole { hosts, peers, .. } => {
                each_pair(hosts, peers, &|a, b| Fault::Blackhole { a, b })
            }
            Action::Stall {
                hosts, peers, only, ..
            } => each_pair(hosts, peers, &|a, b| match only.map(which) {
                Some(which) => Fault::StallOne { a, b, which },
                None => Fault::Stall { a, b },
            }),
            Action::Offline { hosts, .. } => Ok(ids(hosts)?
                .into_iter()
                .map(|host| Fault::Offline { host })
                .collect()),
            Action::DropUdp { hosts, .. } => Ok(ids(hosts)?
                .into_iter()
                .map(|host| Fault::DropUdp { host })
                .collect()),
            Action::Reset {
                hosts,
                with: Some(with),
                only,
                ..
            } => each_pair(hosts, with, &|a, b| Fault::Reset {
                scope: match only.map(which) {
                    Some(which) => ResetScope::One(a, b, which),
                    None => ResetScope::Between(a, b),
                },
            }),
            Action::Reset {
                hosts, with: None, ..
            } => Ok(ids(hosts)?
                .into_iter()
                .map(|host| Fault::Reset {
                    scope: ResetScope::Host(host),
                })
                .collect()),
            Action::ResetStreams { hosts, peers, .. } => {
                each_pair(hosts, peers, &|a, b| Fault::Reset {
                    scope: ResetScope::Substreams(a, b),
                })
            }
            Action::Refuse { hosts, from, .. } => {
                self.dial_faults(hosts, from.as_ref(), DialFault::Refuse)
            }
            Action::Hang { hosts, from, .. } => {
                self.dial_faults(hosts, from.as_ref(), DialFault::Hang)
            }
            Action::DialReset { hosts, from, .. } => {
                self.dial_faults(hosts, from.as_ref(), DialFault::ResetAfterAccept)
            }
            Action::Firewall { hosts, refuse, .. } => {
                let outcome = if *refuse {
                    DialFault::Refuse
                } else {
                    DialFault::Hang
                };
                self.dial_faults(hosts, None, outcome)
            }
            Action::SetLatency {
                latency,
                of,
                to,
                one_way,
                ..
            } => Ok(self
                .links(of.as_ref(), to.as_ref(), *one_way)?
                .into_iter()
                .map(|scope| Fault::Latency {
                    scope,
                    latency: latency.clone(),
                })
                .collect()),
            Action::Loss {
                probability,
                of,
                to,
                delay,
                reset,
                ..
            } => {
                let effect = if *reset {
                    LossEffect::Reset
                } else {
                    LossEffect::Delay(delay.unwrap_or(RETRANSMISSION))
                };
                Ok(self
                    .links(of.as_ref(), to.as_ref(), false)?
                    .into_iter()
                    .map(|scope| Fault::Loss {
                        scope,
                        probability: *probability,
                        effect,
                    })
                    .collect())
            }
            Action::SetBandwidth { rate, up, of, .. } => {
                let (down, up) = (*rate, up.unwrap_or(*rate));
                let bandwidth = (up > 0 || down > 0).then_some(Bandwidth { up, down });
                let whose: Vec<Option<HostId>> = match of {
                    Some(hosts) => ids(hosts)?.into_iter().map(Some).collect(),
                    None => vec![None],
                };
                Ok(whose
                    .into_iter()
                    .map(|host| Fault::Bandwidth { host, bandwidth })
                    .collect())
            }
            _ => no_arm("network_faults", action),
        }
    }

    fn dial_faults(
        &self,
        hosts: &Hosts,
        from: Option<&Hosts>,
        outcome: DialFault,
    ) -> Result<Vec<Fault>, SimError> {
        let from: Vec<Option<HostId>> = match from {
            Some(from) => self.registry.ids(from)?.into_iter().map(Some).collect(),
            None => vec![None],
        };
        let mut faults = Vec::new();
        for host in self.registry.ids(hosts)? {
            for from in &from {
                faults.push(Fault::Dial {
                    from: *from,
                    target: DialTarget::Host(host),
                    outcome,
                });
            }
        }
        Ok(faults)
    }

    fn links(
        &self,
        of: Option<&Hosts>,
        to: Option<&Hosts>,
        one_way: bool,
    ) -> Result<Vec<LinkScope>, SimError> {
        match (of, to) {
            (None, None) => Ok(vec![LinkScope::All]),
            (Some(of), None) if !one_way => Ok(self
                .registry
                .ids(of)?
                .into_iter()
                .map(LinkScope::Host)
                .collect()),
            (Some(of), Some(to)) => Ok(self
                .registry
                .id_pairs(of, to)?
                .into_iter()
                .map(|(from, to)| {
                    if one_way {
                        LinkScope::OneWay { from, to }
                    } else {
                        LinkScope::Between(from, to)
                    }
                })
                .collect()),
            _ => Err(SimError::Other(
                "`to` needs `of`, and `one-way` needs both".to_owned(),
            )),
        }
    }

    fn heal(&self, sim: &mut Sim, fault: &Name) -> Result<(), Cause> {
        let was_awaited = self.give_up_awaited(Some(fault));
        let ids = self.faults.borrow().get(fault).cloned().unwrap_or_default();
        let healed = ids.iter().filter(|id| sim.heal(**id).is_ok()).count();
        if healed == 0 && !was_awaited {
            return Err(Cause::FaultNotInForce {
                fault: fault.clone(),
            });
        }
        Ok(())
    }

    /// The second phase of a scenario: heals all faults, and requires that the
    /// network recovers.
    fn recover(&self, sim: &mut Sim, within: Duration) -> Result<(), Cause> {
        self.give_up_awaited(None);
        sim.heal_all();
        let deadline = sim.now() + within;
        let limits = self.limits.clone();
        let outcome = sim.run_until(within, move |world: &World| {
            // Without two servers no table can lack one.
            let reason = match oracle::servers(world).as_slice() {
                [] => "no host is a server that listens".into(),
                [one] => {
                    let why = "is the only server, so there is nothing to recover";
                    phrase!("{} {}", Value::host(world, *one), why)
                }
                _ => return invariants::recovered(world, &limits),
            };
            vec![Unmet { host: None, reason }]
        });
        if let Err(SimError::Unmet { unmet, tables, .. }) = outcome {
            return Err(Cause::NotRecovered {
                within,
                unmet,
                tables,
            });
        }
        outcome?;
        // Tables may be correct while no host answers, because dials from before the
        // heal still hang. Therefore each host repeats its lookup until it finds all
        // peers or the time is up.
        for host in oracle::servers(sim.world()) {
            loop {
                let missed = self.probe(sim, host)?;
                if missed.is_empty() {
                    break;
                }
                if sim.now() >= deadline {
                    return Err(Cause::LookupIncomplete {
                        host,
                        seen: phrase!(
                            "{}: a lookup after the recovery has not found {}",
                            Value::host(sim.world(), host),
                            missed
                        ),
                        tables: sim.world().explain_tables(sim.world().hosts()),
                    });
                }
                sim.run_for(BETWEEN_PROBES)?;
            }
        }
        if sim.now() > deadline {
            return Err(Cause::RecoveredLate { within });
        }
        Ok(())
    }

    /// The peers that a lookup should have found but has not.
    fn probe(&self, sim: &mut Sim, host: HostId) -> Result<Vec<Value>, SimError> {
        let name = sim.world().name(host);
        let lookup = self
            .registry
            .handle(&name)?
            .start(sim, Query::ClosestPeers(PROBE.to_vec()))?;
        let found = sim.wait_query(lookup)?.peers();
        let count = self.replication(sim.world(), host).get();
        let closest = truth::closest(sim.world(), host, PROBE, count);
        let missed = closest.iter().filter(|peer| !found.contains(peer));
        Ok(missed.map(|peer| Value::peer(sim.world(), peer)).collect())
    }
}

/// The connection that a line names.
fn which(pick: Pick) -> Which {
    match pick {
        Pick::Oldest => Which::Oldest,
        Pick::Newest => Which::Newest,
    }
}
