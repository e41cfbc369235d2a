//! The names of hosts.

use super::control::Sim;
use crate::net::NameRecords;

impl Sim {
    /// Sets what a name of the simulation's domain name system stands for, instead of what it
    /// stood for before. Hosts resolve names if their kinds of addresses say so, see
    /// [`AddressKinds::with_names`](crate::net::AddressKinds::with_names).
    ///
    /// ```
    /// use dht_harness::{Node, Sim, net::{AddressKinds, NameRecords}};
    /// use libp2p::{Multiaddr, Swarm, kad};
    ///
    /// let build = |node: &Node| {
    ///     let store = kad::store::MemoryStore::new(node.peer_id());
    ///     let kad = kad::Behaviour::new(node.peer_id(), store);
    ///     Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    /// };
    /// Sim::builder().test(move |sim| {
    ///     let boot = sim.spawn("boot", build);
    ///     let records = NameRecords::default().with_ip(sim.world().ip(&boot).into());
    ///     sim.set_name("boot.example", records);
    ///     let kinds = AddressKinds::default().with_names();
    ///     let a = sim.prepare("a").addresses(kinds).spawn(build);
    ///     let address: Multiaddr = "/dns4/boot.example/tcp/4001".parse().unwrap();
    ///     assert_eq!(sim.dial(&a, address)?, boot.peer_id());
    ///     Ok(())
    /// });
    /// ```
    pub fn set_name(&mut self, name: &str, records: NameRecords) {
        self.network().set_name(name, records);
    }

    /// Removes a name, so that resolvers answer that there is none (NXDOMAIN). Returns whether
    /// it was there.
    pub fn remove_name(&mut self, name: &str) -> bool {
        self.network().remove_name(name)
    }
}
