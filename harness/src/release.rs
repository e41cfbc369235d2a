//! The releases of libp2p that the harness can be built with.

use std::fmt;

/// A release of libp2p that the harness can be built with.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Release {
    /// libp2p 0.54, with libp2p-kad 0.46.
    V0_54,
    /// libp2p 0.55, with libp2p-kad 0.47.
    V0_55,
    /// libp2p 0.56, with libp2p-kad 0.48.
    V0_56,
    /// libp2p 0.57, with libp2p-kad 0.49.
    V0_57,
}

impl Release {
    /// All releases, the oldest first.
    pub const ALL: [Release; 4] = [
        Release::V0_54,
        Release::V0_55,
        Release::V0_56,
        Release::V0_57,
    ];

    /// The release that this build uses: the one of the feature that is on.
    pub const BUILT: Release = if cfg!(feature = "libp2p-0-54") {
        Release::V0_54
    } else if cfg!(feature = "libp2p-0-55") {
        Release::V0_55
    } else if cfg!(feature = "libp2p-0-56") {
        Release::V0_56
    } else {
        Release::V0_57
    };

    /// The number after `0.` in its version.
    pub const fn minor(self) -> u64 {
        match self {
            Release::V0_54 => 54,
            Release::V0_55 => 55,
            Release::V0_56 => 56,
            Release::V0_57 => 57,
        }
    }
}

/// The version as `0.57`.
impl fmt::Display for Release {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "0.{}", self.minor())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Of the features of this build one is on, and `BUILT` is the release of its name.
    #[test]
    fn the_built_release_is_that_of_the_feature() {
        let on = [
            (cfg!(feature = "libp2p-0-54"), "0.54"),
            (cfg!(feature = "libp2p-0-55"), "0.55"),
            (cfg!(feature = "libp2p-0-56"), "0.56"),
            (cfg!(feature = "libp2p-0-57"), "0.57"),
        ];
        let on: Vec<_> = on.iter().filter(|(on, _)| *on).collect();
        assert_eq!(on.len(), 1, "{on:?}");
        assert_eq!(Release::BUILT.to_string(), on[0].1);
        assert!(Release::ALL.is_sorted());
    }
}
