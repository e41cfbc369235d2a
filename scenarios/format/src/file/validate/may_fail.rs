//! Finds lines for which `may-fail` says nothing.

use std::ops::Range;

use super::{Presence, Validator, lists::lists};
use crate::{
    action::{Action, ActionKind},
    step::{Fails, Step},
};

/// The shortest text that tells one error from others, in characters.
const SHORTEST: usize = 4;

/// When a line can fail.
#[derive(Clone, Copy)]
enum Failing {
    /// If the condition is not met, which `may-fail` permits.
    Unmet,
    /// Never.
    Never,
    /// If one of its hosts is not there yet.
    Absent,
    /// If one of its hosts is not up.
    Down,
    /// It depends on the run.
    Maybe,
}

impl Failing {
    fn of(kind: ActionKind) -> Self {
        match kind {
            ActionKind::Expect
            | ActionKind::Eventually
            | ActionKind::Always
            | ActionKind::Settle
            | ActionKind::Recover => Failing::Unmet,
            ActionKind::Run | ActionKind::HealAll => Failing::Never,
            ActionKind::StartClose
            | ActionKind::Pause
            | ActionKind::Resume
            | ActionKind::Slow
            | ActionKind::Skew
            | ActionKind::Partition
            | ActionKind::Cut
            | ActionKind::Blackhole
            | ActionKind::Stall
            | ActionKind::Offline
            | ActionKind::DropUdp
            | ActionKind::Refuse
            | ActionKind::Hang
            | ActionKind::DialReset
            | ActionKind::Firewall
            | ActionKind::SetLatency
            | ActionKind::Loss
            | ActionKind::SetBandwidth => Failing::Absent,
            ActionKind::Crash
            | ActionKind::Snapshot
            | ActionKind::StartConnect
            | ActionKind::Unlisten
            | ActionKind::AddExternal
            | ActionKind::AddAddress
            | ActionKind::RemoveAddress
            | ActionKind::RemovePeer
            | ActionKind::SetMode
            | ActionKind::StopProviding
            | ActionKind::RemoveLocal
            | ActionKind::RemoveRecord
            | ActionKind::SetScript => Failing::Down,
            _ => Failing::Maybe,
        }
    }
}

impl Validator<'_> {
    /// Reports `may-fail` where it says nothing, and a `fails=TEXT` that any error contains.
    pub(super) fn failing(&mut self, step: &Step, at: &Range<usize>) {
        if let Fails::With(text) = &step.fails {
            let is_short = text.trim().chars().count() < SHORTEST;
            let is_host = self.life.contains_key(text) || self.groups.contains_key(text);
            let problem = (is_short || is_host).then(|| {
                format!(
                    "{text:?} is in many errors: write more of the one that is expected, at least \
                     {SHORTEST} letters and not the name of a host"
                )
            });
            return self.maybe(at, problem);
        }
        if step.fails != Fails::Maybe {
            return;
        }
        let kind = step.action.kind();
        let problem = match Failing::of(kind) {
            Failing::Unmet => {
                format!("`{kind}` with `may-fail` requires nothing: remove `may-fail`, or the line")
            }
            failing if self.cannot_fail(failing, &step.action) => {
                format!("`{kind}` cannot fail: remove `may-fail`")
            }
            _ => return,
        };
        self.complain(at, problem);
    }

    fn cannot_fail(&self, failing: Failing, action: &Action) -> bool {
        let hosts = lists(action);
        let mut members = hosts.iter().flat_map(|hosts| self.members(hosts));
        match failing {
            Failing::Never => true,
            // A host that a planned fault spawns may not be there.
            Failing::Absent => !members.any(|host| self.planned.contains(&host)),
            // A host with its own event loop may end by itself.
            Failing::Down => {
                let is_up = |host: String| self.life.get(&host) == Some(&Presence::Up);
                self.prompt && members.all(is_up)
            }
            Failing::Unmet | Failing::Maybe => false,
        }
    }
}
