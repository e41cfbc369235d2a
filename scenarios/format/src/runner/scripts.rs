//! Parses the scripts of scripted hosts.

use dht_fixtures::raw::Script;
use dht_harness::SimError;
use libp2p::{Multiaddr, PeerId};

/// Parses a script. `named` are the peers that it names in its answers.
pub(super) fn read(text: &str, named: Vec<(PeerId, Vec<Multiaddr>)>) -> Result<Script, SimError> {
    match text {
        "honest" => Ok(Script::Honest(named)),
        "lying" => Ok(Script::LyingCloser(named)),
        "providers" => Ok(Script::Providers(named)),
        _ => text
            .parse()
            .map_err(|error| SimError::Other(format!("{error}"))),
    }
}
