//! The 128-bit digest of a run.

use std::{
    fmt,
    hash::{Hash, Hasher as StdHasher},
    str::FromStr,
};

use xxhash_rust::xxh3::Xxh3;

/// The digest of every event of a run, in order: equal digests mean equal runs.
///
/// XXH3 with 128 bits over the bytes that `Hash` feeds for each event. It
/// detects divergence, but is not collision resistant against an adversary.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Digest(u128);

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl FromStr for Digest {
    type Err = std::num::ParseIntError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        u128::from_str_radix(text, 16).map(Digest)
    }
}

impl serde::Serialize for Digest {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Digest {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A digest that can still be extended.
pub(super) struct Hasher {
    xxh3: Box<Xxh3>,
    /// Bytes not passed to `xxh3` yet: `Hash` feeds a few bytes at a time, and
    /// each update of `xxh3` costs as much as hashing hundreds.
    pending: Vec<u8>,
}

impl Hasher {
    pub(super) fn new() -> Self {
        Hasher {
            xxh3: Box::new(Xxh3::new()),
            pending: Vec::new(),
        }
    }

    /// Adds a value through its `Hash`: no formatting, no allocation.
    pub(super) fn update(&mut self, value: &impl Hash) {
        value.hash(&mut Bytes(&mut self.pending));
        if self.pending.len() >= CHUNK {
            self.xxh3.update(&self.pending);
            self.pending.clear();
        }
    }

    pub(super) fn digest(&self) -> Digest {
        if self.pending.is_empty() {
            return Digest(self.xxh3.digest128());
        }
        let mut xxh3 = self.xxh3.clone();
        xxh3.update(&self.pending);
        Digest(xxh3.digest128())
    }
}

/// How many bytes are collected before they are hashed.
const CHUNK: usize = 4096;

/// Collects the bytes that a `Hash` implementation feeds to its hasher.
struct Bytes<'a>(&'a mut Vec<u8>);

impl StdHasher for Bytes<'_> {
    fn write(&mut self, bytes: &[u8]) {
        self.0.extend_from_slice(bytes);
    }

    fn finish(&self) -> u64 {
        unreachable!("only the whole digest is read")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digest_depends_on_content_and_survives_its_text_form() {
        let mut one = Hasher::new();
        one.update(&"dial");
        let mut other = Hasher::new();
        other.update(&"dial!");
        assert_ne!(one.digest(), other.digest());
        assert_eq!(one.digest().to_string().parse(), Ok(one.digest()));
    }
}
