//! Checks that hosts have the protocols beside kad that lines use.

use std::ops::Range;

use super::Validator;
use crate::{action::Action, file::scenario::HostGroup};

impl Validator<'_> {
    /// Reports the first host of a `request` that has no libp2p-request-response, and of a
    /// `publish` that has no libp2p-gossipsub.
    pub(super) fn requesters(&mut self, action: &Action, at: &Range<usize>) {
        let (lacking, protocol, setting) = match action {
            Action::Request { hosts, .. } => {
                let lacks =
                    |group: &HostGroup| group.settings.neighbours.request_response.is_none();
                let lacking = self.first_of(hosts, lacks);
                (lacking, "request-response", "request_response = {}")
            }
            Action::Publish { hosts } => {
                let lacks = |group: &HostGroup| !group.settings.neighbours.gossipsub;
                (self.first_of(hosts, lacks), "gossipsub", "gossipsub = true")
            }
            _ => return,
        };
        let problem = lacking.map(|(host, _)| {
            format!(
                "`{host}` has no {protocol}: add `settings = {{ neighbours = {{ {setting} }} }}` to it"
            )
        });
        self.maybe(at, problem);
    }
}
