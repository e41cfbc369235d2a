//! Whether texts for people say what they say.
//!
//! A report has fields for programs and texts for people. No program may read the
//! texts: a sentence is put better without a search for what depends on it.
//! To prove that nothing does, tests run under [`reworded`], where each text is
//! nonsense, and expect the same verdicts.

use std::{cell::Cell, fmt};

thread_local! {
    /// `None` as long as texts are themselves, else how many were replaced.
    static REPLACED: Cell<Option<u64>> = const { Cell::new(None) };
}

/// Runs `work` while each text for people is nonsense, another one each time that
/// it is written. It holds for this thread and for simulations that it runs.
pub fn reworded<R>(work: impl FnOnce() -> R) -> R {
    inherit(true, work)
}

/// Whether texts are nonsense on this thread.
pub fn is_reworded() -> bool {
    REPLACED.get().is_some()
}

/// Runs `work` with texts as another thread has them.
pub(crate) fn inherit<R>(is_reworded: bool, work: impl FnOnce() -> R) -> R {
    /// Puts back what was, also when `work` panics.
    struct Restore(Option<u64>);

    impl Drop for Restore {
        fn drop(&mut self) {
            REPLACED.set(self.0);
        }
    }

    let _restore = Restore(REPLACED.replace(is_reworded.then_some(0)));
    work()
}

/// Runs `work` while texts are themselves: for what a user asks of a text.
pub fn plain<R>(work: impl FnOnce() -> R) -> R {
    inherit(false, work)
}

/// A text for people: displays as it is, or as nonsense under [`reworded`].
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

/// A few made-up words.
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
    fn texts_are_nonsense_only_inside() {
        let text = Said("no connection");
        let (first, second) = reworded(|| (text.to_string(), text.to_string()));
        assert!(first != second && first != "no connection" && second != "no connection");
        assert_eq!(reworded(|| plain(|| text.to_string())), "no connection");
        assert_eq!(text.to_string(), "no connection");
    }
}
