//! Checks that planned faults meet hosts that can be up.

use std::{ops::Range, time::Duration};

use indexmap::{IndexMap, IndexSet};

use super::{
    Presence, Validator, is_prompt,
    lists::{actions, lists},
    steps::lifecycle,
};
use crate::{
    action::{Action, Family},
    file::{
        members::members_for_report,
        scenario::{PlannedFault, ScenarioFile},
    },
    limit,
    step::{Fails, Step},
    syntax::Hosts,
};

/// How long a step waits at most for one connection, query or close, and `settle` without `within`.
const PATIENCE: Duration = Duration::from_secs(300);

/// The times between which something takes place.
#[derive(Clone, Copy, Default)]
pub(super) struct Window {
    earliest: Duration,
    /// `None` if it is not bounded.
    latest: Option<Duration>,
}

impl Window {
    pub(super) const START: Window = Window {
        earliest: Duration::ZERO,
        latest: Some(Duration::ZERO),
    };

    /// The latest time. `None` if it is not bounded.
    pub(super) fn latest(self) -> Option<Duration> {
        self.latest
    }

    /// The times between which the step after this one starts.
    /// `prompt` says that no host is waited for by steps that do not wait themselves,
    /// `closing` that a restart may have to wait for the end of a close, and `groups` are the
    /// members of each group.
    pub(super) fn after(
        self,
        step: &Step,
        prompt: bool,
        closing: bool,
        groups: &IndexMap<String, Vec<String>>,
    ) -> Window {
        let certain = step.fails == Fails::No;
        let (least, most) = match &step.action {
            Action::Run { time } | Action::Always { time, .. } | Action::Churn { time, .. } => {
                (if certain { *time } else { Duration::ZERO }, Some(*time))
            }
            Action::Eventually { within, .. } => (Duration::ZERO, Some(*within)),
            Action::Settle { within } => (Duration::ZERO, Some(within.unwrap_or(PATIENCE))),
            // An application with its own event loop is waited for.
            action if !prompt && action.family() != Family::Observation => (Duration::ZERO, None),
            action if action.waits() => (Duration::ZERO, patience(action, groups)),
            Action::Restart { .. } if closing => (Duration::ZERO, None),
            _ => (Duration::ZERO, Some(Duration::ZERO)),
        };
        Window {
            earliest: self.earliest.saturating_add(least),
            latest: self
                .latest
                .zip(most)
                .map(|(latest, most)| latest.saturating_add(most)),
        }
    }
}

/// How long a step that waits takes at most: it waits for one host, or pair of hosts, after the
/// other. `None` if that is not bounded.
fn patience(action: &Action, groups: &IndexMap<String, Vec<String>>) -> Option<Duration> {
    let all = || groups.values().map(Vec::len).sum();
    let of = |hosts: &Hosts| members_for_report(hosts, groups).len();
    let kind = action.kind();
    let number = match action {
        // For each pair it may wait for another dial first.
        Action::Connect { from, to } => 2 * of(from).saturating_mul(of(to)),
        Action::Disconnect { from, to } => of(from).saturating_mul(of(to)),
        Action::Dial { from, peer, .. } => 2 * of(from).saturating_mul(peer.as_ref().map_or(1, of)),
        Action::Ask { host, peers, .. } | Action::Send { host, peers, .. } => {
            of(host).saturating_mul(of(peers))
        }
        Action::Listen { hosts, .. } | Action::Close { hosts } => of(hosts),
        Action::Finish { .. } => all(),
        _ if kind.family() == Family::Query => action.actors().map_or_else(all, of),
        _ => return None,
    };
    Some(PATIENCE.saturating_mul(u32::try_from(number).ok()?))
}

impl ScenarioFile {
    /// The virtual time that all steps take at most. `None` if that is not bounded.
    pub(super) fn longest(&self, groups: &IndexMap<String, Vec<String>>) -> Option<Duration> {
        let prompt = is_prompt(self);
        let closing = actions(self).any(begins_to_close);
        let steps = self.steps.iter();
        let end = steps.fold(Window::START, |window, step| {
            window.after(step, prompt, closing, groups)
        });
        end.latest
    }
}

/// Whether an action closes hosts and does not wait for the end.
pub(super) fn begins_to_close(action: &Action) -> bool {
    matches!(
        action,
        Action::StartClose { .. } | Action::Churn { close: true, .. }
    )
}

/// A step that starts or stops a host.
pub(super) struct Change {
    pub(super) host: String,
    pub(super) to: Presence,
    pub(super) at: Window,
}

