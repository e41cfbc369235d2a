//! The network goes wrong, and scripted hosts do what no DHT does.

use super::{
    draft::OpDraft,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    population::{SCRIPTS, SERVERS, names_peers},
    steps::{line, risky},
};
use dht_scenarios::{file::Transport, step::Step};

/// The kinds of messages that are lost or late.
const MESSAGES: [&str; 5] = [
    "find-node",
    "get-value",
    "put-value",
    "get-providers",
    "add-provider",
];

/// Faults at one time, at most; before another one, one is mended.
const MOST_FAULTS: usize = 3;

/// Something goes wrong between hosts, or is mended.
pub(super) fn fault(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if matches!(op, FuzzOp::DropMessages | FuzzOp::DelayMessages) {
        return messages(model, op, draft);
    }
    let mends = model.faults.len() >= MOST_FAULTS || draft.how.other().is(35);
    if mends && !model.faults.is_empty() {
        let fault = model.faults.remove(draft.how.of(model.faults.len()));
        return Some(vec![line(&format!("heal {fault}"))]);
    }
    let (a, b) = match op {
        FuzzOp::Reset | FuzzOp::ResetStreams | FuzzOp::Stall | FuzzOp::Cut | FuzzOp::Blackhole => {
            model.linked_pair(draft.who, draft.whom)?
        }
        _ => model.pair(draft.who, draft.whom)?,
    };
    let (one, other) = (model.name(a).to_owned(), model.name(b).to_owned());
    let from = match draft.how.is(50) {
        true => format!(" from={one}"),
        false => String::new(),
    };
    let text = match op {
        FuzzOp::Partition => {
            let names: Vec<&str> = model.members.iter().map(|m| m.name.as_str()).collect();
            let cut = 1 + draft.how.of(names.len() - 1);
            let (left, right) = names.split_at(cut);
            format!("partition {} | {}", left.join(","), right.join(","))
        }
        FuzzOp::Cut => {
            let dials = draft.how.among(&["", "", " dials"]);
            format!("cut {one} {other}{dials}")
        }
        FuzzOp::Blackhole => format!("blackhole {one} {other}"),
        FuzzOp::Stall => format!("stall {one} {other}"),
        FuzzOp::Reset => {
            model.unlink(a, b);
            let with = match draft.how.is(60) {
                true => format!(" with={other}"),
                false => String::new(),
            };
            return Some(vec![line(&format!("reset {one}{with}"))]);
        }
        FuzzOp::ResetStreams if model.transport == Transport::Mux => {
            return Some(vec![line(&format!("reset-streams {one} {other}"))]);
        }
        FuzzOp::Refuse => format!("refuse {other}{from}"),
        FuzzOp::Hang => format!("hang {other}{from}"),
        FuzzOp::DialReset => format!("dial-reset {other}{from}"),
        FuzzOp::Firewall => format!("firewall {one}"),
        FuzzOp::Latency => {
            let latency =
                draft
                    .how
                    .among(&["300ms", "uniform:10ms..1s", "exponential:50ms..400ms", "3s"]);
            let of = draft.whom.other();
            match of.is(50) {
                true => format!("latency {latency} of={one}"),
                false => format!("latency {latency} of={one} to={other} one-way"),
            }
        }
        FuzzOp::Bandwidth => format!("bandwidth {} of={one}", draft.how.among(&[3000, 20_000])),
        FuzzOp::Loss => {
            let how = draft
                .how
                .among(&["0.2", "0.05", "0.02 reset", "0.3 delay=1s"]);
            format!("loss {how}")
        }
        _ => return None,
    };
    let name = model.fresh('f');
    let step = line(&format!("{text} id={name}"));
    model.faults.push(name);
    Some(vec![step])
}

/// A host loses or delays messages of one kind, or no longer.
fn messages(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if !model.capabilities.filters {
        return None;
    }
    let host = model.one(&model.live(), draft.who)?;
    let name = model.name(host).to_owned();
    if model.filtered.contains(&host) && draft.how.other().is(40) {
        model.filtered.remove(&host);
        return Some(vec![line(&format!("pass-messages {name}"))]);
    }
    model.filtered.insert(host);
    let kind = draft.whom.among(&MESSAGES);
    let which = draft.how.among(&["", " answers", " out", " out answers"]);
    let text = match op {
        FuzzOp::DropMessages => format!("drop-messages {name} {kind}{which}"),
        _ => {
            let delay = draft.whom.other().among(&["500ms", "3s", "9900ms", "12s"]);
            format!("delay-messages {name} {kind} {delay}{which}")
        }
    };
    Some(vec![line(&text)])
}

/// A scripted host does something.
pub(super) fn by_hand(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let scripted =
        model.all(|member| member.part == HostKind::Scripted && member.life == Liveness::Up);
    let host = model.one(&scripted, draft.who)?;
    let others =
        model.all(|member| member.part != HostKind::Scripted && member.life == Liveness::Up);
    let other = model.one(&others, draft.whom)?;
    let (host, other) = (model.name(host).to_owned(), model.name(other).to_owned());
    let step = match op {
        FuzzOp::Script => {
            let script = draft.how.among(&SCRIPTS);
            let peers = match names_peers(script) {
                true => format!(" peers={SERVERS}"),
                false => String::new(),
            };
            line(&format!("script {host} {script}{peers}"))
        }
        FuzzOp::Ask => {
            let kind = draft.how.among(&MESSAGES);
            let with = match kind {
                "put-value" => draft
                    .how
                    .other()
                    .among(&[" value=lo", " value=lo ttl=10s", ""]),
                _ => "",
            };
            let provider = match kind {
                "add-provider" => format!(" provider={host}"),
                _ => String::new(),
            };
            risky(&format!("ask {host} {other} {kind} k1{with}{provider}"))
        }
        FuzzOp::Send => {
            let bytes = draft
                .how
                .among(&["hex:00", "hex:ffff", "hex:0408", "size:20000"]);
            risky(&format!("send {host} {other} {bytes}"))
        }
        FuzzOp::HoldStreams => {
            let count = draft.how.among(&[1, 8, 31, 32, 33, 40]);
            risky(&format!("hold-streams {host} {other} {count}"))
        }
        _ => return None,
    };
    Some(vec![step])
}
