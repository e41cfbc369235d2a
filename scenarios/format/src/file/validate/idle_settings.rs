//! Finds settings that can mean nothing in a file: times and limits of 0 that switch nothing off,
//! protocols without a second party, and settings that nothing of the file meets.

use std::{ops::Range, time::Duration};

use dht_fixtures::{KadSettings, Stack};
use dht_harness::net::Carrier;
use indexmap::IndexSet;

use super::{Validator, addresses::given, is_prompt, lists::actions, roles::stacks_of};
use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    file::{
        router::RouterGroup,
        scenario::{HostGroup, ScenarioFile},
    },
    limit,
    stacks::DEFAULT_STACK,
    step::Fails,
};

impl Validator<'_> {
    /// Reports settings that have no meaning in this file.
    pub(super) fn idle_settings(&mut self) {
        let scenario = self.scenario;
        let told = self.problems.iter().map(|problem| problem.at.start);
        let told: IndexSet<usize> = told.collect();
        let is_only = self.prompt && scenario.size() == 1;
        for (group, at) in scenario.hosts.iter().zip(&self.places.hosts) {
            if told.contains(&at.start) {
                continue;
            }
            let problem = never_time(group).or_else(|| alone(group).filter(|_| is_only));
            let problem = problem.map(|problem| format!("`{}`: {problem}", group.name));
            self.maybe(at, problem);
            if self.prompt {
                self.closed_relay(group, at);
            }
        }
        self.unused_stacks();
        let moves =
            |action: &Action| matches!(action, Action::Move { .. } | Action::Relocate { .. });
        let is_told = told.contains(&self.places.key("network").start);
        if scenario.network.migration && !is_told && !actions(scenario).any(moves) {
            let at = self.places.key("network");
            self.complain(
                &at,
                "`migration` is about connections of a host that moves, and no line moves one: add a \
                 `move`, or remove `migration`",
            );
        }
        if self.prompt && !self.relocates {
            let routers = scenario.routers.iter().zip(&self.places.routers);
            for (group, at) in routers.filter(|(_, at)| !told.contains(&at.start)) {
                self.router_without_traffic(group, at);
            }
        }
    }

    /// Reports a relay whose limits let nothing through, unless a line is about that.
    fn closed_relay(&mut self, group: &HostGroup, at: &Range<usize>) {
        let Some(limits) = &group.settings.traversal.relay else {
            return;
        };
        let zero = [
            ("max_reservations", limits.max_reservations),
            (
                "max_reservations_per_peer",
                limits.max_reservations_per_peer,
            ),
            ("max_circuits", limits.max_circuits),
            ("max_circuits_per_peer", limits.max_circuits_per_peer),
        ];
        let Some((name, _)) = zero.into_iter().find(|(_, limit)| *limit == 0) else {
            return;
        };
        let mut steps = self.scenario.steps.iter();
        let is_about_it = steps.any(|step| {
            let condition = step.action.condition().map(Condition::whole);
            step.fails != Fails::No
                || condition.is_some_and(|condition| {
                    matches!(
                        condition,
                        Condition::Relayed { .. }
                            | Condition::Direct { .. }
                            | Condition::Connected { .. }
                            | Condition::Connections { .. }
                            | Condition::Listeners { .. }
                    )
                })
        });
        if !is_about_it {
            self.complain(
                at,
                format!(
                    "`{0}` is a relay with {name} = 0, and no line is about what it refuses: write a \
                     limit of at least 1, or a line such as `expect not relayed HOST OTHER`",
                    group.name
                ),
            );
        }
    }

    /// Reports stacks of a file whose hosts all name their own.
    fn unused_stacks(&mut self) {
        let scenario = self.scenario;
        let have_own = scenario.hosts.iter().all(|group| group.stack.is_some());
        if !have_own || scenario.hosts.is_empty() || !self.places.keys.contains_key("stacks") {
            return;
        }
        let at = self.places.key("stacks");
        let text = "each host has a `stack` of its own, so that `stacks` has no effect: remove it, or \
                    the `stack` of a host";
        self.complain(&at, text);
    }

    /// Reports settings of a router that nothing passes through, or nothing of that kind.
    fn router_without_traffic(&mut self, group: &RouterGroup, at: &Range<usize>) {
        let (name, usual) = (&group.name, RouterGroup::default());
        let set = [
            ("mapping", group.mapping != usual.mapping),
            ("filtering", group.filtering != usual.filtering),
            ("lifetime", group.lifetime != usual.lifetime),
            ("udp_lifetime", group.udp_lifetime != usual.udp_lifetime),
        ];
        let Some((setting, _)) = set.into_iter().find(|(_, is_set)| *is_set) else {
            return;
        };
        let behind: Vec<&HostGroup> = self.scenario.behind(group);
        let has_tcp = |group: &&HostGroup| {
            let carriers = [Carrier::Tcp, Carrier::WebSocket, Carrier::SecureWebSocket];
            let kinds = group.kinds();
            carriers
                .into_iter()
                .any(|carrier| kinds.has_carrier(carrier))
        };
        if group.lifetime != usual.lifetime && !behind.is_empty() && !behind.iter().any(has_tcp) {
            self.complain(
                at,
                format!(
                    "`{name}`: `lifetime` is that of connections of TCP, and no host behind it uses \
                     TCP: write `udp_lifetime`, or addresses = \"tcp\" at a host"
                ),
            );
        }
        let all_inside = behind.len() == self.scenario.hosts.len();
        let is_one = group.size() == 1 && !group.hairpin;
        if all_inside && is_one && !behind.is_empty() {
            self.complain(
                at,
                format!(
                    "`{name}`: `{setting}` is about what passes the router, and all hosts are behind \
                     it: add a host without `behind`, or remove `{setting}`"
                ),
            );
        }
    }
}