impl Validator<'_> {
    /// Reports each planned fault whose hosts cannot be up.
    pub(super) fn planned_hosts(&mut self) {
        let scenario = self.scenario;
        for (index, fault) in scenario.faults.iter().enumerate() {
            let at = self.places.faults[index].clone();
            for hosts in lists(&fault.action) {
                for host in self.members(&hosts) {
                    self.planned_host(fault, index, &host, &at);
                }
            }
        }
    }

    /// Reports each planned fault that the run ends before.
    pub(super) fn planned_too_late(&mut self) {
        let Some(end) = self.window.latest else {
            return;
        };
        let scenario = self.scenario;
        for (fault, at) in scenario.faults.iter().zip(&self.places.faults) {
            if fault.at > end && fault.at <= limit::RUN {
                self.complain(at, format!(
                    "all steps have ended at the latest {} after the start, so this never takes place: plan it earlier, or add `run`",
                    humantime::format_duration(end)
                ));
            } else if let Some(until) = fault
                .until
                .filter(|until| *until > end && *until <= limit::RUN)
            {
                self.complain(at, format!(
                    "all steps have ended at the latest {} after the start, so the fault is not healed {} after it: leave `until` out, write an earlier one, or add `run`",
                    humantime::format_duration(end),
                    humantime::format_duration(until)
                ));
            }
        }
    }

    /// Reports each planned fault of which earlier ones have stopped all hosts.
    pub(super) fn planned_after_stop(&mut self) {
        let scenario = self.scenario;
        let stops: Vec<(&PlannedFault, IndexSet<String>)> = scenario
            .faults
            .iter()
            .filter(|fault| stops(&fault.action))
            .filter_map(|fault| {
                let hosts = self.members(lifecycle(&fault.action)?);
                Some((fault, hosts.into_iter().collect()))
            })
            .collect();
        if stops.is_empty() {
            return;
        }
        let mut started: IndexSet<String> = IndexSet::new();
        for action in actions(scenario) {
            if let Action::Churn { hosts, .. }
            | Action::Spawn { hosts }
            | Action::Restart { hosts, .. } = action
            {
                started.extend(self.members(hosts));
            }
        }
        for (fault, at) in scenario.faults.iter().zip(&self.places.faults) {
            let acts = match &fault.action {
                Action::Slow { hosts, .. } | Action::Skew { hosts, .. } => Some(hosts),
                Action::Restart { .. } | Action::Spawn { .. } => None,
                action => action.actors().or(lifecycle(action)),
            };
            let hosts = acts.map_or(Vec::new(), |hosts| self.members(hosts));
            let stopped = |host: &String| {
                let mut earlier = stops.iter().filter(|(stop, _)| stop.at < fault.at);
                let stop = earlier.find(|(_, hosts)| hosts.contains(host));
                stop.filter(|_| !started.contains(host))
            };
            let first = hosts.first().and_then(stopped);
            let are_all = first.is_some() && hosts.iter().all(|host| stopped(host).is_some());
            let problem = hosts.first().zip(first).filter(|_| are_all);
            let problem = problem.map(|(host, (stop, _))| {
                format!(
                    "`{host}` is down at that time: `{}` is planned for {} after the start, and \
                     nothing restarts it",
                    stop.action,
                    humantime::format_duration(stop.at)
                )
            });
            self.maybe(at, problem);
        }
    }

    fn planned_host(
        &mut self,
        fault: &PlannedFault,
        index: usize,
        host: &String,
        at: &Range<usize>,
    ) {
        // Another fault may start the host.
        let others = self.scenario.faults.iter().enumerate();
        let starts = |action: &Action| {
            matches!(action, Action::Spawn { .. } | Action::Restart { .. })
                && lifecycle(action).is_some_and(|hosts| self.members(hosts).contains(host))
        };
        let mut others = others.filter(|(other, _)| *other != index);
        if others.any(|(_, other)| starts(&other.action)) || starts(&fault.action) {
            return;
        }
        let comes_later = self.scenario.hosts.iter().any(|group| {
            group.later
                && self
                    .groups
                    .get(&group.name)
                    .is_some_and(|members| members.contains(host))
        });
        let mut changes = self.changes.iter().filter(|change| change.host == *host);
        if comes_later {
            let problem = match changes.clone().find(|change| change.to == Presence::Up) {
                None => Some(format!(
                    "`{host}` is not up at that time: no step spawns it"
                )),
                Some(spawn) if fault.at < spawn.at.earliest => Some(format!(
                    "`{host}` is not up at that time: the step that spawns it is performed {} after the start, or later",
                    humantime::format_duration(spawn.at.earliest)
                )),
                Some(_) => None,
            };
            if problem.is_some() {
                return self.maybe(at, problem);
            }
        }
        // A fault of the network may await the return of the host.
        let acts = fault.action.actors().or(lifecycle(&fault.action));
        if !acts.is_some_and(|hosts| self.members(hosts).contains(host)) {
            return;
        }
        let is_before = |change: &&Change| change.at.latest.is_some_and(|latest| latest < fault.at);
        let down = changes
            .clone()
            .rfind(|change| change.to == Presence::Down && is_before(change));
        let may_be_back = changes.any(|change| {
            change.to == Presence::Up
                && down.is_some_and(|down| down.at.earliest <= change.at.earliest)
                && change.at.earliest <= fault.at
        });
        if down.is_some() && !may_be_back {
            self.complain(
                at,
                format!("`{host}` is down at that time: a step closes or crashes it before, and none restarts it"),
            );
        }
    }
}

/// Whether an action stops hosts.
pub(super) fn stops(action: &Action) -> bool {
    matches!(
        action,
        Action::Close { .. } | Action::StartClose { .. } | Action::Crash { .. }
    )
}
