//! An inbound connection whose dialler may still drop it.

use std::future::Future;
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use crate::net::{connection::ConnRef, fabric::Fabric};

/// An inbound muxed connection, until the dialler has taken it. A dial of a peer with several
/// addresses is an attempt by each of them, of which the dialler takes one and drops the others.
/// With a handshake the other side learns of the others only that they have failed.
#[derive(Debug)]
#[must_use = "futures do nothing unless polled"]
pub(crate) struct Accepting<O> {
    fabric: Fabric,
    conn: ConnRef,
    /// The handle, which closes the connection when it is dropped.
    output: Option<O>,
}

impl<O> Accepting<O> {
    pub(super) fn new(fabric: &Fabric, conn: ConnRef, output: O) -> Self {
        Accepting {
            fabric: fabric.clone(),
            conn,
            output: Some(output),
        }
    }
}

impl<O: Unpin> Future for Accepting<O> {
    type Output = io::Result<O>;

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Self::Output> {
        let this = self.get_mut();
        let taken = this
            .fabric
            .with(|network| network.poll_taken(this.conn, cx.waker()));
        ready!(taken)?;
        Poll::Ready(Ok(this
            .output
            .take()
            .expect("a future is not polled after it is ready")))
    }
}
