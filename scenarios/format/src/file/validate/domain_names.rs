//! Checks the names of the domain name system, and the lines that depend on them.

use std::ops::Range;

use dht_harness::net::name_in;
use indexmap::IndexSet;

use super::{Validator, addresses::given, lists::actions};
use crate::{
    action::Action,
    file::{places::Places, scenario::ScenarioFile},
    step::Fails,
    syntax::{Address, hint},
};

/// The names of a file.
pub(super) struct DomainNames<'a> {
    /// Those that hosts may resolve now.
    known: IndexSet<&'a str>,
    /// Those that a line has removed.
    removed: IndexSet<&'a str>,
    /// Those that planned faults set at some time.
    planned: IndexSet<&'a str>,
    /// Those in addresses of lines.
    named: IndexSet<String>,
    /// Whether a host resolves names.
    are_resolved: bool,
    /// Whether a name could not be read, which has been reported.
    are_unread: bool,
}

impl<'a> DomainNames<'a> {
    pub(super) fn of(scenario: &'a ScenarioFile, places: &Places) -> Self {
        let planned = scenario
            .faults
            .iter()
            .filter_map(|fault| match &fault.action {
                Action::SetName { name, .. } => Some(name.0.as_str()),
                _ => None,
            });
        DomainNames {
            known: IndexSet::new(),
            removed: IndexSet::new(),
            planned: planned.collect(),
            named: actions(scenario)
                .filter_map(given)
                .filter_map(name_in)
                .collect(),
            are_resolved: scenario
                .hosts
                .iter()
                .zip(&places.hosts)
                .any(|(group, at)| group.kinds().resolves_names() || places.is_unread(at)),
            are_unread: false,
        }
    }
}

impl<'a> Validator<'a> {
    /// Checks `names` of the file.
    pub(super) fn host_names(&mut self) {
        let scenario = self.scenario;
        for (entry, at) in scenario.names.iter().zip(&self.places.names) {
            if self.places.is_unread(at) {
                self.domain.are_unread = true;
                continue;
            }
            let name = entry.name.0.as_str();
            if !self.named_hosts(&entry.hosts, at) {
                let later = self.first_of(&entry.hosts, |group| group.later);
                let problem = later.map(|(host, _)| {
                    format!(
                        "`{host}` is not up at the start: let `set-name {name} {host}` follow its \
                         `spawn`"
                    )
                });
                self.maybe(at, problem);
            }
            if !self.domain.known.insert(name) {
                self.complain(at, format!("there are two names `{name}`: remove one"));
            }
            self.unused_name(name, at);
        }
    }

    /// Reports a name that nothing can dial.
    fn unused_name(&mut self, name: &str, at: &Range<usize>) {
        let problem = if !self.domain.are_resolved {
            Some(
                "no host resolves names: write addresses = \"names\" at those that dial them"
                    .to_owned(),
            )
        } else if self.prompt && !self.domain.named.contains(name) {
            Some(format!(
                "no line has an address with the name `{name}`: dial, for example, \
                 `/dns4/{name}/tcp/4001`"
            ))
        } else {
            None
        };
        self.maybe(at, problem);
    }

    /// Follows the names that lines set and remove, and reports a dial of one that there is
    /// not.
    pub(super) fn domain_names(&mut self, action: &'a Action, fails: &Fails, at: &Range<usize>) {
        match action {
            Action::SetName { name, .. } => {
                self.unused_name(&name.0, at);
                self.domain.known.insert(&name.0);
            }
            Action::RemoveName { name } if !self.names.planned => {
                let name = name.0.as_str();
                let was_there = self.domain.known.swap_remove(name);
                if was_there {
                    self.domain.removed.insert(name);
                }
                if !was_there && !self.domain.planned.contains(name) {
                    self.complain(at, format!("there is no name `{name}` to be removed"));
                }
            }
            Action::Dial {
                address: Some(Address::Literal(address)),
                ..
            } if !matches!(fails, Fails::With(_)) => {
                let is_meant = |name: &String| {
                    *fails == Fails::Somehow && self.domain.removed.contains(name.as_str())
                };
                let name = name_in(address).filter(|name| !is_meant(name));
                let problem = name.and_then(|name| self.unknown_name(&name));
                self.maybe(at, problem);
            }
            _ => {}
        }
    }

    fn unknown_name(&self, name: &str) -> Option<String> {
        let domain = &self.domain;
        if domain.are_unread || domain.known.contains(name) || domain.planned.contains(name) {
            return None;
        }
        if domain.removed.contains(name) {
            return Some(format!(
                "`{name}` has been removed before: write `fails` behind the line, or a `set-name` before it"
            ));
        }
        let hint = hint(name, domain.known.iter().copied())
            .map_or(String::new(), |hint| format!("; {hint}"));
        Some(format!(
            "there is no name `{name}`{hint}: declare it under `names`, or write the error that is \
             expected, as fails=\"TEXT\""
        ))
    }
}
