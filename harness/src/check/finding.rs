//! What a check found, and who takes it.
//!
//! Responsible for what the check itself knows. It must not know which check
//! found it: the caller that runs the checks adds that.

use dht_harness_clock::VirtualInstant;

use super::value::Value;
use crate::net::HostId;

/// What can be wrong with what an invariant looks at.
///
/// Programs tell findings apart by it: the lists of what is expected and of what is
/// known, the shrinker, reports as JSON.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct FindingKind {
    /// Its name, in small letters with `-` between words; another one for each kind
    /// of the invariant, and the same for ever.
    pub name: &'static str,
    /// What is wrong, for people.
    pub about: &'static str,
}

impl FindingKind {
    /// A kind of this name, and what is wrong.
    pub const fn new(name: &'static str, about: &'static str) -> Self {
        FindingKind { name, about }
    }
}

impl From<&'static str> for FindingKind {
    fn from(name: &'static str) -> Self {
        FindingKind::new(name, "")
    }
}

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq)]
pub struct Finding {
    /// What is wrong.
    pub kind: FindingKind,
    /// The hosts concerned, the culprit first.
    pub hosts: Vec<HostId>,
    /// What exactly is wrong so: two findings about the same subject at the same
    /// hosts are one violation.
    pub subject: Value,
    /// Since when, where the check knows.
    pub since: Option<VirtualInstant>,
    /// What was expected; `None` for what the invariant says.
    pub expected: Option<Value>,
    /// What was seen instead; `None` for what the kind says.
    pub seen: Option<Value>,
}

/// Takes what a check finds; nearly always there is nothing.
#[derive(Debug, Default)]
pub struct Reporter {
    findings: Vec<Finding>,
}

impl Reporter {
    /// Reports that something of this kind is wrong. What is known of it is added to
    /// what is returned:
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

    /// Whether nothing was reported since [`take`](Self::take).
    pub(crate) fn is_empty(&self) -> bool {
        self.findings.is_empty()
    }

    /// What was reported since the last call, in order.
    pub(crate) fn take(&mut self) -> impl Iterator<Item = Finding> + '_ {
        self.findings.drain(..)
    }
}

/// What is known of a finding that was reported.
#[derive(Debug)]
pub struct Details<'a>(&'a mut Finding);

impl Details<'_> {
    /// A host concerned; the first one is the culprit.
    pub fn at(self, host: impl Into<HostId>) -> Self {
        self.0.hosts.push(host.into());
        self
    }

    /// Hosts concerned.
    pub fn hosts(self, hosts: impl IntoIterator<Item = impl Into<HostId>>) -> Self {
        self.0.hosts.extend(hosts.into_iter().map(Into::into));
        self
    }

    /// What exactly is wrong so: two findings about the same subject at the same
    /// hosts are one violation. The kind, if nothing is said.
    ///
    /// A peer is named here by its name: under another identity it is the same
    /// subject.
    pub fn subject(self, subject: impl Into<Value>) -> Self {
        self.0.subject = subject.into();
        self
    }

    /// Since when.
    pub fn since(self, since: impl Into<Option<VirtualInstant>>) -> Self {
        self.0.since = since.into();
        self
    }

    /// What was expected; what the invariant says, if nothing is said.
    pub fn expected(self, expected: impl Into<Value>) -> Self {
        self.0.expected = Some(expected.into());
        self
    }

    /// What was seen instead; what the kind says, if nothing is said.
    pub fn seen(self, seen: impl Into<Value>) -> Self {
        self.0.seen = Some(seen.into());
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_finding_has_what_was_said_of_it() {
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
