//! Operations that change the table, the mode or the store of a DHT.

use std::time::Duration;

use super::{
    draft::OpDraft,
    model::{HostKind, Model},
    op::FuzzOp,
    queries::KEYS,
    steps::may_fail,
};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{Key, Mode, Payload},
};

/// The times to live of locally stored records.
const LIVES: [Option<Duration>; 3] = [
    None,
    Some(Duration::from_secs(10)),
    Some(Duration::from_secs(60)),
];

/// An application changes the table, the mode or the store of its DHT.
pub(super) fn tables(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let (a, b) = model.pair(draft.host, draft.peer)?;
    let (hosts, peer) = (model.host(a), model.host(b));
    let key = draft.how.among(&KEYS).to_owned();
    let ttl = draft.how.other().among(&LIVES);
    let action = match op {
        FuzzOp::AddAddress => {
            model.acquainted = true;
            model.client_added |= model.members[b].kind == HostKind::Client;
            Action::AddAddress {
                hosts,
                peers: peer,
                address: None,
                dht: model.which_dht(draft.how),
            }
        }
        FuzzOp::RemoveAddress if model.may_hold_entries() => Action::RemoveAddress {
            hosts,
            peers: peer,
            address: None,
        },
        FuzzOp::RemovePeer if model.may_hold_entries() => Action::RemovePeer { hosts, peers: peer },
        FuzzOp::SetMode if model.members[a].kind == HostKind::Server => {
            let mut modes = vec![Mode::Client, Mode::Server, Mode::Auto];
            modes.retain(|mode| *mode != model.mode_of(a));
            let mode = draft.how.among(&modes);
            model.modes.insert(a, mode);
            Action::SetMode { hosts, mode }
        }
        FuzzOp::StopProviding => {
            let live = model.live();
            let mut provided = model.provided.clone();
            provided.retain(|(host, _)| live.contains(host));
            if provided.is_empty() {
                return None;
            }
            let (host, key) = draft.how.among(&provided);
            let is_it = |of: &(usize, String)| *of == (host, key.clone());
            model.provided.retain(|of| !is_it(of));
            Action::StopProviding {
                hosts: model.host(host),
                key: Key::Text(key),
            }
        }
        FuzzOp::StoreLocal => {
            model.records.push(key.clone());
            Action::StoreLocal {
                hosts,
                key: Key::Text(key),
                value: Payload::Text("la".to_owned()),
                ttl,
                publisher: None,
            }
        }
        FuzzOp::StoreProviderLocal => Action::StoreProviderLocal {
            hosts,
            key: Key::Text(key),
            provider: peer,
            ttl,
        },
        FuzzOp::RemoveLocal if model.records.contains(&key) => Action::RemoveLocal {
            hosts,
            key: Key::Text(key),
        },
        _ => return None,
    };
    // A store may be full.
    let may_fail_to_store = matches!(op, FuzzOp::StoreLocal | FuzzOp::StoreProviderLocal);
    Some(vec![match may_fail_to_store {
        true => may_fail(action),
        false => action.into(),
    }])
}
