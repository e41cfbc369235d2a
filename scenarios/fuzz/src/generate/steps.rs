//! What is done, line by line, beside a model of what is so.

use std::time::Duration;

use super::{
    draft::{OpDraft, Pick, Timing},
    faults,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    queries,
};
use dht_scenarios::{
    action::Action,
    step::{Fails, Step},
};

/// A line, as files have it.
pub(super) fn line(text: &str) -> Step {
    let action: Action = text
        .parse::<Step>()
        .unwrap_or_else(|error| panic!("`{text}` cannot be read: {error:?}"))
        .action;
    action.into()
}

/// A line that fails where its hosts are not as the model thinks: they have
/// lost a connection, or the network keeps them apart.
pub(super) fn risky(text: &str) -> Step {
    Step {
        fails: Fails::Maybe,
        ..line(text)
    }
}

/// A time as files have it.
pub(super) fn time(time: Duration) -> String {
    humantime::format_duration(time)
        .to_string()
        .replace(' ', "")
}

/// What the hosts do before anything goes wrong.
pub(super) fn opening(model: &mut Model, pick: Pick) -> Vec<Step> {
    let servers = model.all(|member| member.part == HostKind::Server);
    let first = model.name(servers[0]).to_owned();
    match pick.of(8) {
        0..2 if model.is_large() => Vec::new(),
        0 => {
            model.now += SETTLING;
            vec![risky("bootstrap h"), line("settle")]
        }
        1 => {
            for other in &servers[1..] {
                model.link(servers[0], *other);
            }
            vec![line(&format!("connect h {first}"))]
        }
        2 => {
            let mut steps = vec![line("add-address h h")];
            steps.extend(rest(model, 2));
            steps
        }
        3 => rest(model, 60),
        4..6 => rest(model, 2),
        _ => Vec::new(),
    }
}

/// What it takes about until all is quiet in the beginning: the connections that
/// were made are closed again, mostly.
const SETTLING: Duration = Duration::from_secs(15);

/// So many seconds pass.
fn rest(model: &mut Model, seconds: u64) -> Vec<Step> {
    let pause = Duration::from_secs(seconds);
    model.now += pause;
    vec![line(&format!("run {}", time(pause)))]
}

/// The first phase: what is meant is done, each at its time, for about three
/// fifths of the time.
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
        let done = act(model, op, draft);
        if done.is_empty() {
            continue;
        }
        if !pause.is_zero() {
            model.now += pause;
            steps.push(line(&format!("run {}", time(pause))));
        }
        model.done.insert(op);
        steps.extend(done);
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

/// How long one waits, with the timeouts of the settings counted from the
/// former op.
fn pause(model: &Model, timing: Timing) -> Duration {
    match timing {
        Timing::Same => Duration::ZERO,
        Timing::Soon(milliseconds) => Duration::from_millis(milliseconds.into()),
        Timing::Around(which, beside) => {
            let short: Vec<Duration> = model
                .timeouts
                .iter()
                .copied()
                .filter(|timeout| *timeout <= LONGEST_WAIT)
                .collect();
            let around = which.among(&short).as_millis() as i64 + i64::from(beside);
            Duration::from_millis(around.max(1) as u64)
        }
    }
}

/// Timeouts above this are left to the end of the scenario.
const LONGEST_WAIT: Duration = Duration::from_secs(120);

