//! Values of events that are beside the digest.

use std::hash::{Hash, Hasher};

use serde::{Deserialize, Serialize};

/// A value of an event that the digest does not contain.
///
/// Digests are compared with those of versions whose traces did not have the value. It follows
/// from what the digest contains, so that equal digests still mean equal runs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Undigested<T>(pub T);

impl<T> Hash for Undigested<T> {
    fn hash<H: Hasher>(&self, _: &mut H) {}
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{PeerTag, TraceEvent, digest::Hasher};

    #[test]
    fn the_digest_does_not_contain_the_relay_of_a_connection() {
        let digest = |relay: Option<PeerTag>, established| {
            let mut hasher = Hasher::new();
            hasher.update(&TraceEvent::ConnectionEstablished {
                peer: PeerTag::Host(1),
                connection: 1,
                dialer: true,
                established,
                relay: Undigested(relay),
            });
            hasher.digest()
        };
        assert_eq!(digest(None, 1), digest(Some(PeerTag::Host(2)), 1));
        assert_ne!(digest(None, 1), digest(None, 2));
    }
}
