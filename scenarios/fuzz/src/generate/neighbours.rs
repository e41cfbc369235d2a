//! Operations of protocols beside kad: a discovery, and requests of an application.

use super::{
    draft::OpDraft,
    model::{HostKind, Model},
    op::FuzzOp,
};
use dht_scenarios::{action::Action, step::Step};

/// A host discovers a server, gives one up, or sends a request.
pub(super) fn neighbours(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if !model.capabilities.filters {
        return None;
    }
    let action = match op {
        FuzzOp::Discover => {
            let host = model.one(&model.live(), draft.host)?;
            let mut servers = model.live_of(HostKind::Server);
            servers.retain(|server| *server != host);
            let peer = model.one(&servers, draft.peer)?;
            model.acquainted = true;
            model.discovered.insert((host, peer));
            Action::Discovered {
                hosts: model.host(host),
                peers: model.host(peer),
                address: None,
            }
        }
        FuzzOp::Expire => {
            let live = model.live();
            let mut pairs: Vec<_> = model.discovered.iter().copied().collect();
            pairs.retain(|(host, _)| live.contains(host));
            let pair = *pairs.get(draft.how.of(pairs.len()))?;
            model.discovered.remove(&pair);
            Action::Expired {
                hosts: model.host(pair.0),
                peers: model.host(pair.1),
                address: None,
            }
        }
        FuzzOp::Request if model.asks => {
            let (host, peer) = model.pair(draft.host, draft.peer)?;
            model.connect(host, peer);
            Action::Request {
                hosts: model.host(host),
                peers: model.host(peer),
            }
        }
        _ => return None,
    };
    Some(vec![action.into()])
}
