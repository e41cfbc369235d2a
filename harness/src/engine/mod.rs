//! Runs real async code on virtual time: one paused current-thread tokio
//! runtime, one thread, one event at a time.
//!
//! The engine knows the network's event heap, the clock's timers and tokio's
//! paused clock, and picks the earliest event. It must not know what a host, a
//! swarm or a routing table is: a [`QuiescenceHook`] is called whenever nothing
//! is runnable, and decides whether to continue.

mod current;
mod gate;
mod misuse;
mod panics;
mod patch;
mod probe;
mod runtime;
mod schedule;
mod tasks;
mod tokio_clock;
mod watchdog;

pub(crate) use current::{attribute, dropped, own_work, record, rouse, touch};
pub use misuse::Stall;
pub(crate) use panics::{CaughtPanic, catch, inside, take as take_panics};
pub use panics::{PanicNote, panic_text};
pub use probe::ProbeError;
pub(crate) use runtime::{Engine, EngineConfig, QuiescenceHook, RunEnd};
pub use schedule::Schedule;
pub(crate) use schedule::TURNS_OF_ALL;
pub(crate) use tasks::Tasks;
pub use watchdog::BlockedRun;
pub(crate) use watchdog::{Progress, supervise};
