//! A finding with its circumstances, as a report shows it.

use std::{borrow::Cow, fmt};

use dht_harness_clock::VirtualInstant;

use super::finding::Finding;
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
    /// How the tables of the hosts concerned had changed when last read, with
    /// the two times of reading.
    pub tables: Vec<String>,
    /// The latest events of the hosts concerned.
    pub recent: Vec<String>,
}

impl Violation {
    /// A finding of the invariant of this name and statement, seen at `at`.
    pub(crate) fn new(
        invariant: &'static str,
        statement: &'static str,
        at: VirtualInstant,
        finding: Finding,
    ) -> Self {
        Violation {
            invariant,
            statement,
            at,
            since: finding.since,
            hosts: finding.hosts,
            names: Vec::new(),
            subject: finding.subject,
            expected: finding.expected,
            seen: finding.seen,
            tables: Vec::new(),
            recent: Vec::new(),
        }
    }
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
        for line in &self.tables {
            write!(f, "\n  {line}")?;
        }
        for line in &self.recent {
            write!(f, "\n    {line}")?;
        }
        Ok(())
    }
}
