//! The parts of a check: the trait, the findings that it reports, and the limits that
//! depend on settings.
//!
//! A check reads the [`World`] and reports violations. It must not change anything,
//! and its cost must not grow with the network: after an event it only reads the
//! hosts that were polled. Checks that need all hosts, such as the expected result of
//! a lookup or the graph of all tables, run when a query ends, when control returns
//! to the test, or at the end.
//!
//! The invariants of this library are in [`invariants`](crate::invariants). This
//! module must not know them.

mod catalog_entry;
mod finding;
mod invariant;
mod limits;
mod requirement;
mod unmet;
mod value;
mod violation;
mod violation_groups;
#[doc(hidden)]
pub mod wording;

pub use catalog_entry::{CatalogEntry, Moment};
pub(crate) use catalog_entry::{as_in_catalog, at_each_host};
pub use finding::{Details, Finding, FindingKind, Reporter};
pub use invariant::Invariant;
pub use limits::Limits;
pub use requirement::{Demand, Requirement};
pub use unmet::Unmet;
pub use value::Value;
pub(crate) use value::phrase;
#[doc(hidden)]
pub use value::places;
pub use violation::{HostEvidence, Violation};
pub(crate) use violation_groups::ViolationGroups;

#[cfg(doc)]
use crate::world::World;
