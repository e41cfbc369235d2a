//! Invariants of records and providers: where they are stored, for how long, and that
//! they are found.

mod contents;
mod found;
mod placement;

pub(super) use contents::{ExpiryBounded, NothingExpiredFound, ProvidedAreOwn, StoreWithinLimits};
pub(super) use found::StoredIsFound;
pub(super) use placement::{PutReachesQuorum, RecordsSurvive, StoredAtClosest};
