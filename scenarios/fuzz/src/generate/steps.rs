//! Generates the steps of the first phase and updates the model.

use std::time::Duration;

use super::{
    draft::{OpDraft, Pick, Timing},
    model::{HostKind, Model},
    op::FuzzOp,
    population::SERVERS,
};
use dht_scenarios::{
    action::Action,
    step::{Fails, Step},
    syntax::Hosts,
};

/// A step that is allowed to fail, because its hosts may not be in the state that the
/// model assumes: a connection may be lost, or the network may separate them.
pub(super) fn may_fail(action: Action) -> Step {
    Step {
        action,
        fails: Fails::Maybe,
    }
}

/// A step that lets virtual time pass.
pub(super) fn run(time: Duration) -> Step {
    Action::Run { time }.into()
}

/// A step that adds the addresses of these peers to the tables of these hosts.
pub(super) fn add_address(hosts: Hosts, peers: Hosts) -> Step {
    let address = None;
    Action::AddAddress {
        hosts,
        peers,
        address,
        dht: None,
    }
    .into()
}

/// The steps before any fault is injected.
pub(super) fn opening(model: &mut Model, pick: Pick) -> Vec<Step> {
    let servers = model.all(|member| member.kind == HostKind::Server);
    let all = Hosts::named(SERVERS);
    match pick.of(8) {
        0..2 if model.is_large() => Vec::new(),
        0 => {
            model.now += SETTLING;
            let (hosts, name) = (all, None);
            vec![
                may_fail(Action::Bootstrap {
                    hosts,
                    name,
                    dht: None,
                }),
                Action::Settle { within: None }.into(),
            ]
        }
        1 => {
            for other in &servers[1..] {
                model.connect(servers[0], *other);
            }
            let to = model.host(servers[0]);
            vec![Action::Connect { from: all, to }.into()]
        }
        2 => {
            model.acquainted = true;
            vec![add_address(all.clone(), all), rest(model, 2)]
        }
        3 => vec![rest(model, 60)],
        4..6 => vec![rest(model, 2)],
        _ => Vec::new(),
    }
}

/// The approximate time until the network is quiet at the start: usually until the
/// initial connections are closed again.
const SETTLING: Duration = Duration::from_secs(15);

/// A step in which this many seconds pass.
fn rest(model: &mut Model, seconds: u64) -> Step {
    let pause = Duration::from_secs(seconds);
    model.now += pause;
    run(pause)
}

/// The first phase: the drafted operations, each at its time, for about three fifths
/// of the virtual time.
pub(super) fn fault_phase(
    model: &mut Model,
    ops: &[(u32, FuzzOp)],
    drafts: &[OpDraft],
    whole: Duration,
) -> Vec<Step> {
    let until = whole * 3 / 5;
    let mut steps = Vec::new();
    for draft in drafts {
        let Some(op) = choose(ops, draft.op) else {
            break;
        };
        let pause = pause(model, draft.timing);
        if model.now + pause > until {
            break;
        }
        let done = op.steps(model, draft);
        if done.is_empty() {
            continue;
        }
        if !pause.is_zero() {
            model.now += pause;
            steps.push(run(pause));
        }
        model.done.insert(op);
        for step in done {
            let repeats = steps.last() == Some(&step) && step.action.kind().is_idempotent();
            if !repeats {
                steps.push(step);
            }
        }
    }
    steps
}

fn choose(ops: &[(u32, FuzzOp)], pick: Pick) -> Option<FuzzOp> {
    let total: u32 = ops.iter().map(|(weight, _)| weight).sum();
    let mut at = pick.of(total as usize) as u32;
    ops.iter().find_map(|(weight, op)| {
        if at < *weight {
            return Some(*op);
        }
        at -= weight;
        None
    })
}

/// The time since the previous operation. Timeouts of the settings are counted from
/// that operation.
fn pause(model: &Model, timing: Timing) -> Duration {
    match timing {
        Timing::Same => Duration::ZERO,
        Timing::Soon(milliseconds) => Duration::from_millis(milliseconds.into()),
        Timing::Around(which, offset) => {
            let short: Vec<Duration> = model
                .timeouts
                .iter()
                .copied()
                .filter(|timeout| *timeout <= LONGEST_WAIT)
                .collect();
            let around = which.among(&short).as_millis() as i64 + i64::from(offset);
            Duration::from_millis(around.max(1) as u64)
        }
    }
}

/// Longer timeouts are not waited for until the end of the scenario.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Lets a short time pass, so that the tables are read.
pub(super) fn inspect(_: &mut Model, _: FuzzOp, _: &OpDraft) -> Option<Vec<Step>> {
    Some(vec![run(Duration::from_millis(1))])
}
