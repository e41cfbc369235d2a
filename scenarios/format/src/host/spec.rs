use dht_fixtures::{KadSettings, raw::Script};
use dht_harness::{
    Sim,
    net::{AddressKinds, Interfaces, RouterId},
    sim::HostBuilder,
};
use libp2p::{identity::Keypair, swarm::NetworkBehaviour};

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
    /// The kinds of addresses of the host.
    pub(crate) kinds: AddressKinds,
    /// The interfaces of the host beside the first one.
    pub(crate) interfaces: Interfaces,
    /// Whether the host does not listen.
    pub(crate) dial_only: bool,
    /// The script, if the host is scripted.
    pub(crate) script: Option<Script>,
}

impl HostSpec {
    /// The builder of the host, whose swarm the harness drives.
    pub(super) fn prepare<'a, B: NetworkBehaviour>(&self, sim: &'a mut Sim) -> HostBuilder<'a, B> {
        let mut prepared = sim
            .prepare(&self.name)
            .keypair(self.keypair.clone())
            .addresses(self.kinds.clone())
            .interfaces(self.interfaces.clone());
        if self.dial_only {
            prepared = prepared.dial_only();
        }
        match self.behind {
            Some(router) => prepared.behind(router),
            None => prepared,
        }
    }
}
