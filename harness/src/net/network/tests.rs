//! Tests that drive the core directly: the effect of each call, and when it
//! occurs.

use std::task::Poll;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;

use super::{DialRequest, ListenerEvent, Network};
use crate::net::{
    address_kinds::AddressKinds,
    config::{Bandwidth, NetworkConfig, Sharing},
    connection::ConnRef,
    endpoint::{Carrier, Endpoint, IpVersion},
    error::{ConnError, NetError},
    event::{ConnKind, NetEvent},
    fault::{CutScope, DialFault, DialTarget, Fault, FaultId, LinkScope, LossEffect, ResetScope},
    host::HostId,
    latency::Latency,
    outbox::Token,
    probability::Probability,
    side::Side::{self, Dialer, Listener},
    substream::PIPE,
};

mod carriers;
mod dials;
mod faults;
mod filters;
mod homes;
mod interfaces;
mod losses;
mod muxes;
mod nat;
mod networks;
mod pipes;
mod repeat;
mod sharing;

impl Token for u32 {
    fn same(&self, other: &Self) -> bool {
        self == other
    }
}

const ME: u32 = 7;
const PORT: u16 = 4001;

fn ms(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

fn at_ms(millis: u64) -> VirtualInstant {
    VirtualInstant::default().saturating_add(ms(millis))
}

/// A network with hosts 0 and 1, of which the second listens.
struct Lab {
    net: Network<u32>,
    listener: u32,
    kind: ConnKind,
    carrier: Carrier,
    version: IpVersion,
}

const A: HostId = HostId(0);
const B: HostId = HostId(1);

impl Lab {
    fn new(kind: ConnKind) -> Lab {
        Lab::with(kind, NetworkConfig::default())
    }

    fn with(kind: ConnKind, config: NetworkConfig) -> Lab {
        Lab::of(kind, AddressKinds::default(), config)
    }

    /// A network of muxed connections over such addresses, whose hosts have all kinds.
    fn over(carrier: Carrier, version: IpVersion) -> Lab {
        Lab::with_all(carrier, version, NetworkConfig::default())
    }

    fn with_all(carrier: Carrier, version: IpVersion, config: NetworkConfig) -> Lab {
        let all = AddressKinds::new(IpVersion::ALL, Carrier::ALL);
        let mut lab = Lab::of(ConnKind::Mux, all, config);
        lab.net.close_listener(lab.listener);
        (lab.carrier, lab.version) = (carrier, version);
        lab.listener = lab.listen(B);
        lab
    }

    fn of(kind: ConnKind, kinds: AddressKinds, config: NetworkConfig) -> Lab {
        let mut net = Network::new(1, config);
        net.add_host(None, kinds.clone());
        net.add_host(None, kinds);
        let mut lab = Lab {
            net,
            listener: 0,
            kind,
            carrier: Carrier::Tcp,
            version: IpVersion::V4,
        };
        lab.listener = lab.listen(B);
        lab
    }

    fn listen_at(
        &mut self,
        host: HostId,
        carrier: Carrier,
        version: IpVersion,
    ) -> Result<u32, NetError> {
        let any = Endpoint::new([0; 4].into(), PORT, version, carrier);
        let incarnation = self.net.incarnation(host);
        self.net.listen(host, incarnation, any, self.kind, None)
    }

    fn endpoint(&self, host: HostId, carrier: Carrier, version: IpVersion) -> Endpoint {
        Endpoint::new(self.net.ip(host).unwrap(), PORT, version, carrier)
    }

    fn listen(&mut self, host: HostId) -> u32 {
        let listener = self.listen_at(host, self.carrier, self.version).unwrap();
        let polled = self.net.poll_listener(listener, &ME);
        assert!(matches!(
            polled,
            Some(Poll::Ready(ListenerEvent::Address(_)))
        ));
        listener
    }

    fn now(&self) -> VirtualInstant {
        self.net.now
    }

    fn request(&self, from: HostId, to: HostId) -> DialRequest {
        DialRequest {
            host: from,
            incarnation: self.net.incarnation(from),
            target: self.endpoint(to, self.carrier, self.version),
            reuse_port: false,
            kind: self.kind,
            identity: None,
            waits_for_handshake: false,
        }
    }

    fn dial(&mut self) -> ConnRef {
        let request = self.request(A, B);
        self.net.dial(request).unwrap()
    }

    fn outcome(&mut self, conn: ConnRef) -> Poll<Result<(), ConnError>> {
        self.net.poll_dial(conn, &ME).map_ok(|_| ())
    }

    fn accept(&mut self) -> Option<ConnRef> {
        match self.net.poll_listener(self.listener, &ME) {
            Some(Poll::Ready(ListenerEvent::Incoming { conn, .. })) => Some(conn),
            _ => None,
        }
    }

    /// A connection of which both sides hold their end.
    fn connect(&mut self) -> ConnRef {
        let conn = self.dial();
        self.run();
        assert_eq!(self.outcome(conn), Poll::Ready(Ok(())));
        assert_eq!(self.accept(), Some(conn));
        conn
    }

    /// Delivers all events up to an instant, and moves time there.
    fn run_until(&mut self, until: VirtualInstant) -> usize {
        let mut delivered = 0;
        while self.net.next_event().is_some_and(|at| at <= until) {
            self.step();
            delivered += 1;
        }
        self.net.at(until);
        delivered
    }

    /// Delivers everything.
    fn run(&mut self) -> usize {
        let mut delivered = 0;
        while self.net.next_event().is_some() {
            self.step();
            delivered += 1;
        }
        delivered
    }

    fn step(&mut self) -> bool {
        let at = self.net.next_event().unwrap();
        let delivered = self.net.deliver_next(at).unwrap();
        drop(self.net.outbox.take());
        delivered.woke
    }

    fn inject(&mut self, fault: Fault) -> FaultId {
        self.net.inject(fault).unwrap()
    }

    fn write(&mut self, conn: ConnRef, side: Side, bytes: &[u8]) -> Poll<Result<usize, ConnError>> {
        self.net.write(conn, side, PIPE, bytes, &ME)
    }

    fn read(&mut self, conn: ConnRef, side: Side) -> Poll<Result<Vec<u8>, ConnError>> {
        self.read_stream(conn, side, PIPE)
    }

    fn read_stream(
        &mut self,
        conn: ConnRef,
        side: Side,
        stream: u32,
    ) -> Poll<Result<Vec<u8>, ConnError>> {
        let mut buf = vec![0; 4 << 20];
        let read = self.net.read(conn, side, stream, &mut buf, &ME);
        read.map_ok(|length| buf[..length].to_vec())
    }

    fn events(&mut self) -> Vec<NetEvent> {
        std::mem::take(&mut self.net.log.events)
    }

    fn nothing_alive(&self) -> bool {
        [A, B].iter().all(|host| {
            let mut resources = self.net.resources(*host);
            resources.listeners = 0;
            resources.is_zero()
        })
    }
}

fn ready<V>(value: V) -> Poll<Result<V, ConnError>> {
    Poll::Ready(Ok(value))
}

fn failed<V>(error: ConnError) -> Poll<Result<V, ConnError>> {
    Poll::Ready(Err(error))
}
