//! The events of a simulation, their running digest, and the JSON-lines trace.
//!
//! This module knows what an event looks like and how two runs are compared. It
//! must not know what produces events or what they mean.

mod attempts;
mod behaviour;
mod digest;
mod diverge;
mod event;
mod file;
mod journal;
mod kept;
mod labelled;
mod reader;
mod resets;
mod routers;
mod undigested;
mod words;

pub use attempts::{DialAttempt, OrderedDial};
pub use behaviour::BehaviourTag;
pub use digest::Digest;
pub use diverge::{Divergence, first_divergence};
use event::TraceHeader;
pub use event::{PeerTag, TRACE_FORMAT, TraceEntry, TraceEvent};
pub use file::TraceError;
pub(crate) use file::TraceFile;
pub(crate) use journal::{Journal, OnEvent};
pub(crate) use kept::KeptTrace;
pub use labelled::{DialFailure, EntryChange, Labelled};
pub use reader::{TraceReadError, TraceReader};
pub(crate) use resets::{Reset, Resets};
pub use routers::RouterTag;
pub use undigested::Undigested;
pub(crate) use words::{Names, refusal, told_apart, why_failed};
