//! Texts of a trace, with their kinds.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use libp2p::swarm::DialError;
use serde::{Serialize, Serializer};

/// A text with its kind, for programs that read a trace as values.
///
/// The digest and the JSON form contain the text only.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Labelled<K> {
    /// The kind.
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

/// The kind of change of a table entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryChange {
    /// An entry was added.
    Added,
    /// An entry was removed.
    Removed,
    /// The status or the addresses of an entry changed.
    Changed,
}

/// The reason why a dial failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum DialFailure {
    /// The dialled peer is the local host.
    LocalPeerId,
    /// There is no address to dial.
    NoAddresses,
    /// The condition of the dial was not met, for example because the peer is already
    /// connected.
    ConditionFalse,
    /// The dial was aborted.
    Aborted,
    /// Another peer answered.
    WrongPeerId,
    /// A behaviour denied the dial.
    Denied,
    /// The transport failed for each address.
    Transport,
}

impl DialFailure {
    /// All variants.
    pub const ALL: [DialFailure; 7] = [
        DialFailure::LocalPeerId,
        DialFailure::NoAddresses,
        DialFailure::ConditionFalse,
        DialFailure::Aborted,
        DialFailure::WrongPeerId,
        DialFailure::Denied,
        DialFailure::Transport,
    ];
}

/// The name, which is the same in all reports.
impl fmt::Display for DialFailure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            DialFailure::LocalPeerId => "local-peer-id",
            DialFailure::NoAddresses => "no-addresses",
            DialFailure::ConditionFalse => "condition-false",
            DialFailure::Aborted => "aborted",
            DialFailure::WrongPeerId => "wrong-peer-id",
            DialFailure::Denied => "denied",
            DialFailure::Transport => "transport",
        })
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

    /// A trace is compared with those of earlier versions, which contained texts
    /// only.
    #[test]
    fn a_labelled_text_is_hashed_and_serialised_as_its_text() {
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
