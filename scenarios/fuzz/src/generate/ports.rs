//! Operations on ports that a router grants.

use dht_harness::net::IpVersion;

use super::{
    draft::OpDraft,
    model::Model,
    op::FuzzOp,
    steps::may_fail,
    surroundings::{HOME, PROVIDER},
};
use dht_scenarios::{
    action::Action,
    step::{Fails, Step},
    syntax::Address,
};

/// What the error says if a router grants no ports.
const REFUSED: &str = "refuses to map the port";

/// What the error says if the router that grants the port has itself a private address.
const PRIVATE: &str = "has itself the private address";

/// A client asks its router for a port, or another host dials it by the port.
pub(super) fn ports(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if !model.kinds.has_version(IpVersion::V4) {
        return None;
    }
    let mut behind = model.live();
    behind.retain(|host| model.members[*host].is_behind && !model.abroad.contains(host));
    match op {
        FuzzOp::MapPort => {
            let host = model.one(&behind, draft.host)?;
            // The port of another host is not granted.
            let fails = match (model.grants, model.mapped.is_empty()) {
                (false, _) => Fails::With(REFUSED.to_owned()),
                (true, true) if model.has_provider => Fails::With(PRIVATE.to_owned()),
                (true, true) => Fails::No,
                (true, false) => Fails::Maybe,
            };
            model.mapped.insert(host);
            let hosts = model.host(host);
            Some(vec![Step {
                action: Action::MapPort { hosts },
                fails,
            }])
        }
        _ => {
            behind.retain(|host| model.mapped.contains(host));
            let host = model.one(&behind, draft.host)?;
            let mut others = model.live();
            others.retain(|other| *other != host);
            let from = model.one(&others, draft.peer)?;
            let router = match model.has_provider && draft.how.chance(50) {
                true => PROVIDER,
                false => HOME,
            };
            let carriers: Vec<_> = model.kinds.carriers().collect();
            let carrier = draft.how.other().among(&carriers);
            model.connect(from, host);
            Some(vec![may_fail(Action::Dial {
                from: model.host(from),
                address: Some(Address::OfRouter(router.to_owned(), carrier)),
                peer: draft.how.chance(80).then(|| model.host(host)),
                new_port: false,
            })])
        }
    }
}
