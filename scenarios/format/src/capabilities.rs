//! What a stack can do and what it does by itself.
//!
//! Responsible for the facts about a stack that decide which scenarios, operations and
//! invariants apply to it. It must not know scenarios.

/// What a stack can do and what it does by itself: the facts that decide which
/// scenarios apply to it, and which operations and invariants a generated scenario may
/// use.
///
/// The stacks of this project, and the swarms that the harness drives, have all
/// capabilities but [`filters`](Self::filters), which only `dht_fixtures` offers. State
/// those of an application with its own event loop from
/// [`event_loop`](Self::event_loop):
///
/// ```
/// use dht_scenarios::{HonouredSettings, StackCapabilities};
///
/// let mine = StackCapabilities {
///     is_quiet: true,
///     settings: HonouredSettings::Only(&["idle_timeout", "periodic_bootstrap"]),
///     ..StackCapabilities::event_loop()
/// };
/// assert!(mine.identifies && !mine.keeps_state);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct StackCapabilities {
    /// Whether connected peers exchange their addresses and protocols, and the
    /// addresses of those with the same DHT protocol get into the table, as with
    /// identify.
    pub identifies: bool,
    /// Whether it removes a peer from the table after one failed dial.
    pub evicts: bool,
    /// Whether steps can drop and delay its messages by kind, let it deny peers, and use its
    /// protocols beside kad, through the behaviour `dht_fixtures::Dht`.
    pub filters: bool,
    /// Whether its hosts have a second DHT, that lines with `in=lan` can be about:
    /// [`Stacks::with_lan`](crate::Stacks::with_lan) says so of a stack.
    pub has_lan: bool,
    /// Whether the harness sees its DHT: it drives the swarm, or the application
    /// constructs its DHT with [`dht_harness::kad`].
    pub shows_dht: bool,
    /// Whether the steps decide what of its store and its table survives a restart.
    pub keeps_state: bool,
    /// Whether it only does what its settings and the steps say: it starts no query,
    /// dials no peer and closes no connection of its own accord.
    pub is_quiet: bool,
    /// The settings of a scenario's hosts that it honours.
    pub settings: HonouredSettings,
}

/// Which fields of [`KadSettings`](dht_fixtures::KadSettings) a stack honours. For the
/// others it has to behave as their defaults say.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HonouredSettings {
    /// All of them.
    All,
    /// All but the fields of these names.
    AllBut(&'static [&'static str]),
    /// The fields of these names.
    Only(&'static [&'static str]),
}

impl HonouredSettings {
    /// Whether the setting of this name is honoured.
    pub fn contains(self, name: &str) -> bool {
        match self {
            HonouredSettings::All => true,
            HonouredSettings::AllBut(names) => !names.contains(&name),
            HonouredSettings::Only(names) => names.contains(&name),
        }
    }
}

impl Default for StackCapabilities {
    /// The capabilities of a stack about which nothing is known: the least is demanded
    /// of it.
    fn default() -> Self {
        StackCapabilities {
            identifies: false,
            evicts: true,
            filters: false,
            has_lan: false,
            shows_dht: true,
            keeps_state: false,
            is_quiet: false,
            settings: HonouredSettings::Only(&[]),
        }
    }
}

impl StackCapabilities {
    /// The stack of libp2p-kad and identify with the message filter of `dht_fixtures`.
    pub const KAD_IDENTIFY: StackCapabilities = StackCapabilities {
        identifies: true,
        evicts: false,
        filters: true,
        ..StackCapabilities::driven()
    };

    /// What is assumed of a swarm that the harness drives: kad and identify.
    pub const fn driven() -> Self {
        StackCapabilities {
            identifies: true,
            evicts: false,
            filters: false,
            has_lan: false,
            shows_dht: true,
            keeps_state: true,
            is_quiet: true,
            settings: HonouredSettings::All,
        }
    }

    /// What is assumed of an application with its own event loop: it has kad and
    /// identify, constructs its DHT with [`dht_harness::kad`], queries of its own
    /// accord, and honours no settings.
    pub const fn event_loop() -> Self {
        StackCapabilities {
            keeps_state: false,
            is_quiet: false,
            settings: HonouredSettings::Only(&[]),
            ..StackCapabilities::driven()
        }
    }

    /// Whether a scenario that is written for a stack of the other capabilities expects
    /// of its tables what this stack does.
    pub(crate) fn is_like(&self, other: &StackCapabilities) -> bool {
        (self.identifies, self.evicts) == (other.identifies, other.evicts)
    }
}
