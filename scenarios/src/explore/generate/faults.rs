//! The network goes wrong, and scripted hosts do what no DHT does.

use super::{
    deed::Deed,
    draft::Intent,
    model::{Life, Model, Part},
    population::{SCRIPTS, SERVERS, names_peers},
    steps::{line, risky},
};
use crate::{file::Transport, step::Step};

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
pub(super) fn fault(model: &mut Model, deed: Deed, intent: &Intent) -> Option<Vec<Step>> {
    if matches!(deed, Deed::DropMessages | Deed::DelayMessages) {
        return messages(model, deed, intent);
    }
    let mends = model.faults.len() >= MOST_FAULTS || intent.how.other().is(35);
    if mends && !model.faults.is_empty() {
        let fault = model.faults.remove(intent.how.of(model.faults.len()));
        return Some(vec![line(&format!("heal {fault}"))]);
    }
    let (a, b) = match deed {
        Deed::Reset | Deed::ResetStreams | Deed::Stall | Deed::Cut | Deed::Blackhole => {
            model.linked_pair(intent.who, intent.whom)?
        }
        _ => model.pair(intent.who, intent.whom)?,
    };
    let (one, other) = (model.name(a).to_owned(), model.name(b).to_owned());
    let from = match intent.how.is(50) {
        true => format!(" from={one}"),
        false => String::new(),
    };
    let text = match deed {
        Deed::Partition => {
            let names: Vec<&str> = model.members.iter().map(|m| m.name.as_str()).collect();
            let cut = 1 + intent.how.of(names.len() - 1);
            let (left, right) = names.split_at(cut);
            format!("partition {} | {}", left.join(","), right.join(","))
        }
        Deed::Cut => {
            let dials = intent.how.among(&["", "", " dials"]);
            format!("cut {one} {other}{dials}")
        }
        Deed::Blackhole => format!("blackhole {one} {other}"),
        Deed::Stall => format!("stall {one} {other}"),
        Deed::Reset => {
            model.unlink(a, b);
            let with = match intent.how.is(60) {
                true => format!(" with={other}"),
                false => String::new(),
            };
            return Some(vec![line(&format!("reset {one}{with}"))]);
        }
        Deed::ResetStreams if model.transport == Transport::Mux => {
            return Some(vec![line(&format!("reset-streams {one} {other}"))]);
        }
        Deed::Refuse => format!("refuse {other}{from}"),
        Deed::Hang => format!("hang {other}{from}"),
        Deed::DialReset => format!("dial-reset {other}{from}"),
        Deed::Firewall => format!("firewall {one}"),
        Deed::Latency => {
            let latency =
                intent
                    .how
                    .among(&["300ms", "uniform:10ms..1s", "exponential:50ms..400ms", "3s"]);
            let of = intent.whom.other();
            match of.is(50) {
                true => format!("latency {latency} of={one}"),
                false => format!("latency {latency} of={one} to={other} one-way"),
            }
        }
        Deed::Bandwidth => format!("bandwidth {} of={one}", intent.how.among(&[3000, 20_000])),
        Deed::Loss => {
            let how = intent
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
fn messages(model: &mut Model, deed: Deed, intent: &Intent) -> Option<Vec<Step>> {
    if !model.nature.filters {
        return None;
    }
    let host = model.one(&model.live(), intent.who)?;
    let name = model.name(host).to_owned();
    if model.filtered.contains(&host) && intent.how.other().is(40) {
        model.filtered.remove(&host);
        return Some(vec![line(&format!("pass-messages {name}"))]);
    }
    model.filtered.insert(host);
    let kind = intent.whom.among(&MESSAGES);
    let which = intent.how.among(&["", " answers", " out", " out answers"]);
    let text = match deed {
        Deed::DropMessages => format!("drop-messages {name} {kind}{which}"),
        _ => {
            let delay = intent.whom.other().among(&["500ms", "3s", "9900ms", "12s"]);
            format!("delay-messages {name} {kind} {delay}{which}")
        }
    };
    Some(vec![line(&text)])
}

/// A scripted host does something.
pub(super) fn by_hand(model: &mut Model, deed: Deed, intent: &Intent) -> Option<Vec<Step>> {
    let scripted = model.all(|member| member.part == Part::Scripted && member.life == Life::Up);
    let host = model.one(&scripted, intent.who)?;
    let others = model.all(|member| member.part != Part::Scripted && member.life == Life::Up);
    let other = model.one(&others, intent.whom)?;
    let (host, other) = (model.name(host).to_owned(), model.name(other).to_owned());
    let step = match deed {
        Deed::Script => {
            let script = intent.how.among(&SCRIPTS);
            let peers = match names_peers(script) {
                true => format!(" peers={SERVERS}"),
                false => String::new(),
            };
            line(&format!("script {host} {script}{peers}"))
        }
        Deed::Ask => {
            let kind = intent.how.among(&MESSAGES);
            let with = match kind {
                "put-value" => intent
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
        Deed::Send => {
            let bytes = intent
                .how
                .among(&["hex:00", "hex:ffff", "hex:0408", "size:20000"]);
            risky(&format!("send {host} {other} {bytes}"))
        }
        Deed::HoldStreams => {
            let count = intent.how.among(&[1, 8, 31, 32, 33, 40]);
            risky(&format!("hold-streams {host} {other} {count}"))
        }
        _ => return None,
    };
    Some(vec![step])
}
