//! Is everything virtual that has to be?

use std::time::{Duration, Instant};

use dht_harness_clock::{self as clock, EnterError};
use futures_timer::Delay;
use libp2p::identity::Keypair;
use thiserror::Error;

/// A seam of determinism is not in force. Nothing is simulated then, rather
/// than run in real time unnoticed.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeError {
    /// libp2p's timers are the real ones.
    #[error(
        "libp2p's timers do not follow virtual time: the futures-timer drop-in is not in force.\n\
         Add these lines to the Cargo.toml of your workspace root and build again:\n\n    \
         [patch.crates-io]\n    \
         futures-timer = {{ git = \"https://github.com/dht-harness/dht-harness\" }}\n\n\
         or, with a checkout of dht-harness beside it:\n\n    \
         [patch.crates-io]\n    \
         futures-timer = {{ path = \"../dht-harness/harness/futures-timer\" }}"
    )]
    TimersAreReal,
    /// `std::time::Instant` does not follow.
    #[error(
        "std::time::Instant does not follow virtual time: another definition of clock_gettime \
         is linked before dht-harness-clock; remove the crate that brings it (e.g. a second \
         simulation runtime or libfaketime)"
    )]
    ClockIsReal,
    /// Random draws are not seeded.
    #[error(
        "random draws do not follow the seed: another definition of getrandom is linked before \
         dht-harness-clock, or a getrandom backend that asks the CPU is configured; remove \
         `getrandom_backend` from RUSTFLAGS"
    )]
    EntropyIsReal,
    /// The clock could not be taken.
    #[error(transparent)]
    Clock(#[from] ClockUnavailable),
    /// tokio's runtime could not be built.
    #[error("the tokio runtime of the simulation could not be built: {0}")]
    Runtime(String),
}

/// The thread cannot become a simulation.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[error("{0}")]
pub struct ClockUnavailable(String);

impl From<EnterError> for ProbeError {
    fn from(error: EnterError) -> Self {
        ProbeError::Clock(ClockUnavailable(error.to_string()))
    }
}

/// Looks at each seam once, without letting any virtual time pass.
pub(super) fn probe() -> Result<(), ProbeError> {
    // A real delay would never touch the virtual heap.
    let armed = clock::timers();
    let delay = Delay::new(Duration::from_secs(1));
    let is_virtual = clock::timers() == armed + 1;
    drop(delay);
    if !is_virtual {
        return Err(ProbeError::TimersAreReal);
    }

    // Virtual time stands still here; a real clock would not for so many looks.
    let before = Instant::now();
    if (0..LOOKS).any(|_| Instant::now() != before) {
        return Err(ProbeError::ClockIsReal);
    }

    let drawn = clock::draws();
    let _ = Keypair::generate_ed25519();
    if clock::draws() == drawn {
        return Err(ProbeError::EntropyIsReal);
    }
    Ok(())
}

/// How often the probe looks at the clock.
const LOOKS: usize = 1000;
