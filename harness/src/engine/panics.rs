//! Panics inside a simulation: kept as values, with place and owner.

use std::{
    any::Any,
    cell::RefCell,
    fmt,
    panic::{self, PanicHookInfo},
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

thread_local! {
    static NOTES: RefCell<Option<Vec<PanicNote>>> = const { RefCell::new(None) };
    static INSIDE: std::cell::Cell<bool> = const { std::cell::Cell::new(false) };
}

/// Keeps panics that happen in tasks of this thread from now on.
///
/// Only panics [`inside`] a task are kept; those of the test's own code keep
/// their usual way.
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

fn keep(info: &PanicHookInfo<'_>) -> bool {
    let Ok(true) = INSIDE.try_with(std::cell::Cell::get) else {
        return false;
    };
    let note = PanicNote {
        host: clock::owner().map(|owner| HostId(owner.0)),
        at: clock::now().unwrap_or_default(),
        message: panic_text(info.payload()).to_owned(),
        location: info
            .location()
            .map(ToString::to_string)
            .unwrap_or_else(|| "unknown place".to_owned()),
    };
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

/// What a panic says, from its payload: `panic!` makes one of two types.
pub fn panic_text(payload: &dyn Any) -> &str {
    payload
        .downcast_ref::<String>()
        .map(String::as_str)
        .or_else(|| payload.downcast_ref::<&str>().copied())
        .unwrap_or("a value that is not text")
}
