//! Checks the routers of a file, and the lines that depend on them.

use std::{ops::Range, time::Duration};

use dht_fixtures::settings::TraversalSettings;
use dht_harness::net::QUIC_KEEP_ALIVE;

use super::{SCRIPTED, Validator, lists::actions, roles::stacks_of};
use crate::{
    action::Action,
    condition::Condition,
    file::{
        ScenarioFile,
        router::{MOST_ROUTERS, RouterGroup},
        scenario::HostGroup,
    },
    step::Fails,
    syntax::{Address, Hosts, INTERNET, RelayAt, hint, is_name},
};

/// The shortest time after which a router forgets an idle connection of TCP.
const LEAST_LIFETIME: Duration = Duration::from_secs(1);

impl Validator<'_> {
    pub(super) fn routers(&mut self) {
        let scenario = self.scenario;
        for (index, (group, at)) in scenario
            .routers
            .iter()
            .zip(&self.places.routers)
            .enumerate()
        {
            let name = &group.name;
            if name == INTERNET {
                self.complain(
                    at,
                    "`internet` is the network outside all routers: choose another name",
                );
            } else if !is_name(name) {
                self.complain(
                    at,
                    format!("`{name}` is not a name: write for example `home`"),
                );
            }
            if matches!(group.count, Some(0)) || group.count > Some(MOST_ROUTERS) {
                self.complain(
                    at,
                    format!("`{name}`: `count` is a number from 1 to {MOST_ROUTERS}"),
                );
                continue;
            }
            if group.lifetime.is_zero() {
                self.complain(
                    at,
                    format!("`{name}`: a router that remembers for 0s lets nothing pass"),
                );
            }
            if !group.lifetime.is_zero() && group.lifetime < LEAST_LIFETIME {
                let lifetime = humantime::format_duration(group.lifetime);
                self.complain(
                    at,
                    format!(
                        "`{name}`: with a `lifetime` of {lifetime} a connection is forgotten while a \
                         request is answered: write at least 1s"
                    ),
                );
            }
            self.udp_lifetime(group, at);
            if let Some(outer) = &group.behind
                && !self.routers.contains_key(outer)
                && !scenario.routers[..index]
                    .iter()
                    .any(|other| other.name == *outer)
            {
                let hint = hint(outer, self.routers.keys().map(String::as_str))
                    .map_or(String::new(), |hint| format!("; {hint}"));
                self.complain(
                    at,
                    format!("`{name}`: no router `{outer}` is declared before it{hint}"),
                );
            }
            for member in group.members() {
                if self.life.contains_key(&member) || self.groups.contains_key(&member) {
                    self.complain(
                        at,
                        format!("`{member}` is a host as well: choose another name"),
                    );
                } else if self.routers.insert(member.clone(), index).is_some() {
                    self.complain(at, format!("a router is called `{member}` already"));
                }
            }
            if let Some(idle) = scenario.idle_router(group) {
                self.complain(
                    at,
                    format!("nothing is behind `{idle}`: write behind = \"{idle}\" at a host"),
                );
            }
        }
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            self.maybe(at, idle_traversal(group, scenario));
            let Some(router) = &group.behind else {
                continue;
            };
            let known = || {
                let groups = scenario.routers.iter().map(|group| group.name.as_str());
                groups.chain(self.routers.keys().map(String::as_str))
            };
            if !known().any(|name| name == router) {
                let hint = hint(router, known()).map_or(String::new(), |hint| format!("; {hint}"));
                self.complain(
                    at,
                    format!("`{}`: no router is called `{router}`{hint}", group.name),
                );
            }
        }
    }

    /// Reports a lifetime of UDP that is too short, or that nothing meets.
    fn udp_lifetime(&mut self, group: &RouterGroup, at: &Range<usize>) {
        let (name, lifetime) = (&group.name, group.udp_lifetime);
        let problem = if lifetime < QUIC_KEEP_ALIVE {
            Some(format!(
                "`{name}`: `udp_lifetime` is at least {}s, the time between two keep-alive packets \
                 of QUIC",
                QUIC_KEEP_ALIVE.as_secs()
            ))
        } else if lifetime != RouterGroup::default().udp_lifetime && !self.has_udp() {
            Some(format!(
                "`{name}`: no host of the file uses UDP: remove `udp_lifetime`, or write addresses \
                 = \"quic-v1\" at hosts behind the router"
            ))
        } else {
            None
        };
        self.maybe(at, problem);
    }

    /// Reports an action that needs a router or a relay that is not there.
    pub(super) fn ways(&mut self, action: &Action, fails: &Fails, at: &Range<usize>) {
        if let Some(condition) = action.condition() {
            self.reported(condition.whole(), at);
        }
        let address = match action {
            Action::Dial { address, .. }
            | Action::AddExternal { address, .. }
            | Action::RemoveExternal { address, .. }
            | Action::AddAddress { address, .. }
            | Action::RemoveAddress { address, .. } => address.as_ref(),
            Action::Listen { on, .. } => on.as_ref(),
            _ => None,
        };
        let router = match (action, address) {
            (
                _,
                Some(Address::OfRouter(name, _) | Address::ByRelay(_, RelayAt::Router(name, _), _)),
            ) => Some(name.as_str()),
            (Action::RestartRouter { router, .. } | Action::RenumberRouter { router }, _) => {
                Some(router.0.as_str())
            }
            (Action::Relocate { to, .. }, _) => to.router(),
            _ => None,
        };
        let problem = router.and_then(|name| self.no_router(name));
        self.maybe(at, problem);
        if matches!(action, Action::Move { .. }) && !self.scenario.routers.is_empty() {
            self.complain(
                at,
                "a `move` says nothing of the network in which the new address is: write \
                 `relocate HOSTS ROUTER` in a file with routers",
            );
        }
        if !matches!(fails, Fails::No) {
            return;
        }
        match action {
            Action::MapPort { hosts } if !self.relocates => {
                let outside = self.first_of(hosts, |group| group.behind.is_none());
                let problem = match outside {
                    Some((_, group)) => Some(format!("`{}` is behind no router", group.name)),
                    None => self.refusing(hosts).map(|router| {
                        format!(
                            "`{}` grants no ports: write port_mapping = true there, or \
                             fails=\"TEXT\" here",
                            router.name
                        )
                    }),
                };
                self.maybe(at, problem);
            }
            Action::Dial {
                from: hosts,
                address: Some(Address::ByRelay(relay, ..)),
                ..
            }
            | Action::Listen {
                hosts,
                on: Some(Address::ByRelay(relay, ..)),
            } => {
                self.needs(hosts, "relay_client = true", at, |has| has.relay_client);
                let relay = Hosts::named(relay);
                self.needs(&relay, "relay = {}", at, |has| has.relay.is_some());
            }
            _ => {}
        }
    }

    /// Why a name is that of no router, or of several.
    fn no_router(&self, name: &str) -> Option<String> {
        if self.routers.contains_key(name) {
            return None;
        }
        let mut groups = self.scenario.routers.iter();
        if groups.any(|group| group.name == name) {
            return Some(format!(
                "there are several routers `{name}`: write one of them, such as `{name}0`"
            ));
        }
        let hint = hint(name, self.routers.keys().map(String::as_str))
            .map_or(String::new(), |hint| format!("; {hint}"));
        Some(format!("no router is called `{name}`{hint}"))
    }

    /// The first router in front of these hosts that grants no ports.
    fn refusing(&self, hosts: &Hosts) -> Option<&RouterGroup> {
        let router_of = |group: &HostGroup| {
            let router = group.behind.as_ref()?;
            let index = self.routers.get(router).copied();
            let mut routers = self.scenario.routers.iter();
            index
                .and_then(|index| self.scenario.routers.get(index))
                .or_else(|| routers.find(|known| known.name == *router))
        };
        let refuses = |group: &HostGroup| router_of(group).is_some_and(|it| !it.port_mapping);
        let (_, group) = self.first_of(hosts, refuses)?;
        router_of(group)
    }

    /// Reports a condition on what a host has no behaviour for.
    fn reported(&mut self, condition: &Condition, at: &Range<usize>) {
        match condition {
            Condition::Punches { hosts, .. } | Condition::FailedPunches { hosts, .. } => {
                self.needs(hosts, "dcutr = true", at, |has| has.dcutr);
            }
            Condition::DialBacks { hosts, .. } | Condition::FailedDialBacks { hosts, .. } => {
                self.needs(hosts, "autonat_v2_client = true", at, |has| {
                    has.autonat_v2_client
                });
            }
            Condition::Reachable { hosts, .. } => {
                self.needs(hosts, "autonat_v1 = {}", at, |has| has.autonat_v1.is_some());
            }
            _ => {}
        }
    }

    /// Reports the first of these hosts whose group lacks a setting.
    fn needs(
        &mut self,
        hosts: &Hosts,
        setting: &str,
        at: &Range<usize>,
        has: impl Fn(&TraversalSettings) -> bool,
    ) {
        let lacking = self.first_of(hosts, |group| !has(&group.settings.traversal));
        let problem = lacking.map(|(_, group)| {
            format!(
                "`{}` has no behaviour for this: write settings = {{ traversal = {{ {setting} }} }} \
                 there",
                group.name
            )
        });
        self.maybe(at, problem);
    }
}

