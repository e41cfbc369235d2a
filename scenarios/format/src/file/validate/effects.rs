//! Follows what lines do, and finds those that certainly have no effect.

use std::ops::Range;

use indexmap::{IndexMap, IndexSet};

use super::{Validator, lists::actions, nothing::nothing};
use crate::{
    action::{Action, ActionKind},
    file::scenario::ScenarioFile,
    syntax::Hosts,
};

/// The number of pairs from which blocks are not followed.
const FEW: usize = 10_000;

/// What lines do to hosts and other lines undo.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Effect {
    Block,
    Discovery,
    Filter,
    Slow,
    Skew,
    Pause,
}

impl Effect {
    /// The lines that have the effect.
    fn lines(self) -> &'static str {
        match self {
            Effect::Block => "`block` of these hosts",
            Effect::Discovery => "`discovered` of these hosts",
            Effect::Filter => "`drop-messages` or `delay-messages` at these hosts",
            Effect::Slow => "`slow` of these hosts",
            Effect::Skew => "`skew` with an option of these hosts",
            Effect::Pause => "`pause` of these hosts",
        }
    }
}

/// What a line does.
pub(super) enum Change {
    /// It has the effect on these.
    Made(Effect, Affected),
    /// It ends the effect on these.
    Undone(Effect, Affected),
}

/// The hosts, or pairs of hosts, that an effect is on. `None` if there are too many.
type Affected = Option<IndexSet<String>>;

/// Effects that are in force, as far as it is certain.
#[derive(Default)]
pub(super) struct Effects {
    /// `None` if any host may be affected.
    on: IndexMap<Effect, Affected>,
    /// Whether a fault of the network may be in force.
    faulty: bool,
    /// Whether a line has healed all faults.
    healed: bool,
    /// The hosts that certainly do not listen; of planned faults, those that may listen
    /// again.
    mute: IndexSet<String>,
    /// The fault of the network that an action sets, if a later one may replace it.
    set: IndexSet<ActionKind>,
}

impl Effects {
    fn make(&mut self, effect: Effect, affected: Affected) {
        let on = self
            .on
            .entry(effect)
            .or_insert_with(|| Some(IndexSet::new()));
        match (on.as_mut(), affected) {
            (Some(on), Some(affected)) => on.extend(affected),
            _ => *on = None,
        }
    }

    /// Whether one of these may be affected.
    fn is_on(&self, effect: Effect, affected: &Affected) -> bool {
        match (self.on.get(&effect), affected) {
            (Some(Some(on)), Some(affected)) => affected.iter().any(|one| on.contains(one)),
            (on, _) => on.is_some(),
        }
    }

    fn undo(&mut self, effect: Effect, affected: &Affected) {
        if let (Some(Some(on)), Some(affected)) = (self.on.get_mut(&effect), affected) {
            on.retain(|one| !affected.contains(one));
        }
    }
}

