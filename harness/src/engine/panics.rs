//! Panics inside a simulation: kept as values, with place and owner.
//!
//! Responsible for what the panic hook of the process does on a simulation
//! thread. A panic that is kept is not printed: a failure report tells it.

use std::{
    any::Any,
    backtrace::{Backtrace, BacktraceStatus},
    cell::{Cell, RefCell},
    fmt,
    panic::{self, AssertUnwindSafe, PanicHookInfo},
    sync::Once,
};

use dht_harness_clock::{self as clock, VirtualInstant};

use crate::net::HostId;

/// A panic of code that ran in a simulation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PanicNote {
    /// Whose it is, where that is known.
    pub host: Option<HostId>,
    /// When it happened.
    pub at: VirtualInstant,
    /// What it said.
    pub message: String,
    /// Where in the source.
    pub location: String,
}

impl fmt::Display for PanicNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}: {}", self.location, self.message)
    }
}

/// A panic that has ended a call of [`catch`].
#[derive(Debug)]
pub(crate) struct CaughtPanic {
    pub(crate) note: PanicNote,
    /// Where `RUST_BACKTRACE` asks for it.
    pub(crate) backtrace: Option<String>,
}

thread_local! {
    static NOTES: RefCell<Option<Vec<PanicNote>>> = const { RefCell::new(None) };
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// The latest panic in a call of [`catch`] that is under way.
    static LATEST: RefCell<Option<CaughtPanic>> = const { RefCell::new(None) };
}

/// Keeps panics that happen on this thread from now on: those [`inside`] a task
/// for [`take`], those of the test's own code for [`catch`].
pub(super) fn watch_this_thread() {
    static HOOK: Once = Once::new();
    HOOK.call_once(|| {
        let usual = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if !keep(info) {
                usual(info);
            }
        }));
    });
    NOTES.with(|notes| *notes.borrow_mut() = Some(Vec::new()));
}

/// Says whether code that runs from now on is the simulation's (`true`) or the
/// test's. Returns what was in force.
pub(crate) fn inside(inside: bool) -> bool {
    INSIDE.replace(inside)
}

/// The panics since the last call.
pub(crate) fn take() -> Vec<PanicNote> {
    NOTES.with(|notes| {
        notes
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    })
}

/// Runs code of the test. A panic of it is caught and not printed, so that the
/// caller can report it once and with its circumstances.
pub(crate) fn catch<R>(code: impl FnOnce() -> R) -> Result<R, CaughtPanic> {
    let was_catching = CATCHING.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(code));
    CATCHING.set(was_catching);
    let latest = LATEST.take();
    outcome.map_err(|payload| {
        // A check that panics does so inside.
        INSIDE.set(false);
        let message = panic_text(&*payload);
        // The code may have caught a panic of its own before, and may have passed
        // on one that no hook has seen.
        if let Some(caught) = latest.filter(|caught| caught.note.message == message) {
            return caught;
        }
        let mut noted = take().into_iter().rev();
        let note = noted
            .find(|note| note.message == message)
            .unwrap_or_else(|| PanicNote {
                host: None,
                at: clock::now().unwrap_or_default(),
                message: message.to_owned(),
                location: UNKNOWN.to_owned(),
            });
        CaughtPanic {
            note,
            backtrace: None,
        }
    })
}

const UNKNOWN: &str = "an unknown place";

/// Whether the panic was kept, so that it is not printed.
fn keep(info: &PanicHookInfo<'_>) -> bool {
    let is_on = |flag: &'static std::thread::LocalKey<Cell<bool>>| {
        flag.try_with(Cell::get).unwrap_or_default()
    };
    let (inside, catching) = (is_on(&INSIDE), is_on(&CATCHING));
    // Where a panic aborts, nobody is left to report it.
    if cfg!(panic = "abort") || !(inside || catching) {
        return false;
    }
    let note = PanicNote {
        host: clock::owner().map(|owner| HostId(owner.0)),
        at: clock::now().unwrap_or_default(),
        message: panic_text(info.payload()).to_owned(),
        location: info
            .location()
            .map_or_else(|| UNKNOWN.to_owned(), ToString::to_string),
    };
    if !inside {
        return keep_latest(note);
    }
    NOTES.with(|notes| match notes.try_borrow_mut() {
        Ok(mut notes) => match notes.as_mut() {
            Some(notes) => {
                notes.push(note);
                true
            }
            None => false,
        },
        Err(_) => false,
    })
}

fn keep_latest(note: PanicNote) -> bool {
    let backtrace = Backtrace::capture();
    let backtrace =
        (backtrace.status() == BacktraceStatus::Captured).then(|| backtrace.to_string());
    let former = LATEST.with(|latest| {
        let mut latest = latest.try_borrow_mut().ok()?;
        Some(latest.replace(CaughtPanic { note, backtrace }))
    });
    match former {
        Some(None) => true,
        Some(Some(former)) => {
            // The code has caught it, or this panic happens while it unwinds and
            // the process aborts: the first one must not be lost.
            eprintln!("{}", former.note);
            true
        }
        None => false,
    }
}

/// What a panic says, from its payload: `panic!` makes one of two types.
pub fn panic_text(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a value that is not text")
}
