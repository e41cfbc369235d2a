//! Checks that hosts have the protocols beside kad that lines use.

use std::ops::Range;

use super::Validator;
use crate::action::Action;

impl Validator<'_> {
    /// Reports the first host of a `request` that has no libp2p-request-response.
    pub(super) fn requesters(&mut self, action: &Action, at: &Range<usize>) {
        let Action::Request { hosts, .. } = action else {
            return;
        };
        let lacking = self.first_of(hosts, |group| {
            let settings = &group.settings.neighbours;
            settings.request_response.is_none()
        });
        let problem = lacking.map(|(host, _)| {
            format!(
                "`{host}` has no request-response: add `settings = {{ neighbours = {{ \
                 request_response = {{}} }} }}` to it"
            )
        });
        self.maybe(at, problem);
    }
}
