//! What there is to know about an invariant of a catalog.

use super::{
    finding::FindingKind,
    invariant::Invariant,
    limits::Limits,
    requirement::{Demand, Requirement},
};

/// When an invariant looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// After an event, at the hosts that it touched.
    AfterEvent,
    /// When control returns to the test.
    AfterStep,
    /// After the test's last step.
    AtEnd,
    /// After a message of the DHT was sent.
    AfterMessage,
    /// Once the network has had its time to recover from faults.
    AfterHeal,
}

/// What there is to know about an invariant of the catalog.
#[derive(Clone, Copy, Debug)]
pub struct CatalogEntry {
    /// Its name, the same in all reports.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub statement: &'static str,
    /// How it can fail to hold: what its findings are told apart by.
    pub kinds: &'static [FindingKind],
    /// When it looks.
    pub moments: &'static [Moment],
    /// What it looks at.
    pub data: &'static str,
    /// What it lets pass, and why.
    pub allows: &'static str,
    /// Whether each simulation checks it unless told otherwise, because it
    /// holds for every stack. The others are asked for by name. Those that
    /// [read messages](Self::reads_messages) look only where there is a tap.
    pub standard: bool,
    /// When it can be demanded of a network that meets the requirements.
    pub demand: Demand,
    /// What has to be true of a scenario so that libp2p keeps it. Not among them is
    /// what the invariant itself sees and lets pass.
    pub requires: &'static [Requirement],
    pub(crate) make: fn(&Limits) -> Box<dyn Invariant>,
}

impl CatalogEntry {
    /// Whether it reads the DHT's messages, for which there has to be a tap:
    /// [`SimBuilder::tap`](crate::SimBuilder::tap).
    pub fn reads_messages(&self) -> bool {
        self.moments.contains(&Moment::AfterMessage)
    }

    /// The invariant, for a stack with these limits.
    pub fn make(&self, limits: &Limits) -> Box<dyn Invariant> {
        (self.make)(limits)
    }
}

/// Name, statement and kinds of an invariant as its entry has them.
macro_rules! as_in_catalog {
    () => {
        fn name(&self) -> &'static str {
            Self::ENTRY.name
        }

        fn statement(&self) -> &'static str {
            Self::ENTRY.statement
        }

        fn kinds(&self) -> &'static [$crate::check::FindingKind] {
            Self::ENTRY.kinds
        }
    };
}

pub(crate) use as_in_catalog;
