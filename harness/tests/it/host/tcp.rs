//! Real sockets on the loopback interface. No test depends on their speed.

use dht_harness::host::{Host, HostError, HostState};
use libp2p::{Multiaddr, Swarm, SwarmBuilder, futures::channel::oneshot, noise, ping, tcp, yamux};

/// A swarm as an application builds it, with real time and sockets.
fn swarm() -> Swarm<ping::Behaviour> {
    SwarmBuilder::with_new_identity()
        .with_tokio()
        .with_tcp(
            tcp::Config::default(),
            noise::Config::new,
            yamux::Config::default,
        )
        .unwrap()
        .with_behaviour(|_| ping::Behaviour::default())
        .unwrap()
        .with_swarm_config(|config| {
            config.with_idle_connection_timeout(std::time::Duration::from_secs(3600))
        })
        .build()
}

async fn listening() -> (Host<ping::Behaviour>, Multiaddr) {
    let host = Host::spawn(swarm());
    let address = host
        .listen("/ip4/127.0.0.1/tcp/0".parse().unwrap())
        .await
        .unwrap();
    (host, address)
}

fn connections(host: &Host<ping::Behaviour>) -> Option<usize> {
    host.peek(|swarm| swarm.connected_peers().count())
}

#[tokio::test]
async fn hosts_connect_and_disconnect() {
    let (a, _) = listening().await;
    let (b, address) = listening().await;
    assert_eq!(a.connect(address).await, Ok(b.peer_id()));
    assert_eq!(a.connect(b.peer_id()).await, Ok(b.peer_id()));
    assert_eq!(a.disconnect(b.peer_id()).await, Ok(()));
    assert_eq!(connections(&a), Some(0));
    assert_eq!(
        a.disconnect(b.peer_id()).await,
        Err(HostError::NotConnected {
            peer: a.peer_id(),
            remote: b.peer_id()
        })
    );
}

#[tokio::test]
async fn a_closed_host_does_nothing_more() {
    let (a, _) = listening().await;
    let (b, address) = listening().await;
    a.connect(address.clone()).await.unwrap();
    a.close().await;
    a.close().await;
    assert_eq!(a.state(), HostState::Closed);
    let closed = HostError::HostClosed { peer: a.peer_id() };
    assert_eq!(a.connect(address.clone()).await, Err(closed.clone()));
    assert_eq!(a.listen(address).await, Err(closed.clone()));
    assert_eq!(a.disconnect(b.peer_id()).await, Err(closed.clone()));
    assert_eq!(a.with_swarm(|_| ()), Err(closed));
    assert!(a.peek(|_| ()).is_none());
}

/// The remote sees the close once it is complete.
#[tokio::test]
async fn the_remote_sees_a_close() {
    let (a, _) = listening().await;
    let (b, address) = listening().await;
    let (closed, observed) = oneshot::channel();
    let mut closed = Some(closed);
    b.observe(move |_, event| {
        if let libp2p::swarm::SwarmEvent::ConnectionClosed { peer_id, .. } = event
            && let Some(closed) = closed.take()
        {
            closed.send(*peer_id).unwrap();
        }
    });
    a.connect(address).await.unwrap();
    a.close().await;
    assert_eq!(observed.await, Ok(a.peer_id()));
}

/// A closed host accepts no connection at its address, even if the swarm was already
/// listening when the harness received it.
#[tokio::test]
async fn a_swarm_that_was_listening_before_is_closed() {
    let mut swarm = swarm();
    swarm
        .listen_on("/ip4/127.0.0.1/tcp/0".parse().unwrap())
        .unwrap();
    let address = loop {
        use libp2p::futures::StreamExt;
        if let libp2p::swarm::SwarmEvent::NewListenAddr { address, .. } =
            swarm.select_next_some().await
        {
            break address;
        }
    };
    let b = Host::spawn(swarm);
    let (a, _) = listening().await;
    assert_eq!(a.connect(address.clone()).await, Ok(b.peer_id()));
    a.disconnect(b.peer_id()).await.unwrap();
    b.close().await;
    assert!(matches!(
        a.connect(address).await,
        Err(HostError::Dial { .. })
    ));
}

#[tokio::test]
async fn closing_a_host_ends_its_unanswered_dial() {
    let (a, _) = listening().await;
    // A listener that accepts and then sends nothing.
    let silent = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = silent.local_addr().unwrap().port();
    let address: Multiaddr = format!("/ip4/127.0.0.1/tcp/{port}").parse().unwrap();
    let dial = a.connect(address);
    a.close().await;
    assert_eq!(dial.await, Err(HostError::HostClosed { peer: a.peer_id() }));
}

#[tokio::test]
async fn aborting_a_host_completes_its_pending_close() {
    let (a, _) = listening().await;
    let close = a.close();
    a.abort();
    close.await;
    assert_eq!(a.state(), HostState::Closed);
}
