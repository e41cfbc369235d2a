//! What a check found, and who takes it.
//!
//! Responsible for what the check itself knows. It must not know which check
//! found it: whoever runs the checks adds that.

use std::borrow::Cow;

use dht_harness_clock::VirtualInstant;

use crate::net::HostId;

/// Something that is not as it must be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The hosts concerned, the culprit first.
    pub hosts: Vec<HostId>,
    /// What exactly is wrong: two findings about the same subject at the same
    /// hosts are one violation.
    pub subject: Cow<'static, str>,
    /// Since when, where the check knows.
    pub since: Option<VirtualInstant>,
    /// What was expected.
    pub expected: String,
    /// What was seen instead.
    pub seen: String,
}

/// Takes what a check finds; nearly always there is nothing.
#[derive(Debug, Default)]
pub struct Reporter {
    findings: Vec<Finding>,
}

impl Reporter {
    /// Reports that something about `subject` is wrong at `hosts`.
    pub fn violated(
        &mut self,
        hosts: &[HostId],
        subject: impl Into<Cow<'static, str>>,
        since: Option<VirtualInstant>,
        expected: impl Into<String>,
        seen: impl Into<String>,
    ) {
        self.findings.push(Finding {
            hosts: hosts.to_vec(),
            subject: subject.into(),
            since,
            expected: expected.into(),
            seen: seen.into(),
        });
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
