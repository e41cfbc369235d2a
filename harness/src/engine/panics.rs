//! Panics inside a simulation: recorded as values, with location and owner.
//!
//! Responsible for the process's panic hook on simulation threads. A recorded
//! panic is not printed there: the failure report shows it.

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
    /// The host on whose behalf the code ran, if known.
    pub host: Option<HostId>,
    /// The virtual time of the panic.
    pub at: VirtualInstant,
    /// The panic message.
    pub message: String,
    /// The location in the source: file, line and column.
    pub location: String,
}

impl fmt::Display for PanicNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "panic at {}: {}", self.location, self.message)
    }
}

/// A panic that was caught by [`catch`].
#[derive(Debug)]
pub(crate) struct CaughtPanic {
    pub(crate) note: PanicNote,
    /// Captured only if `RUST_BACKTRACE` is set.
    pub(crate) backtrace: Option<String>,
}

thread_local! {
    static NOTES: RefCell<Option<Vec<PanicNote>>> = const { RefCell::new(None) };
    static INSIDE: Cell<bool> = const { Cell::new(false) };
    static CATCHING: Cell<bool> = const { Cell::new(false) };
    /// The latest panic inside a running call of [`catch`].
    static LATEST: RefCell<Option<CaughtPanic>> = const { RefCell::new(None) };
}

/// Records panics on this thread from now on: those [`inside`] a task for
/// [`take`], those of the test's own code for [`catch`].
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

/// Sets whether the code that runs from now on belongs to the simulation
/// (`true`) or to the test. Returns the former setting.
pub(crate) fn inside(inside: bool) -> bool {
    INSIDE.replace(inside)
}

/// Takes the panics recorded since the last call.
pub(crate) fn take() -> Vec<PanicNote> {
    NOTES.with(|notes| {
        notes
            .borrow_mut()
            .as_mut()
            .map(std::mem::take)
            .unwrap_or_default()
    })
}

/// Runs code of the test. A panic is caught and not printed, so that the caller
/// can report it once, together with the state of the run.
pub(crate) fn catch<R>(code: impl FnOnce() -> R) -> Result<R, CaughtPanic> {
    let was_catching = CATCHING.replace(true);
    let outcome = panic::catch_unwind(AssertUnwindSafe(code));
    CATCHING.set(was_catching);
    let latest = LATEST.take();
    outcome.map_err(|payload| {
        // A check that panics does so while the flag is set.
        INSIDE.set(false);
        let message = panic_text(&*payload);
        // The code may have caught an earlier panic, and may have resumed one that
        // the hook has not seen.
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

/// Records the panic. Returns whether it was recorded and so must not be
/// printed.
fn keep(info: &PanicHookInfo<'_>) -> bool {
    let is_on = |flag: &'static std::thread::LocalKey<Cell<bool>>| {
        flag.try_with(Cell::get).unwrap_or_default()
    };
    let (inside, catching) = (is_on(&INSIDE), is_on(&CATCHING));
    // With `panic = "abort"` the process ends before a report can be printed.
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
            // Either the code has caught it, or this panic happens while it
            // unwinds and the process aborts: print the first one so that it is
            // not lost.
            eprintln!("{}", former.note);
            true
        }
        None => false,
    }
}

/// The text of a panic's payload: `panic!` produces one of two types.
pub fn panic_text(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a payload that is not text")
}
