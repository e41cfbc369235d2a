//! A finding with its circumstances, for reports.

use std::{borrow::Cow, fmt, slice};

use dht_harness_clock::VirtualInstant;

use super::{finding::Finding, value::Value, violation_groups::ViolationGroups};
use crate::net::HostId;

/// A violation of an invariant.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// The name of the invariant.
    pub invariant: &'static str,
    /// The name of the kind, which is one of the [kinds](super::Invariant::kinds) of
    /// the invariant.
    pub kind: &'static str,
    /// The statement of the invariant.
    pub statement: &'static str,
    /// The time at which the violation was seen.
    pub at: VirtualInstant,
    /// The instant from which the check counts, such as the close or the death of a host
    /// or its last traffic; `None` if it counts from none. What was seen can have begun later.
    pub since: Option<VirtualInstant>,
    /// The hosts concerned, the culprit first.
    pub hosts: Vec<HostId>,
    /// Their names, in the same order.
    pub names: Vec<String>,
    /// What is wrong in detail. Two findings of the same kind with the same subject
    /// and hosts are one violation.
    pub subject: Value,
    /// The expected value.
    pub expected: Value,
    /// The value that was seen.
    pub seen: Value,
    /// The kinds of earlier actions, without duplicates, in the order of their first
    /// occurrence. The test declares them with
    /// [`Sim::begin_action`](crate::Sim::begin_action).
    pub actions: Vec<Cow<'static, str>>,
    /// The kinds of the faults in force, without duplicates, in the order in which
    /// they were installed. See [`Fault::kind`](crate::net::Fault::kind).
    pub faults: Vec<&'static str>,
    /// What the hosts did before, in the order of `hosts`, each once.
    pub evidence: Vec<HostEvidence>,
}

/// What a host of a violation did before the violation was seen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HostEvidence {
    /// The name of the host.
    pub host: String,
    /// The latest change of its table: a line with the times of the two reads, then a line
    /// for each entry that has changed. Empty if the table was not read twice.
    pub table: Vec<String>,
    /// Its latest events, oldest first.
    pub events: Vec<String>,
}

impl Violation {
    /// Creates a violation of the invariant with this name and statement, seen at
    /// `at`.
    pub(crate) fn new(
        invariant: &'static str,
        statement: &'static str,
        at: VirtualInstant,
        finding: Finding,
    ) -> Self {
        Violation {
            invariant,
            kind: finding.kind.name,
            statement,
            at,
            since: finding.since,
            hosts: finding.hosts,
            names: Vec::new(),
            subject: finding.subject,
            expected: finding.expected.unwrap_or(statement.into()),
            seen: finding.seen.unwrap_or(match finding.kind.about {
                "" => finding.kind.name.into(),
                about => about.into(),
            }),
            actions: Vec::new(),
            faults: Vec::new(),
            evidence: Vec::new(),
        }
    }

    /// Whether `other` is the same violation, seen again.
    pub(crate) fn is_again(&self, other: &Violation) -> bool {
        self.invariant == other.invariant
            && self.hosts == other.hosts
            && self.subject == other.subject
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        ViolationGroups::of(slice::from_ref(self)).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_instant_from_which_a_check_counts_is_not_told_as_that_of_what_was_seen() {
        let at = |secs: u64| VirtualInstant::from_nanos(secs * 1_000_000_000);
        let finding = Finding {
            kind: "leaked".into(),
            hosts: vec![HostId(0)],
            subject: "".into(),
            since: Some(at(2)),
            expected: None,
            seen: None,
        };
        let mut violation = Violation::new("leaks", "a closed host holds nothing", at(3), finding);
        let end = |violation: &Violation| {
            let told = violation.to_string();
            told.lines().last().map(|line| line.trim().to_owned())
        };
        let counted = "at:       3.000000000s, counted from 2.000000000s";
        assert_eq!(end(&violation).as_deref(), Some(counted));
        violation.since = None;
        assert_eq!(end(&violation).as_deref(), Some("at:       3.000000000s"));
    }
}