/// A protocol of a host that is the only one of its file.
fn alone(group: &HostGroup) -> Option<String> {
    let settings = &group.settings;
    let (neighbours, traversal) = (&settings.neighbours, &settings.traversal);
    let set = [
        ("ping", neighbours.ping.is_some()),
        ("gossipsub", neighbours.gossipsub),
        ("autonat_v1", traversal.autonat_v1.is_some()),
        ("autonat_v2_client", traversal.autonat_v2_client),
        ("autonat_v2_server", traversal.autonat_v2_server),
        (
            "identify",
            settings.identify != KadSettings::default().identify,
        ),
    ];
    let (name, _) = set.into_iter().find(|(_, is_set)| *is_set)?;
    Some(format!(
        "`{name}` is about another host, and there is none in the file: add one, or remove \
         `{name}`"
    ))
}

/// The shortest message of a lookup: its kind, and the id of a peer.
const LEAST_MESSAGE: usize = 42;

/// A setting of 0 that neither switches something off nor can be meant.
fn never_time(group: &HostGroup) -> Option<String> {
    let settings = &group.settings;
    if settings.max_packet_size < LEAST_MESSAGE {
        return Some(format!(
            "with a `max_packet_size` of {} no lookup can be sent: the message of one has at least \
             {LEAST_MESSAGE} bytes",
            settings.max_packet_size
        ));
    }
    let ping = settings.neighbours.ping.as_ref();
    let requests = settings.neighbours.request_response.as_ref();
    let relay = settings.traversal.relay.as_ref();
    let autonat = settings.traversal.autonat_v1.as_ref();
    let times: [(&str, Option<Duration>); 7] = [
        ("ping.interval", ping.map(|ping| ping.interval)),
        ("ping.timeout", ping.map(|ping| ping.timeout)),
        ("request_response.timeout", requests.map(|it| it.timeout)),
        (
            "relay.reservation_duration",
            relay.map(|relay| relay.reservation_duration),
        ),
        (
            "relay.max_circuit_duration",
            relay.map(|relay| relay.max_circuit_duration),
        ),
        (
            "autonat_v1.refresh_interval",
            autonat.map(|autonat| autonat.refresh_interval),
        ),
        (
            "autonat_v1.retry_interval",
            autonat.map(|autonat| autonat.retry_interval),
        ),
    ];
    let short = times
        .into_iter()
        .find(|(_, time)| time.is_some_and(|time| time < limit::INTERVAL));
    short.map(|(name, time)| {
        format!(
            "`{name}` is at least 1ms, and this is {}: nothing takes place within it, and it does not \
             switch anything off",
            humantime::format_duration(time.unwrap_or_default())
        )
    })
}

