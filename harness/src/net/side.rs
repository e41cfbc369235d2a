//! The two sides of a connection.

/// One side of a connection; as a direction, the side that sends.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub(super) enum Side {
    Dialer = 0,
    Listener = 1,
}

impl Side {
    pub(super) const BOTH: [Side; 2] = [Side::Dialer, Side::Listener];

    pub(super) fn other(self) -> Side {
        match self {
            Side::Dialer => Side::Listener,
            Side::Listener => Side::Dialer,
        }
    }

    pub(super) fn index(self) -> usize {
        self as usize
    }
}
