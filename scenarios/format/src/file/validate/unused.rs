//! Finds settings of hosts and routers that no line makes use of, and removes them.

use dht_harness::noun;
use indexmap::{IndexMap, IndexSet};

use super::{Validator, is_prompt, lists::actions};
use crate::{
    action::Action,
    condition::Condition,
    file::{
        members::members,
        router::RouterGroup,
        scenario::{HostGroup, ScenarioFile},
    },
    step::Fails,
    syntax::{Hosts, Slot},
};

impl Validator<'_> {
    /// Reports settings that have no effect in this file.
    pub(super) fn unused(&mut self) {
        if !self.prompt {
            return;
        }
        if !self.relocates {
            self.unused_routers();
        }
        self.unused_relays();
        self.unused_requests();
        self.closed_to_all();
    }

    /// Reports routers that let hosts behind them reach each other where there is one.
    fn unused_routers(&mut self) {
        let scenario = self.scenario;
        let all = scenario.routers.iter().zip(&self.places.routers);
        for ((group, at), most) in all.zip(scenario.most_behind()) {
            let name = &group.name;
            if group.hairpin && most < 2 {
                self.complain(
                    at,
                    format!(
                        "`{name}` has hairpin = true, and {most} {} behind it: hosts that reach each \
                         other by its address are at least two; add one, or remove `hairpin`",
                        noun(most, "host is", "hosts are")
                    ),
                );
            }
        }
    }

    /// Reports relays without a client, and clients without a relay.
    fn unused_relays(&mut self) {
        let scenario = self.scenario;
        let (has_relay, has_client) = scenario.relays_and_clients();
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let (name, traversal) = (&group.name, &group.settings.traversal);
            let problem = if traversal.relay.is_some() && !has_client {
                format!(
                    "`{name}` is a relay, and no host can use one: add relay_client = true to a host, \
                     or remove `relay`"
                )
            } else if traversal.relay_client && !has_relay {
                format!(
                    "`{name}` is a client of relays, and there is none: add relay = {{}} to a host, or \
                     remove `relay_client`"
                )
            } else {
                continue;
            };
            self.complain(at, problem);
        }
    }

    /// Reports hosts with request-response that neither ask nor are asked.
    fn unused_requests(&mut self) {
        let scenario = self.scenario;
        let has = |group: &&HostGroup| group.settings.neighbours.request_response.is_some();
        if !scenario.hosts.iter().any(|group| has(&group)) {
            return;
        }
        let named = scenario.requesting();
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let mut members = group.members().into_iter();
            if has(&group) && !members.any(|host| named.contains(&host)) {
                self.complain(
                    at,
                    format!(
                        "`{0}` has `request_response`, and no `request` names it: add one, or remove \
                         the setting",
                        group.name
                    ),
                );
            }
        }
    }

    /// Reports hosts that deny all connections, unless a line is about that.
    fn closed_to_all(&mut self) {
        let scenario = self.scenario;
        let is_closed = |group: &HostGroup| {
            let limits = &group.settings.connection_limits;
            let incoming = [limits.max_established_incoming, limits.max_pending_incoming];
            let outgoing = [limits.max_established_outgoing, limits.max_pending_outgoing];
            let all = [limits.max_established, limits.max_established_per_peer];
            all.contains(&Some(0)) || (incoming.contains(&Some(0)) && outgoing.contains(&Some(0)))
        };
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            if !is_closed(group) {
                continue;
            }
            let members: IndexSet<String> = group.members().into_iter().collect();
            let mut steps = scenario.steps.iter();
            let is_about_it = steps.any(|step| {
                let is_denied = step.fails != Fails::No
                    || step.action.condition().is_some_and(is_of_connections);
                let mut named = false;
                step.action.clone().edit(&mut |slot| {
                    if let Slot::Hosts(hosts) = slot {
                        let listed = self.members(hosts);
                        named |= listed.iter().any(|host| members.contains(host));
                    }
                });
                is_denied && named
            });
            if !is_about_it {
                self.complain(
                    at,
                    format!(
                        "`{0}` denies all connections, and no line is about that: write a limit of at \
                         least 1, or a line such as `connect HOST {0} fails`",
                        group.name
                    ),
                );
            }
        }
    }
}

