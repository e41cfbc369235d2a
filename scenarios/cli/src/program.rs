//! What the program works on.

use dht_fuzz::Generator;
use dht_scenarios::{Catalog, Scenario};

use crate::corpus;

/// What the program works on: the scenarios it runs, the stacks that files can
/// name, and the generator it fuzzes with.
#[derive(Clone, Default)]
pub struct Program {
    /// The scenarios and the stacks.
    pub catalog: Catalog,
    /// What draws scenarios when fuzzing.
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

    /// Fuzzes with this generator, so that it draws one's own stacks with one's own
    /// weights.
    pub fn generator(self, generator: Generator) -> Self {
        Program { generator, ..self }
    }
}
