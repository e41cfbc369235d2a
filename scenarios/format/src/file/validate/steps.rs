//! Checks that steps are possible in their order.

use std::ops::Range;

use super::{Presence, Validator, lists::lists, plan::Change};
use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    step::{Fails, Step},
    syntax::{Argument, Hosts},
};

impl<'a> Validator<'a> {
    pub(super) fn step(&mut self, step: &'a Step, at: &Range<usize>) {
        self.action(&step.action, step.fails != Fails::No, at);
        self.addresses(&step.action, &step.fails, at);
        self.domain_names(&step.action, &step.fails, at);
        self.ways(&step.action, &step.fails, at);
        self.carrier(&step.action, at);
        let certain = step.fails == Fails::No;
        self.instant(&step.action, certain, at);
        self.never_sent(step, at);
        self.never_led_to(step, at);
        self.only_second_dht(step, at);
        self.never_stored(step, at);
        self.never_met(step, at);
        self.strangers(step, at);
        self.effects(&step.action, certain, at);
        self.moves(&step.action, certain, at);
        // With `may-fail` the author says that there may be nothing to remove.
        if certain && !self.removed_keys(&step.action, at) {
            self.removed_in_vain(&step.action, at);
        }
        self.stock(&step.action, certain);
        self.set_already(&step.action, certain, at);
        self.removed_entries(&step.action, certain, at);
        self.paused_throughout(&step.action, at);
        self.failing(step, at);
        let kind = step.action.kind();
        if kind != ActionKind::Spawn && !kind.waits_for_hosts() {
            self.spawned(&step.action, at);
        }
        if let Some(actors) = step.action.actors() {
            for host in self.members(actors) {
                if self.life.get(&host) == Some(&Presence::Down) && step.fails == Fails::No {
                    self.complain(at, format!(
                        "`{host}` is down, so this step fails: add `restart {host}` before it, or end it with `fails`"
                    ));
                }
            }
        }
        if let (Action::Connect { to, .. }, Fails::No) = (&step.action, &step.fails) {
            let mut targets = self.members(to).into_iter();
            let down = targets.find(|host| self.life.get(host) == Some(&Presence::Down));
            let problem = down.filter(|_| !self.is_told(at)).map(|host| {
                format!(
                    "`{host}` is down, so that nothing connects to it: add `restart {host}` before \
                     this step, or end it with `fails`"
                )
            });
            self.maybe(at, problem);
        }
        if matches!(step.action, Action::Recover { .. })
            && let Some(servers) = self.may_be_servers()
        {
            let problem = match servers.len() {
                0 => Some("no host is ever a server".to_owned()),
                1 => Some(format!("only `{}` is ever a server", servers[0])),
                _ => None,
            };
            self.maybe(at, problem.map(|problem| format!(
                "{problem}, so there is nothing to recover: `recover` is about two servers at least; \
                 add hosts, or remove mode = \"client\" of some"
            )));
        }
        self.not_not(&step.action, at);
        self.live(step, at);
        self.window = self
            .window
            .after(step, self.prompt, self.closing, &self.groups);
    }

    /// Reports a `not` of a `not`.
    fn not_not(&mut self, action: &Action, at: &Range<usize>) {
        let Some(Condition::Not { inner }) = action.condition() else {
            return;
        };
        if matches!(**inner, Condition::Not { .. }) && !self.is_told(at) {
            self.complain(
                at,
                "`not not` is the same as none: remove two `not`, or the one too many",
            );
        }
    }

    /// Reports a line that repeats the one before it, which has no effect.
    pub(super) fn done_twice(&mut self, index: usize, at: &Range<usize>) {
        let steps = &self.scenario.steps;
        let (Some(before), step) = (index.checked_sub(1), &steps[index]) else {
            if let Action::RestartRouter {
                no_port_mapping: false,
                ..
            } = steps[index].action
            {
                self.complain(
                    at,
                    "nothing has passed the router before the first step, so that there is nothing to \
                     forget: let hosts connect before it",
                );
            }
            return;
        };
        let is_told = self.is_told(at);
        if steps[before] != *step || is_told {
            return;
        }
        let kind = step.action.kind();
        if kind == ActionKind::Expect {
            self.complain(at, "the line before checks the same: remove one of both");
            return;
        }
        // In a repetition it is meant.
        let is_repeated = self.names.repetition.is_some();
        if step.fails == Fails::No && kind.is_idempotent() && !is_repeated {
            self.complain(
                at,
                "the line before does the same, so this one has no effect: remove one of both",
            );
        }
    }

