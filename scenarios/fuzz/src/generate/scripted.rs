//! Operations of scripted hosts, which send what no DHT sends.

use std::time::Duration;

use dht_fixtures::raw::{Message, MessageType};

use super::{
    draft::OpDraft,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    population::{SCRIPTS, SERVERS, names_peers},
    steps::may_fail,
};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{Hosts, Key, Kind, Payload, Script},
};

/// The key of the requests.
const KEY: &str = "k1";

/// A scripted host changes its script, or sends a message.
pub(super) fn scripted(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let (scripts, others): (Vec<usize>, Vec<usize>) = model
        .all(|member| member.liveness == Liveness::Up)
        .into_iter()
        .partition(|host| model.members[*host].kind == HostKind::Scripted);
    let a = model.one(&scripts, draft.host)?;
    let b = model.one(&others, draft.peer)?;
    let (host, peers) = (model.host(a), model.host(b));
    let step = match op {
        FuzzOp::SetScript => {
            let name = draft.how.among(&SCRIPTS);
            let script: Script = name.parse().expect("a script of the list");
            if model.scripts.insert(a, script.clone()).as_ref() == Some(&script) {
                return None;
            }
            Step::from(Action::SetScript {
                hosts: host,
                script,
                peers: names_peers(name).then(|| Hosts::named(SERVERS)),
            })
        }
        FuzzOp::Ask => {
            let kind = draft.how.among(Kind::ALL);
            let record = draft.how.other().of(3);
            may_fail(match kind {
                // A put without a record is an invalid request that is worth sending.
                Kind::PutValue if record == 2 => {
                    let message = Message::of(MessageType::PutValue, KEY.as_bytes().to_vec());
                    Action::Send {
                        host,
                        peers,
                        bytes: Payload::Hex(message.to_wire()),
                        name: None,
                    }
                }
                _ => Action::Ask {
                    provider: (kind == Kind::AddProvider).then(|| host.clone()),
                    host,
                    peers,
                    kind,
                    key: Key::Text(KEY.to_owned()),
                    value: (kind == Kind::PutValue).then(|| Payload::Text("lo".to_owned())),
                    ttl: (kind == Kind::PutValue && record == 1).then_some(Duration::from_secs(10)),
                    name: None,
                },
            })
        }
        FuzzOp::Send => may_fail(Action::Send {
            host,
            peers,
            bytes: draft.how.among(&[
                Payload::Hex(vec![0x00]),
                Payload::Hex(vec![0xff, 0xff]),
                Payload::Hex(vec![0x04, 0x08]),
                Payload::Size(20_000),
            ]),
            name: None,
        }),
        FuzzOp::HoldStreams => may_fail(Action::HoldStreams {
            host,
            peers,
            count: draft.how.among(&[1, 8, 31, 32, 33, 40]),
        }),
        _ => return None,
    };
    Some(vec![step])
}
