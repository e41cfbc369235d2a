//! Follows what happens at one instant, and finds lines that are undone, or read, before
//! anything can be affected by them.

use std::ops::Range;

use indexmap::{IndexMap, IndexSet};

use super::{
    Validator,
    effects::{Change, Effect, is_lasting},
    lists::actions,
};
use crate::{
    action::{Action, ActionKind, Family},
    condition::Condition,
    syntax::{Key, Name},
};

/// What the lines since something has happened have done.
#[derive(Default)]
pub(super) struct Instant<'a> {
    /// How many times something may have happened so far.
    number: usize,
    made: Vec<Made<'a>>,
    /// The recorded tables of hosts, by the name of the snapshot and the host.
    snapshots: IndexMap<(&'a Name, String), Recorded>,
    /// The faults of steps, each with the instant at which it was injected. `None` if several
    /// have the name.
    faults: IndexMap<&'a Name, Option<usize>>,
}

/// A table that is recorded.
struct Recorded {
    instant: usize,
    is_compared: bool,
}

/// What a line has done at the present instant.
struct Made<'a> {
    action: &'a Action,
    what: What<'a>,
    hosts: IndexSet<String>,
    at: Range<usize>,
}

/// What a line has an effect on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum What<'a> {
    Effect(Effect),
    Script,
    Record(&'a Key),
    Fault(Option<&'a Name>),
}

/// How an action ends what another one has done.
enum End<'a> {
    /// That of these hosts.
    Of(What<'a>, IndexSet<String>),
    /// A fault of this name.
    Heal(&'a Name),
    /// All faults.
    HealAll,
    /// A former line of this kind for the same links.
    Replaced(&'a Action),
}

impl<'a> Validator<'a> {
    /// Reports what has no effect, or cannot fail, because nothing happens between two lines.
    /// `certain` says that the step takes effect.
    pub(super) fn instant(&mut self, action: &'a Action, certain: bool, at: &Range<usize>) {
        if !self.prompt {
            return;
        }
        match action {
            Action::Snapshot { hosts, name } => {
                for host in self.members(hosts) {
                    self.recorded(name, host, at);
                }
            }
            _ => {
                if let Some(condition) = action.condition() {
                    self.read_at_once(action, condition, at);
                }
            }
        }
        if action.family() == Family::Observation && !action.waits() {
            let made = &mut self.instant.made;
            made.retain(|made| !matches!(made.what, What::Record(_)));
            return;
        }
        let has_ended = certain && self.ended_at_once(action);
        // A crash has effects of its own.
        let has_ended = has_ended && !matches!(action, Action::Crash { .. });
        if certain && is_quiet(action) {
            self.made(action, at);
        } else if !has_ended {
            self.instant.number += 1;
            self.instant.made.clear();
        }
    }

    /// Reports planned lines that others end at the same time, and a planned `heal-all` in a file
    /// without a fault of the network.
    pub(super) fn planned_instants(&mut self) {
        let scenario = self.scenario;
        let mut faults: Vec<_> = scenario.faults.iter().zip(&self.places.faults).collect();
        faults.sort_by_key(|(fault, _)| fault.at);
        let is_faulty = actions(scenario).any(is_lasting);
        let mut present = None;
        for (fault, at) in faults {
            if self.places.is_unread(at) {
                continue;
            }
            if present != Some(fault.at) {
                present = Some(fault.at);
                self.instant.made.clear();
            }
            if matches!(fault.action, Action::HealAll {}) && !is_faulty {
                self.complain(
                    at,
                    "there is nothing to heal: no line injects a fault of the network",
                );
            }
            if self.prompt {
                self.ended_at_once(&fault.action);
                self.made(&fault.action, at);
            }
        }
        self.instant = Instant::default();
    }

    /// Reports a table that is recorded under the name of one that no line has compared.
    fn recorded(&mut self, name: &'a Name, host: String, at: &Range<usize>) {
        let present = Recorded {
            instant: self.instant.number,
            is_compared: false,
        };
        let key = (name, host.clone());
        let former = self.instant.snapshots.insert(key, present);
        let is_lost = former.is_some_and(|former| !former.is_compared);
        self.maybe(
            at,
            is_lost.then(|| {
                format!(
                    "an earlier snapshot of `{host}` is called `{0}`, and no line has compared it: \
                     write another name, or remove the earlier line",
                    name.0
                )
            }),
        );
    }

    /// Reports a condition that reads a snapshot or the effects of a fault at the instant of
    /// the line that has made it.
    fn read_at_once(&mut self, action: &Action, condition: &'a Condition, at: &Range<usize>) {
        let is_negated = condition.with(false);
        let problem = match condition.whole() {
            Condition::SameTable { hosts, snapshot } => {
                let mut is_new = true;
                for host in self.members(hosts) {
                    match self.instant.snapshots.get_mut(&(snapshot, host)) {
                        Some(recorded) => {
                            is_new &= recorded.instant == self.instant.number;
                            recorded.is_compared = true;
                        }
                        None => is_new = false,
                    }
                }
                let is_read = is_read_at_once(action, !is_negated);
                (is_new && is_read).then(|| {
                    format!(
                        "nothing has happened since the snapshot `{0}`, so that the tables are the \
                         same: add `run` or another step between both lines",
                        snapshot.0
                    )
                })
            }
            Condition::Fired { fault } => {
                let injected = self.instant.faults.get(fault).copied().flatten();
                let is_new = injected == Some(self.instant.number);
                let is_read = is_read_at_once(action, is_negated);
                match is_new && is_read {
                    true => Some(format!(
                        "nothing has happened since the fault `{0}` was injected, so that it has \
                         had no effect: add `run` or another step between both lines",
                        fault.0
                    )),
                    false => self.fires_later(fault).filter(|_| is_read),
                }
            }
            _ => None,
        };
        self.maybe(at, problem);
    }

    /// Why a planned fault cannot have had an effect at the present step.
    fn fires_later(&self, fault: &Name) -> Option<String> {
        let faults = self.scenario.faults.iter();
        let planned = faults.filter(|planned| planned.id() == Some(fault));
        let first = planned.map(|planned| planned.at).min()?;
        let latest = self.window.latest()?;
        (latest < first && !self.instant.faults.contains_key(fault)).then(|| {
            format!(
                "the fault `{0}` is planned for {1} after the start, and this line is performed \
                 before that: move it, or add `run` before it",
                fault.0,
                humantime::format_duration(first)
            )
        })
    }

    /// Reports the lines of the present instant that an action ends. Returns whether there is
    /// one.
    fn ended_at_once(&mut self, action: &'a Action) -> bool {
        let Some(end) = self.end(action) else {
            return false;
        };
        let line = action.to_string();
        let made = std::mem::take(&mut self.instant.made);
        let (ended, left): (Vec<_>, Vec<_>) = made.into_iter().partition(|made| match &end {
            End::Of(what, hosts) => made.what == *what && made.hosts.is_subset(hosts),
            End::Heal(name) => made.what == What::Fault(Some(name)),
            End::HealAll => matches!(made.what, What::Fault(_)),
            End::Replaced(line) => is_replaced(made.action, line),
        });
        self.instant.made = left;
        // A line that repeats the one before it is reported as such.
        for made in ended.iter().filter(|made| made.action != action) {
            self.complain(
                &made.at,
                format!(
                    "this has no effect: `{line}` ends it at the same instant; add `run` or another \
                     step between both lines, or remove both"
                ),
            );
        }
        !ended.is_empty()
    }

    /// What an action ends.
    fn end(&self, action: &'a Action) -> Option<End<'a>> {
        let of = |hosts| self.members(hosts).into_iter().collect();
        Some(match action {
            Action::RemoveLocal { hosts, key } => End::Of(What::Record(key), of(hosts)),
            Action::SetScript { hosts, .. } => End::Of(What::Script, of(hosts)),
            Action::Heal { fault } => End::Heal(fault),
            Action::HealAll {} | Action::Recover { .. } => End::HealAll,
            Action::Crash { hosts } => End::Of(What::Effect(Effect::Pause), of(hosts)),
            Action::SetLatency { .. } | Action::SetBandwidth { .. } => End::Replaced(action),
            _ => match self.change(action)? {
                Change::Undone(effect, Some(hosts)) => End::Of(What::Effect(effect), hosts),
                // It replaces the former one.
                Change::Made(effect @ (Effect::Slow | Effect::Skew), Some(hosts)) => {
                    End::Of(What::Effect(effect), hosts)
                }
                Change::Made(..) | Change::Undone(..) => return None,
            },
        })
    }

    /// Records what a quiet action does.
    fn made(&mut self, action: &'a Action, at: &Range<usize>) {
        let of = |hosts| {
            self.members(hosts)
                .into_iter()
                .collect::<IndexSet<String>>()
        };
        let (what, hosts) = match action {
            Action::StoreLocal { hosts, key, .. } => (What::Record(key), of(hosts)),
            Action::SetScript { hosts, .. } => (What::Script, of(hosts)),
            _ if is_lasting(action) => {
                let name = action.fault_id();
                if let Some(name) = name {
                    let instant = self.instant.number;
                    let faults = &mut self.instant.faults;
                    let is_known = faults.contains_key(name);
                    faults.insert(name, (!is_known).then_some(instant));
                }
                (What::Fault(name), IndexSet::new())
            }
            _ => match self.change(action) {
                Some(Change::Made(effect, Some(hosts))) => (What::Effect(effect), hosts),
                _ => return,
            },
        };
        let at = at.clone();
        self.instant.made.push(Made {
            action,
            what,
            hosts,
            at,
        });
    }
}

/// Whether a line sets the latency or the rate of the links of which a later one sets it.
fn is_replaced(former: &Action, later: &Action) -> bool {
    match (former, later) {
        (
            Action::SetLatency {
                of, to, one_way, ..
            },
            Action::SetLatency {
                of: later_of,
                to: later_to,
                one_way: later_one_way,
                ..
            },
        ) => (of, to, one_way) == (later_of, later_to, later_one_way),
        (Action::SetBandwidth { of, .. }, Action::SetBandwidth { of: later, .. }) => of == later,
        _ => false,
    }
}

/// Whether an action only sets what the following ones meet: it makes no host do anything.
fn is_quiet(action: &Action) -> bool {
    let kind = action.kind();
    match action {
        Action::Slow { pause, .. } => !pause.is_zero(),
        _ if is_lasting(action) => true,
        _ => matches!(
            kind,
            ActionKind::Pause
                | ActionKind::Skew
                | ActionKind::SetName
                | ActionKind::RemoveName
                | ActionKind::DropMessages
                | ActionKind::DelayMessages
                | ActionKind::StoreLocal
                | ActionKind::StoreProviderLocal
                | ActionKind::RemoveLocal
                | ActionKind::RemoveRecord
                | ActionKind::SetScript
        ),
    }
}

/// Whether a line reads a condition at its own instant. `is_so` says whether the condition is
/// true at that instant, which is all that an `eventually` waits for.
fn is_read_at_once(action: &Action, is_so: bool) -> bool {
    match action.kind() {
        ActionKind::Expect => true,
        ActionKind::Eventually => is_so,
        _ => false,
    }
}
