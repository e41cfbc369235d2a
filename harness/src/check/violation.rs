//! A finding with its circumstances, as a report shows it.

use std::{borrow::Cow, fmt};

use dht_harness_clock::VirtualInstant;

use super::{finding::Finding, value::Value, wording::Said};
use crate::net::HostId;

/// An invariant that did not hold.
#[derive(Clone, Debug, PartialEq)]
pub struct Violation {
    /// Its name.
    pub invariant: &'static str,
    /// The name of what is wrong, among the [kinds](super::Invariant::kinds) of the
    /// invariant.
    pub kind: &'static str,
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
    /// What exactly is wrong so: two findings about the same subject at the same
    /// hosts are one violation.
    pub subject: Value,
    /// What was expected of it.
    pub expected: Value,
    /// What was seen instead.
    pub seen: Value,
    /// The kinds of actions that came before, each once, in the order in which they
    /// came first: as the test has named them by
    /// [`Sim::begin_action`](crate::Sim::begin_action).
    pub actions: Vec<Cow<'static, str>>,
    /// The kinds of faults in force, each once, in the order of their installation:
    /// see [`Fault::kind`](crate::net::Fault::kind).
    pub faults: Vec<&'static str>,
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
            tables: Vec::new(),
            recent: Vec::new(),
        }
    }

    /// Whether `other` is the same thing, looked at again.
    pub(crate) fn is_again(&self, other: &Violation) -> bool {
        self.invariant == other.invariant
            && self.hosts == other.hosts
            && self.subject == other.subject
    }
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (invariant, kind) = (self.invariant, self.kind);
        writeln!(f, "violated: {invariant} ({})", Said(self.statement))?;
        writeln!(f, "  kind:     {kind}")?;
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
