//! Operations that query the DHT.

use std::time::Duration;

use super::{
    draft::{OpDraft, Pick},
    model::Model,
    op::FuzzOp,
    steps::may_fail,
};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{Key, Name, Payload, Quorum},
};

/// The keys of a case. There are few of them, so that hosts find what others store.
pub(super) const KEYS: [&str; 5] = ["k0", "k1", "k2", "k3", "k4"];

/// The values of records.
fn values() -> [Payload; 4] {
    [
        Payload::Text("la".to_owned()),
        Payload::Text("li".to_owned()),
        Payload::Size(100),
        Payload::Size(2000),
    ]
}

/// The quorums of put queries.
const QUORUMS: [Option<Quorum>; 5] = [
    None,
    Some(Quorum::One),
    Some(Quorum::Majority),
    Some(Quorum::Count(2)),
    Some(Quorum::All),
];

/// The times to live, in seconds, of records that expire early.
const SHORT_LIVES: [u64; 4] = [20, 45, 90, 1];

/// The operations that consist of one query.
const SINGLE: [FuzzOp; 7] = [
    FuzzOp::FindPeers,
    FuzzOp::FindHost,
    FuzzOp::Get,
    FuzzOp::Put,
    FuzzOp::Provide,
    FuzzOp::FindProviders,
    FuzzOp::Bootstrap,
];

fn key_among(known: &[String], pick: Pick) -> Key {
    Key::Text(match known.is_empty() || pick.other().chance(20) {
        true => pick.among(&KEYS).to_owned(),
        false => pick.among(known),
    })
}

/// The action for one query of one host.
fn query(
    model: &mut Model,
    op: FuzzOp,
    host: usize,
    pick: Pick,
    name: Option<Name>,
) -> Option<Action> {
    let hosts = model.host(host);
    let dht = model.which_dht(pick.other().other());
    let action = match op {
        FuzzOp::FindPeers => Action::FindPeers {
            hosts,
            key: Key::Text(pick.among(&KEYS).to_owned()),
            name,
            dht,
        },
        FuzzOp::FindHost => Action::FindPeers {
            hosts,
            key: Key::Peer(model.name(pick.of(model.members.len())).to_owned()),
            name,
            dht,
        },
        FuzzOp::Bootstrap => Action::Bootstrap { hosts, name, dht },
        FuzzOp::Get => Action::Get {
            hosts,
            key: key_among(&model.records, pick),
            name,
            dht,
        },
        FuzzOp::Put => {
            let key = pick.among(&KEYS).to_owned();
            let pick = pick.other();
            let ttl = pick
                .chance(25)
                .then(|| Duration::from_secs(pick.other().among(&SHORT_LIVES)));
            if dht.is_none() {
                model.records.push(key.clone());
            }
            Action::Put {
                hosts,
                key: Key::Text(key),
                value: pick.among(&values()),
                quorum: pick.other().among(&QUORUMS),
                ttl,
                name,
                dht,
            }
        }
        FuzzOp::Provide => {
            let key = pick.among(&KEYS).to_owned();
            if dht.is_none() {
                model.provided.push((host, key.clone()));
            }
            Action::Provide {
                hosts,
                key: Key::Text(key),
                name,
                dht,
            }
        }
        FuzzOp::FindProviders => {
            let known: Vec<String> = model.provided.iter().map(|(_, key)| key.clone()).collect();
            Action::FindProviders {
                hosts,
                key: key_among(&known, pick),
                name,
                dht,
            }
        }
        _ => return None,
    };
    Some(action)
}

/// Starts a query under a new name. The step may fail: the table may be empty or the
/// store full.
fn start(model: &mut Model, op: FuzzOp, host: usize, pick: Pick) -> Option<Step> {
    let name = model.fresh('q');
    let query = Box::new(query(model, op, host, pick, Some(name.clone()))?);
    model.queries.push((host, name));
    Some(may_fail(Action::Start { query }))
}

/// Hosts start queries, wait for them, or stop them.
pub(super) fn queries(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let host = model.one(&model.live(), draft.host)?;
    let steps = match op {
        FuzzOp::Finish => {
            // A query of a paused host does not end.
            let live = model.live();
            let last = model
                .queries
                .iter()
                .rposition(|(host, _)| live.contains(host))?;
            let (_, query) = model.queries.remove(last);
            vec![Action::Finish { query }.into()]
        }
        FuzzOp::Stop => {
            let (_, query) = model.queries.pop()?;
            vec![may_fail(Action::Stop { query })]
        }
        FuzzOp::Burst => {
            let mut pick = draft.peer;
            let mut steps = Vec::new();
            for _ in 0..2 + draft.how.of(5) {
                pick = pick.other();
                steps.push(start(model, pick.among(&SINGLE), host, pick.other())?);
            }
            steps
        }
        // A step that waits for its query shows the result at once. Other operations
        // can only overlap with a query that is started without waiting.
        _ if draft.how.chance(25) => vec![may_fail(query(model, op, host, draft.peer, None)?)],
        _ => vec![start(model, op, host, draft.peer)?],
    };
    Some(steps)
}
