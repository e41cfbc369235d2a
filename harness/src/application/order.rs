//! What the harness lets an application's swarm do.

use libp2p::{
    Multiaddr, PeerId,
    core::transport::ListenerId,
    swarm::{
        CloseConnection, ListenOpts, NetworkBehaviour, THandlerInEvent, ToSwarm,
        dial_opts::DialOpts,
    },
};

/// Something that the swarm of an application does as if one of its behaviours had
/// asked for it.
pub(crate) enum Order {
    Dial(DialOpts),
    Disconnect(PeerId),
    Listen(ListenOpts),
    Unlisten(ListenerId),
    ConfirmExternal(Multiaddr),
    ExpireExternal(Multiaddr),
    TellPeerAddress(PeerId, Multiaddr),
}

impl Order {
    pub(super) fn into_action<B: NetworkBehaviour>(
        self,
    ) -> ToSwarm<B::ToSwarm, THandlerInEvent<B>> {
        match self {
            Order::Dial(opts) => ToSwarm::Dial { opts },
            Order::Disconnect(peer_id) => ToSwarm::CloseConnection {
                peer_id,
                connection: CloseConnection::All,
            },
            Order::Listen(opts) => ToSwarm::ListenOn { opts },
            Order::Unlisten(id) => ToSwarm::RemoveListener { id },
            Order::ConfirmExternal(address) => ToSwarm::ExternalAddrConfirmed(address),
            Order::ExpireExternal(address) => ToSwarm::ExternalAddrExpired(address),
            Order::TellPeerAddress(peer_id, address) => {
                ToSwarm::NewExternalAddrOfPeer { peer_id, address }
            }
        }
    }
}
