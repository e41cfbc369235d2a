//! The founding cases: what closing a host has to close, and which peers have to
//! leave a routing table.
//!
//! go-libp2p issue 2911: a host built around an existing swarm was closed, the
//! swarm stayed open, and kad-dht's `TestRTEvictionOnFailedQuery` failed. The
//! rules of these scenarios follow from it: passing a swarm to a host transfers
//! ownership; a close closes everything; a closed host accepts no connections.

mod close;
mod eviction;
mod restart;
mod steps;
mod under_way;

use dht_scenarios::{Catalog, Expect, Scenario, Stacks};

/// All founding cases, on the standard stacks. Reads no files.
pub fn catalog() -> Catalog {
    catalog_over(Stacks::standard())
}

/// All founding cases, in a catalog whose scenario files may use these stacks.
pub(crate) fn catalog_over(stacks: Stacks) -> Catalog {
    scenarios()
        .into_iter()
        .fold(Catalog::new(stacks), Catalog::with)
}

fn scenarios() -> Vec<Scenario> {
    let mut scenarios = eviction::scenarios();
    scenarios.extend(close::scenarios());
    scenarios.extend(under_way::scenarios());
    scenarios.extend(restart::scenarios());
    scenarios
}

/// Stacks on which a scenario has to pass.
trait OnStacks {
    /// kad alone, kad with identify, the same with eviction, and a swarm built
    /// by `SwarmBuilder::with_tokio()`.
    fn on_every_stack(self) -> Self;
}

impl OnStacks for Scenario {
    fn on_every_stack(self) -> Self {
        self.on("kad", Expect::Pass)
            .on("kad-identify", Expect::Pass)
            .on("evicting", Expect::Pass)
            .on("tokio", Expect::Pass)
    }
}
