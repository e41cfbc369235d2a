//! The end of a command by a signal.

use std::{
    process,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
};

use super::output;

/// The exit code of a program that a signal has ended, as of a shell for Ctrl-C.
pub(super) const INTERRUPTED: u8 = 130;

/// A flag that Ctrl-C, SIGTERM and SIGHUP set. A second signal ends the program at once.
pub(super) fn flag(says: &'static str) -> Arc<AtomicBool> {
    let stop = Arc::new(AtomicBool::new(false));
    let flag = Arc::clone(&stop);
    on_signal(move || {
        if flag.swap(true, Ordering::Relaxed) {
            process::exit(INTERRUPTED.into());
        }
        output::note(says);
    });
    stop
}

/// Calls `handler` at each of these signals, in a thread of its own.
pub(super) fn on_signal(handler: impl FnMut() + Send + 'static) {
    if let Err(error) = ctrlc::set_handler(handler) {
        output::note(format_args!(
            "Ctrl-C will end this program at once, without a summary: {error}"
        ));
    }
}