/// Why a host has behaviours for networks with routers that can do nothing.
fn idle_traversal(group: &HostGroup, scenario: &ScenarioFile) -> Option<String> {
    let (name, traversal) = (&group.name, &group.settings.traversal);
    if traversal.is_none() {
        return None;
    }
    let stacks = stacks_of(group, scenario);
    if let Some(stack) = stacks.iter().find(|stack| SCRIPTED.contains(stack)) {
        return Some(format!(
            "`{name}`: a host with stack = \"{stack}\" has no behaviours of its own: remove \
             `traversal`"
        ));
    }
    if traversal.dcutr && !traversal.relay_client {
        return Some(format!(
            "`{name}`: DCUtR needs a relayed connection: add relay_client = true"
        ));
    }
    None
}

impl ScenarioFile {
    /// The first of these routers that neither a host nor another router is behind.
    pub(super) fn idle_router(&self, group: &RouterGroup) -> Option<String> {
        let hosts = self.hosts.iter().map(|host| (&host.behind, host.size()));
        let routers = self.routers.iter();
        let routers = routers.map(|router| (&router.behind, router.size()));
        let moved = actions(self).filter_map(|action| match action {
            Action::Relocate { to, .. } => Some((&to.0, 1)),
            _ => None,
        });
        let behind: Vec<(&String, usize)> = hosts
            .chain(routers)
            .filter_map(|(behind, size)| Some((behind.as_ref()?, size)))
            .chain(moved)
            .collect();
        let in_turn: usize = behind
            .iter()
            .filter(|(name, _)| **name == group.name)
            .map(|(_, size)| size)
            .sum();
        let members = group.members().into_iter().skip(in_turn);
        let mut idle = members.filter(|member| behind.iter().all(|(name, _)| *name != member));
        idle.next()
    }
}
