//! Follows which hosts are paused, and finds checks that can only see them stand still.

use std::ops::Range;

use indexmap::IndexSet;

use super::{Validator, lists::lists};
use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    file::scenario::ScenarioFile,
    syntax::Hosts,
};

/// The hosts that are certainly paused.
#[derive(Default)]
pub(super) struct Held {
    pub(super) hosts: IndexSet<String>,
    /// The hosts that planned faults name. They may change a paused host.
    planned: IndexSet<String>,
    /// Whether a planned fault may resume a host.
    may_resume: bool,
}

impl Held {
    pub(super) fn of(scenario: &ScenarioFile) -> Self {
        let mut planned = scenario.faults.iter();
        Held {
            may_resume: planned.any(|fault| fault.action.kind() == ActionKind::Resume),
            ..Held::default()
        }
    }
}

impl Validator<'_> {
    /// Records the hosts that planned faults name.
    pub(super) fn planned_names(&mut self) {
        let scenario = self.scenario;
        for fault in &scenario.faults {
            for hosts in lists(&fault.action) {
                let members = self.members(&hosts);
                self.held.planned.extend(members);
            }
        }
    }

    /// Follows the pause of a host, and reports one that is paused already.
    pub(super) fn hold(&mut self, host: &str, certain: bool, at: &Range<usize>) {
        if !certain || self.held.may_resume {
            return;
        }
        if !self.held.hosts.insert(host.to_owned()) {
            self.complain(
                at,
                format!("`{host}` is paused already: remove it from this line"),
            );
        }
    }

    /// Reports an `always` about hosts that are paused for all of it: nothing changes at
    /// them, so that it sees no more than an `expect`.
    pub(super) fn paused_throughout(&mut self, action: &Action, at: &Range<usize>) {
        let Action::Always { condition, .. } = action else {
            return;
        };
        if self.held.hosts.is_empty() {
            return;
        }
        let condition = condition.whole();
        let mut members: IndexSet<String> = IndexSet::new();
        if let Some(hosts) = standing(condition) {
            members.extend(self.members(hosts));
        } else if let (Some(query), true) = (condition.query(), depends_on_asking(condition)) {
            let asking: Vec<Hosts> = self.started(query).map(|it| it.hosts.clone()).collect();
            members.extend(asking.iter().flat_map(|hosts| self.members(hosts)));
        }
        let stands =
            |host: &String| self.held.hosts.contains(host) && !self.held.planned.contains(host);
        if let Some(host) = members.first()
            && members.iter().all(stands)
        {
            let problem = format!(
                "`{host}` is paused for all of this time, in which nothing changes at it: add \
                 `resume {host}` before this line, or use `expect`"
            );
            self.complain(at, problem);
        }
    }
}

/// The hosts on whose own state alone a condition depends, which does not change while they
/// are paused.
fn standing(condition: &Condition) -> Option<&Hosts> {
    match condition {
        Condition::Knows { hosts, .. }
        | Condition::KnowsFormer { hosts, .. }
        | Condition::Table { hosts, .. }
        | Condition::Bucket { hosts, .. }
        | Condition::Buckets { hosts, .. }
        | Condition::Pending { hosts, .. }
        | Condition::EntryConnected { hosts, .. }
        | Condition::EntryAddresses { hosts, .. }
        | Condition::EntryAddress { hosts, .. }
        | Condition::ToldAddress { hosts, .. }
        | Condition::SameTable { hosts, .. }
        | Condition::Connected { hosts, .. }
        | Condition::Connections { hosts, .. }
        | Condition::LastEvents { hosts, .. }
        | Condition::Dials { hosts, .. }
        | Condition::InboundFailures { hosts, .. }
        | Condition::UnderWay { hosts, .. }
        | Condition::Listeners { hosts, .. }
        | Condition::External { hosts, .. }
        | Condition::Candidates { hosts, .. }
        | Condition::InMode { hosts, .. }
        | Condition::Queries { hosts, .. }
        | Condition::Bootstraps { hosts, .. }
        | Condition::AppMetric { hosts, .. }
        | Condition::Stores { hosts, .. }
        | Condition::Records { hosts, .. }
        | Condition::Holders { hosts, .. }
        | Condition::Provider { hosts, .. }
        | Condition::Providers { hosts, .. }
        | Condition::Provides { hosts, .. } => Some(hosts),
        _ => None,
    }
}

/// Whether a condition on a query depends on the hosts that ask alone. What a query should
/// have found, and how long it has taken, changes without them.
fn depends_on_asking(condition: &Condition) -> bool {
    !matches!(condition, Condition::Recall { .. } | Condition::Took { .. })
}
