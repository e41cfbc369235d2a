//! End-to-end tests of both transports, on a simulation thread without a
//! runtime.

use std::future::{Future, poll_fn};
use std::io;
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use dht_harness_clock::{Session, advance_to, now};
use futures::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, join};
use libp2p::core::muxing::{StreamMuxerBox, StreamMuxerEvent, StreamMuxerExt};
use libp2p::core::transport::{Boxed, DialOpts, ListenerId, PortUse, Transport, TransportEvent};
use libp2p::core::{Endpoint, upgrade};
use libp2p::identity::Keypair;
use libp2p::{Multiaddr, PeerId, noise, yamux};

use super::{StreamTransport, mux::Muxer, stream::Pipe};
use crate::net::{AddressKinds, Fabric, HostId, NetworkConfig};

const DIAL: DialOpts = DialOpts {
    role: Endpoint::Dialer,
    port_use: PortUse::Reuse,
};

fn millis() -> u64 {
    now().map_or(0, |at| at.as_nanos() / 1_000_000)
}

/// Records whether the future wants to be polled again.
#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Polls the future until it is ready, delivering network events whenever the
/// future waits.
fn drive<F: Future>(fabric: &Fabric, future: F) -> F::Output {
    let mut future = pin!(future);
    let woken = Arc::new(Woken::default());
    let waker = Waker::from(woken.clone());
    let mut cx = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut cx) {
            return output;
        }
        if !woken.0.swap(false, Ordering::Relaxed) {
            let at = fabric.next_event().expect("an event is scheduled");
            advance_to(at);
            fabric.deliver_next(at);
        }
    }
}

async fn next<T: Transport + Unpin>(
    transport: &mut T,
) -> TransportEvent<T::ListenerUpgrade, T::Error> {
    poll_fn(|cx| Pin::new(&mut *transport).poll(cx)).await
}

fn listen<T: Transport + Unpin>(fabric: &Fabric, transport: &mut T) -> Multiaddr {
    let any = "/ip4/0.0.0.0/tcp/0".parse().unwrap();
    assert!(transport.listen_on(ListenerId::next(), any).is_ok());
    match drive(fabric, next(transport)) {
        TransportEvent::NewAddress { listen_addr, .. } => listen_addr,
        _ => panic!("a listener first reports its address"),
    }
}

async fn accept<T: Transport + Unpin>(transport: &mut T) -> T::Output {
    match next(transport).await {
        TransportEvent::Incoming { upgrade, .. } => match upgrade.await {
            Ok(output) => output,
            Err(error) => panic!("upgrade: {error}"),
        },
        _ => panic!("expected a connection"),
    }
}

async fn dial<T: Transport>(transport: &mut T, address: Multiaddr) -> T::Output {
    match transport.dial(address, DIAL) {
        Ok(dial) => match dial.await {
            Ok(output) => output,
            Err(error) => panic!("dial: {error}"),
        },
        Err(_) => panic!("address not supported"),
    }
}

fn world() -> (Session, Fabric, HostId, HostId) {
    world_with(NetworkConfig::default())
}

