//! A dial in progress.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use libp2p::core::transport::{DialOpts, PortUse};

use crate::net::{
    connection::ConnRef,
    endpoint::{Carrier, Endpoint},
    fabric::Fabric,
    network::DialRequest,
    release::Release,
    side::Side,
};

/// A dial. It does nothing until it is first polled. Dropping it aborts it, and
/// a remote that has accepted sees a reset.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Dialling<O> {
    fabric: Fabric,
    request: DialRequest,
    conn: Option<ConnRef>,
    handed_over: bool,
    output: fn(&Fabric, ConnRef, Side) -> O,
}

impl<O> Dialling<O> {
    pub(super) fn new(
        fabric: Fabric,
        request: DialRequest,
        output: fn(&Fabric, ConnRef, Side) -> O,
    ) -> Self {
        Dialling {
            fabric,
            request,
            conn: None,
            handed_over: false,
            output,
        }
    }
}

impl<O> Future for Dialling<O> {
    type Output = io::Result<O>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let outcome = this.fabric.with(|network| {
            let conn = match this.conn {
                Some(conn) => conn,
                None => match network.dial(this.request) {
                    Ok(conn) => *this.conn.insert(conn),
                    Err(error) => return Poll::Ready(Err(io::Error::from(error))),
                },
            };
            let outcome = network.poll_dial(conn, cx.waker());
            outcome.map_err(io::Error::from)
        });
        let (conn, side) = ready!(outcome)?;
        this.handed_over = true;
        Poll::Ready(Ok((this.output)(&this.fabric, conn, side)))
    }
}

impl<O> Drop for Dialling<O> {
    fn drop(&mut self) {
        if let (Some(conn), false) = (self.conn, self.handed_over) {
            self.fabric.release(Release::Dial(conn));
        }
    }
}

/// Whether the other side begins the handshake, as libp2p asks for in a hole punch. libp2p-quic
/// 0.14 waits only if a new port is asked for as well, and uses the port of its listener all the
/// same (`GenTransport::dial`). DCUtR does not ask for one, so that both sides begin over QUIC.
pub(super) fn waits_for_handshake(options: DialOpts, target: &Endpoint) -> bool {
    let is_quic = target.carrier() == Carrier::Quic;
    options.role.is_listener() && (!is_quic || options.port_use == PortUse::New)
}

/// Whether to dial from a listener's port.
pub(super) fn reuses_port(options: DialOpts, target: &Endpoint) -> bool {
    options.port_use == PortUse::Reuse || waits_for_handshake(options, target)
}
