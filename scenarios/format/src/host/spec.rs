use dht_fixtures::{KadSettings, raw::Script};
use dht_harness::net::RouterId;
use libp2p::identity::Keypair;

/// The specification of a host that is about to be spawned.
#[derive(Clone, Debug)]
pub(crate) struct HostSpec {
    /// The name of the host.
    pub(crate) name: String,
    /// The identity of the host.
    pub(crate) keypair: Keypair,
    /// The settings of the DHT.
    pub(crate) settings: KadSettings,
    /// The router that the host is behind.
    pub(crate) behind: Option<RouterId>,
    /// Whether the host does not listen.
    pub(crate) dial_only: bool,
    /// The script, if the host is scripted.
    pub(crate) script: Option<Script>,
}
