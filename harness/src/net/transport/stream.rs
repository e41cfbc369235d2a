//! Byte pipes, to be encrypted and multiplexed by the user's own stack.

use std::future::{Ready, ready};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures::{AsyncRead, AsyncWrite};
use libp2p::Multiaddr;
use libp2p::core::Transport;
use libp2p::core::transport::{DialOpts, ListenerId, TransportError, TransportEvent};

use super::dialling::{Dialling, reuses_port, waits_for_handshake};
use super::listeners::Listeners;
use crate::net::{
    address_kinds::AddressKinds, connection::ConnRef, event::ConnKind, fabric::Fabric,
    host::HostId, network::DialRequest, release::Release, side::Side, substream::PIPE,
};

/// Carries byte pipes between `/ip4/…/tcp/…` addresses of the network. Dropping
/// it closes its listeners and resets connections that have not been accepted.
#[derive(Debug)]
pub(crate) struct StreamTransport(Listeners);

impl StreamTransport {
    pub(in crate::net) fn new(
        fabric: Fabric,
        host: HostId,
        incarnation: u32,
        kinds: AddressKinds,
    ) -> Self {
        StreamTransport(Listeners::new(
            fabric,
            host,
            incarnation,
            ConnKind::Stream,
            None,
            kinds,
        ))
    }
}

impl Transport for StreamTransport {
    type Output = Pipe;
    type Error = io::Error;
    type ListenerUpgrade = Ready<io::Result<Pipe>>;
    type Dial = Dialling<Pipe>;

    fn listen_on(
        &mut self,
        id: ListenerId,
        address: Multiaddr,
    ) -> Result<(), TransportError<io::Error>> {
        self.0.listen_on(id, &address)
    }

    fn remove_listener(&mut self, id: ListenerId) -> bool {
        self.0.remove(id)
    }

    fn dial(
        &mut self,
        address: Multiaddr,
        options: DialOpts,
    ) -> Result<Dialling<Pipe>, TransportError<io::Error>> {
        let target = self.0.target(&address)?;
        let request = DialRequest {
            host: self.0.host,
            incarnation: self.0.incarnation,
            target,
            reuse_port: reuses_port(options, &target),
            kind: ConnKind::Stream,
            identity: None,
            waits_for_handshake: waits_for_handshake(options, &target),
        };
        Ok(Dialling::new(self.0.fabric.clone(), request, Pipe::new))
    }

    fn poll(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<TransportEvent<Self::ListenerUpgrade, io::Error>> {
        self.0.poll(cx, |fabric, conn| {
            ready(Ok(Pipe::new(fabric, conn, Side::Listener)))
        })
    }
}

/// One end of an ordered byte pipe. Dropping it resets the connection if data
/// is unread, and otherwise ends it as a close does.
pub(crate) struct Pipe {
    fabric: Fabric,
    conn: ConnRef,
    side: Side,
}

impl Pipe {
    fn new(fabric: &Fabric, conn: ConnRef, side: Side) -> Self {
        Pipe {
            fabric: fabric.clone(),
            conn,
            side,
        }
    }
}

impl AsyncRead for Pipe {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut [u8],
    ) -> Poll<io::Result<usize>> {
        let read = self
            .fabric
            .with(|network| network.read(self.conn, self.side, PIPE, buf, cx.waker()));
        read.map_err(io::Error::from)
    }
}

impl AsyncWrite for Pipe {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = self
            .fabric
            .with(|network| network.write(self.conn, self.side, PIPE, buf, cx.waker()));
        written.map_err(io::Error::from)
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_close(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        let finished = self
            .fabric
            .with(|network| network.finish(self.conn, self.side, PIPE));
        Poll::Ready(finished.map_err(io::Error::from))
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        self.fabric.release(Release::Pipe(self.conn, self.side));
    }
}
