//! The seeded bytes of a simulation: one stream per session, in call order.

use std::cell::Cell;

use rand_pcg::{
    Pcg64,
    rand_core::{Rng, SeedableRng},
};

thread_local! {
    static GENERATOR: Cell<Option<Pcg64>> = const { Cell::new(None) };
    static DRAWS: Cell<u64> = const { Cell::new(0) };
}

pub(crate) fn seed(seed: u64) {
    GENERATOR.set(Some(Pcg64::seed_from_u64(seed)));
}

/// How many times seeded bytes have been drawn on this thread since it started,
/// over all sessions. Compare two readings to learn whether the code in between
/// drew from the simulation's stream.
pub fn draws() -> u64 {
    DRAWS.get()
}

pub(crate) fn clear() {
    GENERATOR.set(None);
}

/// Fills `bytes` from the session's stream; an empty slice consumes nothing.
/// Returns false, with `bytes` untouched, where there is no stream: outside a
/// simulation, and in a signal handler that interrupted this function.
pub(crate) fn fill(bytes: &mut [u8]) -> bool {
    let Some(mut generator) = GENERATOR.take() else {
        return false;
    };
    generator.fill_bytes(bytes);
    GENERATOR.set(Some(generator));
    DRAWS.set(DRAWS.get() + 1);
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bytes(seed_: u64) -> [u8; 24] {
        let mut bytes = [0; 24];
        seed(seed_);
        assert!(fill(&mut []));
        assert!(fill(&mut bytes));
        clear();
        bytes
    }

    #[test]
    fn the_seed_decides_the_stream() {
        assert_eq!(bytes(1), bytes(1));
        assert_ne!(bytes(1), bytes(2));
        assert_ne!(bytes(1)[..8], bytes(1)[8..16]);
        assert!(!fill(&mut [0]));
    }

    /// Recorded seeds must replay on every machine and with every later version.
    #[test]
    fn draws_are_counted() {
        let before = draws();
        assert!(!fill(&mut [0; 8]));
        assert_eq!(draws(), before);
        bytes(7);
        assert!(draws() > before);
    }

    #[test]
    fn the_stream_is_pinned() {
        assert_eq!(bytes(0)[..8], [83, 188, 226, 212, 218, 37, 174, 32]);
    }
}