    /// Reports each host of a line that no step has spawned yet. The line cannot be
    /// performed, whichever part of it names the host.
    fn spawned(&mut self, action: &Action, at: &Range<usize>) {
        let mut named: Vec<String> = Vec::new();
        for hosts in lists(action) {
            named.extend(self.members(&hosts));
        }
        action.hosts(&mut |name| named.push(name.to_owned()));
        named.sort();
        named.dedup();
        for host in named {
            if self.life.get(&host) == Some(&Presence::ToCome) {
                self.complain(
                    at,
                    format!("`{host}` is not up yet: add `spawn {host}` before this step"),
                );
            }
        }
    }

    /// Tracks the state of the hosts.
    fn live(&mut self, step: &Step, at: &Range<usize>) {
        let action = &step.action;
        let Some(hosts) = lifecycle(action) else {
            return;
        };
        for host in self.members(hosts) {
            let Some(life) = self.life.get(&host).copied() else {
                continue;
            };
            let next = match (action, life) {
                (_, Presence::Unsure) => Presence::Unsure,
                (Action::Spawn { .. }, Presence::ToCome) if self.planned.contains(&host) => {
                    Presence::Unsure
                }
                (Action::Spawn { .. }, Presence::ToCome) => Presence::Up,
                (Action::Spawn { .. }, _) => {
                    self.complain(
                        at,
                        format!(
                            "`{host}` is already up: only hosts with `later = true` can be spawned"
                        ),
                    );
                    life
                }
                // Already reported.
                (_, Presence::ToCome) => life,
                (Action::Restart { .. }, Presence::Up) => {
                    self.complain(
                        at,
                        format!("`{host}` is up: add `close` or `crash` before this step"),
                    );
                    life
                }
                (Action::Restart { .. }, _) => Presence::Up,
                (Action::Pause { .. }, _) => {
                    self.paused.insert(host.clone());
                    self.hold(&host, step.fails == Fails::No, at);
                    life
                }
                (Action::Resume { .. }, _) => {
                    self.held.hosts.swap_remove(&host);
                    if !self.paused.swap_remove(&host) {
                        self.complain(at, format!("`{host}` is not paused"));
                    }
                    life
                }
                _ => {
                    self.held.hosts.swap_remove(&host);
                    // A crash ends the pause.
                    if matches!(action, Action::Crash { .. }) && step.fails == Fails::No {
                        self.paused.swap_remove(&host);
                    }
                    Presence::Down
                }
            };
            let to = match action {
                Action::Spawn { .. } | Action::Restart { .. } => Some(Presence::Up),
                Action::Pause { .. } | Action::Resume { .. } => None,
                // It may not have taken effect.
                _ if step.fails != Fails::No => None,
                _ => Some(Presence::Down),
            };
            self.changes.extend(to.map(|to| Change {
                host: host.clone(),
                to,
                at: self.window,
            }));
            self.life.insert(host, next);
        }
    }

    pub(super) fn action(&mut self, action: &Action, may_fail: bool, at: &Range<usize>) {
        let before = self.problems.len();
        let unknown = self.named_hosts(action, at);
        if let Action::Start { query } = action
            && (query.query().is_none() || matches!(**query, Action::Start { .. }))
        {
            self.complain(
                at,
                format!("`{query}` is not a query: only queries can be started"),
            );
        }
        self.names(action, may_fail, at);
        if !unknown {
            self.roles(action, at);
            self.requesters(action, at);
            self.parts(action, at);
        }
        // They are told of the condition without `not` before it.
        if action.condition().is_some_and(|it| !it.with(true)) {
            for problem in &mut self.problems[before..] {
                problem.text = inverted(&problem.text);
            }
        }
    }
}

/// The problem of a condition with `not` before it, from that of the condition.
fn inverted(text: &str) -> String {
    let (always, never) = ("this is always true", "this is never true");
    match (text.strip_prefix(always), text.strip_prefix(never)) {
        (Some(rest), _) => format!("{never}{rest}"),
        (_, Some(rest)) => format!("{always}{rest}"),
        _ => text.to_owned(),
    }
}

/// The hosts that an action starts or stops.
pub(super) fn lifecycle(action: &Action) -> Option<&Hosts> {
    match action {
        Action::Spawn { hosts }
        | Action::Close { hosts }
        | Action::StartClose { hosts }
        | Action::Crash { hosts }
        | Action::Restart { hosts, .. }
        | Action::Pause { hosts }
        | Action::Resume { hosts } => Some(hosts),
        _ => None,
    }
}