impl Validator<'_> {
    /// Records what planned faults do. It may take place at any time.
    pub(super) fn plan_effects(&mut self) {
        let scenario = self.scenario;
        // One that is the only line of its kind replaces no other one.
        let mut kinds: IndexMap<ActionKind, usize> = IndexMap::new();
        for action in actions(scenario) {
            *kinds.entry(action.kind()).or_default() += 1;
        }
        for (fault, at) in scenario.faults.iter().zip(&self.places.faults) {
            if let Some(Change::Made(effect, affected)) = self.change(&fault.action) {
                self.planned_effects.make(effect, affected);
            }
            self.planned_effects.faulty |= is_lasting(&fault.action);
            if kinds.get(&fault.action.kind()) == Some(&1) {
                let problem = self.replaces_nothing(&fault.action);
                self.maybe(at, problem);
            }
            if let Some(hosts) = listening_again(&fault.action) {
                let members = self.members(hosts);
                self.planned_effects.mute.extend(members);
            }
        }
        let kinds = scenario.faults.iter().map(|fault| fault.action.kind());
        self.planned_effects.set.extend(kinds);
        for group in &scenario.hosts {
            if self.prompt && (group.dial_only || !group.settings.listen) {
                self.effects.mute.extend(group.members());
            }
        }
    }

    /// Reports planned lines that undo what no line does.
    pub(super) fn planned_in_vain(&mut self) {
        let scenario = self.scenario;
        let mut all = Effects::default();
        for action in actions(scenario) {
            if let Some(Change::Made(effect, affected)) = self.change(action) {
                all.make(effect, affected);
            }
        }
        for (fault, at) in scenario.faults.iter().zip(&self.places.faults) {
            if let Some(Change::Undone(effect, affected)) = self.change(&fault.action)
                && !all.is_on(effect, &affected)
            {
                self.complain(at, in_vain(effect, "no line"));
            }
        }
    }

    /// Reports a step that certainly has no effect, and follows what it does. `certain` says
    /// that it takes effect if it has one.
    pub(super) fn effects(&mut self, action: &Action, certain: bool, at: &Range<usize>) {
        match self.change(action) {
            Some(Change::Made(effect, affected)) => self.effects.make(effect, affected),
            // Reported by host, see `live`.
            Some(Change::Undone(Effect::Pause, _)) | None => {}
            Some(Change::Undone(effect, affected)) => {
                let is_on = |effects: &Effects| effects.is_on(effect, &affected);
                if !is_on(&self.effects) && !is_on(&self.planned_effects) {
                    self.complain(at, in_vain(effect, "no earlier step"));
                } else if certain {
                    self.effects.undo(effect, &affected);
                }
            }
        }
        self.listening(action, certain, at);
        self.healing(action, at);
        let problem = nothing(action).or_else(|| self.replaces_nothing(action));
        self.maybe(at, problem);
        self.effects.set.insert(action.kind());
    }

    /// What an action does or undoes.
    pub(super) fn change(&self, action: &Action) -> Option<Change> {
        let of = |hosts| Some(self.members(hosts).into_iter().collect());
        Some(match action {
            Action::Block { hosts, peers }
            | Action::Unblock { hosts, peers }
            | Action::Discovered { hosts, peers, .. }
            | Action::Expired { hosts, peers, .. } => {
                let (hosts, peers) = (self.members(hosts), self.members(peers));
                let is_small = hosts.len().saturating_mul(peers.len()) <= FEW;
                let pairs = is_small.then(|| {
                    let of_host = |host| peers.iter().map(move |peer| format!("{host} {peer}"));
                    hosts.iter().flat_map(of_host).collect()
                });
                match action {
                    Action::Block { .. } => Change::Made(Effect::Block, pairs),
                    Action::Unblock { .. } => Change::Undone(Effect::Block, pairs),
                    Action::Discovered { .. } => Change::Made(Effect::Discovery, pairs),
                    _ => Change::Undone(Effect::Discovery, pairs),
                }
            }
            Action::DropMessages { hosts, .. } | Action::DelayMessages { hosts, .. } => {
                Change::Made(Effect::Filter, of(hosts))
            }
            Action::PassMessages { hosts } => Change::Undone(Effect::Filter, of(hosts)),
            Action::Slow { hosts, pause } if pause.is_zero() => {
                Change::Undone(Effect::Slow, of(hosts))
            }
            Action::Slow { hosts, .. } => Change::Made(Effect::Slow, of(hosts)),
            Action::Skew {
                hosts,
                ahead: None,
                behind: None,
                gains: None,
                loses: None,
            } => Change::Undone(Effect::Skew, of(hosts)),
            Action::Skew { hosts, .. } => Change::Made(Effect::Skew, of(hosts)),
            Action::Pause { hosts } => Change::Made(Effect::Pause, of(hosts)),
            Action::Resume { hosts } => Change::Undone(Effect::Pause, of(hosts)),
            _ => return None,
        })
    }

    /// Reports an `unlisten` of hosts of which none listens.
    fn listening(&mut self, action: &Action, certain: bool, at: &Range<usize>) {
        match action {
            Action::Unlisten { hosts } => {
                let members = self.members(hosts);
                let listens = |host: &String| !self.effects.mute.contains(host);
                if !members.is_empty() && !members.iter().any(listens) {
                    self.complain(
                        at,
                        "these hosts do not listen: remove this line, or add `listen` before it",
                    );
                }
                if certain && self.prompt {
                    let planned = &self.planned_effects.mute;
                    let silent = members.into_iter().filter(|host| !planned.contains(host));
                    self.effects.mute.extend(silent);
                }
            }
            _ => {
                let hosts = listening_again(action).map(|hosts| self.members(hosts));
                for host in hosts.into_iter().flatten() {
                    self.effects.mute.swap_remove(&host);
                }
            }
        }
    }

    /// Reports a `heal-all` that comes before the faults, or twice. In a file without faults
    /// it is the beginning of the second phase, as in those that are generated.
    fn healing(&mut self, action: &Action, at: &Range<usize>) {
        self.effects.faulty |= is_lasting(action);
        let is_healing = matches!(action, Action::HealAll {} | Action::Recover { .. });
        if !is_healing {
            return;
        }
        if matches!(action, Action::HealAll {})
            && !self.effects.faulty
            && !self.planned_effects.faulty
        {
            let mut all = self.scenario.steps.iter();
            if self.effects.healed {
                self.complain(at, "there is nothing to heal: all faults have been healed, and no step injects one after that");
            } else if all.any(|step| is_lasting(&step.action)) {
                self.complain(
                    at,
                    "there is nothing to heal: no earlier step injects a fault of the network",
                );
            }
        }
        self.effects.faulty = false;
        self.effects.healed = true;
    }

    /// Why a fault that changes nothing, unless it replaces an earlier one, does not.
    fn replaces_nothing(&self, action: &Action) -> Option<String> {
        let kind = action.kind();
        if self.effects.set.contains(&kind) || self.planned_effects.set.contains(&kind) {
            return None;
        }
        match action {
            Action::Loss { probability, .. } if f64::from(*probability) == 0.0 => Some(
                "no packet is lost with the probability 0: write a number from 0 to 1, for example 0.05".to_owned(),
            ),
            Action::SetLatency { latency, .. }
                if *latency == self.scenario.network.latency
                    && self.scenario.network.regions.is_empty() => Some(
                "all links have this latency already: write another one, or remove this line".to_owned(),
            ),
            Action::SetBandwidth {
                rate,
                up: Some(up),
                ..
            } if rate == up => Some(
                "`up` is the rate of both directions already: write another one, or remove it"
                    .to_owned(),
            ),
            Action::SetBandwidth { rate: 0, up: None, .. } if self.scenario.network.bandwidth.is_none() => {
                Some("all links are unlimited already: write the rate in bytes per second, or set `bandwidth` of `network`".to_owned())
            }
            Action::SetBandwidth { rate, up: None, of: None, .. }
                if Some(*rate) == self.scenario.network.bandwidth =>
            {
                Some("all links have this rate already: write another one, or remove this line".to_owned())
            }
            _ => None,
        }
    }
}

