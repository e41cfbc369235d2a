//! Renumbers identifiers from process-wide counters, per simulation.
//!
//! libp2p numbers connections with one counter per process. Where such a number
//! has an effect, for example through the order of a hash map, a run would
//! depend on everything else the process has done. Here the numbers are
//! assigned anew, in the order in which they first appear in the simulation.

#![expect(
    clippy::disallowed_types,
    reason = "its hash is not seeded, and it is never iterated"
)]

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    hash::{BuildHasherDefault, Hasher},
};

use crate::time;

/// Numbers from here on are treated as coming from a process-wide counter.
/// Smaller ones are the simulation's own, such as query ids, and stay as they
/// are. Before a simulation starts, its driver moves the process-wide counters
/// past this value.
pub const PROCESS_WIDE: usize = 1 << 16;

thread_local! {
    static NUMBERS: RefCell<Option<Numbers>> = const { RefCell::new(None) };
    /// The pair looked up last: a map hashes a key several times in a row.
    static LATEST: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

type Numbers = HashMap<usize, usize, BuildHasherDefault<Spread>>;

/// The number of `id`, in order of first appearance in this thread's
/// simulation. Returns `id` itself if it is below [`PROCESS_WIDE`], and outside
/// a simulation.
pub fn renumbered(id: usize) -> usize {
    if id < PROCESS_WIDE {
        return id;
    }
    let (latest, number) = LATEST.get();
    if latest == id {
        return number;
    }
    let number = NUMBERS.try_with(|numbers| {
        let mut numbers = numbers.borrow_mut();
        let numbers = numbers.as_mut()?;
        let next = PROCESS_WIDE + numbers.len();
        Some(*numbers.entry(id).or_insert(next))
    });
    match number {
        Ok(Some(number)) => {
            LATEST.set((id, number));
            number
        }
        // Outside a simulation, or while the thread ends.
        Ok(None) | Err(_) => id,
    }
}

/// Starts counting anew in this thread's simulation. For drivers that have used
/// numbers up before the simulation begins.
pub fn forget_numbers() {
    if time::is_active() {
        start();
    }
}

pub(crate) fn start() {
    set(Some(Numbers::default()));
}

pub(crate) fn clear() {
    set(None);
}

fn set(numbers: Option<Numbers>) {
    // A session that ends with its thread may find the numbers gone already.
    let _ = NUMBERS.try_with(|held| *held.borrow_mut() = numbers);
    LATEST.set((0, 0));
}

/// Spreads consecutive numbers. The keys are not adversarial, so a simple hash
/// is enough; the map is never iterated.
#[derive(Default)]
struct Spread(u64);

impl Hasher for Spread {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        }
    }

    fn write_usize(&mut self, value: usize) {
        self.0 = (value as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}
