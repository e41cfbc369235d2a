//! Operations that drop or delay messages.

use std::time::Duration;

use super::{draft::OpDraft, model::Model, op::FuzzOp};
use dht_scenarios::{action::Action, step::Step, syntax::Kind};

/// A host starts or stops dropping or delaying messages of one kind.
pub(super) fn messages(model: &mut Model, op: FuzzOp, draft: &OpDraft) -> Option<Vec<Step>> {
    if !model.capabilities.filters {
        return None;
    }
    let host = model.one(&model.live(), draft.host)?;
    let hosts = model.host(host);
    if model.filtered.contains(&host) && draft.how.other().chance(40) {
        model.filtered.remove(&host);
        return Some(vec![Action::PassMessages { hosts }.into()]);
    }
    model.filtered.insert(host);
    let kind = draft.peer.among(Kind::ALL);
    let which = draft.how.of(4);
    // An `add-provider` has no answer.
    let answers = which % 2 == 1 && kind != Kind::AddProvider;
    let (out, peer) = (which >= 2, None);
    let action = match op {
        FuzzOp::DropMessages => Action::DropMessages {
            hosts,
            kind,
            out,
            answers,
            peer,
        },
        _ => Action::DelayMessages {
            hosts,
            kind,
            delay: Duration::from_millis(draft.peer.other().among(&[500, 3000, 9900, 12_000])),
            out,
            answers,
            peer,
        },
    };
    Some(vec![action.into()])
}
