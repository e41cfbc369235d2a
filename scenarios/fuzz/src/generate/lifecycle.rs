//! Operations that stop, start, pause, slow down and move hosts, and skew their
//! clocks.

use std::time::Duration;

use dht_harness::net::Latency;

use super::{
    draft::OpDraft,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    steps::{may_fail, run},
    surroundings::HOME,
};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{INTERNET, RouterName},
};

/// A host that begins to close is closed within this time.
pub(super) const CLOSING: Duration = Duration::from_secs(3);

/// Performs an operation on the lifecycle of a host, its address or its clock.
pub(super) fn lifecycle(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    // Keep at least half of the hosts running.
    let down = model.all(|member| member.liveness != Liveness::Up).len();
    let many = 2 * down >= model.members.len();
    match op {
        FuzzOp::Crash | FuzzOp::Close if !many => stop(model, op, draft),
        FuzzOp::Crash | FuzzOp::Close | FuzzOp::Restart => restart(model, draft),
        FuzzOp::Pause => pause(model, draft, many),
        FuzzOp::Slow => slow(model, draft),
        FuzzOp::Skew => skew(model, draft),
        // In a file with routers a host is moved into a network, see `router`.
        FuzzOp::Move if model.members.iter().any(|member| member.is_behind) => None,
        FuzzOp::Move => {
            let host = model.one(&model.live_of(HostKind::Server), draft.host)?;
            Some(relocate(model, draft, host))
        }
        FuzzOp::Away => away(model, draft),
        FuzzOp::Churn => churn(model, draft),
        _ => None,
    }
}

fn stop(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let host = model.one(&model.live(), draft.host)?;
    let hosts = model.host(host);
    model.lose_state(host);
    model.members[host].liveness = Liveness::Down;
    let action = match op {
        FuzzOp::Crash => Action::Crash { hosts },
        _ if draft.how.chance(50) => Action::StartClose { hosts },
        _ => Action::Close { hosts },
    };
    Some(vec![action.into()])
}

fn restart(model: &mut Model, draft: &OpDraft) -> Option<Vec<Step>> {
    let down = model.all(|member| member.liveness == Liveness::Down);
    let host = model.one(&down, draft.host)?;
    model.restarted(host);
    let keeps = draft.how.of(6);
    model.identity_lost |= keeps == 0;
    let action = Action::Restart {
        hosts: model.host(host),
        lose_identity: keeps == 0,
        keep_store: matches!(keeps, 1 | 3) && model.capabilities.keeps_state,
        keep_table: matches!(keeps, 2 | 3) && model.capabilities.keeps_state,
    };
    Some(vec![run(CLOSING), action.into()])
}

fn pause(model: &mut Model, draft: &OpDraft, many: bool) -> Option<Vec<Step>> {
    let paused = model.all(|member| member.liveness == Liveness::Paused);
    if (many || draft.how.chance(60))
        && let Some(host) = model.one(&paused, draft.host)
    {
        model.members[host].liveness = Liveness::Up;
        let hosts = model.host(host);
        return Some(vec![Action::Resume { hosts }.into()]);
    }
    if many {
        return None;
    }
    let host = model.one(&model.live(), draft.host)?;
    model.members[host].liveness = Liveness::Paused;
    let hosts = model.host(host);
    Some(vec![Action::Pause { hosts }.into()])
}

fn slow(model: &mut Model, draft: &OpDraft) -> Option<Vec<Step>> {
    let host = model.one(&model.live(), draft.host)?;
    let pause = if model.slowed.remove(&host) {
        Duration::ZERO
    } else {
        model.slowed.insert(host);
        Duration::from_millis(draft.how.among(&[20, 100, 500, 2000]))
    };
    let hosts = model.host(host);
    Some(vec![Action::Slow { hosts, pause }.into()])
}

fn skew(model: &mut Model, draft: &OpDraft) -> Option<Vec<Step>> {
    const OFF: Duration = Duration::from_secs(3600);
    const MILLIONTHS: u64 = 500;

    let host = model.one(&model.live(), draft.host)?;
    model.skewed.insert(host);
    let how = draft.how.of(4);
    let action = Action::Skew {
        hosts: model.host(host),
        ahead: (how == 0).then_some(OFF),
        behind: (how == 1).then_some(OFF),
        gains: (how == 2).then_some(MILLIONTHS),
        loses: (how == 3).then_some(MILLIONTHS),
    };
    Some(vec![action.into()])
}

