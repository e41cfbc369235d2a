//! Finds invariants in `checks` that are about what a file never has.

use super::{Validator, bounds, is_prompt, lists::actions, plan::stops};
use crate::{
    action::{Action, ActionKind, Family},
    file::{
        network::NetworkSettings,
        scenario::{HostGroup, ScenarioFile},
    },
    syntax::Kind,
};

/// The invariants about tables in which servers have each other.
const OF_SERVERS: [&str; 5] = [
    "recovery",
    "failed-query-evicts",
    "table-graph-connected",
    "tables-cover-live-servers",
    "entries-lead-to-live-servers",
];

/// The invariants about hosts that are no longer up.
const OF_DEAD: [&str; 2] = ["dead-leave-tables", "dead-not-connected"];

/// The invariants about records that a query has stored.
const OF_PUTS: [&str; 3] = [
    "records-survive",
    "put-reaches-quorum",
    "records-at-closest",
];

/// What a file has at some time, as far as invariants are about it.
struct Subjects {
    /// Whether two hosts may be servers.
    servers: bool,
    /// Whether a host may stop.
    stops: bool,
    /// Whether a query stores a record.
    puts: bool,
    /// Whether a host announces itself as a provider.
    provides: bool,
    /// Whether a line puts something into a store.
    stores: bool,
    /// Whether a query looks for a record or for providers.
    looks: bool,
    /// Whether a request may stay without an answer.
    fails: bool,
}

impl Subjects {
    /// `None` if hosts may do what the file does not say.
    fn of(scenario: &ScenarioFile) -> Option<Self> {
        let groups = scenario.members_of_groups();
        if !is_prompt(scenario) {
            return None;
        }
        let mut subjects = Subjects {
            servers: bounds::may_be_servers(scenario, &groups).len() > 1,
            stops: false,
            puts: false,
            provides: false,
            stores: false,
            looks: false,
            fails: may_fail(scenario),
        };
        for action in actions(scenario) {
            let query = action.started();
            let kind = query.kind();
            let is_open = kind.family() == Family::Application || kind == ActionKind::Send;
            subjects.stops |=
                stops(action) || matches!(kind, ActionKind::Churn | ActionKind::DeclareDead);
            subjects.puts |= kind == ActionKind::Put;
            subjects.provides |= kind == ActionKind::Provide;
            subjects.looks |= matches!(kind, ActionKind::Get | ActionKind::FindProviders);
            subjects.stores |= is_open
                || matches!(
                    kind,
                    ActionKind::StoreLocal | ActionKind::StoreProviderLocal
                )
                || matches!(
                    action,
                    Action::Ask {
                        kind: Kind::PutValue | Kind::AddProvider,
                        ..
                    }
                );
        }
        subjects.stores |= subjects.puts || subjects.provides;
        Some(subjects)
    }

    /// What an invariant is about and the file never has.
    fn lack(&self, name: &str) -> Option<&'static str> {
        match name {
            name if OF_SERVERS.contains(&name) && !self.servers => {
                Some("two hosts that are servers: add hosts, or remove mode = \"client\" of some")
            }
            "failed-query-evicts" if !self.fails => {
                Some("a query that can fail: add a step such as `crash`, or a fault")
            }
            name if OF_DEAD.contains(&name) && !self.stops => {
                Some("a host that goes down: add a step such as `crash`")
            }
            name if OF_PUTS.contains(&name) && !self.puts => {
                Some("a record that a query stores: add a `put`")
            }
            "providers-at-closest" if !self.provides => {
                Some("a host that announces itself as a provider: add a `provide`")
            }
            "expiry-bounded" if !self.stores => {
                Some("a record in a store: add a step such as `put`")
            }
            "stored-is-found" if !self.stores => {
                Some("something that is stored: add a step such as `put`")
            }
            "stored-is-found" if !self.looks => {
                Some("a query for what is stored: add a `get` or a `find-providers`")
            }
            _ => None,
        }
    }
}

/// Whether a request of a query may stay without an answer: unless all hosts are alike, and lines
/// only connect them and start queries.
fn may_fail(scenario: &ScenarioFile) -> bool {
    let is_sound = |action: &Action| match action.started() {
        Action::AddAddress { address, .. } => address.is_none(),
        action => {
            matches!(
                action.kind(),
                ActionKind::Connect | ActionKind::StartConnect
            ) || matches!(
                action.family(),
                Family::Query | Family::Time | Family::Observation
            )
        }
    };
    let is_usual = |group: &HostGroup| {
        let usual = HostGroup {
            name: group.name.clone(),
            count: group.count,
            bootstrap: group.bootstrap.clone(),
            identity: group.identity,
            ground: group.ground.clone(),
            stack: group.stack.clone(),
            ..HostGroup::default()
        };
        *group == usual
    };
    scenario.network != NetworkSettings::default()
        || !scenario.routers.is_empty()
        || !scenario.hosts.iter().all(is_usual)
        || !actions(scenario).all(is_sound)
}

impl ScenarioFile {
    /// The invariants in `checks` that are about what the file never has, each with that.
    fn vain_checks(&self) -> Vec<(&str, &'static str)> {
        let Some(subjects) = Subjects::of(self) else {
            return Vec::new();
        };
        let names = self.checks.iter().map(String::as_str);
        names
            .filter_map(|name| Some((name, subjects.lack(name)?)))
            .collect()
    }

    /// Removes the invariants from `checks` that are about what the file never has: a file
    /// with one of them is not valid.
    pub fn remove_vain_checks(&mut self) {
        let vain = self.vain_checks().into_iter();
        let vain: Vec<String> = vain.map(|(name, _)| name.to_owned()).collect();
        self.checks.retain(|name| !vain.contains(name));
    }
}

impl Validator<'_> {
    /// Reports invariants about what this file never has.
    pub(super) fn checks_in_vain(&mut self) {
        let scenario = self.scenario;
        for (name, lack) in scenario.vain_checks() {
            let at = self.places.key("checks");
            self.complain(
                &at,
                format!("`{name}` is about what this file never has, {lack}; or remove it"),
            );
        }
    }
}
