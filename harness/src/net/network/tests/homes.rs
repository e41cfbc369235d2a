//! Hosts behind routers, for tests.

use super::*;
use crate::net::nat::{Nat, NatDependence};
use crate::net::router::RouterId;

use NatDependence::{AddressAndPortDependent, AddressDependent, EndpointIndependent};

/// The four kinds of RFC 3489, by the mapping and the filtering of RFC 4787.
pub(super) const KINDS: [(&str, NatDependence, NatDependence); 4] = [
    ("full cone", EndpointIndependent, EndpointIndependent),
    ("restricted cone", EndpointIndependent, AddressDependent),
    (
        "port-restricted cone",
        EndpointIndependent,
        AddressAndPortDependent,
    ),
    (
        "symmetric",
        AddressAndPortDependent,
        AddressAndPortDependent,
    ),
];

pub(super) fn nat(kind: usize) -> Nat {
    let (_, mapping, filtering) = KINDS[kind];
    Nat {
        mapping,
        filtering,
        ..Nat::default()
    }
}

/// As [`nat`], and it maps ports on request.
pub(super) fn granting(kind: usize) -> Nat {
    Nat {
        port_mapping: true,
        ..nat(kind)
    }
}

/// A server in the internet, and hosts behind routers.
pub(super) struct Homes {
    pub(super) net: Network<u32>,
    carrier: Carrier,
    version: IpVersion,
    listeners: Vec<u32>,
}

pub(super) const SERVER: HostId = HostId(0);

impl Homes {
    pub(super) fn new() -> Homes {
        Homes::over(Carrier::Tcp, IpVersion::V4)
    }

    /// Hosts that have such addresses alone.
    pub(super) fn over(carrier: Carrier, version: IpVersion) -> Homes {
        let mut homes = Homes {
            net: Network::new(1, NetworkConfig::default()),
            carrier,
            version,
            listeners: Vec::new(),
        };
        homes.host(None);
        homes
    }

    /// A host that listens.
    pub(super) fn host(&mut self, behind: Option<RouterId>) -> HostId {
        let kinds = AddressKinds::new([self.version], [self.carrier]);
        let host = self.net.add_host(behind, kinds);
        let any = Endpoint::new([0; 4].into(), PORT, self.version, self.carrier);
        let listener = self.net.listen(host, 0, any, self.kind(), None);
        let listener = listener.unwrap();
        let _ = self.net.poll_listener(listener, &ME);
        self.listeners.push(listener);
        host
    }

    /// A host behind a router of its own.
    pub(super) fn home(&mut self, nat: Nat) -> HostId {
        let router = self.net.add_router(nat, None);
        self.host(Some(router))
    }

    pub(super) fn address(&self, host: HostId) -> Endpoint {
        let homes = self.net.homes(host).unwrap();
        Endpoint::of(&homes[0]).unwrap()
    }

    pub(super) fn kind(&self) -> ConnKind {
        match self.carrier {
            Carrier::Quic => ConnKind::Mux,
            _ => ConnKind::Stream,
        }
    }

    pub(super) fn start(
        &mut self,
        from: HostId,
        target: Endpoint,
        waits_for_handshake: bool,
    ) -> ConnRef {
        let request = DialRequest {
            host: from,
            incarnation: 0,
            target,
            reuse_port: true,
            kind: self.kind(),
            identity: None,
            waits_for_handshake,
        };
        self.net.dial(request).unwrap()
    }

    pub(super) fn run_for(&mut self, time: Duration) {
        let until = self.net.now.saturating_add(time);
        while let Some(at) = self.net.next_event().filter(|at| *at <= until) {
            self.net.deliver_next(at);
            drop(self.net.outbox.take());
        }
        self.net.at(until);
    }

    /// Whether a dial succeeds, within 30 s.
    pub(super) fn reaches(&mut self, from: HostId, target: Endpoint) -> bool {
        let dial = self.start(from, target, false);
        self.run_for(Duration::from_secs(30));
        self.is_up(dial)
    }

    fn is_up(&mut self, dial: ConnRef) -> bool {
        matches!(self.net.poll_dial(dial, &ME), Poll::Ready(Ok(_)))
    }

    /// The address of a host as the server sees it, from a connection to the server.
    pub(super) fn observed(&mut self, host: HostId) -> (ConnRef, Endpoint) {
        let server = self.address(SERVER);
        let dial = self.start(host, server, false);
        self.run_for(Duration::from_secs(1));
        assert!(self.net.poll_dial(dial, &ME).is_ready());
        match self.net.poll_listener(self.listeners[0], &ME) {
            Some(Poll::Ready(ListenerEvent::Incoming { remote, .. })) => (dial, remote),
            other => panic!("the server has accepted nothing: {other:?}"),
        }
    }

    /// Whether two hosts connect by dialling each other's observed addresses at once.
    /// `waiting` expects the other one to begin the handshake.
    pub(super) fn punches(&mut self, starting: HostId, waiting: HostId) -> bool {
        let (_, of_starting) = self.observed(starting);
        let (_, of_waiting) = self.observed(waiting);
        let dials = [
            self.start(starting, of_waiting, false),
            self.start(waiting, of_starting, true),
        ];
        self.run_for(Duration::from_secs(30));
        let [first, second] = dials.map(|dial| self.is_up(dial));
        let between = self.net.connections_of(starting);
        let live = |info: &&super::super::ConnectionInfo| {
            info.dialer_alive
                && info.listener_alive
                && [info.dialer, info.listener].contains(&waiting)
        };
        let connected = between.iter().any(|info| live(&info));
        assert_eq!(connected, first || second);
        connected
    }
}
