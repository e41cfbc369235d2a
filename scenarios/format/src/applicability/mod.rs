//! Which scenarios apply to a stack that they do not name.
//!
//! Responsible for deciding it before a run, from what a scenario demands and what a
//! stack can do. It must not run anything.

mod demand;
mod obstacle;

use dht_harness::Release;
use indexmap::IndexMap;

pub use obstacle::{Lack, Obstacle};

use self::demand::{Demand, demand};
use crate::{
    action::Action,
    capabilities::StackCapabilities,
    file::{HostGroup, ScenarioFile, members},
    stacks::{DEFAULT_STACK, Stacks},
    syntax::{Hosts, Slot},
};

/// Whether a scenario applies to a stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Applicability {
    /// It runs on it in place of this stack, which the scenario names.
    Applies {
        /// The stack of the scenario whose expected outcome holds.
        instead_of: String,
    },
    /// It does not, for these reasons.
    DoesNot(Vec<Obstacle>),
}

/// Decides whether a scenario applies to a stack.
///
/// A scenario that names the stack under `stacks` does. Any other runs with this stack
/// in place of one that it names and that treats its table alike: both learn addresses
/// through identify, and evict peers, or neither does. Only hosts for which the file
/// states no stack are replaced.
pub fn applicability(file: &ScenarioFile, stack: &str, stacks: &Stacks) -> Applicability {
    if !file.libp2p.include(Release::BUILT) {
        return Applicability::DoesNot(vec![Obstacle::release(&file.libp2p)]);
    }
    if file.stacks.iter().any(|named| named == stack) {
        return Applicability::Applies {
            instead_of: stack.to_owned(),
        };
    }
    let Some(capabilities) = stacks.capabilities(stack) else {
        return Applicability::DoesNot(vec![Obstacle::of_its_own(stack)]);
    };
    let plain: Vec<&HostGroup> = file
        .hosts
        .iter()
        .filter(|group| group.stack.is_none())
        .collect();
    if plain.is_empty() {
        return Applicability::DoesNot(vec![Obstacle::own_stacks()]);
    }
    let replaced = Replaced {
        capabilities,
        plain,
        groups: file.members_of_groups(),
    };
    let mut obstacles = Vec::new();
    let instead_of = like(file, &capabilities, stacks);
    if instead_of.is_none() {
        let named = named(file).into_iter();
        let named: Vec<_> = named
            .map(|name| (name, stacks.capabilities(name)))
            .collect();
        obstacles.push(Obstacle::other_stacks(&named, &capabilities));
    }
    obstacles.extend(replaced.obstacles(file));
    match instead_of {
        Some(instead_of) if obstacles.is_empty() => Applicability::Applies { instead_of },
        _ => Applicability::DoesNot(obstacles),
    }
}

/// The stacks that a scenario is written for.
fn named(file: &ScenarioFile) -> Vec<&str> {
    match file.stacks.as_slice() {
        [] => vec![DEFAULT_STACK],
        stacks => stacks.iter().map(String::as_str).collect(),
    }
}

/// The first stack of a scenario that treats its table as one with these capabilities.
fn like(file: &ScenarioFile, capabilities: &StackCapabilities, stacks: &Stacks) -> Option<String> {
    let alike = |name: &&str| {
        let other = stacks.capabilities(name);
        other.is_some_and(|other| capabilities.is_like(&other))
    };
    named(file).into_iter().find(alike).map(ToOwned::to_owned)
}

/// The hosts of a scenario whose stack is replaced.
struct Replaced<'a> {
    capabilities: StackCapabilities,
    plain: Vec<&'a HostGroup>,
    groups: IndexMap<String, Vec<String>>,
}

impl Replaced<'_> {
    fn obstacles(&self, file: &ScenarioFile) -> Vec<Obstacle> {
        let mut obstacles: Vec<Obstacle> = self
            .plain
            .iter()
            .flat_map(|group| self.of_group(group))
            .collect();
        for fault in &file.faults {
            obstacles.extend(self.of_action(&fault.action, None));
        }
        for (index, step) in file.steps.iter().enumerate() {
            obstacles.extend(self.of_action(&step.action, Some(index)));
        }
        obstacles
    }

    fn of_group(&self, group: &HostGroup) -> Vec<Obstacle> {
        let StackCapabilities {
            shows_dht,
            is_quiet,
            settings,
            ..
        } = self.capabilities;
        let mut obstacles = Vec::new();
        let mut changed = group.changed_settings();
        if group.dial_only {
            changed.push("listen".to_owned());
        }
        for name in changed.iter().filter(|name| !settings.contains(name)) {
            obstacles.push(Obstacle::setting(&group.name, name));
        }
        if group.bootstrap.is_some() && !shows_dht {
            obstacles.push(Obstacle::bootstrap(&group.name));
        }
        if group.settings.periodic_bootstrap.is_none() && !is_quiet {
            obstacles.push(Obstacle::no_refresh(&group.name));
        }
        obstacles
    }

    /// What the stack lacks for an action; with the index of its step, if it is one.
    fn of_action(&self, action: &Action, index: Option<usize>) -> Option<Obstacle> {
        let Demand { lack, of_all } = demand(action)?;
        let is_met = match lack {
            Lack::Dht => self.capabilities.shows_dht,
            Lack::Filters => self.capabilities.filters,
            Lack::KeptState => self.capabilities.keeps_state,
            Lack::Quiet => self.capabilities.is_quiet && self.capabilities.shows_dht,
            _ => false,
        };
        let concerns = of_all || subjects(action).is_some_and(|hosts| self.include(&hosts));
        (concerns && !is_met).then(|| Obstacle::action(lack, action, index))
    }

    /// Whether one of these hosts is replaced.
    fn include(&self, hosts: &Hosts) -> bool {
        let hosts = members(hosts, &self.groups);
        let mut plain = self
            .plain
            .iter()
            .flat_map(|group| &self.groups[&group.name]);
        plain.any(|host| hosts.contains(host))
    }
}

/// The hosts that an action works on or looks at: the first ones that it names.
fn subjects(action: &Action) -> Option<Hosts> {
    let mut first = None;
    action.clone().edit(&mut |slot| {
        if let Slot::Hosts(hosts) = slot {
            first.get_or_insert_with(|| hosts.clone());
        }
    });
    first
}
