//! Texts of a trace, with what they are about.

use std::hash::{Hash, Hasher};

use libp2p::swarm::DialError;
use serde::{Serialize, Serializer};

/// A text with its kind, for who reads the trace of a run as values.
///
/// In the digest and in the JSON form it is the text alone, which says the same.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled<K> {
    /// What it is about.
    pub kind: K,
    /// The text.
    pub text: String,
}

impl<K> Hash for Labelled<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.text.hash(state);
    }
}

impl<K> Serialize for Labelled<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

/// How a table has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryChange {
    /// An entry is new.
    Added,
    /// An entry is gone.
    Removed,
    /// The status or the addresses of an entry are others.
    Changed,
}

/// Why a dial failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialFailure {
    /// The peer is the one that dials.
    LocalPeerId,
    /// There is no address to dial.
    NoAddresses,
    /// The condition of the dial was not met, as when the peer is connected already.
    ConditionFalse,
    /// It was given up.
    Aborted,
    /// Another peer was there.
    WrongPeerId,
    /// A behaviour denied it.
    Denied,
    /// The transport failed at each address.
    Transport,
}

impl DialFailure {
    /// All of them.
    pub const ALL: [DialFailure; 7] = [
        DialFailure::LocalPeerId,
        DialFailure::NoAddresses,
        DialFailure::ConditionFalse,
        DialFailure::Aborted,
        DialFailure::WrongPeerId,
        DialFailure::Denied,
        DialFailure::Transport,
    ];

    /// Its name, the same in all reports.
    pub const fn name(self) -> &'static str {
        match self {
            DialFailure::LocalPeerId => "local-peer-id",
            DialFailure::NoAddresses => "no-addresses",
            DialFailure::ConditionFalse => "condition-false",
            DialFailure::Aborted => "aborted",
            DialFailure::WrongPeerId => "wrong-peer-id",
            DialFailure::Denied => "denied",
            DialFailure::Transport => "transport",
        }
    }
}

impl From<&DialError> for Labelled<DialFailure> {
    fn from(error: &DialError) -> Self {
        let kind = match error {
            DialError::LocalPeerId { .. } => DialFailure::LocalPeerId,
            DialError::NoAddresses => DialFailure::NoAddresses,
            DialError::DialPeerConditionFalse(_) => DialFailure::ConditionFalse,
            DialError::Aborted => DialFailure::Aborted,
            DialError::WrongPeerId { .. } => DialFailure::WrongPeerId,
            DialError::Denied { .. } => DialFailure::Denied,
            DialError::Transport(_) => DialFailure::Transport,
        };
        Labelled {
            kind,
            text: error.to_string(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::digest::Hasher;

    /// A trace is compared with those of earlier versions, which had texts only.
    #[test]
    fn it_counts_as_its_text() {
        let error = Labelled::from(&DialError::Aborted);
        assert_eq!(error.kind, DialFailure::Aborted);
        let digest = |value: &dyn Fn(&mut Hasher)| {
            let mut hasher = Hasher::new();
            value(&mut hasher);
            hasher.digest()
        };
        let text = error.text.clone();
        assert_eq!(
            digest(&|hasher| hasher.update(&vec![error.clone()])),
            digest(&|hasher| hasher.update(&vec![text.clone()]))
        );
        assert_eq!(
            serde_json::to_string(&error).unwrap(),
            serde_json::to_string(&text).unwrap()
        );
    }
}
