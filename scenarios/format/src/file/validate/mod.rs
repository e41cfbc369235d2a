//! Checks that the names in a scenario exist, and that its steps are possible in
//! their order.

mod addresses;
pub(crate) mod allow;
mod already;
mod bounds;
mod carriers;
mod checks;
mod domain_names;
mod effects;
mod empty;
mod far;
mod head;
mod hosts;
mod idle_settings;
mod instants;
mod interfaces;
mod keeps;
mod keys;
mod kinds;
mod limits;
mod lists;
mod may_fail;
mod meetings;
mod moves;
mod names;
mod neighbours;
mod never;
mod nothing;
mod paused;
mod plan;
mod removals;
mod repeated;
mod replies;
mod roles;
mod routers;
mod snapshots;
mod steps;
mod unused;

use std::ops::Range;

use dht_fixtures::Stack;
use indexmap::{IndexMap, IndexSet};

pub(super) use self::roles::stacks_of;
use self::{
    addresses::Addresses,
    already::Already,
    bounds::Certain,
    domain_names::DomainNames,
    effects::Effects,
    empty::Tables,
    instants::Instant,
    keys::Keys,
    kinds::KindsOfHosts,
    lists::{actions, lists},
    meetings::Meetings,
    moves::Homes,
    names::Names,
    never::Sent,
    paused::Held,
    plan::{Change, Window, begins_to_close},
    removals::Removals,
    replies::Replies,
    steps::lifecycle,
};
use super::{
    members::members,
    places::Places,
    problem::Problem,
    scenario::{HostGroup, ScenarioFile},
};
use crate::{
    action::{Action, ActionKind},
    known::KnownFailure,
    query_kind::QueryKind,
    step::{Fails, Step},
    syntax::{Argument, Hosts, hint},
};

/// Why `until` cannot end a planned action.
fn not_healed(action: &Action) -> Option<String> {
    let kind = action.kind();
    if matches!(kind, ActionKind::Reset | ActionKind::ResetStreams) {
        return Some(format!(
            "a `{kind}` takes place at once, so nothing can be healed: remove `until`"
        ));
    }
    if action.is_fault() {
        let name = "a fault with `until` needs a name: add `id=NAME` to the action";
        return action.fault_id().is_none().then(|| name.to_owned());
    }
    let mut others = ActionKind::ALL.iter();
    let remedy = match others.find(|other| other.undoes().contains(&kind)) {
        Some(other) => format!("plan a `{other}` for that time"),
        None => "nothing ends it".to_owned(),
    };
    Some(format!(
        "`until` heals faults of the network, and `{kind}` is none: remove `until`; {remedy}"
    ))
}

/// Why the effects of a planned action are not known.
fn not_counted(action: &Action) -> Option<String> {
    let kind = action.kind();
    let is_counted = match kind {
        ActionKind::SetBandwidth => false,
        ActionKind::DropMessages | ActionKind::DelayMessages => true,
        _ => action.is_fault(),
    };
    (!is_counted).then(|| {
        format!(
            "`must_fire` is about faults whose effects are counted: those of the network but for \
             `bandwidth`, `drop-messages` and `delay-messages`; remove it from this `{kind}`"
        )
    })
}

/// What to write in place of an action that waits.
fn without_waiting(action: &Action) -> String {
    match action.kind() {
        ActionKind::Connect => "use `start-connect`".to_owned(),
        ActionKind::Close => "use `start-close`".to_owned(),
        _ if action.query().is_some() || QueryKind::of(action).is_some() => {
            "write `start` before it".to_owned()
        }
        kind => format!("perform `{kind}` as a step"),
    }
}

/// The stacks of scripted hosts.
const SCRIPTED: [&str; 2] = ["raw", "raw-announced"];

