//! Collects the handles that programs drop, until nothing is runnable.
//!
//! A dropped swarm drops its pending connections in the order of a hash map
//! keyed by process-wide numbers. Releasing takes no virtual time, so the
//! network can process it at any point of the instant: the dropped handles are
//! collected, and processed in the order of the connections.

use super::{connection::ConnRef, network::Network, outbox::Token, side::Side};

/// A handle that a program has dropped.
#[derive(Clone, Copy, Debug)]
pub(super) enum Release {
    /// A dial without an outcome.
    Dial(ConnRef),
    /// One end of a byte pipe.
    Pipe(ConnRef, Side),
    /// One end of a muxed connection.
    Mux(ConnRef, Side),
    /// One end of a substream.
    Stream(ConnRef, Side, u32),
}

impl Release {
    fn connection(&self) -> ConnRef {
        match self {
            Release::Dial(conn)
            | Release::Pipe(conn, _)
            | Release::Mux(conn, _)
            | Release::Stream(conn, ..) => *conn,
        }
    }
}

impl<T: Token> Network<T> {
    /// Processes all dropped handles.
    pub(super) fn settle(&mut self) {
        if self.released.is_empty() {
            return;
        }
        let mut released = std::mem::take(&mut self.released);
        // A stable sort: handles of one connection keep their order.
        released.sort_by_key(|release| release.connection().id);
        for release in released.drain(..) {
            match release {
                Release::Dial(conn) => self.drop_dial(conn),
                Release::Pipe(conn, side) => self.drop_pipe(conn, side),
                Release::Mux(conn, side) => self.drop_mux(conn, side),
                Release::Stream(conn, side, id) => self.drop_stream(conn, side, id),
            }
        }
        self.released = released;
    }
}
