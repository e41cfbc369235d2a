//! The behaviour of scripted hosts.

use dht_fixtures::raw;
use libp2p::{Multiaddr, PeerId};

use crate::syntax::{Script, ScriptKind};

/// The behaviour that a script describes. `named` are the peers that it names in its
/// answers.
pub(super) fn behaviour(script: &Script, named: Vec<(PeerId, Vec<Multiaddr>)>) -> raw::Script {
    match script.kind() {
        ScriptKind::Honest => raw::Script::Honest(named),
        ScriptKind::Lying => raw::Script::LyingCloser(named),
        ScriptKind::Providers => raw::Script::Providers(named),
        ScriptKind::Plain(script) => script.clone(),
    }
}
