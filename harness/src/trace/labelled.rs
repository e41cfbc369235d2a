//! Texts of a trace, with their kinds.

use std::{
    fmt,
    hash::{Hash, Hasher},
};

use libp2p::swarm::DialError;
use serde::{Deserialize, Serialize};

/// A text with its kind, for programs that read a trace as values.
///
/// The digest contains the text only.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
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

/// The kind of change of a table entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum EntryChange {
    /// An entry was added.
    Added,
    /// An entry was removed.
    Removed,
    /// The status or the addresses of an entry changed.
    Changed,
}

/// The reason why a dial failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
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

    /// Digests are compared with those of versions whose traces contained texts only.
    #[test]
    fn a_labelled_text_is_hashed_as_its_text() {
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
    }

    #[test]
    fn names_are_those_of_the_json_form() {
        for kind in DialFailure::ALL {
            let json = serde_json::to_string(&kind).unwrap();
            assert_eq!(json, format!("\"{kind}\""));
        }
    }
}
