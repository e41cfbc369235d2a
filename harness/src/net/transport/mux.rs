//! Muxed connections between known identities: the fast transport.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{AsyncRead, AsyncWrite};
use libp2p::core::Transport;
use libp2p::core::muxing::{StreamMuxer, StreamMuxerEvent};
use libp2p::core::transport::{DialOpts, ListenerId, TransportError, TransportEvent};
use libp2p::{Multiaddr, PeerId};

use super::accepting::Accepting;
use super::dialling::{Dialling, reuses_port, waits_for_handshake};
use super::listeners::Listeners;
use crate::net::{
    address_kinds::AddressKinds, connection::ConnRef, event::ConnKind, fabric::Fabric,
    host::HostId, network::DialRequest, release::Release, side::Side,
};

/// Carries substreams between `/ip4/…/tcp/…` addresses of the network. Each side
/// knows the identity of the other. Dropping it closes its listeners and resets
/// connections that have not been accepted.
#[derive(Debug)]
pub(crate) struct MuxTransport {
    listeners: Listeners,
    peer: PeerId,
}

impl MuxTransport {
    pub(in crate::net) fn new(
        fabric: Fabric,
        host: HostId,
        incarnation: u32,
        peer: PeerId,
        kinds: AddressKinds,
    ) -> Self {
        let identity = Some(peer);
        MuxTransport {
            listeners: Listeners::new(fabric, host, incarnation, ConnKind::Mux, identity, kinds),
            peer,
        }
    }
}

impl Transport for MuxTransport {
    type Output = (PeerId, Muxer);
    type Error = io::Error;
    type ListenerUpgrade = Accepting<Self::Output>;
    type Dial = Dialling<Self::Output>;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        self.listeners.listen_on(id, &address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.listeners.remove(id)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Self::Dial, TransportError<io::Error>> {
        let target = self.listeners.target(&address)?;
        let request = DialRequest {
            host: self.listeners.host,
            incarnation: self.listeners.incarnation,
            target,
            reuse_port: reuses_port(options, &target),
            kind: ConnKind::Mux,
            identity: Some(self.peer),
            waits_for_handshake: waits_for_handshake(options, &target),
        };
        let fabric = self.listeners.fabric.clone();
        Ok(Dialling::new(fabric, request, Muxer::new))
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        self.listeners.poll(cx, |fabric, conn| {
            let muxer = Muxer::new(fabric, conn, Side::Listener);
            Accepting::new(fabric, conn, muxer)
        })
    }
}

/// One end of a muxed connection. Dropping it closes the connection.
#[derive(Debug)]
pub(crate) struct Muxer {
    fabric: Fabric,
    conn: ConnRef,
    side: Side,
}

impl Muxer {
    fn new(fabric: &Fabric, conn: ConnRef, side: Side) -> (PeerId, Muxer) {
        let peer = fabric
            .with(|network| network.remote_identity(conn, side))
            .expect("both ends of a muxed connection have an identity");
        let muxer = Muxer {
            fabric: fabric.clone(),
            conn,
            side,
        };
        (peer, muxer)
    }

    fn stream(&self, id: u32) -> MuxStream {
        MuxStream {
            fabric: self.fabric.clone(),
            conn: self.conn,
            side: self.side,
            id,
        }
    }
}

impl StreamMuxer for Muxer {
    type Substream = MuxStream;
    type Error = io::Error;

    fn poll_inbound(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<MuxStream>> {
        let accepted = self
            .fabric
            .with(|network| network.accept_stream(self.conn, self.side, cx.waker()));
        accepted
            .map_ok(|id| self.stream(id))
            .map_err(io::Error::from)
    }

    fn poll_outbound(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<MuxStream>> {
        let opened = self
            .fabric
            .with(|network| network.open_stream(self.conn, self.side));
        Poll::Ready(opened.map(|id| self.stream(id)).map_err(io::Error::from))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.fabric
            .with(|network| network.close_mux(self.conn, self.side));
        Poll::Ready(Ok(()))
    }

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<StreamMuxerEvent>> {
        let moved = self
            .fabric
            .with(|network| network.poll_moves(self.conn, self.side, cx.waker()));
        moved
            .map_ok(|address| StreamMuxerEvent::AddressChange(address.multiaddr()))
            .map_err(io::Error::from)
    }
}

impl Drop for Muxer {
    fn drop(&mut self) {
        self.fabric.release(Release::Mux(self.conn, self.side));
    }
}

/// One end of a substream. Dropping it resets the substream unless both sides
/// had finished and everything was read.
#[derive(Debug)]
pub(crate) struct MuxStream {
    fabric: Fabric,
    conn: ConnRef,
    side: Side,
    id: u32,
}

impl AsyncRead for MuxStream {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = self
            .fabric
            .with(|network| network.read(self.conn, self.side, self.id, buf, cx.waker()));
        read.map_err(io::Error::from)
    }
}

impl AsyncWrite for MuxStream {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self
            .fabric
            .with(|network| network.write(self.conn, self.side, self.id, buf, cx.waker()));
        written.map_err(io::Error::from)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let finished = self
            .fabric
            .with(|network| network.finish(self.conn, self.side, self.id));
        Poll::Ready(finished.map_err(io::Error::from))
    }
}

impl Drop for MuxStream {
    fn drop(&mut self) {
        self.fabric
            .release(Release::Stream(self.conn, self.side, self.id));
    }
}
