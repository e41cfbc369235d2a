//! Finds steps that do nothing because a host is down, or because the step before them has
//! done it already.

use std::ops::Range;

use super::{Presence, Validator, lists::lists};
use crate::{
    action::{Action, ActionKind},
    step::{Fails, Step},
    syntax::Word,
};

impl Validator<'_> {
    /// Reports a step that certainly does nothing where it stands. The steps of generated
    /// files are not checked: the shrinker removes those that their failure does not need.
    pub(super) fn idle(&mut self, index: usize, step: &Step, at: &Range<usize>) {
        if self.scenario.found.is_some() {
            return;
        }
        let problem = self
            .again(index, step)
            .or_else(|| self.of_nobody(&step.action));
        self.maybe(at, problem);
    }

    /// Why a step repeats the one before it in vain.
    fn again(&self, index: usize, step: &Step) -> Option<String> {
        let before = &self.scenario.steps[index.checked_sub(1)?];
        let is_again = *before == *step && step.fails == Fails::No && lasts(&step.action);
        is_again.then(|| {
            format!(
                "the step before this one is `{}` too, and the second one changes nothing: remove it",
                step.action
            )
        })
    }

    /// Why the interruption of connections of hosts that are down does nothing. Other faults
    /// change how a dial of such a host fails.
    fn of_nobody(&self, action: &Action) -> Option<String> {
        let kind = action.kind();
        if !matches!(
            kind,
            ActionKind::Stall | ActionKind::Reset | ActionKind::ResetStreams
        ) {
            return None;
        }
        let is_down = |host: &String| self.life.get(host) == Some(&Presence::Down);
        let lists = lists(action);
        let hosts = lists.iter().find(|hosts| {
            let members = self.members(hosts);
            !members.is_empty() && members.iter().all(is_down)
        })?;
        Some(format!(
            "`{0}` is down and has no connection, so that `{kind}` does nothing: place it before \
             the host goes down, or after `restart {0}`",
            Word::write(hosts)
        ))
    }
}

/// Whether what an action does is the same if it is done twice at once. One that ends
/// something is reported as such.
fn lasts(action: &Action) -> bool {
    if matches!(action, Action::Slow { pause, .. } if pause.is_zero()) {
        return false;
    }
    matches!(
        action.kind(),
        ActionKind::Block
            | ActionKind::Pause
            | ActionKind::Slow
            | ActionKind::DropMessages
            | ActionKind::SetMode
            | ActionKind::StopProviding
            | ActionKind::RemoveLocal
    )
}
