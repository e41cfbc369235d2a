//! What a check found.

use std::{borrow::Cow, fmt};

use dht_harness_clock::VirtualInstant;

use crate::net::HostId;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// What must hold.
    pub statement: &'static str,
    /// When it was seen.
    pub at: VirtualInstant,
    /// Since when it does not hold, where the check knows.
    pub since: Option<VirtualInstant>,
    /// The hosts concerned, the culprit first.
    pub hosts: Vec<HostId>,
    /// Their names, in the same order.
    pub names: Vec<String>,
    /// What exactly was found wrong: two findings about the same subject at the
    /// same hosts are one violation.
    pub subject: Cow<'static, str>,
    /// What was expected of it.
    pub expected: String,
    /// What was seen instead.
    pub seen: String,
    /// The latest events of the hosts concerned.
    pub recent: Vec<String>,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "violated: {} ({})", self.invariant, self.statement)?;
        writeln!(f, "  hosts:    {}", self.names.join(", "))?;
        writeln!(f, "  expected: {}", self.expected)?;
        writeln!(f, "  seen:     {}", self.seen)?;
        write!(f, "  at:       {}", self.at)?;
        if let Some(since) = self.since {
            write!(f, ", since {since}")?;
        }
        for line in &self.recent {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}

/// Takes what a check finds. Whose findings they are is noted by whoever takes
/// them on: nearly always there are none.
#[derive(Default)]
pub struct Reporter {
    pub(crate) findings: Vec<Violation>,
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
        self.findings.push(Violation {
            invariant: "",
            statement: "",
            at: VirtualInstant::ZERO,
            since,
            hosts: hosts.to_vec(),
            names: Vec::new(),
            subject: subject.into(),
            expected: expected.into(),
            seen: seen.into(),
            recent: Vec::new(),
        });
    }
}
