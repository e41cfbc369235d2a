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
        let named = self.members(hosts);
        let mut lacking = self.scenario.hosts.iter().filter(|group| {
            let settings = &group.settings.neighbours;
            settings.request_response.is_none()
        });
        let host = lacking.find_map(|group| {
            let members = self.groups.get(&group.name)?;
            named.iter().find(|name| members.contains(name))
        });
        let problem = host.map(|host| {
            format!(
                "`{host}` has no request-response: add `settings = {{ neighbours = {{ \
                 request_response = {{}} }} }}` to it"
            )
        });
        self.maybe(at, problem);
    }
}
