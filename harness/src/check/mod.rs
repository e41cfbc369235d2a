//! What a check is: the trait, what it reports, and what settings decide.
//!
//! A check looks at the [`World`] and says what is wrong. It must not change
//! anything, and its cost must not grow with the network: after an event it
//! looks only at the hosts that were touched. What needs all hosts, a lookup's
//! truth or the graph of all tables, is looked at when a query ends, when
//! control returns to the test, or at the end.
//!
//! The invariants of this library are in [`invariants`](crate::invariants). This
//! module must not know any of them.

mod catalog_entry;
mod finding;
mod invariant;
mod limits;
mod requirement;
mod unmet;
mod value;
mod violation;
#[doc(hidden)]
pub mod wording;

pub(crate) use catalog_entry::as_in_catalog;
pub use catalog_entry::{CatalogEntry, Moment};
pub use finding::{Details, Finding, FindingKind, Reporter};
pub use invariant::Invariant;
pub use limits::Limits;
pub use requirement::{Demand, Requirement};
pub use unmet::Unmet;
pub use value::Value;
pub(crate) use value::phrase;
#[doc(hidden)]
pub use value::places;
pub use violation::Violation;

#[cfg(doc)]
use crate::world::World;
