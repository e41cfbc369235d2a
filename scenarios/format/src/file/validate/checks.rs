//! Finds invariants in `checks` that cannot be violated in a file: they are about what it never has,
//! or about a time after its end.

use std::time::Duration;

use dht_harness::check::Limits;
use indexmap::{IndexMap, IndexSet};
use libp2p::kad;

use super::{Validator, bounds, is_prompt, lists::actions, plan::stops, steps::lifecycle};
use crate::{
    action::{Action, ActionKind, Family},
    file::{
        members::members_for_report,
        network::NetworkSettings,
        scenario::{HostGroup, ScenarioFile},
    },
    step::Fails,
    syntax::{Kind, Mode},
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

/// The invariants about hosts that are clients at some time.
const OF_CLIENTS: [&str; 2] = ["clients-leave-tables", "clients-not-connected"];

/// The invariants about modes that libp2p chooses.
const OF_MODES: [&str; 2] = ["mode-as-announced", "mode-follows-address"];

/// The invariants about the tables of two servers that are up at the end.
const OF_THE_END: [&str; 2] = ["tables-cover-live-servers", "table-graph-connected"];

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
    /// Whether a query looks for peers.
    looks_for_peers: bool,
    /// Whether a request may stay without an answer.
    fails: bool,
    /// Whether a host may be a client.
    clients: bool,
    /// Whether libp2p chooses the mode of a host.
    chooses_modes: bool,
    /// How many servers may be up after the last step.
    servers_at_end: usize,
}

impl Subjects {
    /// `None` if hosts may do what the file does not say.
    fn of(scenario: &ScenarioFile) -> Option<Self> {
        let groups = scenario.members_of_groups();
        if !is_prompt(scenario) {
            return None;
        }
        let servers = bounds::may_be_servers(scenario, &groups);
        let down = down_at_end(scenario, &groups);
        let dht_hosts = || scenario.hosts.iter().filter(|it| it.script.is_none());
        let mut subjects = Subjects {
            servers: servers.len() > 1,
            servers_at_end: servers.iter().filter(|it| !down.contains(*it)).count(),
            clients: dht_hosts().any(|group| group.settings.mode != Some(kad::Mode::Server)),
            chooses_modes: dht_hosts().any(|group| group.settings.mode.is_none()),
            looks_for_peers: false,
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
            if let Action::SetMode { mode, .. } = action {
                subjects.clients |= *mode != Mode::Server;
                subjects.chooses_modes |= *mode == Mode::Auto;
            }
            subjects.looks_for_peers |= kind == ActionKind::FindPeers;
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
            name if OF_CLIENTS.contains(&name) && !self.clients => Some(
                "a host that is a client: add mode = \"client\" to the settings of one, or a `set-mode`",
            ),
            name if OF_MODES.contains(&name) && !self.chooses_modes => Some(
                "a mode that libp2p chooses: add mode = \"auto\" to the settings of a host, or a \
                 `set-mode`",
            ),
            name if OF_THE_END.contains(&name) && self.servers_at_end < 2 => Some(
                "two servers that are up after the last step: add a `restart`, or hosts that stay",
            ),
            "lookup-finds-closest" if !self.looks_for_peers => {
                Some("a query for peers: add a `find-peers`")
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

/// The hosts that are certainly down after the last step.
fn down_at_end(
    scenario: &ScenarioFile,
    groups: &IndexMap<String, Vec<String>>,
) -> IndexSet<String> {
    let later = scenario.hosts.iter().filter(|group| group.later);
    let mut down: IndexSet<String> = later.flat_map(HostGroup::members).collect();
    let starts = |action: &Action| {
        matches!(
            action.kind(),
            ActionKind::Spawn | ActionKind::Restart | ActionKind::Churn
        )
    };
    // When a planned action takes place is not known.
    if scenario.faults.iter().any(|fault| starts(&fault.action)) {
        return IndexSet::new();
    }
    for step in &scenario.steps {
        let action = &step.action;
        let hosts = match action {
            Action::Churn { hosts, .. } => Some(hosts),
            _ => lifecycle(action),
        };
        let Some(hosts) = hosts else { continue };
        let members = members_for_report(hosts, groups).into_iter();
        if starts(action) {
            members.for_each(|host| {
                down.swap_remove(&host);
            });
        } else if stops(action) && step.fails == Fails::No {
            down.extend(members);
        }
    }
    down
}

/// The time that a run has to take before an invariant can be violated, and what it is that
/// time of. `None` if the invariant can be violated at once.
fn least_time(scenario: &ScenarioFile, name: &str) -> Option<(Duration, &'static str)> {
    let settings = || {
        let groups = scenario.hosts.iter();
        let groups = groups.filter(|group| group.script.is_none());
        groups.map(|group| &group.settings)
    };
    match name {
        "bootstrap-recurs" => {
            let periods: Option<Vec<Duration>> =
                settings().map(|it| it.periodic_bootstrap).collect();
            let period = periods?.into_iter().max()?;
            let timeout = settings().map(|it| it.query_timeout).max()?;
            Some((
                period.saturating_add(2 * timeout),
                "`periodic_bootstrap` and twice `query_timeout`",
            ))
        }
        "idle-connections-close" => {
            let most = settings().map(|it| it.idle_timeout).max()?;
            Some((most, "`idle_timeout`"))
        }
        "recovery" | "dead-leave-tables" => Some((Limits::default().recovery, "the recovery time")),
        _ => None,
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
    /// The invariants in `checks` that cannot be violated, each with the reason.
    fn vain_checks(&self) -> Vec<(&str, String)> {
        if self.checks.is_empty() {
            return Vec::new();
        }
        let Some(subjects) = Subjects::of(self) else {
            return Vec::new();
        };
        let names = self.checks.iter().map(String::as_str);
        names
            .filter_map(|name| {
                let lack = subjects.lack(name).map(|lack| {
                    format!("`{name}` is about what this file never has, {lack}; or remove it")
                });
                Some((name, lack.or_else(|| self.ends_before(name))?))
            })
            .collect()
    }

    /// Why all runs of this file end before an invariant can be violated.
    fn ends_before(&self, name: &str) -> Option<String> {
        let (least, of_what) = least_time(self, name)?;
        let longest = self.longest(&self.members_of_groups())?;
        (longest < least).then(|| {
            format!(
                "`{name}` can only be violated after {}, {of_what}, and all steps end within {}: add \
                 `run`, or remove it",
                humantime::format_duration(least),
                humantime::format_duration(longest)
            )
        })
    }

    /// Removes the invariants from `checks` that cannot be violated in the file: a file with one
    /// of them is not valid.
    pub fn remove_vain_checks(&mut self) {
        let vain = self.vain_checks().into_iter();
        let vain: Vec<String> = vain.map(|(name, _)| name.to_owned()).collect();
        self.checks.retain(|name| !vain.contains(name));
    }
}

impl Validator<'_> {
    /// Reports invariants that cannot be violated in this file.
    pub(super) fn checks_in_vain(&mut self) {
        let scenario = self.scenario;
        for (_, why) in scenario.vain_checks() {
            let at = self.places.key("checks");
            self.complain(&at, why);
        }
    }
}