/// All problems of a scenario that could be parsed.
///
/// `declared` are the known failures that the project has declared. The ids of `allow` are
/// not checked without it.
pub(super) fn problems(
    scenario: &ScenarioFile,
    places: &Places,
    declared: Option<&[KnownFailure]>,
) -> Vec<Problem> {
    let prompt = is_prompt(scenario);
    let mut validator = Validator {
        scenario,
        places,
        declared,
        problems: Vec::new(),
        groups: IndexMap::new(),
        life: IndexMap::new(),
        routers: IndexMap::new(),
        kinds: KindsOfHosts::default(),
        domain: DomainNames::of(scenario, places),
        names: Names::default(),
        paused: IndexSet::new(),
        planned: IndexSet::new(),
        changes: Vec::new(),
        window: Window::START,
        prompt,
        closing: actions(scenario).any(begins_to_close),
        relocates: actions(scenario).any(|action| matches!(action, Action::Relocate { .. })),
        keys: Keys::of(scenario),
        addresses: Addresses::of(scenario),
        already: Already::default(),
        certain: Certain::of(scenario, prompt),
        effects: Effects::default(),
        homes: Homes::default(),
        held: Held::of(scenario),
        removals: Removals::of(scenario),
        tables: Tables::of(scenario, prompt),
        planned_effects: Effects::default(),
        meetings: Meetings::default(),
        instant: Instant::default(),
        sent: Sent::of(scenario),
        replies: Replies::default(),
    };
    validator.head();
    // Everything else takes time for each host.
    if validator.is_too_large() {
        return validator.problems;
    }
    validator.already = Already::of(scenario, prompt);
    validator.homes = Homes::of(scenario);
    validator.kinds = KindsOfHosts::of(scenario, places);
    validator.hosts();
    validator.routers();
    validator.interfaces();
    validator.host_names();
    validator.meetings = Meetings::of(scenario, &validator.groups, prompt);
    validator.names.planned = true;
    validator.fault_plan();
    validator.names.planned = false;
    validator.plan_effects();
    validator.planned_instants();
    validator.planned_names();
    validator.planned_stock();
    validator.planned_states();
    let mut repetitions = scenario.steps.repetitions().into_iter().peekable();
    for (index, (step, at)) in scenario.steps.iter().zip(&places.steps).enumerate() {
        repetitions.next_if(|(range, _)| range.end <= index);
        let present = repetitions
            .peek()
            .filter(|(range, _)| range.contains(&index));
        validator.names.repetition =
            present.map(|(range, lines)| (range.clone(), (index - range.start) / lines));
        validator.step(step, at);
        validator.done_twice(index, at);
    }
    validator.names.repetition = None;
    validator.repeated_in_vain();
    validator.kept_in_vain();
    validator.unread_replies();
    validator.unused();
    validator.limits();
    validator.idle_settings();
    validator.meeting_dials();
    validator.never_spawned();
    validator.checks_in_vain();
    validator.unused_snapshots();
    validator.planned_hosts();
    validator.planned_in_vain();
    validator.planned_after_stop();
    validator.planned_too_late();
    validator.allowances();
    validator.problems
}

/// The state of a host, as far as it follows from the steps.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Presence {
    ToCome,
    Up,
    Down,
    /// Unknown, because a planned fault affects the host.
    Unsure,
}

struct Validator<'a> {
    scenario: &'a ScenarioFile,
    places: &'a Places,
    declared: Option<&'a [KnownFailure]>,
    problems: Vec<Problem>,
    /// The members of each group.
    groups: IndexMap<String, Vec<String>>,
    life: IndexMap<String, Presence>,
    /// The routers, each with the number of its entry.
    routers: IndexMap<String, usize>,
    kinds: KindsOfHosts,
    domain: DomainNames<'a>,
    /// Whether a line carries a host to another network, so that the router in front of it is not
    /// always that of the file.
    relocates: bool,
    names: Names,
    paused: IndexSet<String>,
    /// The hosts that planned faults start or stop.
    planned: IndexSet<String>,
    /// The steps that start or stop hosts.
    changes: Vec<Change>,
    /// The times between which the next step starts.
    window: Window,
    /// Whether steps that do not wait take no time: no host can be an application with
    /// its own event loop.
    prompt: bool,
    /// Whether a host may be closing while the next step is performed.
    closing: bool,
    keys: Keys<'a>,
    addresses: Addresses<'a>,
    already: Already<'a>,
    certain: Certain<'a>,
    /// What steps have done and not undone.
    effects: Effects,
    /// What planned faults do at some time.
    planned_effects: Effects,
    homes: Homes,
    held: Held,
    removals: Removals<'a>,
    tables: Tables,
    meetings: Meetings,
    instant: Instant<'a>,
    sent: Sent,
    replies: Replies,
}

/// Whether no host can be an application with its own event loop, for which steps wait.
fn is_prompt(scenario: &ScenarioFile) -> bool {
    let named = scenario
        .hosts
        .iter()
        .filter_map(|group| group.stack.as_ref());
    let mut stacks = named.chain(&scenario.stacks).map(String::as_str);
    let driven = |stack: &str| {
        SCRIPTED.contains(&stack) || Stack::ALL.iter().any(|known| known.to_string() == stack)
    };
    stacks.all(driven)
}

