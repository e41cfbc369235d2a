//! The 128-bit digest of a run.

use std::{fmt, hash::Hash, str::FromStr};

use xxhash_rust::xxh3::Xxh3;

/// The digest of every event of a run, in order: equal digests mean equal runs.
///
/// XXH3 with 128 bits over the events as `Hash` feeds them. It detects
/// divergence; it is no defence against somebody who wants a collision.
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

/// A digest that is still growing.
pub(super) struct Hasher(Box<Xxh3>);

impl Hasher {
    pub(super) fn new() -> Self {
        Hasher(Box::new(Xxh3::new()))
    }

    /// Feeds a value through its `Hash`: no formatting, no allocation.
    pub(super) fn update(&mut self, value: &impl Hash) {
        value.hash(&mut *self.0);
    }

    pub(super) fn digest(&self) -> Digest {
        Digest(self.0.digest128())
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