/// Restarts the router in front of the clients, or carries one of them to another place.
pub(super) fn router(model: &mut Model, _: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let behind = model.all(|member| member.is_behind);
    let router = || RouterName(HOME.to_owned());
    let action = match draft.how.of(4) {
        _ if behind.is_empty() => return None,
        0 | 1 => Action::RestartRouter {
            router: router(),
            no_port_mapping: false,
        },
        2 => Action::RenumberRouter { router: router() },
        _ => {
            let host = model.one(&behind, draft.host)?;
            carry(model, host)
        }
    };
    Some(vec![action.into()])
}

/// Carries a host that belongs behind the router into the internet, or back.
fn carry(model: &mut Model, host: usize) -> Action {
    model.carried.insert(host);
    model.wedged = true;
    let to = match model.abroad.remove(&host) {
        true => HOME,
        false => {
            model.abroad.insert(host);
            INTERNET
        }
    };
    Action::Relocate {
        hosts: model.host(host),
        to: RouterName(to.to_owned()),
    }
}

/// Takes the interface of a host away for a while, in which the host gets another address: a
/// server as by a new lease, a client behind a router as a laptop that is carried elsewhere.
fn away(model: &mut Model, draft: &OpDraft) -> Option<Vec<Step>> {
    let has_routers = model.members.iter().any(|member| member.is_behind);
    let hosts: Vec<usize> = match has_routers {
        true => model
            .live()
            .into_iter()
            .filter(|host| model.members[*host].is_behind)
            .collect(),
        false => model.live_of(HostKind::Server),
    };
    let host = model.one(&hosts, draft.host)?;
    let fault = model.fresh('f');
    let away = Duration::from_secs(draft.peer.among(&[1, 5, 12, 40, 90]));
    model.now += away;
    let moves = match has_routers {
        true => vec![carry(model, host).into()],
        false => relocate(model, draft, host),
    };
    let mut moves = moves.into_iter();
    let mut steps = vec![
        Step::from(Action::Offline {
            hosts: model.host(host),
            id: Some(fault.clone()),
        }),
        run(away),
    ];
    steps.extend(moves.next());
    steps.push(Action::Heal { fault }.into());
    steps.extend(moves);
    Some(steps)
}

/// Gives a host a new IP address. The host then usually listens on it, as an
/// application does that notices the change of its interface.
fn relocate(model: &mut Model, draft: &OpDraft, host: usize) -> Vec<Step> {
    model.announced.remove(&host);
    model.wedged = true;
    let hosts = || model.host(host);
    let mut steps = vec![Step::from(Action::Move {
        hosts: hosts(),
        to: None,
    })];
    let follows = draft.how.chance(60) && model.members[host].listens;
    if follows {
        steps.push(Action::Unlisten { hosts: hosts() }.into());
        steps.push(may_fail(Action::Listen {
            hosts: hosts(),
            on: None,
        }));
    }
    model.members[host].moved = !follows;
    steps
}

fn churn(model: &mut Model, draft: &OpDraft) -> Option<Vec<Step>> {
    let servers = model.live_of(HostKind::Server);
    let first = draft.host.of(servers.len().max(2) - 1);
    // Which hosts go down, and when, is drawn during the run.
    let some: Vec<usize> = servers
        .into_iter()
        .skip(first)
        .take(1 + draft.peer.of(3))
        .filter(|host| model.is_fresh(*host))
        .collect();
    if some.is_empty() {
        return None;
    }
    for host in &some {
        model.lose_state(*host);
    }
    let how = draft.how.of(3);
    let time = Duration::from_secs(draft.how.other().among(&[20, 40, 60]));
    let exponential = |min, mean| Latency::Exponential {
        min: Duration::from_secs(min),
        mean: Duration::from_secs(mean),
    };
    model.now += time;
    model.identity_lost |= how == 2;
    let action = Action::Churn {
        hosts: model.hosts(&some),
        time,
        up: exponential(3, 15),
        down: exponential(2, 8),
        close: how == 1,
        lose_identity: how == 2,
    };
    Some(vec![action.into()])
}
