//! Hosts dial, listen and part.

use libp2p::{Multiaddr, PeerId, swarm::dial_opts::DialOpts};

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
};
use crate::net::HostId;

impl Sim {
    /// Connects one host to another, at the address the other listens on.
    ///
    /// # Errors
    /// The dial failed, or one of the hosts is gone.
    pub fn connect(
        &mut self,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
    ) -> Result<(), SimError> {
        let to = to.into();
        let target = self.world.peer(to);
        let opts = DialOpts::peer_id(target)
            .addresses(self.addresses_of(to))
            .build();
        self.dial(from, opts).map(|_| ())
    }

    /// Dials whatever libp2p can dial; answers who is at the other end.
    ///
    /// # Errors
    /// The dial failed, or the host is gone.
    pub fn dial(
        &mut self,
        from: impl Into<HostId>,
        opts: impl Into<DialOpts>,
    ) -> Result<PeerId, SimError> {
        let from = from.into();
        let opts = opts.into();
        self.control(from, format!("dial {}", self.target(&opts)));
        let answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize].host.connect(opts)
        });
        Ok(self.wait("connect", PATIENCE, answer)??)
    }

    /// Starts to dial without waiting for the end of it.
    pub fn start_dial(&mut self, from: impl Into<HostId>, opts: impl Into<DialOpts>) {
        let from = from.into();
        let opts = opts.into();
        self.control(from, format!("start to dial {}", self.target(&opts)));
        let answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize].host.connect(opts)
        });
        drop(answer);
    }

    /// Closes all connections between two hosts, from the side of the first.
    ///
    /// # Errors
    /// They are not connected, or the host is gone.
    pub fn disconnect(
        &mut self,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
    ) -> Result<(), SimError> {
        let from = from.into();
        let peer = self.world.peer(to.into());
        self.control(
            from,
            format!("disconnect from {}", self.world.name_of(&peer)),
        );
        let answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize]
                .host
                .disconnect(peer)
        });
        Ok(self.wait("disconnect", PATIENCE, answer)??)
    }

    /// Makes a host listen on one more address.
    ///
    /// # Errors
    /// The address cannot be listened on, or the host is gone.
    pub fn listen(
        &mut self,
        host: impl Into<HostId>,
        address: Multiaddr,
    ) -> Result<Multiaddr, SimError> {
        let host = host.into();
        self.control(host, format!("listen on {address}"));
        let answer = self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.listen(address)
        });
        Ok(self.wait("listen", PATIENCE, answer)??)
    }

    /// Makes a host stop listening, on all addresses.
    ///
    /// # Errors
    /// The host is gone.
    pub fn unlisten(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        self.control(host, "stop listening".to_owned());
        Ok(self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.unlisten()
        })?)
    }

    /// Whom a dial is for, as people would say it.
    fn target(&self, opts: &DialOpts) -> String {
        match opts.get_peer_id() {
            Some(peer) => self.world.name_of(&peer),
            None => "an address".to_owned(),
        }
    }
}
