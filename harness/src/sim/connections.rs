//! Dialling, listening and disconnecting.

use std::net::Ipv4Addr;
use std::time::Duration;

use futures::{
    FutureExt,
    future::{BoxFuture, ready},
};
use libp2p::{Multiaddr, PeerId, swarm::dial_opts::DialOpts};

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
};
use crate::{
    host::HostError,
    net::{HostId, RouterId},
    recording::RefusedDial,
    trace::{OrderedDial, TraceEvent, Undigested, refusal},
};

impl Sim {
    /// Connects one host to another, at the listen address of the other. A swarm that counts a
    /// connection with the other host already does not dial.
    ///
    /// # Errors
    /// Returns an error if the dial failed, or if one of the hosts is down. It also does if the
    /// other host has no end of any connection that the first counts, as after a crash.
    pub fn connect(
        &mut self,
        from: impl Into<HostId>,
        to: impl Into<HostId>,
    ) -> Result<(), SimError> {
        let (from, to) = (from.into(), to.into());
        self.hear_losses(from, to)?;
        let target = self.world.peer(to);
        let opts = DialOpts::peer_id(target)
            .addresses(self.addresses_of(to))
            .build();
        self.dial(from, opts)?;
        match self.has_no_end(to, from) {
            None => Ok(()),
            Some(reason) => Err(SimError::Host(HostError::Dial {
                peer: self.world.peer(from),
                remote: Some(target),
                reason: reason.to_owned(),
                unresolved: None,
            })),
        }
    }

