//! Checks that time, randomness and map order are controlled by the simulation.

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

use super::patch::{self, DropIn};

/// The error for an unmet prerequisite of determinism. No simulation is started in
/// this case, because it would silently run in real time or out of order.
#[derive(Debug, Error, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProbeError {
    /// libp2p uses the original of a crate that a drop-in has to replace.
    #[error("{}\n{remedy}", effects(missing))]
    NotPatched {
        /// The names of these crates: `fnv`, `futures-timer` or both.
        missing: Vec<&'static str>,
        /// The lines to add to the manifest of the workspace.
        remedy: String,
    },
    /// `std::time::Instant` does not follow virtual time.
    #[error(
        "std::time::Instant does not follow virtual time: another definition of clock_gettime \
         is linked before dht-harness-clock; remove the crate that defines it (e.g. a second \
         simulation runtime or libfaketime)"
    )]
    ClockIsReal,
    /// Random numbers are not drawn from the seed.
    #[error(
        "random numbers do not follow the seed: another definition of getrandom is linked before \
         dht-harness-clock, or a getrandom backend that asks the CPU is configured; remove \
         `getrandom_backend` from RUSTFLAGS"
    )]
    EntropyIsReal,
    /// The virtual clock could not be entered.
    #[error("{0}")]
    Clock(String),
    /// tokio's runtime could not be built.
    #[error("the tokio runtime of the simulation could not be built: {0}")]
    Runtime(String),
}

/// What it means that libp2p uses the originals of these crates.
fn effects(missing: &[&str]) -> &'static str {
    match missing {
        ["fnv"] => {
            "the order of libp2p's maps is not deterministic: the drop-in for fnv is not in use."
        }
        ["futures-timer"] => {
            "libp2p's timers do not follow virtual time: the drop-in for futures-timer is not in use."
        }
        _ => {
            "libp2p's timers do not follow virtual time and the order of its maps is not \
             deterministic: the drop-ins for fnv and futures-timer are not in use."
        }
    }
}

impl From<EnterError> for ProbeError {
    fn from(error: EnterError) -> Self {
        ProbeError::Clock(error.to_string())
    }
}

/// Checks each prerequisite once, without letting virtual time pass.
#[expect(clippy::disallowed_methods, reason = "asks whether they are virtual")]
pub(super) fn probe() -> Result<(), ProbeError> {
    // A real delay would not arm a virtual timer.
    let armed = clock::timers();
    let delay = Delay::new(Duration::from_secs(1));
    let is_virtual = clock::timers() == armed + 1;
    drop(delay);
    let mut missing = Vec::new();
    if !order_is_fixed() {
        missing.push(DropIn::Fnv);
    }
    if !is_virtual {
        missing.push(DropIn::FuturesTimer);
    }
    if !missing.is_empty() {
        return Err(ProbeError::NotPatched {
            remedy: patch::remedy(&missing),
            missing: missing.into_iter().map(DropIn::name).collect(),
        });
    }

    // Virtual time does not advance here. A real clock would change during this many
    // reads.
    let before = Instant::now();
    if (0..READS).any(|_| Instant::now() != before) {
        return Err(ProbeError::ClockIsReal);
    }

    let drawn = clock::draws();
    let _ = Keypair::generate_ed25519();
    if clock::draws() == drawn {
        return Err(ProbeError::EntropyIsReal);
    }
    Ok(())
}

/// Whether numbers of the whole process hash in the order of their first use.
fn order_is_fixed() -> bool {
    // The larger one first: the hash of the original fnv would depend on the numbers.
    let (later, earlier) = (clock::PROCESS_WIDE + 1, clock::PROCESS_WIDE);
    let is_fixed = fnv_of(later) == fnv_of_bytes(earlier) && fnv_of(earlier) == fnv_of_bytes(later);
    clock::forget_numbers();
    is_fixed
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

/// Moves libp2p's process-wide connection counter past [`clock::PROCESS_WIDE`],
/// so that the fnv drop-in renumbers all of its values. Runs once per process.
pub(super) fn move_connection_counter() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let peer = PeerId::from_multihash(Multihash::default())
            .expect("an empty identity multihash is a peer id");
        for _ in 0..clock::PROCESS_WIDE {
            // Building the options of a dial takes the next number.
            let _ = DialOpts::from(peer);
        }
    });
}

/// How many times the probe reads the clock.
const READS: usize = 1000;
