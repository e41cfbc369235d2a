//! The capabilities of a stack.

/// The capabilities of a stack that decide which operations and invariants apply to
/// it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackCapabilities {
    /// Whether connected peers exchange their addresses and protocols, as with
    /// identify.
    pub identifies: bool,
    /// Whether it removes a peer from the table after one failed dial.
    pub evicts: bool,
    /// Whether it can drop and delay messages by kind, through
    /// `dht_fixtures::filter`.
    pub filters: bool,
}

impl Default for StackCapabilities {
    /// The capabilities of a stack about which nothing is known: the least is
    /// demanded of it.
    fn default() -> Self {
        StackCapabilities {
            identifies: false,
            evicts: true,
            filters: false,
        }
    }
}

impl StackCapabilities {
    /// The stack of libp2p-kad and identify with the message filter of
    /// `dht_fixtures`.
    pub(super) const KAD_IDENTIFY: StackCapabilities = StackCapabilities {
        identifies: true,
        evicts: false,
        filters: true,
    };
}