fn world_with(config: NetworkConfig) -> (Session, Fabric, HostId, HostId) {
    let session = Session::enter(1).unwrap();
    let fabric = Fabric::new(1, config);
    let (a, b) = (
        fabric.add_host(None, AddressKinds::default()),
        fabric.add_host(None, AddressKinds::default()),
    );
    (session, fabric, a, b)
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any identity will do")]
fn pipes_carry_bytes_and_release_everything() {
    let (_session, fabric, a, b) = world();
    let (mut here, mut there) = (fabric.stream_transport(a), fabric.stream_transport(b));
    let address = listen(&fabric, &mut there);
    assert_eq!(address.to_string(), "/ip4/10.0.0.2/tcp/49152");
    let peer = PeerId::random();
    let client = async {
        let mut pipe = dial(&mut here, address.with_p2p(peer).unwrap()).await;
        pipe.write_all(b"ping").await.unwrap();
        pipe.close().await.unwrap();
        let mut answer = Vec::new();
        pipe.read_to_end(&mut answer).await.unwrap();
        answer
    };
    let server = async {
        let mut pipe = accept(&mut there).await;
        let mut question = Vec::new();
        pipe.read_to_end(&mut question).await.unwrap();
        pipe.write_all(&question).await.unwrap();
    };
    let (answer, ()) = drive(&fabric, async { join!(client, server) });
    assert_eq!(answer, b"ping");
    // One round trip to connect, one for the request and its answer.
    assert_eq!(millis(), 40);
    drop((here, there));
    assert!(fabric.resources(a).is_zero());
    assert!(fabric.resources(b).is_zero());
}

/// Runs `body` on a substream while polling the connection, which some muxers
/// need to make progress.
async fn on_stream<M, S, O>(
    muxer: &mut M,
    open: fn(&mut M, &mut Context<'_>) -> Poll<io::Result<S>>,
    body: impl AsyncFnOnce(Pin<Box<S>>) -> O,
) -> O
where
    M: StreamMuxerExt<Error = io::Error> + Unpin,
{
    let stream = poll_fn(|cx| {
        let _ = muxer.poll_unpin(cx);
        open(muxer, cx)
    });
    let stream = Box::pin(stream.await.unwrap());
    let mut body = pin!(body(stream));
    poll_fn(|cx| {
        let _ = muxer.poll_unpin(cx);
        body.as_mut().poll(cx)
    })
    .await
}

async fn echo_once(muxer: &mut (impl StreamMuxerExt<Error = io::Error> + Unpin)) {
    let echo = async |mut stream: Pin<Box<_>>| {
        let mut question = Vec::new();
        read_all(&mut stream, &mut question).await;
        write_all(&mut stream, &question).await;
        // Its last frames are sent while the muxer is polled.
        stream
    };
    let stream = on_stream(muxer, |muxer, cx| muxer.poll_inbound_unpin(cx), echo).await;
    let mut polls = 0;
    poll_fn(|cx| {
        let _ = muxer.poll_unpin(cx);
        cx.waker().wake_by_ref();
        polls += 1;
        if polls > 3 {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
    drop(stream);
}

async fn ask(muxer: &mut (impl StreamMuxerExt<Error = io::Error> + Unpin)) -> Vec<u8> {
    let ask = async |mut stream: Pin<Box<_>>| {
        write_all(&mut stream, b"ping").await;
        let mut answer = Vec::new();
        read_all(&mut stream, &mut answer).await;
        answer
    };
    on_stream(muxer, |muxer, cx| muxer.poll_outbound_unpin(cx), ask).await
}

async fn write_all(stream: &mut (impl AsyncWrite + Unpin), bytes: &[u8]) {
    stream.write_all(bytes).await.unwrap();
    stream.close().await.unwrap();
}

async fn read_all(stream: &mut (impl AsyncRead + Unpin), bytes: &mut Vec<u8>) {
    stream.read_to_end(bytes).await.unwrap();
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any identity will do")]
fn muxers_know_the_remote_identity_and_close_in_order() {
    let (_session, fabric, a, b) = world_with(NetworkConfig {
        migration: true,
        ..NetworkConfig::default()
    });
    let (alice, bob) = (PeerId::random(), PeerId::random());
    let mut here = fabric.mux_transport(a, alice);
    let mut there = fabric.mux_transport(b, bob);
    let address = listen(&fabric, &mut there);
    let (dialled, accepted) = drive(&fabric, async {
        join!(dial(&mut here, address), accept(&mut there))
    });
    let ((to, mut client), (from, mut server)): ((_, Muxer), (_, Muxer)) = (dialled, accepted);
    assert_eq!((to, from), (bob, alice));
    let (answer, ()) = drive(&fabric, async {
        join!(ask(&mut client), echo_once(&mut server))
    });
    assert_eq!(answer, b"ping");
    assert_eq!(fabric.connections_between(a, b).len(), 1);
    fabric.assign_ip(a, "10.99.0.1".parse().unwrap()).unwrap();
    let event = drive(&fabric, poll_fn(|cx| server.poll_unpin(cx))).unwrap();
    let StreamMuxerEvent::AddressChange(address) = event;
    assert!(address.to_string().starts_with("/ip4/10.99.0.1/tcp/"));
    drop(client);
    let end = drive(&fabric, poll_fn(|cx| server.poll_unpin(cx)));
    assert_eq!(end.unwrap_err().kind(), io::ErrorKind::ConnectionAborted);
    drop((server, here, there));
    assert!(fabric.resources(a).is_zero());
    assert!(fabric.resources(b).is_zero());
    assert!(fabric.connections_of(a).is_empty());
}

fn secured(transport: StreamTransport, keys: &Keypair) -> Boxed<(PeerId, StreamMuxerBox)> {
    transport
        .upgrade(upgrade::Version::V1)
        .authenticate(noise::Config::new(keys).unwrap())
        .multiplex(yamux::Config::default())
        .boxed()
}

#[test]
#[expect(clippy::disallowed_methods, reason = "any identity will do")]
fn noise_and_yamux_run_over_pipes() {
    let (_session, fabric, a, b) = world();
    let keys = [Keypair::generate_ed25519(), Keypair::generate_ed25519()];
    let mut here = secured(fabric.stream_transport(a), &keys[0]);
    let mut there = secured(fabric.stream_transport(b), &keys[1]);
    let address = listen(&fabric, &mut there);
    let ((to, mut client), (from, mut server)) = drive(&fabric, async {
        join!(dial(&mut here, address), accept(&mut there))
    });
    assert_eq!(to, keys[1].public().to_peer_id());
    assert_eq!(from, keys[0].public().to_peer_id());
    let (answer, ()) = drive(&fabric, async {
        join!(ask(&mut client), echo_once(&mut server))
    });
    assert_eq!(answer, b"ping");
    drop((client, server, here, there));
    while let Some(at) = fabric.next_event() {
        advance_to(at);
        fabric.deliver_next(at);
    }
    assert!(fabric.resources(a).is_zero());
    assert!(fabric.resources(b).is_zero());
}

#[test]
fn a_dial_does_nothing_before_it_is_polled() {
    let (_session, fabric, a, b) = world();
    let mut here = fabric.stream_transport(a);
    let mut there = fabric.stream_transport(b);
    let address = listen(&fabric, &mut there);
    let unpolled = here.dial(address, DIAL);
    assert!(unpolled.is_ok());
    assert_eq!(fabric.next_event(), None);
    for other in ["/ip6/::1/tcp/1", "/dns4/a.b/tcp/1", "/ip4/1.2.3.4/tcp/0"] {
        assert!(here.dial(other.parse().unwrap(), DIAL).is_err(), "{other}");
    }
}

#[test]
fn dropping_a_transport_resets_its_backlog() {
    let (_session, fabric, a, b) = world();
    let mut here = fabric.stream_transport(a);
    let mut there = fabric.stream_transport(b);
    let address = listen(&fabric, &mut there);
    let mut pipe: Pipe = drive(&fabric, dial(&mut here, address));
    assert_eq!(fabric.resources(b).accepts, 1);
    drop(there);
    assert!(fabric.resources(b).is_zero());
    let read = drive(&fabric, async { pipe.read(&mut [0; 8]).await });
    assert_eq!(read.unwrap_err().kind(), io::ErrorKind::ConnectionReset);
    drop(pipe);
    assert!(fabric.resources(a).is_zero());
}

#[test]
fn a_transport_reports_that_its_host_has_crashed() {
    let (_session, fabric, _, b) = world();
    let mut there = fabric.stream_transport(b);
    listen(&fabric, &mut there);
    fabric.crash(b);
    let event = drive(&fabric, next(&mut there));
    assert!(matches!(
        event,
        TransportEvent::ListenerClosed { reason: Err(_), .. }
    ));
    fabric.revive(b);
    let any: Multiaddr = "/ip4/0.0.0.0/tcp/0".parse().unwrap();
    assert!(there.listen_on(ListenerId::next(), any.clone()).is_err());
    let mut again = fabric.stream_transport(b);
    assert!(again.listen_on(ListenerId::next(), any).is_ok());
}

/// A task that owns the pipe it waits on, as real tasks do.
struct Owner(Mutex<Option<Pipe>>);

impl Wake for Owner {
    fn wake(self: Arc<Self>) {
        drop(self.0.lock().unwrap().take());
    }
}

#[test]
fn wakers_that_own_pipes_are_dropped_outside_the_lock() {
    let (_session, fabric, a, b) = world();
    let mut here = fabric.stream_transport(a);
    let mut there = fabric.stream_transport(b);
    let address = listen(&fabric, &mut there);
    let mut waiting = drive(&fabric, dial(&mut here, address.clone()));
    for _ in 0..2 {
        let owned = drive(&fabric, dial(&mut here, address.clone()));
        let owner = Arc::new(Owner(Mutex::new(Some(owned))));
        let waker = Waker::from(owner);
        let mut cx = Context::from_waker(&waker);
        // The second round replaces the first one's waker, which is the last
        // owner.
        let mut buf = [0; 1];
        let read = pin!(waiting.read(&mut buf)).poll(&mut cx);
        assert!(read.is_pending());
    }
    assert_eq!(fabric.resources(a).connections, 2);
    drop(waiting);
    assert_eq!(fabric.resources(a).connections, 0);
}

#[test]
fn events_are_drained_once_and_in_order() {
    let (_session, fabric, a, b) = world();
    let mut there = fabric.stream_transport(b);
    let address = listen(&fabric, &mut there);
    let pipe = drive(&fabric, dial(&mut fabric.stream_transport(a), address));
    let mut names = Vec::new();
    fabric.drain_events(&mut |event| {
        let name = format!("{event:?}");
        names.push(name.split(' ').next().unwrap().to_owned());
    });
    assert_eq!(
        names,
        ["ListenerOpened", "Dialled", "Accepted", "Connected"]
    );
    fabric.drain_events(&mut |event| panic!("drained before: {event:?}"));
    drop(pipe);
    assert_eq!(millis(), 20);
}
