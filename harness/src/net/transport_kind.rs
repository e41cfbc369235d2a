//! The two transports of the simulated network.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

/// The transport under the swarms of a run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TransportKind {
    /// Muxed connections with known peer ids and without cryptography: the fast
    /// one.
    #[default]
    Mux,
    /// Ordered byte pipes under noise and yamux: everything above TCP is real
    /// code.
    Stream,
}

impl TransportKind {
    /// Both transports, for tests that run on each.
    pub const ALL: [TransportKind; 2] = [TransportKind::Mux, TransportKind::Stream];
}

impl fmt::Display for TransportKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            TransportKind::Mux => "mux",
            TransportKind::Stream => "stream",
        })
    }
}

impl FromStr for TransportKind {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.to_string() == text)
            .ok_or_else(|| format!("unknown transport {text:?}: use `mux` or `stream`"))
    }
}