    /// Why a connection that `host` counts with another host does not connect them.
    fn has_no_end(&self, remote: HostId, host: HostId) -> Option<&'static str> {
        if self.world.status(remote).is_over() {
            return Some(
                "the remote is down, and the host still counts a connection with it, whose end it \
                 has not noticed",
            );
        }
        let connections = self.network().connections_between(host, remote);
        let mut whole = connections
            .iter()
            .filter(|info| info.dialer_alive && info.listener_alive);
        (!connections.is_empty() && whole.next().is_none()).then_some(
            "the remote has no end of the connection that the host still counts: let it notice \
             that, or disconnect it, before it dials",
        )
    }

    /// Lets a host hear of connections that it has lost at this instant, as by a move: a swarm
    /// that still counts one does not dial.
    fn hear_losses(&mut self, host: HostId, remote: HostId) -> Result<(), SimError> {
        let peer = self.world.peer(remote);
        let counts = self.world.swarm_log(host, |log| {
            log.connected.contains_key(&peer) && log.relayed.is_empty()
        });
        if !counts {
            return Ok(());
        }
        let connections = self.network().connections_between(host, remote);
        let mut own_ends = connections.iter().map(|info| match info.dialer == host {
            true => info.dialer_alive,
            false => info.listener_alive,
        });
        match own_ends.any(|is_alive| is_alive) {
            true => Ok(()),
            false => self.run_for(Duration::ZERO),
        }
    }

    /// Dials. Returns the id of the remote peer.
    ///
    /// # Errors
    /// Returns an error if the dial failed, or if the host is down.
    pub fn dial(
        &mut self,
        from: impl Into<HostId>,
        opts: impl Into<DialOpts>,
    ) -> Result<PeerId, SimError> {
        let from = from.into();
        let opts = opts.into();
        self.control_dial(from, "dial", &opts);
        let answer = self.connecting(from, opts);
        let answer = self.wait("connect", PATIENCE, answer)?;
        Ok(answer.map_err(|error| match error {
            HostError::Dial {
                peer,
                remote,
                reason,
                unresolved,
            } => HostError::Dial {
                peer,
                remote,
                reason: self.world.with_drops(from, &reason),
                unresolved,
            },
            error => error,
        })?)
    }

    /// Starts to dial without waiting for the result.
    pub fn start_dial(&mut self, from: impl Into<HostId>, opts: impl Into<DialOpts>) {
        let from = from.into();
        let opts = opts.into();
        self.control_dial(from, "start to dial", &opts);
        drop(self.connecting(from, opts));
    }

    /// Closes all connections between two hosts, initiated by the first.
    ///
    /// # Errors
    /// Returns an error if the hosts are not connected, or if the host is down.
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

    /// Makes a host listen on an additional address.
    ///
    /// # Errors
    /// Returns an error if the host cannot listen on the address, or if it is down.
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

    /// Assigns an IP address to a host. Its connections fail, and their remotes are not
    /// told, as with TCP; see [`NetworkConfig::migration`](crate::net::NetworkConfig)
    /// for connections that survive. A host that had the address, and on which nothing
    /// is alive, gets a fresh one.
    ///
    /// # Errors
    /// Something is alive on the host that has the ip.
    pub fn assign_ip(&mut self, host: impl Into<HostId>, ip: Ipv4Addr) -> Result<(), SimError> {
        let assigned = self.network().assign_ip(host.into(), ip);
        self.naming_routers(assigned)
    }

    /// Moves a host into the network behind a router, or into the internet, as a laptop that
    /// is carried to another place. It gets a fresh address there, and its connections end as
    /// by [`assign_ip`](Self::assign_ip), also with
    /// [`NetworkConfig::migration`](crate::net::NetworkConfig).
    ///
    /// # Errors
    /// The host is in this network already.
    ///
    /// # Panics
    /// Panics if the router is one of another simulation.
    pub fn relocate(
        &mut self,
        host: impl Into<HostId>,
        behind: Option<RouterId>,
    ) -> Result<(), SimError> {
        let host = host.into();
        if !self.network().relocate(host, behind) {
            return Err(SimError::Other(format!(
                "{} is in this network already: name another router",
                self.world.name(host)
            )));
        }
        self.world.note_behind(host, behind);
        Ok(())
    }

    /// Places a host in a region of the network, see
    /// [`NetworkConfig::regions`](crate::net::NetworkConfig). Packets that are under way
    /// arrive as before.
    ///
    /// # Errors
    /// The network has no such region.
    pub fn place(&mut self, host: impl Into<HostId>, region: &str) -> Result<(), SimError> {
        match self.network().place(host.into(), region) {
            true => Ok(()),
            false => Err(SimError::Other(format!(
                "the network has no region called `{region}`: name one of `NetworkConfig::regions`"
            ))),
        }
    }

    /// Makes a host stop listening, on all addresses.
    ///
    /// # Errors
    /// Returns an error if the host is down.
    pub fn unlisten(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        self.control(host, "stop listening".to_owned());
        Ok(self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.unlisten()
        })?)
    }

    /// Starts a dial. A dial that is refused at once is noted for pictures: no event of the swarm
    /// tells of it.
    fn connecting(
        &self,
        from: HostId,
        opts: DialOpts,
    ) -> BoxFuture<'static, Result<PeerId, HostError>> {
        let peer = opts.get_peer_id();
        let mut answer = self.on(from, |world| {
            world.members.borrow()[from.0 as usize].host.connect(opts)
        });
        match (&mut answer).now_or_never() {
            None => answer,
            Some(answer) => {
                if let Err(HostError::Dial { reason, .. }) = &answer {
                    let (at, why) = (self.world.now(), refusal(reason));
                    self.world.recorder(|recorder| {
                        recorder.refused(RefusedDial {
                            at,
                            host: from,
                            peer,
                            why,
                        });
                    });
                }
                ready(answer).boxed()
            }
        }
    }

    /// Records that the test dials.
    fn control_dial(&self, host: HostId, what: &str, opts: &DialOpts) {
        let (target, name) = match opts.get_peer_id() {
            Some(peer) => (
                OrderedDial::Peer(self.world.engine.journal(|journal| journal.tag(&peer))),
                self.world.name_of(&peer),
            ),
            None => (OrderedDial::Address, "an address".to_owned()),
        };
        let action = format!("{what} {name}");
        let dial = Undigested(Some(target));
        self.world
            .record(host, TraceEvent::Control { action, dial });
    }
}
