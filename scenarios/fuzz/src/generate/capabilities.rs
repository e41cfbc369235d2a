//! What stacks do.

/// What a stack does, as far as it decides which operations and invariants apply.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackCapabilities {
    /// Whether connected peers tell each other their addresses and protocols, as
    /// with identify.
    pub identifies: bool,
    /// Whether it removes peers that it has once failed to reach.
    pub evicts: bool,
    /// Whether it can drop and delay messages of one kind, by `dht_fixtures::filter`.
    pub filters: bool,
}

impl Default for StackCapabilities {
    /// Those of which the least is demanded: for a stack about which nothing is known.
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
