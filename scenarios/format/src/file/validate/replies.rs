//! Checks that replies with a name are read.

use std::ops::Range;

use indexmap::IndexMap;

use super::Validator;
use crate::{
    action::{Action, LAST},
    file::scenario::ScenarioFile,
    syntax::{Kind, Name},
};

/// The replies with a name that no line has read, each with the line that names it.
#[derive(Default)]
pub(super) struct Replies {
    unread: IndexMap<Name, Range<usize>>,
}

impl Validator<'_> {
    /// Follows which replies are read, and reports one whose name another one takes before.
    pub(super) fn replied(&mut self, action: &Action, at: &Range<usize>) {
        if let Some(name) = action.condition().and_then(|it| it.whole().reply()) {
            self.replies.unread.swap_remove(name);
        }
        let (Action::Ask { name, .. } | Action::Send { name, .. }) = action else {
            return;
        };
        let Some(name) = name else { return };
        let former = match stores(action) {
            true => self.replies.unread.swap_remove(name),
            false => self.replies.unread.insert(name.clone(), at.clone()),
        };
        if let Some(former) = former
            && former != *at
        {
            self.complain(
                &former,
                format!(
                    "another reply is called `{0}` before a line reads this one: add `expect reply \
                     {0} message` or another condition between both, or remove `as={0}`",
                    name.0
                ),
            );
        }
    }

    /// Reports replies with a name that no line reads.
    pub(super) fn unread_replies(&mut self) {
        // Otherwise a line that could not be read may read it.
        if !self.places.unread.is_empty() {
            return;
        }
        for (name, at) in std::mem::take(&mut self.replies.unread) {
            self.complain(
                &at,
                format!(
                    "no line reads the reply `{0}`: add `expect reply {0} message` or another \
                     condition after it, or remove `as={0}`",
                    name.0
                ),
            );
        }
    }
}

impl ScenarioFile {
    /// The requests to store something whose replies have a name that no line reads.
    pub(super) fn unread_replies(&self) -> Vec<String> {
        let mut unread: IndexMap<&Name, String> = IndexMap::new();
        let mut told = Vec::new();
        for (index, step) in self.steps.iter().enumerate() {
            let action = step.action.started();
            if let Some(name) = action.condition().and_then(|it| it.whole().reply()) {
                unread.shift_remove(name);
            }
            let Action::Ask {
                name: Some(name), ..
            } = action
            else {
                continue;
            };
            if stores(action) {
                let number = index + 1;
                let text = format!(
                    "`{action}`, step {number}: no line reads the reply `{}`",
                    name.0
                );
                told.extend(unread.insert(name, text));
            }
        }
        told.extend(unread.into_values());
        told
    }

    /// The requests of scripted hosts that store nothing and whose replies, which have no name, no
    /// line reads.
    pub(super) fn unread_asks(&self) -> Vec<String> {
        let mut told = Vec::new();
        let mut is_read = false;
        for (index, step) in self.steps.iter().enumerate().rev() {
            let action = &step.action;
            let asked = action.condition().and_then(|it| it.whole().reply());
            is_read |= asked.is_some_and(|asked| asked.0 == LAST);
            let (Action::Ask { name: None, .. } | Action::Send { name: None, .. }) = action else {
                continue;
            };
            let reads = matches!(
                action,
                Action::Ask {
                    kind: Kind::FindNode | Kind::GetValue | Kind::GetProviders,
                    ..
                }
            );
            if reads && !is_read {
                told.push(format!(
                    "`{action}`, step {}: no line reads the reply, and the request stores nothing",
                    index + 1
                ));
            }
            is_read = false;
        }
        told.reverse();
        told
    }
}

/// Whether an action sends a request that stores something. Such a request has a purpose even
/// if its reply is not read.
fn stores(action: &Action) -> bool {
    matches!(
        action,
        Action::Ask {
            kind: Kind::PutValue | Kind::AddProvider,
            ..
        }
    )
}
