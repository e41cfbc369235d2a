//! Hosts ask the DHT, and what lies in their tables and stores is changed.

use super::{
    draft::{OpDraft, Pick},
    model::{HostKind, Model},
    op::FuzzOp,
    steps::{line, risky},
};
use dht_scenarios::step::Step;

/// The keys of a case: few, so that what one stores another finds.
const KEYS: [&str; 5] = ["k0", "k1", "k2", "k3", "k4"];

/// What records hold.
const VALUES: [&str; 4] = ["la", "li", "size:100", "size:2000"];

/// How many confirm; all, if nothing is said.
const QUORUMS: [&str; 5] = [
    "",
    " quorum=one",
    " quorum=majority",
    " quorum=2",
    " quorum=all",
];

fn key_among(known: &[String], pick: Pick) -> String {
    match known.is_empty() || pick.other().is(20) {
        true => pick.among(&KEYS).to_owned(),
        false => pick.among(known),
    }
}

/// A query of one host, without the host.
fn question(model: &mut Model, op: FuzzOp, host: usize, pick: Pick) -> Option<String> {
    let name = model.name(host).to_owned();
    let text = match op {
        FuzzOp::FindPeers => format!("find-peers {name} {}", pick.among(&KEYS)),
        FuzzOp::FindHost => {
            let all = model.all(|_| true);
            format!("find-peers {name} peer:{}", model.name(pick.among(&all)))
        }
        FuzzOp::Bootstrap => format!("bootstrap {name}"),
        FuzzOp::Get => format!("get {name} {}", key_among(&model.records, pick)),
        FuzzOp::Put => {
            let key = pick.among(&KEYS).to_owned();
            let pick = pick.other();
            let ttl = match pick.is(25) {
                true => pick
                    .other()
                    .among(&[" ttl=20s", " ttl=45s", " ttl=1m30s", " ttl=1s"]),
                false => "",
            };
            let text = format!(
                "put {name} {key} {}{}{ttl}",
                pick.among(&VALUES),
                pick.other().among(&QUORUMS)
            );
            model.records.push(key);
            text
        }
        FuzzOp::Provide => {
            let key = pick.among(&KEYS).to_owned();
            model.provided.push((host, key.clone()));
            format!("provide {name} {key}")
        }
        FuzzOp::FindProviders => {
            let known: Vec<String> = model.provided.iter().map(|(_, key)| key.clone()).collect();
            format!("find-providers {name} {}", key_among(&known, pick))
        }
        _ => return None,
    };
    Some(text)
}

/// Starts a query under a name of its own. What cannot even be started is not
/// wrong: there is nobody in the table, or the store is full.
fn start(model: &mut Model, host: usize, question: &str) -> Step {
    let name = model.fresh('q');
    let step = risky(&format!("start {question} as={name}"));
    model.queries.push((host, name));
    step
}

/// Hosts ask, wait for what they have asked, or give it up.
pub(super) fn ask(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let host = model.one(&model.live(), draft.who)?;
    match op {
        FuzzOp::Finish => {
            // Whoever is paused answers nothing.
            let live = model.live();
            let last = model
                .queries
                .iter()
                .rposition(|(host, _)| live.contains(host))?;
            let (_, name) = model.queries.remove(last);
            Some(vec![line(&format!("finish {name}"))])
        }
        FuzzOp::Stop => {
            let (_, name) = model.queries.pop()?;
            Some(vec![risky(&format!("stop {name}"))])
        }
        FuzzOp::Burst => {
            let kinds = [
                FuzzOp::FindPeers,
                FuzzOp::FindHost,
                FuzzOp::Get,
                FuzzOp::Put,
                FuzzOp::Provide,
                FuzzOp::FindProviders,
                FuzzOp::Bootstrap,
            ];
            let mut pick = draft.whom;
            let mut steps = Vec::new();
            for _ in 0..2 + draft.how.of(5) {
                pick = pick.other();
                let question = question(model, pick.among(&kinds), host, pick.other())?;
                steps.push(start(model, host, &question));
            }
            Some(steps)
        }
        _ => {
            let question = question(model, op, host, draft.whom)?;
            // Who waits sees what comes of it at once; who does not goes on
            // while it runs.
            match draft.how.is(25) {
                true => Some(vec![risky(&question)]),
                false => Some(vec![start(model, host, &question)]),
            }
        }
    }
}

/// Something is changed in a DHT by its application.
pub(super) fn change(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let (a, b) = model.pair(draft.who, draft.whom)?;
    let (host, other) = (model.name(a).to_owned(), model.name(b).to_owned());
    let key = draft.how.among(&KEYS);
    let text = match op {
        FuzzOp::AddAddress => {
            model.guests |= model.members[b].part == HostKind::Client;
            format!("add-address {host} {other}")
        }
        FuzzOp::RemoveAddress => {
            model.uprooted.insert(b);
            format!("remove-address {host} {other}")
        }
        FuzzOp::RemovePeer => {
            model.uprooted.insert(b);
            format!("remove-peer {host} {other}")
        }
        FuzzOp::SetMode if model.members[a].part == HostKind::Server => {
            model.modes.insert(a);
            let mode = draft.how.among(&["client", "server", "auto"]);
            format!("set-mode {host} {mode}")
        }
        FuzzOp::StopProviding => {
            let live = model.live();
            let mut provided = model.provided.clone();
            provided.retain(|(host, _)| live.contains(host));
            if provided.is_empty() {
                return None;
            }
            let (host, key) = draft.how.among(&provided);
            format!("stop-providing {} {key}", model.name(host))
        }
        FuzzOp::StoreLocal => {
            let ttl = draft.how.other().among(&["", " ttl=10s", " ttl=1m"]);
            model.records.push(key.to_owned());
            format!("store-local {host} {key} la{ttl}")
        }
        FuzzOp::StoreProviderLocal => {
            let ttl = draft.how.other().among(&["", " ttl=10s", " ttl=1m"]);
            format!("store-provider-local {host} {key} {other}{ttl}")
        }
        FuzzOp::RemoveLocal => format!("remove-local {host} {key}"),
        _ => return None,
    };
    Some(vec![risky(&text)])
}
