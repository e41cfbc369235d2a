use dht_fixtures::{KadSettings, raw::Script};
use libp2p::identity::Keypair;

/// A host that is to come up.
#[derive(Clone, Debug)]
pub(crate) struct HostSpec {
    /// Its name.
    pub(crate) name: String,
    /// Its identity.
    pub(crate) keypair: Keypair,
    /// The settings of its DHT.
    pub(crate) settings: KadSettings,
    /// Whether it listens on no address.
    pub(crate) dial_only: bool,
    /// How it answers, if it is scripted.
    pub(crate) script: Option<Script>,
}
