//! Checks the hosts of a file.

use std::ops::Range;

use dht_fixtures::{KadSettings, Stack};
use dht_harness::Release;
use indexmap::{IndexMap, IndexSet};

use super::{Presence, SCRIPTED, Validator, head::twice, lists::lists, roles::stacks_of};
use crate::{
    file::scenario::HostGroup,
    syntax::{Argument, Hosts, Word, hint, is_name},
};

/// The nearest bucket that identities are searched for.
const NEAREST_BUCKET: u8 = 240;

impl Validator<'_> {
    pub(super) fn hosts(&mut self) {
        let scenario = self.scenario;
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            self.host(group, at);
        }
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let mut unknown = false;
            for hosts in [&group.bootstrap, &group.peers].into_iter().flatten() {
                unknown |= self.named_hosts(hosts, at);
            }
            if !unknown {
                self.known_from_the_start(group, at);
            }
            self.ground(group, at);
        }
        self.identities();
    }

    /// Checks the host that the identities of a group are near to.
    fn ground(&mut self, group: &HostGroup, at: &Range<usize>) {
        let Some(ground) = &group.ground else { return };
        let (name, of) = (&group.name, &ground.of);
        let scenario = self.scenario;
        let mut others = scenario.hosts.iter();
        let position = others.position(|other| other.members().contains(of));
        let own = scenario.hosts.iter().position(|other| other.name == *name);
        let problem = match position {
            None => {
                let known = self.life.keys().map(String::as_str);
                let hint = hint(of, known).map_or(String::new(), |hint| format!("; {hint}"));
                Some(format!("no host is called `{of}`{hint}"))
            }
            Some(_) if group.members().contains(of) => Some(format!(
                "`{name}` has its identity near itself: name a host of another entry in `ground`"
            )),
            // A host that starts later finds the other one up.
            Some(other) if !group.later && own < Some(other) => {
                let is_near_another = scenario.hosts[other].ground.is_some();
                is_near_another.then(|| {
                    format!(
                        "`{name}` has its identity near `{of}`, which has its own near another \
                         host: declare `{of}` first"
                    )
                })
            }
            Some(_) => None,
        };
        self.maybe(at, problem);
    }

    /// Checks the hosts that a group knows, and those that its script names.
    fn known_from_the_start(&mut self, group: &HostGroup, at: &Range<usize>) {
        let name = &group.name;
        let lists = [("bootstrap", &group.bootstrap), ("peers", &group.peers)];
        for (key, hosts) in lists {
            let Some(hosts) = hosts else { continue };
            let named_twice = twice(&hosts.0).map(|term| {
                let one = Word::write(&Hosts(vec![term.clone()]));
                format!("`{name}`: `{key}` names `{one}` twice: remove one of both")
            });
            self.maybe(at, named_twice);
            let problem = self.gap(hosts).or_else(|| {
                let text = Word::write(hosts);
                let is_empty = self.members(hosts).is_empty();
                is_empty.then(|| format!("`{name}`: `{text}` names no host"))
            });
            self.maybe(at, problem);
        }
        if let Some(hosts) = &group.bootstrap {
            let members = self.members(hosts);
            if members == group.members() && members.len() == 1 {
                self.complain(at, format!("`{name}`: `bootstrap` names the host itself"));
            }
            let later = |host: &&String| {
                let mut groups = self.scenario.hosts.iter().filter(|group| group.later);
                !group.later && groups.any(|group| group.members().contains(host))
            };
            let problem = members.iter().find(later).map(|host| {
                format!(
                    "`{name}`: `bootstrap` names `{host}`, which is not up at the start: use `add-address` after the step that spawns it"
                )
            });
            self.maybe(at, problem);
        }
        let Some(script) = &group.script else {
            let stray = group.peers.is_some();
            return self.maybe(at, stray.then(|| format!(
                "`{name}`: only scripted hosts have `peers`, which their answers name: use `bootstrap` for hosts with a DHT"
            )));
        };
        let written = Word::write(script);
        if group.peers.is_some() && !script.names_peers() {
            self.complain(at, format!(
                "`{name}`: the script `{written}` names no peers: remove `peers`, or use `honest`, `lying` or `providers`"
            ));
        }
        if group.peers.is_none() && script.needs_peers() {
            self.complain(at, format!(
                "`{name}`: the script `{written}` answers with the hosts of `peers`, and there are none: add peers = \"..\", or use `honest`"
            ));
        }
        if group.bootstrap.is_some() {
            self.complain(at, format!(
                "`{name}`: a scripted host has no table, so nothing can be in it from the start: remove `bootstrap`"
            ));
        }
        let changed = group.changed_settings();
        if !changed.is_empty() {
            self.complain(
                at,
                format!(
                    "`{name}`: a scripted host has no settings: remove {}",
                    changed.join(", ")
                ),
            );
        }
    }

    fn identities(&mut self) {
        let scenario = self.scenario;
        let numbers = scenario.identities();
        let mut owners: IndexMap<u64, String> = IndexMap::new();
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            if group.identity.is_some() && group.ground.is_some() {
                self.complain(
                    at,
                    format!(
                        "`{}`: `identity` and `ground` exclude each other: remove one of them",
                        group.name
                    ),
                );
            }
            for member in group.members() {
                let Some(number) = numbers.get(&member) else {
                    continue;
                };
                if let Some(owner) = owners
                    .insert(*number, member.clone())
                    .filter(|owner| *owner != member)
                {
                    self.complain(at, format!(
                        "`{owner}` and `{member}` have the same identity, number {number}: set `identity = N` for one of them"
                    ));
                }
            }
        }
    }

    /// Reports settings of identify on hosts that never have it.
    fn identifies(&mut self, group: &HostGroup, at: &Range<usize>) {
        let is_set = group.settings.identify != KadSettings::default().identify;
        let lacks = |stack: &str| {
            stack
                .parse::<Stack>()
                .is_ok_and(|stack| !stack.identifies())
        };
        let stacks = stacks_of(group, self.scenario);
        if is_set && stacks.iter().all(|stack| lacks(stack)) {
            self.complain(at, format!(
                "`{}`: the stack {} has no identify: remove `identify` from its settings, or use `kad-identify`",
                group.name,
                stacks.join(", ")
            ));
        }
    }

    /// Reports a region that the network does not have.
    fn region(&mut self, group: &HostGroup, at: &Range<usize>) {
        let Some(region) = &group.region else { return };
        let regions = &self.scenario.network.regions;
        let names = || regions.iter().map(|known| known.name.as_str());
        if names().any(|name| name == region) {
            return;
        }
        let name = &group.name;
        let problem = match (names().next(), hint(region, names())) {
            (None, _) => format!(
                "`{name}`: the network has no regions: add `regions` or `matrix` to `network`, or \
                 remove `region`"
            ),
            (Some(_), Some(hint)) => format!("`{name}`: no region is called `{region}`; {hint}"),
            (Some(_), None) => format!("`{name}`: no region is called `{region}`"),
        };
        self.complain(at, problem);
    }

    /// Reports hosts that wait to be spawned and that no line names.
    pub(super) fn never_spawned(&mut self) {
        let scenario = self.scenario;
        if !scenario.hosts.iter().any(|group| group.later) {
            return;
        }
        // A line that names a host that is never spawned is reported as such, unless it is a
        // fault that takes effect when the host is spawned.
        let mut named: IndexSet<String> = IndexSet::new();
        let steps = scenario.steps.iter().map(|step| &step.action);
        let planned = scenario.faults.iter().map(|fault| &fault.action);
        for action in planned.chain(steps.filter(|action| !action.kind().waits_for_hosts())) {
            for hosts in lists(action) {
                named.extend(self.members(&hosts));
            }
            action.hosts(&mut |host| {
                named.insert(host.to_owned());
            });
        }
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            let members = group.members();
            let lacking = members.iter().find(|host| !named.contains(*host));
            if let Some(host) = lacking.filter(|_| group.later) {
                self.complain(at, format!(
                    "`{host}` has `later = true`, and no step spawns it: add `spawn {host}`, or remove `later`"
                ));
            }
        }
    }

    fn host(&mut self, group: &HostGroup, at: &Range<usize>) {
        let is_unread = self.places.is_unread(at);
        if !is_unread && (!is_name(&group.name) || group.name == "all") {
            self.complain(at, format!(
                "{:?} is not a name for a host: use lowercase letters, digits and `-`, starting with a letter, but not `all`",
                group.name
            ));
        }
        let lacking = group.settings.lacking();
        if !lacking.is_empty() && self.scenario.libp2p.include(Release::BUILT) {
            self.complain(
                at,
                format!(
                    "`{}`: libp2p {} lacks the settings {}: name the releases that have them with `libp2p = \">=0.56\"`",
                    group.name,
                    Release::BUILT,
                    lacking.join(", ")
                ),
            );
        }
        if group.count == Some(0) {
            self.complain(
                at,
                format!(
                    "`{}` has the count 0: remove it, or use at least 1",
                    group.name
                ),
            );
        }
        self.region(group, at);
        self.identifies(group, at);
        let stack = group.stack.as_deref();
        if !is_unread
            && group.script.is_some() != stack.is_some_and(|stack| SCRIPTED.contains(&stack))
        {
            self.complain(at, format!(
                "`{}`: a script is required for scripted hosts and not possible for others: use script = \"..\" together with stack = \"raw\" or \"raw-announced\"",
                group.name
            ));
        }
        if let Some(ground) = &group.ground
            && ground.bucket < NEAREST_BUCKET
        {
            self.complain(
                at,
                format!(
                    "bucket {} takes too long to search for: use one of {NEAREST_BUCKET} to 255",
                    ground.bucket
                ),
            );
        }
        let life = if group.later {
            Presence::ToCome
        } else {
            Presence::Up
        };
        let members = group.members();
        for member in &members {
            if self.life.insert(member.clone(), life).is_some() {
                self.complain(at, format!("two hosts are called `{member}`"));
            }
        }
        if self.groups.insert(group.name.clone(), members).is_some() {
            self.complain(at, format!("two entries are called `{}`", group.name));
        }
    }
}
