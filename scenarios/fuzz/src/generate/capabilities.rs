//! What can be asked of a stack.

/// What a stack does, as far as it decides what can be demanded of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackCapabilities {
    /// Whether connected peers tell each other their addresses and protocols, as
    /// with identify.
    pub identifies: bool,
    /// Whether it gives up peers that it once has not reached.
    pub evicts: bool,
    /// Whether it can lose messages of one kind, by `dht_fixtures::filter`.
    pub filters: bool,
}

impl Default for StackCapabilities {
    /// The one of which the least is demanded: that of a stack nobody knows.
    fn default() -> Self {
        StackCapabilities {
            identifies: false,
            evicts: true,
            filters: false,
        }
    }
}

impl StackCapabilities {
    /// libp2p-kad with identify beside it, and the filter of the fixtures.
    pub(super) const KAD_IDENTIFY: StackCapabilities = StackCapabilities {
        identifies: true,
        evicts: false,
        filters: true,
    };
}
