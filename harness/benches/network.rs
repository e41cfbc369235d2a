//! Cost of the simulated network alone: no swarms, no engine, no clock.
//!
//! 1,000 hosts form 500 pairs with one connection each. Both hosts of a pair
//! send a message at the start, and each receiver answers, so that 1,000
//! messages are always in flight. An item is an event: a message of 256 bytes
//! that is delivered, recorded, read and answered.
//!
//! Read the column `median`, second line: items per second. The target is one
//! million. libp2p handles about ten thousand on top of it, so below the target
//! the network would become a noticeable part of a simulation's time.
//!
//! `cargo bench -p dht-harness`

use std::{
    future::Future,
    pin::{Pin, pin},
    task::{Context, Poll, Waker},
};

use divan::{Bencher, counter::ItemsCount};
use futures::{AsyncRead, AsyncWrite};
use libp2p::{
    Multiaddr, PeerId,
    core::{
        Endpoint,
        muxing::StreamMuxer,
        transport::{DialOpts, ListenerId, PortUse, Transport, TransportEvent},
    },
};

use net::{AddressKinds, Fabric, HostId, NetworkConfig};

/// The source of the network: the functions that drive it are not public.
#[path = "../src/net/mod.rs"]
#[allow(
    dead_code,
    unreachable_pub,
    unused_imports,
    reason = "the benchmark uses a part of it"
)]
mod net;

const HOSTS: usize = 1000;
const EVENTS: usize = 100_000;
const MESSAGE: [u8; 256] = [7; 256];

fn main() {
    divan::main();
}

/// Byte pipes, as under noise and yamux.
#[divan::bench(sample_count = 20, sample_size = 1)]
fn pipes(bencher: Bencher<'_, '_>) {
    let (fabric, hosts) = network();
    let mut pipes = Vec::new();
    let mut transports = Vec::new();
    for pair in hosts.chunks(2) {
        let mut dialer = fabric.stream_transport(pair[0]);
        let mut listener = fabric.stream_transport(pair[1]);
        let (near, far) = connect(&fabric, &mut dialer, &mut listener);
        pipes.extend([near, far]);
        transports.extend([dialer, listener]);
    }
    play(bencher, &fabric, pipes);
}

/// Substreams of muxed connections.
#[divan::bench(sample_count = 20, sample_size = 1)]
#[expect(clippy::disallowed_methods, reason = "any identity will do")]
fn substreams(bencher: Bencher<'_, '_>) {
    let (fabric, hosts) = network();
    let mut streams = Vec::new();
    let mut connections = Vec::new();
    for pair in hosts.chunks(2) {
        let mut dialer = fabric.mux_transport(pair[0], PeerId::random());
        let mut listener = fabric.mux_transport(pair[1], PeerId::random());
        let ((_, mut here), (_, mut there)) = connect(&fabric, &mut dialer, &mut listener);
        let Poll::Ready(Ok(mut near)) = Pin::new(&mut here).poll_outbound(&mut no_task()) else {
            panic!("a live connection opens substreams at once");
        };
        send(&mut near);
        let mut far = drive(&fabric, |cx| Pin::new(&mut there).poll_inbound(cx)).unwrap();
        receive(&mut far);
        streams.extend([near, far]);
        connections.push((dialer, listener, here, there));
    }
    play(bencher, &fabric, streams);
}

fn network() -> (Fabric, Vec<HostId>) {
    let fabric = Fabric::new(1, NetworkConfig::default());
    let hosts = (0..HOSTS)
        .map(|_| fabric.add_host(None, AddressKinds::default()))
        .collect();
    (fabric, hosts)
}

/// Measures the answering of messages between the ends of connections: host `n`
/// holds end `n`.
fn play<S: AsyncRead + AsyncWrite + Unpin>(
    bencher: Bencher<'_, '_>,
    fabric: &Fabric,
    ends: Vec<S>,
) {
    let mut ends = ends;
    ends.iter_mut().for_each(send);
    bencher.counter(ItemsCount::new(EVENTS)).bench_local(|| {
        for _ in 0..EVENTS {
            let end = &mut ends[step(fabric).0 as usize];
            receive(end);
            send(end);
        }
    });
}

/// Delivers the next event and records it, as the engine does.
fn step(fabric: &Fabric) -> HostId {
    let at = fabric.next_event().expect("an event is scheduled");
    let delivered = fabric.deliver_next(at).expect("it is due");
    fabric.drain_events(&mut |event| {
        divan::black_box(event);
    });
    delivered.target
}

fn send<S: AsyncWrite + Unpin>(stream: &mut S) {
    let sent = Pin::new(stream).poll_write(&mut no_task(), &MESSAGE);
    assert!(matches!(sent, Poll::Ready(Ok(n)) if n == MESSAGE.len()));
}

fn receive<S: AsyncRead + Unpin>(stream: &mut S) {
    let mut buffer = [0; MESSAGE.len()];
    let received = Pin::new(stream).poll_read(&mut no_task(), &mut buffer);
    assert!(matches!(received, Poll::Ready(Ok(n)) if n == MESSAGE.len()));
}

fn connect<T>(fabric: &Fabric, dialer: &mut T, listener: &mut T) -> (T::Output, T::Output)
where
    T: Transport + Unpin,
    T::Error: std::fmt::Debug,
{
    let any: Multiaddr = "/ip4/0.0.0.0/tcp/0".parse().unwrap();
    assert!(listener.listen_on(ListenerId::next(), any).is_ok());
    let TransportEvent::NewAddress { listen_addr, .. } =
        drive(fabric, |cx| Pin::new(&mut *listener).poll(cx))
    else {
        panic!("a listener first reports its address");
    };
    let options = DialOpts {
        role: Endpoint::Dialer,
        port_use: PortUse::Reuse,
    };
    let Ok(dial) = dialer.dial(listen_addr, options) else {
        panic!("the network's own addresses can be dialled");
    };
    let mut dial = pin!(dial);
    let near = drive(fabric, |cx| dial.as_mut().poll(cx)).unwrap();
    let TransportEvent::Incoming { upgrade, .. } =
        drive(fabric, |cx| Pin::new(&mut *listener).poll(cx))
    else {
        panic!("the dial has arrived");
    };
    let mut upgrade = pin!(upgrade);
    let far = drive(fabric, |cx| upgrade.as_mut().poll(cx)).unwrap();
    (near, far)
}

/// Polls until ready, delivering network events in between.
fn drive<R>(fabric: &Fabric, mut poll: impl FnMut(&mut Context<'_>) -> Poll<R>) -> R {
    loop {
        if let Poll::Ready(result) = poll(&mut no_task()) {
            return result;
        }
        step(fabric);
    }
}

fn no_task() -> Context<'static> {
    Context::from_waker(Waker::noop())
}
