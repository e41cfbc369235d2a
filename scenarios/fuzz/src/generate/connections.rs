//! Operations that dial and disconnect.

use super::{
    draft::OpDraft,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    steps::may_fail,
};
use dht_scenarios::{
    action::Action,
    step::Step,
    syntax::{Address, Hosts},
};

fn start_connect(from: &Hosts, to: &Hosts) -> Step {
    let (from, to) = (from.clone(), to.clone());
    Action::StartConnect { from, to }.into()
}

/// Two hosts dial each other, or a connection between them is closed.
pub(super) fn connections(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let (a, b) = match op {
        FuzzOp::Disconnect | FuzzOp::Reconnect | FuzzOp::Block => {
            model.connected_pair(draft.host, draft.peer)?
        }
        _ => model.pair(draft.host, draft.peer)?,
    };
    let (from, to) = (model.host(a), model.host(b));
    let blocks = model.capabilities.filters;
    let steps = match op {
        FuzzOp::Connect => {
            model.connect(a, b);
            vec![match draft.how.of(24) {
                0..6 => may_fail(Action::Connect { from, to }),
                how @ 6..=10 => may_fail(Action::Dial {
                    from,
                    address: Some(Address::Of(model.name(b).to_owned())),
                    peer: (how < 10).then_some(to),
                    new_port: false,
                }),
                _ => start_connect(&from, &to),
            }]
        }
        FuzzOp::ConnectBoth
            if model.members[b].liveness == Liveness::Up && model.members[a].listens =>
        {
            model.connect(a, b);
            vec![start_connect(&from, &to), start_connect(&to, &from)]
        }
        FuzzOp::Reconnect => {
            model.connect(a, b);
            vec![start_connect(&from, &to); 1 + draft.how.of(3)]
        }
        FuzzOp::ConnectAll => {
            let mut others = model.live();
            others.retain(|other| *other != b);
            for other in &others {
                model.connect(*other, b);
            }
            vec![start_connect(&model.hosts(&others), &to)]
        }
        FuzzOp::Disconnect => {
            model.disconnect(a, b);
            let again = draft.how.chance(25).then(|| {
                model.connect(a, b);
                start_connect(&from, &to)
            });
            let mut steps = vec![may_fail(Action::Disconnect { from, to })];
            steps.extend(again);
            steps
        }
        FuzzOp::ConnectAndCut => {
            let dial = start_connect(&from, &to);
            let end = match draft.how.of(3) {
                0 => may_fail(Action::Disconnect { from, to }),
                2 if blocks => {
                    model.blocks.insert((a, b));
                    Step::from(Action::Block {
                        hosts: from,
                        peers: to,
                    })
                }
                _ => Step::from(Action::Reset {
                    hosts: from,
                    with: Some(to),
                    only: None,
                    id: None,
                }),
            };
            vec![dial, end]
        }
        FuzzOp::Block if blocks => {
            let (hosts, peers) = (from, to);
            let action = if model.blocks.remove(&(a, b)) {
                Action::Unblock { hosts, peers }
            } else {
                model.blocks.insert((a, b));
                model.disconnect(a, b);
                Action::Block { hosts, peers }
            };
            vec![action.into()]
        }
        _ => return None,
    };
    Some(steps)
}

/// A host stops or starts listening, or changes its external address.
pub(super) fn addresses(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    let (host, _) = model.pair(draft.host, draft.peer)?;
    let hosts = model.host(host);
    let step = match op {
        FuzzOp::Listen => {
            let member = &mut model.members[host];
            if member.kind != HostKind::Server {
                return None;
            }
            member.listens = !member.listens;
            match member.listens {
                true => may_fail(Action::Listen { hosts, on: None }),
                false => Action::Unlisten { hosts }.into(),
            }
        }
        FuzzOp::External => {
            if model.members[host].is_behind {
                return None;
            }
            let address = None;
            model.externals.insert(host);
            Step::from(match model.announced.remove(&host) {
                true => Action::RemoveExternal { hosts, address },
                false => {
                    model.announced.insert(host);
                    Action::AddExternal { hosts, address }
                }
            })
        }
        _ => return None,
    };
    Some(vec![step])
}
