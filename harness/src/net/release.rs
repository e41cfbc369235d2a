//! What programs let go of, until nothing is runnable.
//!
//! When a swarm is dropped it lets go of its pending connections in the order of
//! a hash map by process-wide numbers. To let go of something costs no time, so
//! it is enough that the network hears of it before the instant is over: what
//! was let go of is collected, and taken in the order of the connections.

use super::{connection::ConnRef, network::Network, outbox::Token, side::Side};

/// Something that a program has dropped.
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
    /// Hears of everything that was let go of.
    pub(super) fn settle(&mut self) {
        if self.released.is_empty() {
            return;
        }
        let mut released = std::mem::take(&mut self.released);
        // Stable: what was let go of within one connection keeps its order.
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