impl ScenarioFile {
    /// Removes what no line makes use of: ports that routers grant, their hairpins, the ends of
    /// relays, request-response, and routers that nothing is behind. A file with one of them is
    /// not valid.
    pub fn remove_vain_surroundings(&mut self) {
        let (has_relay, has_client) = self.relays_and_clients();
        let named = self.requesting();
        for group in &mut self.hosts {
            let is_named = group.members().iter().any(|host| named.contains(host));
            let (traversal, neighbours) = (
                &mut group.settings.traversal,
                &mut group.settings.neighbours,
            );
            if !has_client {
                traversal.relay = None;
            }
            if !has_relay {
                // DCUtR needs a relayed connection.
                traversal.relay_client = false;
                traversal.dcutr = false;
            }
            if !is_named {
                neighbours.request_response = None;
            }
        }
        // A router is declared before those behind it.
        for index in (0..self.routers.len()).rev() {
            if self.idle_router(&self.routers[index]).is_some() {
                self.routers.remove(index);
            }
        }
        if actions(self).any(|action| matches!(action, Action::Relocate { .. })) {
            return;
        }
        let (asking, most) = (self.asking(), self.most_behind());
        for (group, most) in self.routers.iter_mut().zip(most) {
            group.port_mapping &= asking.iter().any(|behind| is_behind(behind, group));
            group.hairpin &= most >= 2;
        }
    }

    /// The routers that grant ports for which no line asks. It is a true property of a router, so
    /// that the file is valid.
    pub(super) fn ungranted_ports(&self) -> Vec<String> {
        let relocates = actions(self).any(|action| matches!(action, Action::Relocate { .. }));
        if relocates || !is_prompt(self) {
            return Vec::new();
        }
        let asking = self.asking();
        let is_idle = |group: &&RouterGroup| {
            group.port_mapping && !asking.iter().any(|behind| is_behind(behind, group))
        };
        let idle = self.routers.iter().filter(is_idle);
        let told = idle.map(|group| {
            format!(
                "`port_mapping` of `{}`: no line asks it for a port with `map-port`",
                group.name
            )
        });
        told.collect()
    }

    /// Whether there are relays, and whether there are clients of relays.
    fn relays_and_clients(&self) -> (bool, bool) {
        let mut all = self.hosts.iter().map(|group| &group.settings.traversal);
        let has_relay = all.clone().any(|traversal| traversal.relay.is_some());
        (has_relay, all.any(|traversal| traversal.relay_client))
    }

    /// The routers that the hosts which ask for a port are behind.
    fn asking(&self) -> IndexSet<String> {
        let asking = self.named_by(|action| match action {
            Action::MapPort { hosts } => vec![hosts],
            _ => Vec::new(),
        });
        let asks = |group: &&HostGroup| group.members().iter().any(|host| asking.contains(host));
        let groups = self.hosts.iter().filter(asks);
        groups.filter_map(|group| group.behind.clone()).collect()
    }

    /// The hosts that send or get requests of request-response.
    fn requesting(&self) -> IndexSet<String> {
        self.named_by(|action| match action {
            Action::Request { hosts, peers } => vec![hosts, peers],
            _ => Vec::new(),
        })
    }

    /// The hosts in these lists of the lines.
    fn named_by<'a>(&'a self, lists: impl Fn(&'a Action) -> Vec<&'a Hosts>) -> IndexSet<String> {
        let lists: Vec<&Hosts> = actions(self).flat_map(lists).collect();
        if lists.is_empty() {
            return IndexSet::new();
        }
        let groups = self.members_of_groups();
        lists
            .into_iter()
            .flat_map(|hosts| members(hosts, &groups))
            .collect()
    }

    /// The greatest number of hosts behind a router of each entry, those behind inner routers
    /// included.
    fn most_behind(&self) -> Vec<usize> {
        let mut behind: IndexMap<&str, usize> = IndexMap::new();
        for host in &self.hosts {
            if let Some(router) = &host.behind {
                *behind.entry(router).or_default() += host.size();
            }
        }
        let mut most = vec![0; self.routers.len()];
        // An inner router is declared after the one in front of it.
        for (index, group) in self.routers.iter().enumerate().rev() {
            let of = |name: &str| behind.get(name).copied().unwrap_or(0);
            let own = match group.count {
                None => 0,
                Some(_) => {
                    let members = group.members().into_iter();
                    members.map(|member| of(&member)).max().unwrap_or(0)
                }
            };
            most[index] = of(&group.name).div_ceil(group.size().max(1)) + own;
            if let Some(outer) = &group.behind {
                // It has a host behind it.
                let hosts = most[index].max(1).saturating_mul(group.size());
                let all = behind.entry(outer).or_default();
                *all = all.saturating_add(hosts);
            }
        }
        most
    }
}

/// Whether something is behind one of these routers.
fn is_behind(behind: &String, group: &RouterGroup) -> bool {
    *behind == group.name || group.members().contains(behind)
}

/// Whether a condition shows that a connection was denied.
fn is_of_connections(condition: &Condition) -> bool {
    matches!(
        condition.whole(),
        Condition::Connected { .. }
            | Condition::Connections { .. }
            | Condition::InboundFailures { .. }
            | Condition::Dials { .. }
            | Condition::Sockets { .. }
    )
}
