//! Operations that inject and heal network faults.

use std::time::Duration;

use dht_harness::{
    TransportKind,
    net::{Carrier, Latency, Probability},
};

use super::{draft::OpDraft, model::Model, op::FuzzOp};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{Groups, Pick},
};

/// The maximum number of faults in force at one time. At this limit one is healed
/// before another one is injected.
const MOST_FAULTS: usize = 3;

/// Heals a fault: always at the limit, otherwise sometimes.
fn heal(model: &mut Model, draft: &OpDraft) -> Option<Vec<Step>> {
    let heals = model.faults.len() >= MOST_FAULTS || draft.how.other().chance(35);
    if !heals || model.faults.is_empty() {
        return None;
    }
    let fault = model.faults.remove(draft.how.of(model.faults.len()));
    Some(vec![Action::Heal { fault }.into()])
}

/// Drops or resets what two hosts exchange, or heals a fault.
pub(super) fn connection_faults(
    model: &mut Model,
    op: FuzzOp,
    draft: &OpDraft,
) -> Option<Vec<Step>> {
    if let Some(healed) = heal(model, draft) {
        return Some(healed);
    }
    let (a, b) = model.connected_pair(draft.host, draft.peer)?;
    let (hosts, peers) = (model.host(a), model.host(b));
    let which = match draft.peer.other().chance(50) {
        true => Pick::Oldest,
        false => Pick::Newest,
    };
    // These two take effect at once, so there is nothing to heal.
    match op {
        FuzzOp::Reset => {
            model.disconnect(a, b);
            let with = draft.how.chance(60).then_some(peers);
            let only = draft.how.other().chance(30).then_some(which);
            let (only, id) = (with.as_ref().and(only), None);
            return Some(vec![
                Action::Reset {
                    hosts,
                    with,
                    only,
                    id,
                }
                .into(),
            ]);
        }
        FuzzOp::ResetStreams => {
            let id = None;
            let is_possible = model.transport == TransportKind::Mux;
            return is_possible.then(|| vec![Action::ResetStreams { hosts, peers, id }.into()]);
        }
        _ => {}
    }
    let name = model.fresh('f');
    let id = Some(name.clone());
    let action = match op {
        FuzzOp::Cut => Action::Cut {
            from: hosts,
            to: peers,
            dials: draft.how.of(3) == 2,
            id,
        },
        FuzzOp::Blackhole => Action::Blackhole { hosts, peers, id },
        FuzzOp::Stall => Action::Stall {
            hosts,
            peers,
            only: draft.how.other().chance(30).then_some(which),
            id,
        },
        _ => return None,
    };
    model.faults.push(name);
    Some(vec![action.into()])
}

/// Injects any other network fault, or heals one.
pub(super) fn faults(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if let Some(healed) = heal(model, draft) {
        return Some(healed);
    }
    let (a, b) = model.pair(draft.host, draft.peer)?;
    let (one, other) = (model.host(a), model.host(b));
    let from = draft.how.chance(50).then(|| one.clone());
    let name = model.fresh('f');
    let id = Some(name.clone());
    let action = match op {
        FuzzOp::Partition => {
            let all: Vec<usize> = (0..model.members.len()).collect();
            let (left, right) = all.split_at(1 + draft.how.of(all.len() - 1));
            let groups = Groups(vec![model.hosts(left), model.hosts(right)]);
            Action::Partition { groups, id }
        }
        FuzzOp::Refuse => Action::Refuse {
            hosts: other,
            from,
            id,
        },
        FuzzOp::Hang => Action::Hang {
            hosts: other,
            from,
            id,
        },
        FuzzOp::DialReset => Action::DialReset {
            hosts: other,
            from,
            id,
        },
        FuzzOp::Offline => Action::Offline { hosts: one, id },
        FuzzOp::DropUdp if !model.kinds.has_carrier(Carrier::Quic) => return None,
        FuzzOp::DropUdp => Action::DropUdp { hosts: one, id },
        FuzzOp::Firewall => Action::Firewall {
            hosts: one,
            refuse: false,
            id,
        },
        FuzzOp::Latency => {
            let all = draft.peer.other().chance(50);
            Action::SetLatency {
                latency: draft.how.among(&latencies()),
                of: Some(one),
                to: (!all).then_some(other),
                one_way: !all,
                id,
            }
        }
        FuzzOp::Bandwidth => Action::SetBandwidth {
            rate: draft.how.among(&[3000, 20_000]),
            up: draft.peer.other().chance(30).then_some(1500),
            of: Some(one),
            id,
        },
        FuzzOp::Loss => {
            let second = Duration::from_secs(1);
            let (probability, reset, delay) = draft.how.among(&[
                (0.2, false, None),
                (0.05, false, None),
                (0.02, true, None),
                (0.3, false, Some(second)),
            ]);
            Action::Loss {
                probability: Probability::try_from(probability).expect("it is between 0 and 1"),
                of: None,
                to: None,
                delay,
                reset,
                id,
            }
        }
        _ => return None,
    };
    model.faults.push(name);
    Some(vec![action.into()])
}

/// Latencies far above those of a network without faults.
fn latencies() -> [Latency; 4] {
    let ms = Duration::from_millis;
    [
        Latency::Constant(ms(300)),
        Latency::Uniform {
            min: ms(10),
            max: ms(1000),
        },
        Latency::Exponential {
            min: ms(50),
            mean: ms(400),
        },
        Latency::Constant(ms(3000)),
    ]
}
