//! Is everything virtual that has to be?

use std::{
    hash::Hasher,
    sync::Once,
    time::{Duration, Instant},
};

use dht_harness_clock::{self as clock, EnterError};
use fnv::FnvHasher;
use futures_timer::Delay;
use libp2p::{PeerId, identity::Keypair, multihash::Multihash, swarm::dial_opts::DialOpts};
use thiserror::Error;

/// A seam of determinism is not in force. Nothing is simulated then, rather
/// than run in real time unnoticed.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeError {
    /// libp2p's timers are the real ones.
    #[error(
        "libp2p's timers do not follow virtual time: the futures-timer drop-in is not in force.\n{}",
        REMEDY
    )]
    TimersAreReal,
    /// The order of libp2p's maps depends on what else the process has done.
    #[error(
        "the order of libp2p's maps is not the simulation's: the fnv drop-in is not in force.\n{}",
        REMEDY
    )]
    OrderIsReal,
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

/// What to add where a drop-in is missing.
const REMEDY: &str = "\
Add these lines to the Cargo.toml of your workspace root and build again:

    [patch.crates-io]
    fnv = { git = \"https://github.com/dht-harness/dht-harness\" }
    futures-timer = { git = \"https://github.com/dht-harness/dht-harness\" }

or, with a checkout of dht-harness beside it:

    [patch.crates-io]
    fnv = { path = \"../dht-harness/harness/fnv\" }
    futures-timer = { path = \"../dht-harness/harness/futures-timer\" }";

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
#[expect(clippy::disallowed_methods, reason = "asks whether they are virtual")]
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

    // Two process-wide numbers, the larger one shown first: the hash of the
    // original would follow the numbers, not their order of appearance.
    let (later, earlier) = (clock::PROCESS_WIDE + 1, clock::PROCESS_WIDE);
    if fnv_of(later) != fnv_of_bytes(earlier) || fnv_of(earlier) != fnv_of_bytes(later) {
        return Err(ProbeError::OrderIsReal);
    }
    clock::forget_numbers();

    let drawn = clock::draws();
    let _ = Keypair::generate_ed25519();
    if clock::draws() == drawn {
        return Err(ProbeError::EntropyIsReal);
    }
    Ok(())
}

fn fnv_of(number: usize) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write_usize(number);
    hasher.finish()
}

fn fnv_of_bytes(number: usize) -> u64 {
    let mut hasher = FnvHasher::default();
    hasher.write(&number.to_ne_bytes());
    hasher.finish()
}

/// Moves libp2p's process-wide counter of connections to where the drop-in
/// takes its numbers for process-wide. Once per process.
pub(super) fn move_connection_counter() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let nobody = PeerId::from_multihash(Multihash::default())
            .expect("an empty identity multihash is a peer id");
        for _ in 0..clock::PROCESS_WIDE {
            // Building the options of a dial takes the next number.
            let _ = DialOpts::from(nobody);
        }
    });
}

/// How often the probe looks at the clock.
const LOOKS: usize = 1000;
