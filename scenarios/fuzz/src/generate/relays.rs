//! Operations on relays.

use super::{
    draft::OpDraft,
    model::{HostKind, Model},
    op::FuzzOp,
    steps::may_fail,
};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{Address, RelayAt},
};

/// A client reserves a relay, or another host dials a client by the relay that it has reserved.
pub(super) fn relays(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if !model.has_relays {
        return None;
    }
    let steps = match op {
        FuzzOp::Reserve => {
            let client = model.one(&model.live_of(HostKind::Client), draft.host)?;
            let relay = model.one(&model.live_of(HostKind::Server), draft.peer)?;
            model.connect(client, relay);
            model.reserved.insert((client, relay));
            let by_relay = Address::ByRelay(model.name(relay).to_owned(), RelayAt::Home, None);
            let connect = Action::Connect {
                from: model.host(client),
                to: model.host(relay),
            };
            let listen = Action::Listen {
                hosts: model.host(client),
                on: Some(by_relay),
            };
            vec![may_fail(connect), may_fail(listen)]
        }
        FuzzOp::Circuit => {
            let reserved: Vec<_> = model.reserved.iter().copied().collect();
            let (client, relay) = *reserved.get(draft.peer.of(reserved.len()))?;
            let mut others = model.live();
            others.retain(|other| ![client, relay].contains(other));
            let from = model.one(&others, draft.host)?;
            model.connect(from, client);
            let to = model.name(client).to_owned();
            vec![may_fail(Action::Dial {
                from: model.host(from),
                address: Some(Address::ByRelay(
                    model.name(relay).to_owned(),
                    RelayAt::Home,
                    Some(to),
                )),
                peer: Some(model.host(client)),
                new_port: false,
            })]
        }
        _ => return None,
    };
    Some(steps)
}
