//! Scrambles texts in tests, to prove that no program depends on them.
//!
//! A report has fields for programs and texts for people. Programs must not read the
//! texts, so that a text can be improved without searching for code that depends on
//! it. To prove that, tests run under [`reworded`], where each text is replaced by
//! nonsense, and expect the same verdicts.

use std::{cell::Cell, fmt};

thread_local! {
    /// `None` while texts are unchanged, otherwise the number of texts replaced.
    static REPLACED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs `work` with every text for people replaced by nonsense, which differs each
/// time that a text is formatted. Applies to this thread and to the simulations that
/// it runs.
pub fn reworded<R>(work: impl FnOnce() -> R) -> R {
    inherit(true, work)
}

/// Whether texts are replaced on this thread.
pub(crate) fn is_reworded() -> bool {
    REPLACED.get().is_some()
}

/// Runs `work` with the setting of another thread.
pub(crate) fn inherit<R>(is_reworded: bool, work: impl FnOnce() -> R) -> R {
    /// Restores the previous setting, even if `work` panics.
    struct Restore(Option<u64>);

    impl Drop for Restore {
        fn drop(&mut self) {
            REPLACED.set(self.0);
        }
    }

    let _restore = Restore(REPLACED.replace(is_reworded.then_some(0)));
    work()
}

/// Runs `work` with unchanged texts. Used if a user requests a comparison with a
/// text.
pub fn plain<R>(work: impl FnOnce() -> R) -> R {
    inherit(false, work)
}

/// A text for people. It is displayed unchanged, or as nonsense under [`reworded`].
#[derive(Clone, Copy, Debug)]
pub struct Said<T>(pub T);

impl<T: fmt::Display> fmt::Display for Said<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(replaced) = REPLACED.get() else {
            return self.0.fmt(f);
        };
        REPLACED.set(Some(replaced + 1));
        f.write_str(&nonsense(replaced))
    }
}

/// Returns a few made-up words.
fn nonsense(number: u64) -> String {
    let mut state = number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let mut letter = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        char::from(b'a' + (state >> 33) as u8 % 26)
    };
    let words: Vec<String> = (0..3).map(|_| (0..6).map(|_| letter()).collect()).collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_replaced_only_inside_reworded() {
        let text = Said("no connection");
        let (first, second) = reworded(|| (text.to_string(), text.to_string()));
        assert!(first != second && first != "no connection" && second != "no connection");
        assert_eq!(reworded(|| plain(|| text.to_string())), "no connection");
        assert_eq!(text.to_string(), "no connection");
    }
}
