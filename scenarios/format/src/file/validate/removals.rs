//! Follows what hosts store, provide and announce, and finds lines that remove nothing.

use std::ops::Range;

use indexmap::{IndexMap, IndexSet};

use super::{Validator, lists::actions};
use crate::{
    action::Action,
    file::scenario::ScenarioFile,
    syntax::{Address, Hosts, Key, Kind, Word},
};

/// What the lines so far have stored and announced, and what others remove.
#[derive(Default)]
pub(super) struct Removals<'a> {
    /// The keys that hosts stop to provide.
    keys: IndexSet<&'a Key>,
    /// The keys of records. Any host may get a copy.
    records: IndexSet<&'a Key>,
    /// The keys that each host may provide.
    provided: IndexMap<String, IndexSet<&'a Key>>,
    /// The same by planned faults, which may take place at any time.
    planned: IndexMap<String, IndexSet<&'a Key>>,
    /// The external addresses that hosts certainly lack: their own ones are `None`.
    withdrawn: IndexMap<String, IndexSet<Option<Address>>>,
    /// Whether only lines change external addresses: without routers, and without behaviours
    /// that test addresses.
    are_announced_by_lines: bool,
    /// The hosts that planned faults may give an external address.
    announcing: IndexSet<String>,
}

impl<'a> Removals<'a> {
    pub(super) fn of(scenario: &'a ScenarioFile) -> Self {
        Removals {
            keys: actions(scenario).filter_map(stopped).collect(),
            are_announced_by_lines: scenario.routers.is_empty()
                && scenario
                    .hosts
                    .iter()
                    .all(|group| group.settings.traversal.is_none()),
            ..Removals::default()
        }
    }
}

impl<'a> Validator<'a> {
    /// Records what planned faults store and announce.
    pub(super) fn planned_stock(&mut self) {
        let scenario = self.scenario;
        for fault in &scenario.faults {
            self.store(&fault.action);
            if let Some(hosts) = announcing(&fault.action) {
                let members = self.members(hosts);
                self.removals.announcing.extend(members);
            }
        }
        self.removals.planned = std::mem::take(&mut self.removals.provided);
        if !self.prompt {
            return;
        }
        for group in &scenario.hosts {
            let settings = &group.settings;
            if group.dial_only || !settings.listen || !settings.announce_address {
                for host in group.members() {
                    self.removals.withdrawn.insert(host, [None].into());
                }
            }
        }
    }

    /// Follows what a step stores, provides and announces. `certain` says that it takes
    /// effect.
    pub(super) fn stock(&mut self, action: &'a Action, certain: bool) {
        self.store(action);
        if let Some(hosts) = announcing(action) {
            for host in self.members(hosts) {
                self.removals.withdrawn.swap_remove(&host);
            }
        }
        if !certain {
            return;
        }
        match action {
            Action::StopProviding { hosts, key } => {
                for host in self.members(hosts) {
                    if let Some(keys) = self.removals.provided.get_mut(&host) {
                        keys.swap_remove(key);
                    }
                }
            }
            Action::RemoveExternal { hosts, address } if self.prompt => {
                for host in self.members(hosts) {
                    let withdrawn = self.removals.withdrawn.entry(host).or_default();
                    withdrawn.insert(address.clone());
                }
            }
            Action::Restart {
                hosts,
                keep_store: false,
                ..
            }
            | Action::Restart {
                hosts,
                lose_identity: true,
                ..
            } => {
                for host in self.members(hosts) {
                    self.removals.provided.swap_remove(&host);
                }
            }
            _ => {}
        }
    }

    /// Reports a step that removes what no earlier line can have put there.
    pub(super) fn removed_in_vain(&mut self, action: &Action, at: &Range<usize>) {
        if let Action::RemoveExternal { hosts, address } = action {
            let lacks = |host: &String| {
                let withdrawn = self.removals.withdrawn.get(host);
                withdrawn.is_some_and(|withdrawn| withdrawn.contains(address))
                    && !self.removals.announcing.contains(host)
            };
            let members = self.members(hosts);
            let is_certain = self.prompt && self.removals.are_announced_by_lines;
            if is_certain && !members.is_empty() && members.iter().all(lacks) {
                self.complain(
                    at,
                    format!(
                        "this removes nothing: {} this external address; add `add-external` before \
                         this line, or remove it",
                        lack(&members)
                    ),
                );
            }
            return;
        }
        if !self.are_stores_known() {
            return;
        }
        let removals = &self.removals;
        let has = |of: &IndexMap<String, IndexSet<&Key>>, host: &String, key: &Key| {
            of.get(host).is_some_and(|keys| keys.contains(key))
        };
        let (problem, key) = match action {
            Action::RemoveLocal { key, .. } | Action::RemoveRecord { key, .. }
                if !removals.records.contains(key) =>
            {
                ("no earlier line stores a record", key)
            }
            Action::StopProviding { hosts, key } => {
                let members = self.members(hosts);
                let provides = |host: &String| {
                    has(&removals.provided, host, key) || has(&removals.planned, host, key)
                };
                if members.is_empty() || members.iter().any(provides) {
                    return;
                }
                ("none of these hosts provides anything at this line", key)
            }
            _ => return,
        };
        let name = Word::write(key);
        self.complain(
            at,
            format!("this removes nothing: {problem} under the key `{name}`"),
        );
    }

    /// Records what an action stores under keys that lines remove.
    fn store(&mut self, action: &'a Action) {
        let (hosts, key) = match action {
            Action::Start { query } => return self.store(query),
            Action::Put { key, .. }
            | Action::StoreLocal { key, .. }
            | Action::Ask {
                kind: Kind::PutValue,
                key,
                ..
            } => {
                self.removals.records.insert(key);
                return;
            }
            Action::Provide { hosts, key, .. } => (hosts, key),
            Action::StoreProviderLocal { provider, key, .. } => (provider, key),
            _ => return,
        };
        if !self.removals.keys.contains(key) {
            return;
        }
        for host in self.members(hosts) {
            let provided = self.removals.provided.entry(host).or_default();
            provided.insert(key);
        }
    }
}

fn lack(hosts: &[String]) -> String {
    match hosts {
        [one] => format!("`{one}` lacks"),
        _ => "all these hosts lack".to_owned(),
    }
}

/// The key that hosts stop to provide.
fn stopped(action: &Action) -> Option<&Key> {
    match action {
        Action::StopProviding { key, .. } => Some(key),
        _ => None,
    }
}

/// The hosts to which an action may give an external address.
fn announcing(action: &Action) -> Option<&Hosts> {
    match action {
        Action::AddExternal { hosts, .. }
        | Action::Restart { hosts, .. }
        | Action::Spawn { hosts }
        | Action::Churn { hosts, .. }
        | Action::Listen { hosts, .. }
        | Action::Move { hosts, .. }
        | Action::Relocate { hosts, .. } => Some(hosts),
        _ => None,
    }
}
