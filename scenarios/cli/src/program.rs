//! The scenarios, stacks and generator of a program.

use dht_fuzz::Generator;
use dht_scenarios::{Catalog, Scenario, Stacks};

use crate::corpus;

/// The scenarios that the program runs, the stacks that scenario files can
/// name, and the generator for fuzzing.
#[derive(Clone, Default)]
pub struct Program {
    /// The scenarios and the stacks.
    pub catalog: Catalog,
    /// The generator of scenarios for fuzzing.
    pub generator: Generator,
}

impl Program {
    /// The scenarios of this project and the standard generator.
    pub fn standard() -> Self {
        Program {
            catalog: corpus::catalog(),
            generator: Generator::standard(),
        }
    }

    /// The scenarios of this project and the standard generator, over these stacks. They
    /// have to include the [standard ones](Stacks::standard), which the scenarios use.
    ///
    /// ```no_run
    /// use dht_fixtures::{KadSettings, Stack};
    /// use dht_harness_cli::{Program, command};
    /// use dht_scenarios::Stacks;
    ///
    /// // `run --stack mine` runs the scenarios that apply to this stack on it.
    /// let stacks = Stacks::standard().with("mine", |node, settings: &KadSettings| {
    ///     Stack::KadIdentify.swarm_with(node, settings)
    /// });
    /// command::main(|| Program::over(stacks));
    /// ```
    pub fn over(stacks: Stacks) -> Self {
        Program {
            catalog: corpus::catalog_over(stacks),
            generator: Generator::standard(),
        }
    }

    /// Adds a scenario.
    pub fn with(mut self, scenario: Scenario) -> Self {
        self.catalog = self.catalog.with(scenario);
        self
    }

    /// Sets the generator, for example one that draws custom stacks with custom
    /// weights.
    pub fn generator(self, generator: Generator) -> Self {
        Program { generator, ..self }
    }
}
