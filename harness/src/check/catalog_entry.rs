//! The catalog entries of invariants.

use super::{
    finding::FindingKind,
    invariant::Invariant,
    limits::Limits,
    requirement::{Demand, Requirement},
};

/// The moments at which an invariant is checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Moment {
    /// After an event, for the hosts that were polled.
    AfterEvent,
    /// When control returns to the test.
    AfterStep,
    /// After the test's last step.
    AtEnd,
    /// After a message of the DHT was sent.
    AfterMessage,
    /// Once the network has had time to recover from faults.
    AfterHeal,
}

/// The description of an invariant in the catalog.
#[derive(Clone, Copy, Debug)]
pub struct CatalogEntry {
    /// The name, which is the same in all reports.
    pub name: &'static str,
    /// What must hold, in one sentence.
    pub statement: &'static str,
    /// The kinds of violations that the invariant reports.
    pub kinds: &'static [FindingKind],
    /// The moments at which the invariant is checked.
    pub moments: &'static [Moment],
    /// The data that the invariant reads.
    pub data: &'static str,
    /// The cases that the invariant does not report, and why.
    pub allows: &'static str,
    /// Whether every simulation checks the invariant by default, because it holds for
    /// every stack. The other invariants are requested by name. Those that read
    /// messages are only checked if the simulation has a tap.
    pub standard: bool,
    /// When the invariant can be required of a network that meets the requirements.
    pub demand: Demand,
    /// The conditions under which libp2p satisfies the invariant. Cases that the
    /// invariant itself detects and does not report are not among them.
    pub requires: &'static [Requirement],
    pub(crate) make: fn(&Limits) -> Box<dyn Invariant>,
}

impl CatalogEntry {
    /// Creates the invariant for a stack with these limits.
    pub(crate) fn make(&self, limits: &Limits) -> Box<dyn Invariant> {
        (self.make)(limits)
    }
}

/// Implements name, statement and kinds of an invariant from its catalog entry.
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

/// Implements the moments of an invariant that looks at one host at a time with this
/// function: after an event at the hosts that it touched, else at all.
macro_rules! at_each_host {
    ($look:ident) => {
        fn after_event(
            &mut self,
            world: &$crate::world::World,
            touched: &[$crate::net::HostId],
            report: &mut $crate::check::Reporter,
        ) {
            for host in touched {
                $look(world, *host, report);
            }
        }

        fn after_step(
            &mut self,
            world: &$crate::world::World,
            report: &mut $crate::check::Reporter,
        ) {
            for host in world.hosts() {
                $look(world, host, report);
            }
        }

        fn at_end(&mut self, world: &$crate::world::World, report: &mut $crate::check::Reporter) {
            self.after_step(world, report);
        }
    };
}

pub(crate) use at_each_host;
