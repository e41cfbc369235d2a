//! The mode of a DHT.

use libp2p::kad::{self, Mode, store::RecordStore};

/// The mode of a DHT.
#[cfg(not(feature = "libp2p-0-54"))]
pub(super) fn mode<S: RecordStore + Send + 'static>(dht: &mut kad::Behaviour<S>) -> Mode {
    dht.mode()
}

/// The mode of a DHT. libp2p-kad 0.46 has no method for it: the handler of a connection
/// accepts the protocol in server mode only. The connection is one that does not exist, of
/// a peer that no query waits for, and is closed again. It is told as one of several, so
/// that the table does not change.
#[cfg(feature = "libp2p-0-54")]
pub(super) fn mode<S: RecordStore + Send + 'static>(dht: &mut kad::Behaviour<S>) -> Mode {
    use libp2p::{
        Multiaddr, PeerId,
        core::{ConnectedPoint, UpgradeInfo},
        swarm::{ConnectionClosed, ConnectionHandler, ConnectionId, FromSwarm, NetworkBehaviour},
    };

    let connection = ConnectionId::new_unchecked(usize::MAX);
    let peer = PeerId::from_multihash(Default::default()).expect("an identity of no bytes");
    let address = Multiaddr::empty();
    let handler = dht
        .handle_established_inbound_connection(connection, peer, &address, &address)
        .expect("kad accepts each connection");
    let (listens, ()) = handler.listen_protocol().into_upgrade();
    let accepted = listens.protocol_info().next().is_some();
    dht.on_swarm_event(FromSwarm::ConnectionClosed(ConnectionClosed {
        peer_id: peer,
        connection_id: connection,
        endpoint: &ConnectedPoint::Listener {
            local_addr: address.clone(),
            send_back_addr: address.clone(),
        },
        cause: None,
        remaining_established: 1,
    }));
    if accepted { Mode::Server } else { Mode::Client }
}