impl ScenarioFile {
    /// The hosts behind one of these routers, directly or behind another router.
    fn behind(&self, group: &RouterGroup) -> Vec<&HostGroup> {
        let mut names: IndexSet<String> = group.members().into_iter().collect();
        names.insert(group.name.clone());
        // An inner router is declared after the one in front of it.
        for inner in &self.routers {
            if inner.behind.as_ref().is_some_and(|it| names.contains(it)) {
                names.extend(inner.members());
                names.insert(inner.name.clone());
            }
        }
        let is_behind =
            |host: &&HostGroup| host.behind.as_ref().is_some_and(|it| names.contains(it));
        self.hosts.iter().filter(is_behind).collect()
    }

    /// The settings of records, providers and names in a file without any, and the regions without
    /// hosts.
    pub(super) fn unmet_settings(&self) -> Vec<String> {
        let lines = Lines::of(self);
        let usual = KadSettings::default();
        let groups = self.hosts.iter().filter(|_| is_prompt(self));
        let mut told = Vec::new();
        for group in groups.filter(|group| group.script.is_none()) {
            let (settings, name) = (&group.settings, &group.name);
            let (store, of_store) = (&settings.store, &usual.store);
            let of_records = [
                ("record_ttl", settings.record_ttl != usual.record_ttl),
                ("max_records", store.max_records != of_store.max_records),
                (
                    "max_value_bytes",
                    store.max_value_bytes != of_store.max_value_bytes,
                ),
            ];
            let of_providers = [
                ("provider_ttl", settings.provider_ttl != usual.provider_ttl),
                (
                    "max_provided_keys",
                    store.max_provided_keys != of_store.max_provided_keys,
                ),
                (
                    "max_providers_per_key",
                    store.max_providers_per_key != of_store.max_providers_per_key,
                ),
            ];
            let of_both = [("filtering", settings.filtering != usual.filtering)];
            let of_lookups = [("caching", settings.caching != usual.caching)];
            let subjects = [
                (&of_records[..], lines.records, "no line stores a record"),
                (
                    &of_providers[..],
                    lines.providers,
                    "no line announces a provider",
                ),
                (
                    &of_both[..],
                    lines.records || lines.providers,
                    "no line stores a record or announces a provider",
                ),
                (&of_lookups[..], lines.lookups, "no line looks up a record"),
            ];
            for (settings, is_met, why) in subjects {
                let set = settings.iter().filter(|(_, is_set)| *is_set && !is_met);
                told.extend(set.map(|(setting, _)| format!("`{setting}` of `{name}`: {why}")));
            }
            if group.kinds().resolves_names() && !lines.names {
                told.push(format!("`names` of `{name}`: no line dials a name"));
            }
        }
        told.extend(self.empty_regions());
        told
    }

    /// The regions without a share of the hosts that no host names. A file of regions has those that
    /// several scenarios need.
    fn empty_regions(&self) -> Vec<String> {
        let named = self.hosts.iter().filter_map(|group| group.region.as_ref());
        let named: IndexSet<&String> = named.collect();
        let regions = self.network.regions.iter();
        let empty = regions.filter(|it| it.share == 0.0 && !named.contains(&it.name));
        let told = empty.map(|region| format!("the region `{}`: no host is in it", region.name));
        told.collect()
    }

