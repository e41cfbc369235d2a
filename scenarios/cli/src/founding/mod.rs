//! The founding cases: what a close has to close, and who leaves a table.
//!
//! go-libp2p issue 2911: a host built around a swarm from outside was closed,
//! the swarm stayed open, and kad-dht's `TestRTEvictionOnFailedQuery` broke.
//! From it come the rules that these scenarios hold hosts to: handing a swarm to
//! a host transfers ownership; close closes everything; a closed host connects
//! to nothing.

mod close;
mod eviction;
mod restart;
mod steps;
mod under_way;

use dht_scenarios::{Catalog, Expect, Scenario, Stacks};

/// All of them, on the standard stacks: no file is read.
pub fn catalog() -> Catalog {
    scenarios()
        .into_iter()
        .fold(Catalog::new(Stacks::standard()), Catalog::with)
}

fn scenarios() -> Vec<Scenario> {
    let mut scenarios = eviction::scenarios();
    scenarios.extend(close::scenarios());
    scenarios.extend(under_way::scenarios());
    scenarios.extend(restart::scenarios());
    scenarios
}

/// Stacks on which a scenario simply has to pass.
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