impl ScenarioFile {
    /// The steps that heal all faults of a file without any. In a file that fuzzing has
    /// found, such a step begins the second phase, so that it is no mistake.
    pub(super) fn idle_heals(&self) -> Vec<String> {
        if actions(self).any(is_lasting) {
            return Vec::new();
        }
        let steps = self.steps.iter().enumerate();
        let heals = steps.filter(|(_, step)| matches!(step.action, Action::HealAll {}));
        let heals = heals.map(|(index, _)| {
            format!(
                "`heal-all`, step {}: the file has no fault of the network",
                index + 1
            )
        });
        heals.collect()
    }
}

/// The hosts that may listen again after an action.
fn listening_again(action: &Action) -> Option<&Hosts> {
    match action {
        Action::Listen { hosts, .. }
        | Action::Restart { hosts, .. }
        | Action::Churn { hosts, .. }
        | Action::Move { hosts, .. }
        | Action::Relocate { hosts, .. } => Some(hosts),
        _ => None,
    }
}

/// Whether it is a fault of the network that lasts until it is healed.
pub(super) fn is_lasting(action: &Action) -> bool {
    action.kind().is_lasting_fault()
}

fn in_vain(effect: Effect, who: &str) -> String {
    format!(
        "this ends nothing: {who} has a {}; remove it, or add such a line before it",
        effect.lines()
    )
}