    /// The protocols that learn addresses of their host from identify, and hosts that have none. An
    /// application can have that fault, so that it is no error.
    pub(super) fn deaf_protocols(&self) -> Vec<String> {
        let is_bare =
            |group: &&HostGroup| stacks_of(group, self).contains(&Stack::Kad.to_string().as_str());
        let groups = self.hosts.iter().filter(is_bare);
        let told = groups.flat_map(|group| {
            let traversal = &group.settings.traversal;
            let all = [
                ("dcutr", traversal.dcutr),
                ("autonat_v2_client", traversal.autonat_v2_client),
            ];
            let set = all.into_iter().filter(|(_, is_set)| *is_set);
            set.map(|(setting, _)| {
                format!(
                    "`{setting}` of `{}`: it learns addresses of the host from identify, which the \
                     stack kad lacks",
                    group.name
                )
            })
        });
        told.collect()
    }

    /// The protocols beside kad that a host has and no other one has the other side of.
    pub(super) fn lonely_protocols(&self) -> Vec<String> {
        let count = |has: &dyn Fn(&HostGroup) -> bool| -> usize {
            let having = self.hosts.iter().filter(|group| has(group));
            having.map(HostGroup::size).sum()
        };
        let gossips = |group: &HostGroup| group.settings.neighbours.gossipsub;
        let first = |group: &HostGroup| group.settings.traversal.autonat_v1.is_some();
        let client = |group: &HostGroup| group.settings.traversal.autonat_v2_client;
        let server = |group: &HostGroup| group.settings.traversal.autonat_v2_server;
        let punches = |group: &HostGroup| group.settings.traversal.dcutr;
        let alone = "no other host has it";
        type Has<'a> = &'a dyn Fn(&HostGroup) -> bool;
        let all: [(&str, Has<'_>, bool, &str); 5] = [
            ("gossipsub", &gossips, count(&gossips) == 1, alone),
            ("autonat_v1", &first, count(&first) == 1, alone),
            ("dcutr", &punches, count(&punches) == 1, alone),
            (
                "autonat_v2_client",
                &client,
                count(&server) == 0,
                "no host is a server of it",
            ),
            (
                "autonat_v2_server",
                &server,
                count(&client) == 0,
                "no host is a client of it",
            ),
        ];
        // Another stack may have the other side without a setting.
        let stacks = self.hosts.iter().flat_map(|group| stacks_of(group, self));
        let mut stacks = stacks.filter(|stack| !STANDARD.contains(stack));
        if stacks.next().is_some() {
            return Vec::new();
        }
        let lonely = all.into_iter().filter(|(.., is_lonely, _)| *is_lonely);
        let told = lonely.flat_map(|(name, has, _, why)| {
            let groups = self.hosts.iter().filter(move |group| has(group));
            groups.map(move |group| format!("`{name}` of `{}`: {why}", group.name))
        });
        told.collect()
    }
}

/// What the lines of a file are about.
struct Lines {
    /// Whether a line may put a record into a store.
    records: bool,
    /// Whether a line may put a provider into a store.
    providers: bool,
    /// Whether a line looks up a record.
    lookups: bool,
    /// Whether a line has an address with a name.
    names: bool,
}

impl Lines {
    fn of(scenario: &ScenarioFile) -> Self {
        let mut lines = Lines {
            records: false,
            providers: false,
            lookups: false,
            names: !scenario.names.is_empty(),
        };
        for action in actions(scenario) {
            // What is asked or sent may be of any kind.
            let is_open = matches!(action.kind(), ActionKind::Ask | ActionKind::Send);
            let kind = action.started().kind();
            lines.records |= is_open || matches!(kind, ActionKind::Put | ActionKind::StoreLocal);
            lines.providers |=
                is_open || matches!(kind, ActionKind::Provide | ActionKind::StoreProviderLocal);
            lines.lookups |= kind == ActionKind::Get;
            lines.names |= kind == ActionKind::SetName || given(action).is_some();
        }
        lines
    }
}

/// The stacks whose hosts have the protocols that their settings say.
pub(super) const STANDARD: [&str; 3] = ["kad", DEFAULT_STACK, "evicting"];
