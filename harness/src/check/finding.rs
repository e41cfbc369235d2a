//! Findings of checks, and the reporter that collects them.
//!
//! Responsible for what the check itself knows. It must not know which check reported
//! a finding: the caller that runs the checks adds that.

use dht_harness_clock::VirtualInstant;

use super::value::Value;
use crate::net::HostId;

/// A kind of violation of an invariant.
///
/// Programs distinguish findings by their kind: lists of expected and known failures,
/// the shrinker, and JSON reports.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FindingKind {
    /// The name: lowercase words separated by `-`. It is unique among the kinds of an
    /// invariant, and must not change.
    pub name: &'static str,
    /// A description for people.
    pub about: &'static str,
}

impl FindingKind {
    /// Creates a kind with a name and a description.
    pub(crate) const fn new(name: &'static str, about: &'static str) -> Self {
        FindingKind { name, about }
    }
}

impl From<&'static str> for FindingKind {
    fn from(name: &'static str) -> Self {
        FindingKind::new(name, "")
    }
}

/// A violation that a check found.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// The kind of the violation.
    pub kind: FindingKind,
    /// The hosts concerned, the culprit first.
    pub hosts: Vec<HostId>,
    /// What is wrong in detail. Two findings of the same kind with the same subject
    /// and hosts are one violation.
    pub subject: Value,
    /// The instant from which the check counts, such as the close or the death of a host
    /// or its last traffic; `None` if it counts from none. What was seen can have begun later.
    pub since: Option<VirtualInstant>,
    /// The expected value. `None` stands for the statement of the invariant.
    pub expected: Option<Value>,
    /// The value that was seen. `None` stands for the description of the kind.
    pub seen: Option<Value>,
}

/// Collects the findings of checks.
#[derive(Debug, Default)]
pub struct Reporter {
    findings: Vec<Finding>,
}

impl Reporter {
    /// Reports a finding of this kind. Its details are added through the returned
    /// value:
    ///
    /// ```
    /// # use dht_harness::{check::Reporter, net::HostId};
    /// # let (mut report, host) = (Reporter::default(), HostId::default());
    /// report
    ///     .violated("too-many-entries")
    ///     .at(host)
    ///     .subject("table")
    ///     .expected("at most one entry")
    ///     .seen(3_usize);
    /// ```
    pub fn violated(&mut self, kind: impl Into<FindingKind>) -> Details<'_> {
        let kind = kind.into();
        self.findings.push(Finding {
            kind,
            hosts: Vec::new(),
            subject: Value::from(kind.name),
            since: None,
            expected: None,
            seen: None,
        });
        let last = self.findings.len() - 1;
        Details(&mut self.findings[last])
    }

    /// Whether nothing was reported since the last [`take`](Self::take).
    pub(crate) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// Removes and returns the findings reported so far, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Finding> + '_ {
        self.findings.drain(..)
    }
}

/// Adds details to a reported finding.
#[derive(Debug)]
pub struct Details<'a>(&'a mut Finding);

impl Details<'_> {
    /// Adds a host that the finding concerns. The first one is the culprit.
    pub fn at(self, host: impl Into<HostId>) -> Self {
        self.0.hosts.push(host.into());
        self
    }

    /// Adds hosts that the finding concerns.
    pub fn hosts(self, hosts: impl IntoIterator<Item = impl Into<HostId>>) -> Self {
        self.0.hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// Sets what is wrong in detail. Two findings of the same kind with the same
    /// subject and hosts are one violation. Default: the kind.
    ///
    /// Use names for peers here: a restarted host with a new identity is then the
    /// same subject.
    pub fn subject(self, subject: impl Into<Value>) -> Self {
        self.0.subject = subject.into();
        self
    }

    /// Sets the instant from which the check counts. What was seen can have begun later.
    pub fn since(self, since: impl Into<Option<VirtualInstant>>) -> Self {
        self.0.since = since.into();
        self
    }

    /// Sets the expected value. Default: the statement of the invariant.
    pub fn expected(self, expected: impl Into<Value>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// Sets the value that was seen. Default: the description of the kind.
    pub fn seen(self, seen: impl Into<Value>) -> Self {
        self.0.seen = Some(seen.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_contains_the_reported_details() {
        let mut report = Reporter::default();
        report
            .violated("too-many")
            .at(HostId(2))
            .hosts([HostId(1)])
            .seen(3_usize);
        report.violated("too-few");
        let findings: Vec<_> = report.take().collect();
        assert_eq!(findings.len(), 2);
        assert_eq!(findings[0].kind.name, "too-many");
        assert_eq!(findings[0].hosts, [HostId(2), HostId(1)]);
        assert_eq!(findings[0].subject, Value::from("too-many"));
        assert_eq!(findings[0].seen, Some(Value::Count(3)));
        assert_eq!(findings[1].kind, FindingKind::from("too-few"));
        assert!(report.is_empty());
    }
}