/// Does it, if there is anybody to do it; and notes what then is so.
fn act(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Vec<Step> {
    use FuzzOp::*;

    let steps = match op {
        Look => Some(vec![line("run 1ms")]),
        Meet | MeetBoth | MeetAgain | MeetAll | Disconnect | HostKind | Listen | External
        | Block => meet(model, op, draft),
        FindPeers | FindHost | Bootstrap | Put | Get | Provide | FindProviders | Burst | Finish
        | Stop => queries::ask(model, op, draft),
        AddAddress | RemoveAddress | RemovePeer | SetMode | StopProviding | StoreLocal
        | StoreProviderLocal | RemoveLocal => queries::change(model, op, draft),
        Close | Crash | Restart | Pause | Slow | Skew | Move | Churn => live(model, op, draft),
        Partition | Cut | Blackhole | Stall | Reset | ResetStreams | Refuse | Hang | DialReset
        | Firewall | Latency | Bandwidth | Loss | DropMessages | DelayMessages => {
            faults::fault(model, op, draft)
        }
        Script | Ask | Send | HoldStreams => faults::by_hand(model, op, draft),
    };
    steps.unwrap_or_default()
}

/// Hosts dial and part.
fn meet(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let (a, b) = match op {
        FuzzOp::Disconnect | FuzzOp::MeetAgain | FuzzOp::Block => {
            model.linked_pair(draft.who, draft.whom)?
        }
        _ => model.pair(draft.who, draft.whom)?,
    };
    let (from, to) = (model.name(a).to_owned(), model.name(b).to_owned());
    let live_other = model.members[b].life == Liveness::Up;
    let steps = match op {
        FuzzOp::Meet => {
            model.link(a, b);
            match draft.how.of(24) {
                0..6 => vec![risky(&format!("connect {from} {to}"))],
                6..10 => vec![risky(&format!("dial {from} @{to} peer={to}"))],
                10 => vec![risky(&format!("dial {from} @{to}"))],
                _ => vec![line(&format!("start-connect {from} {to}"))],
            }
        }
        FuzzOp::MeetBoth if live_other && model.members[a].listens => {
            model.link(a, b);
            vec![
                line(&format!("start-connect {from} {to}")),
                line(&format!("start-connect {to} {from}")),
            ]
        }
        FuzzOp::MeetAgain => {
            model.link(a, b);
            let count = 1 + draft.how.of(3);
            vec![line(&format!("start-connect {from} {to}")); count]
        }
        FuzzOp::MeetAll => {
            let live = model.live();
            let others: Vec<usize> = live.into_iter().filter(|other| *other != b).collect();
            let names: Vec<&str> = others.iter().map(|other| model.name(*other)).collect();
            let all = line(&format!("start-connect {} {to}", names.join(",")));
            for other in others {
                model.link(other, b);
            }
            vec![all]
        }
        FuzzOp::Disconnect => {
            model.unlink(a, b);
            let mut steps = vec![risky(&format!("disconnect {from} {to}"))];
            if draft.how.is(25) {
                model.link(a, b);
                steps.push(line(&format!("start-connect {from} {to}")));
            }
            steps
        }
        FuzzOp::HostKind => {
            let dial = line(&format!("start-connect {from} {to}"));
            let end = match draft.how.of(3) {
                0 => risky(&format!("disconnect {from} {to}")),
                1 => line(&format!("reset {from} with={to}")),
                _ => line(&format!("block {from} {to}")),
            };
            if draft.how.of(3) == 2 {
                model.blocks.insert((a, b));
            }
            vec![dial, end]
        }
        FuzzOp::Listen => {
            let (verb, listens) = match model.members[a].listens {
                true => ("unlisten", false),
                false => ("listen", true),
            };
            if model.members[a].part != HostKind::Server {
                return None;
            }
            model.members[a].listens = listens;
            model.uprooted.insert(a);
            vec![risky(&format!("{verb} {from}"))]
        }
        FuzzOp::External => {
            let verb = match model.externals.remove(&a) {
                true => "remove-external",
                false if draft.how.is(30) => "remove-external",
                false => {
                    model.externals.insert(a);
                    "add-external"
                }
            };
            vec![line(&format!("{verb} {from}"))]
        }
        FuzzOp::Block => {
            let verb = match model.blocks.remove(&(a, b)) {
                true => "unblock",
                false => {
                    model.blocks.insert((a, b));
                    model.unlink(a, b);
                    "block"
                }
            };
            vec![line(&format!("{verb} {from} {to}"))]
        }
        _ => return None,
    };
    Some(steps)
}

/// Hosts come, go and falter.
fn live(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let down = model.all(|member| member.life == Liveness::Down);
    let paused = model.all(|member| member.life == Liveness::Paused);
    // Half of the network at most is away.
    let many = 2 * (down.len() + paused.len()) >= model.members.len();
    let servers: Vec<usize> = model
        .live()
        .into_iter()
        .filter(|host| model.members[*host].part == HostKind::Server)
        .collect();
    match op {
        FuzzOp::Crash | FuzzOp::Close if !many => {
            let host = model.one(&model.live(), draft.who)?;
            let verb = match op {
                FuzzOp::Crash => "crash",
                _ if draft.how.is(50) => "start-close",
                _ => "close",
            };
            model.forget(host);
            model.members[host].life = Liveness::Down;
            Some(vec![line(&format!("{verb} {}", model.name(host)))])
        }
        FuzzOp::Crash | FuzzOp::Close | FuzzOp::Restart => {
            let host = model.one(&down, draft.who)?;
            model.members[host].life = Liveness::Up;
            model.members[host].listens = model.members[host].address;
            let keeps = match draft.how.of(6) {
                0 => {
                    model.reborn = true;
                    " lose-identity"
                }
                1 => " keep-store",
                2 => " keep-table",
                3 => " keep-store keep-table",
                _ => "",
            };
            // A close that has begun takes a moment.
            let text = format!("restart {}{keeps}", model.name(host));
            Some(vec![line("run 3s"), line(&text)])
        }
        FuzzOp::Pause => {
            if (many || draft.how.is(60))
                && let Some(host) = model.one(&paused, draft.who)
            {
                model.members[host].life = Liveness::Up;
                return Some(vec![line(&format!("resume {}", model.name(host)))]);
            }
            if many {
                return None;
            }
            let host = model.one(&model.live(), draft.who)?;
            model.members[host].life = Liveness::Paused;
            Some(vec![line(&format!("pause {}", model.name(host)))])
        }
        FuzzOp::Slow => {
            let host = model.one(&model.live(), draft.who)?;
            let by = match model.slowed.remove(&host) {
                true => "0s",
                false => {
                    model.slowed.insert(host);
                    draft.how.among(&["20ms", "100ms", "500ms", "2s"])
                }
            };
            Some(vec![line(&format!("slow {} {by}", model.name(host)))])
        }
        FuzzOp::Skew => {
            let host = model.one(&model.live(), draft.who)?;
            model.skewed.insert(host);
            let how = draft
                .how
                .among(&["ahead=1h", "behind=1h", "gains=500", "loses=500"]);
            Some(vec![line(&format!("skew {} {how}", model.name(host)))])
        }
        FuzzOp::Move => {
            let host = model.one(&servers, draft.who)?;
            model.uprooted.insert(host);
            let name = model.name(host).to_owned();
            let mut steps = vec![line(&format!("move {name}"))];
            // As an application does that sees its interface change.
            let follows = draft.how.is(60) && model.members[host].listens;
            if follows {
                steps.push(risky(&format!("unlisten {name}")));
                steps.push(risky(&format!("listen {name}")));
            }
            model.members[host].moved = !follows;
            Some(steps)
        }
        FuzzOp::Churn => {
            let first = draft.who.of(servers.len().max(2) - 1);
            // Nobody knows which of them go.
            let some: Vec<usize> = servers
                .into_iter()
                .skip(first)
                .take(1 + draft.whom.of(3))
                .filter(|host| model.is_fresh(*host))
                .collect();
            if some.is_empty() {
                return None;
            }
            for host in &some {
                model.forget(*host);
            }
            let some: Vec<&str> = some.iter().map(|host| model.name(*host)).collect();
            let how = draft.how.among(&["", " close", " lose-identity"]);
            let length = draft.how.other().among(&[20_u64, 40, 60]);
            let text = format!(
                "churn {} {length}s exponential:3s..15s exponential:2s..8s{how}",
                some.join(",")
            );
            model.now += Duration::from_secs(length);
            if how == " lose-identity" {
                model.reborn = true;
            }
            Some(vec![line(&text)])
        }
        _ => None,
    }
}
