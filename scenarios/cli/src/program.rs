//! The scenarios, stacks and generator of a program.

use dht_fuzz::Generator;
use dht_scenarios::{Catalog, Scenario};

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