impl Validator<'_> {
    fn complain(&mut self, at: &Range<usize>, text: impl Into<String>) {
        self.problems.push(Problem {
            at: at.clone(),
            text: text.into(),
        });
    }

    /// Whether the latest problem is one of this place.
    fn is_told(&self, at: &Range<usize>) -> bool {
        self.problems.last().is_some_and(|last| last.at == *at)
    }

    /// Reports a step whose condition is the same in every run, if the step passes for that.
    /// One that fails tells why by itself.
    fn always_passes(&mut self, step: &Step, holds: bool, why: Option<String>, at: &Range<usize>) {
        // A condition on a host that is not up is neither true nor false.
        let lists = lists(&step.action);
        let first = lists
            .first()
            .map_or(Vec::new(), |hosts| self.members(hosts));
        let is_up = |host: &String| self.life.get(host) == Some(&Presence::Up);
        let mut all = lists.iter().flat_map(|hosts| self.members(hosts));
        let is_to_come = all.any(|host| self.life.get(&host) == Some(&Presence::ToCome));
        if is_to_come || !first.iter().all(is_up) {
            return;
        }
        self.passes_if_up(step, holds, why, at);
    }

    /// As [`always_passes`](Self::always_passes), of a condition that is also true or false of
    /// hosts that are down.
    fn passes_if_up(&mut self, step: &Step, holds: bool, why: Option<String>, at: &Range<usize>) {
        if self.is_told(at) {
            return;
        }
        let is_so = step.action.condition().is_some_and(|it| it.with(holds));
        let passes = is_so == !matches!(step.fails, Fails::Somehow | Fails::With(_));
        self.maybe(
            at,
            why.filter(|_| passes)
                .map(|why| format!("this cannot fail: {why}")),
        );
    }

    /// Whether the present step is one of a repetition, and not of its first number.
    fn is_repeated(&self) -> bool {
        matches!(self.names.repetition, Some((_, number)) if number > 0)
    }

    fn fault_plan(&mut self) {
        let scenario = self.scenario;
        // In the order in which they take place.
        let mut faults: Vec<_> = scenario.faults.iter().zip(&self.places.faults).collect();
        faults.sort_by_key(|(fault, _)| fault.at);
        for (fault, at) in faults {
            if self.places.is_unread(at) {
                continue;
            }
            if fault.action.waits() {
                self.complain(
                    at,
                    format!(
                        "`{}` waits, but a planned fault must not wait: {}",
                        fault.action,
                        without_waiting(&fault.action)
                    ),
                );
            }
            if let Some(until) = fault.until {
                if until <= fault.at {
                    self.complain(
                        at,
                        "`until` has to be later than `at`; both are counted from the start",
                    );
                }
                self.maybe(at, not_healed(&fault.action));
            }
            if fault.must_fire {
                self.maybe(at, not_counted(&fault.action));
            }
            if let Some(hosts) = lifecycle(&fault.action) {
                for host in self.members(hosts) {
                    self.planned_lifecycle(&fault.action, host);
                }
            }
            self.action(&fault.action, false, at);
            self.addresses(&fault.action, &Fails::No, at);
            self.domain_names(&fault.action, &Fails::No, at);
            self.ways(&fault.action, &Fails::No, at);
            self.carrier(&fault.action, at);
            self.maybe(at, nothing::nothing(&fault.action));
            self.moves(&fault.action, false, at);
            self.removed_keys(&fault.action, at);
        }
    }

    fn planned_lifecycle(&mut self, action: &Action, host: String) {
        match action {
            Action::Pause { .. } => {
                self.paused.insert(host);
                return;
            }
            Action::Resume { .. } => return,
            _ => {}
        }
        let comes_later = self.life.get(&host) == Some(&Presence::ToCome);
        if !comes_later || matches!(action, Action::Spawn { .. }) {
            self.life.insert(host.clone(), Presence::Unsure);
        }
        self.planned.insert(host);
    }

    /// Reports each host that does not exist. Returns whether there is one.
    fn named_hosts(&mut self, part: &impl Argument, at: &Range<usize>) -> bool {
        let mut unknown = Vec::new();
        part.hosts(&mut |name| {
            if !self.life.contains_key(name) && !self.groups.contains_key(name) {
                unknown.push(name.to_owned());
            }
        });
        for name in &unknown {
            let known = self.life.keys().chain(self.groups.keys());
            let hint = self
                .beyond_group(name)
                .or_else(|| hint(name, known.map(String::as_str)))
                .map_or(String::new(), |hint| format!("; {hint}"));
            self.complain(
                at,
                match name.as_str() {
                    "all" => "`!all` leaves no host: name hosts or groups after `!`".to_owned(),
                    _ => format!("no host is called `{name}`{hint}"),
                },
            );
        }
        !unknown.is_empty()
    }

    /// The hosts of a group, if a name is the group's with a number that none of them has.
    fn beyond_group(&self, name: &str) -> Option<String> {
        let group = name.trim_end_matches(|c: char| c.is_ascii_digit());
        let members = self.groups.get(group).filter(|_| group != name)?;
        match members.as_slice() {
            [first, .., last] => Some(format!("`{group}` has `{first}` to `{last}`")),
            _ => None,
        }
    }

    /// The first group of which hosts are in a list and of which something holds, with the
    /// first of these hosts.
    fn first_of(
        &self,
        hosts: &Hosts,
        holds: impl Fn(&HostGroup) -> bool,
    ) -> Option<(String, &HostGroup)> {
        let named: IndexSet<String> = self.members(hosts).into_iter().collect();
        let groups = self.scenario.hosts.iter().filter(|group| holds(group));
        let mut found = groups.filter_map(|group| {
            let mut members = self.groups.get(&group.name)?.iter();
            let host = members.find(|member| named.contains(*member))?;
            Some((host.clone(), group))
        });
        found.next()
    }

    /// The hosts of a list, without names that do not exist.
    fn members(&self, hosts: &Hosts) -> Vec<String> {
        members(hosts, &self.groups)
    }
}
