//! Listeners and their backlogs.

use std::collections::VecDeque;
use std::net::Ipv4Addr;
use std::task::Poll;

use libp2p::PeerId;

use super::Network;
use crate::net::{
    connection::{ConnRef, Socket},
    direction::Frame,
    endpoint::Endpoint,
    error::NetError,
    event::{CloseKind, ConnKind, NetEvent},
    host::HostId,
    outbox::Token,
    side::Side,
};

/// A listening socket.
#[derive(Debug)]
pub(in crate::net) struct Listener<T> {
    pub(super) host: HostId,
    /// Where it listens; the ip is that of the host when it began.
    pub(super) at: Endpoint,
    /// The ip on which it accepts dials; `None` for any ip of the host.
    pub(super) bind: Option<Ipv4Addr>,
    pub(super) kind: ConnKind,
    pub(super) identity: Option<PeerId>,
    /// Connections that have not been accepted.
    pub(super) queue: VecDeque<ConnRef>,
    pub(super) notices: VecDeque<Notice>,
    pub(super) task: Option<T>,
}

/// A change of the addresses at which a listener is reachable.
#[derive(Clone, Copy, Debug)]
pub(super) enum Notice {
    Address(Endpoint),
    Expired(Endpoint),
}

/// An event of a listener.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(in crate::net) enum ListenerEvent {
    /// It is reachable at this address.
    Address(Endpoint),
    /// It is no longer reachable at this address.
    Expired(Endpoint),
    /// An inbound connection, now held by the caller.
    Incoming {
        conn: ConnRef,
        local: Endpoint,
        remote: Endpoint,
    },
}

impl<T: Token> Network<T> {
    /// Opens a listener at `bind`; its ip may be 0.0.0.0 or ::, and its port 0.
    pub(in crate::net) fn listen(
        &mut self,
        host: HostId,
        incarnation: u32,
        bind: Endpoint,
        kind: ConnKind,
        identity: Option<PeerId>,
    ) -> Result<u32, NetError> {
        let number = self.listeners.len() as u32;
        let record = self.living(host, incarnation)?;
        let is_any = bind.ip().is_unspecified();
        let is_own = is_any || record.has(&bind);
        if !is_own || !record.kinds.has_version(bind.version()) {
            return Err(NetError::AddressNotLocal {
                host,
                address: bind,
            });
        }
        let here = match is_any {
            true => bind.with_host_ip(record.ip_of(bind.version())),
            false => bind,
        };
        let address = match bind.port() {
            0 => record.ephemeral(here),
            port if self.is_bound(host, &here, is_any) => {
                return Err(NetError::PortInUse { host, port });
            }
            _ => here,
        };
        let record = self.living(host, incarnation)?;
        let notices = match is_any {
            true => record.reached_at(address).map(Notice::Address).collect(),
            false => VecDeque::from([Notice::Address(address)]),
        };
        record.resources.listeners += 1;
        record.listeners.push((address, number));
        self.listeners.push(Some(Listener {
            host,
            at: address,
            bind: (!is_any).then_some(address.host_ip()),
            kind,
            identity,
            queue: VecDeque::new(),
            notices,
            task: None,
        }));
        self.log.push(NetEvent::ListenerOpened {
            at: self.now,
            host,
            address,
        });
        Ok(number)
    }

    /// Whether a listener has the port of an endpoint, at this address or, with `is_any`, at
    /// any.
    fn is_bound(&self, host: HostId, endpoint: &Endpoint, is_any: bool) -> bool {
        let mut listeners = self.hosts[host.index()].listeners_at(endpoint);
        listeners.any(|number| {
            let bind = self.listeners[number as usize]
                .as_ref()
                .map(|open| open.bind);
            let other = bind.flatten();
            is_any || other.is_none_or(|ip| ip == endpoint.host_ip())
        })
    }

    /// The next event of the listener; `None` if it died with its host.
    pub(in crate::net) fn poll_listener(
        &mut self,
        listener: u32,
        token: &T,
    ) -> Option<Poll<ListenerEvent>> {
        let open = self.listeners.get_mut(listener as usize)?.as_mut()?;
        if let Some(notice) = open.notices.pop_front() {
            return Some(Poll::Ready(match notice {
                Notice::Address(address) => ListenerEvent::Address(address),
                Notice::Expired(address) => ListenerEvent::Expired(address),
            }));
        }
        while let Some(queued) = open.queue.pop_front() {
            let Some(conn) = self.conns.get_mut(queued) else {
                continue;
            };
            let end = conn.end(Side::Listener);
            end.backlog = None;
            end.counted = true;
            let (host, local, remote) = (end.host, end.local, end.remote);
            let resources = &mut self.hosts[host.index()].resources;
            resources.accepts -= 1;
            resources.connections += 1;
            return Some(Poll::Ready(ListenerEvent::Incoming {
                conn: queued,
                local,
                remote,
            }));
        }
        self.outbox.park(&mut open.task, token);
        Some(Poll::Pending)
    }

    /// Closes the listener and resets what is in its backlog.
    pub(in crate::net) fn close_listener(&mut self, listener: u32) {
        let Some(Some(mut open)) = self.listeners.get_mut(listener as usize).map(Option::take)
        else {
            return;
        };
        self.outbox.discard(&mut open.task);
        let host = &mut self.hosts[open.host.index()];
        host.resources.listeners -= 1;
        host.listeners.retain(|(_, number)| *number != listener);
        self.log.push(NetEvent::ListenerClosed {
            at: self.now,
            host: open.host,
            port: open.at.port(),
            aborted: open.queue.len() as u32,
        });
        for queued in open.queue {
            self.abort_queued(queued);
        }
    }

    fn abort_queued(&mut self, queued: ConnRef) {
        let Some(conn) = self.conns.get_mut(queued) else {
            return;
        };
        let end = conn.end(Side::Listener);
        let was_live = end.socket == Socket::Live;
        end.held = false;
        end.backlog = None;
        self.hosts[end.host.index()].resources.accepts -= 1;
        self.log.push(NetEvent::Closed {
            at: self.now,
            conn: queued.id,
            host: end.host,
            how: CloseKind::Abortive,
        });
        if was_live {
            self.transmit(queued.slot, Side::Listener, Frame::Reset, &[]);
            self.mark_dead(queued.slot, Side::Listener);
        }
        self.free_if_over(queued.slot);
    }

    /// The host, if it is up and still in this incarnation.
    pub(super) fn living(
        &mut self,
        host: HostId,
        incarnation: u32,
    ) -> Result<&mut super::Host, NetError> {
        match self.hosts.get_mut(host.index()) {
            None => Err(NetError::NoSuchHost { host }),
            Some(record) if !record.up || record.incarnation != incarnation => {
                Err(NetError::HostDown { host })
            }
            Some(record) => Ok(record),
        }
    }
}
