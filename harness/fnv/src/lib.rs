//! FNV-1a hashing, and maps with it, as in fnv 1.
//!
//! libp2p keeps the connections of a peer in a map of this crate, and uses the
//! first one the map yields where any connection will do. The order of such a
//! map follows from its keys, and libp2p numbers connections with one counter
//! for the whole process. With another simulation before or beside it, the same
//! run would use other connections.
//!
//! Inside a simulation, therefore, a large `usize` hashes as its number in
//! order of first appearance in the simulation, which is the same in every run.
//! Everything else, and everything outside a simulation, hashes as in the
//! original.
//!
//! If its keys are such numbers, a map that was filled outside a simulation
//! must not be used inside one, or the reverse: lookups would miss.

#![expect(
    clippy::disallowed_types,
    reason = "the maps that this crate is about; their hash is not seeded"
)]

use std::{
    collections::{HashMap, HashSet},
    hash::{BuildHasherDefault, Hasher},
};

/// FNV-1a with 64 bits.
#[derive(Clone, Debug)]
pub struct FnvHasher(u64);

/// Builds [`FnvHasher`]s.
pub type FnvBuildHasher = BuildHasherDefault<FnvHasher>;

/// A `HashMap` with FNV hashing.
pub type FnvHashMap<K, V> = HashMap<K, V, FnvBuildHasher>;

/// A `HashSet` with FNV hashing.
pub type FnvHashSet<T> = HashSet<T, FnvBuildHasher>;

const OFFSET_BASIS: u64 = 0xcbf2_9ce4_8422_2325;
const PRIME: u64 = 0x0100_0000_01b3;

/// What five bytes of zero multiply a hash by.
const FIVE_ZEROS: u64 = PRIME.wrapping_pow(5);

impl FnvHasher {
    /// A hasher that starts with the hash `key`.
    pub fn with_key(key: u64) -> Self {
        FnvHasher(key)
    }
}

impl Default for FnvHasher {
    fn default() -> Self {
        FnvHasher(OFFSET_BASIS)
    }
}

impl Hasher for FnvHasher {
    #[inline]
    fn finish(&self) -> u64 {
        self.0
    }

    #[inline]
    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 ^ u64::from(*byte)).wrapping_mul(PRIME);
        }
    }

    #[inline]
    fn write_usize(&mut self, value: usize) {
        let bytes = dht_harness_clock::renumbered(value).to_ne_bytes();
        match bytes.split_last_chunk() {
            // Numbers are small in a simulation.
            Some((low, [0, 0, 0, 0, 0])) => {
                self.write(low);
                self.0 = self.0.wrapping_mul(FIVE_ZEROS);
            }
            _ => self.write(&bytes),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use dht_harness_clock::{PROCESS_WIDE, Session};

    use super::*;

    /// Test vectors published by the authors of FNV.
    #[test]
    fn hashes_as_published() {
        let hash = |bytes: &[u8]| {
            let mut hasher = FnvHasher::default();
            hasher.write(bytes);
            hasher.finish()
        };
        assert_eq!(hash(b""), 0xcbf2_9ce4_8422_2325);
        assert_eq!(hash(b"a"), 0xaf63_dc4c_8601_ec8c);
        assert_eq!(hash(b"foobar"), 0x8594_4171_f739_67e8);
    }

    #[test]
    fn numbers_hash_as_their_bytes() {
        for number in [0, 1, 255, 65_535, (1 << 24) - 1, 1 << 24, usize::MAX] {
            let (mut of_number, mut of_bytes) = (FnvHasher::default(), FnvHasher::default());
            of_number.write_usize(number);
            of_bytes.write(&number.to_ne_bytes());
            assert_eq!(of_number.finish(), of_bytes.finish(), "{number}");
        }
    }

    /// The iteration order of a map of `count` numbers starting at `base`,
    /// relative to `base`.
    fn order(base: usize, count: usize) -> Vec<usize> {
        let map: FnvHashMap<usize, ()> = (base..base + count).map(|id| (id, ())).collect();
        map.keys().map(|id| id - base).collect()
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "each thread is a simulation of its own"
    )]
    fn simulated_order(base: usize) -> Vec<usize> {
        let order = thread::spawn(move || {
            let _session = Session::enter(7).unwrap();
            order(base, 20)
        });
        order.join().unwrap()
    }

    #[test]
    fn process_wide_numbers_iterate_in_the_same_order_in_every_simulation() {
        let first = simulated_order(PROCESS_WIDE);
        for base in [PROCESS_WIDE + 1, PROCESS_WIDE + 777, 1 << 40] {
            assert_eq!(simulated_order(base), first);
        }
    }

    /// Without this, the test above would pass for the original as well.
    #[test]
    fn outside_a_simulation_the_order_depends_on_the_numbers() {
        let first = order(PROCESS_WIDE, 20);
        assert!((1..50).any(|more| order(PROCESS_WIDE + more, 20) != first));
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "each thread is a simulation of its own"
    )]
    fn keys_are_found_inside_as_outside() {
        for id in [0, 1, PROCESS_WIDE, usize::MAX] {
            let found = thread::spawn(move || {
                let _session = Session::enter(7).unwrap();
                let map: FnvHashMap<usize, char> = [(id, 'x')].into_iter().collect();
                map.get(&id) == Some(&'x')
            });
            assert!(found.join().unwrap());
        }
    }
}
