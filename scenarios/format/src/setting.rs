//! How a scenario is run once.

use std::{fmt, path::PathBuf, str::FromStr};

use dht_harness::{Schedule, Sim, SimBuilder, SimError, TransportKind};

/// What a run reports when all went well.
pub type Ran = dht_harness::sim::RunReport<()>;

/// How a scenario is run once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The stack, by the name that the scenario knows it by.
    pub stack: String,
    /// What lies under the swarms.
    pub transport: TransportKind,
    /// Seeds every draw.
    pub seed: u64,
    /// In which order ready tasks run.
    pub schedule: Schedule,
    /// Where to write the trace, if anywhere.
    pub trace: Option<PathBuf>,
}

/// As a report gives it, next to the scenario's name.
impl fmt::Display for Setting {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Setting {
            stack,
            transport,
            seed,
            ..
        } = self;
        write!(f, "stack {stack}, transport {transport}, seed {seed}")
    }
}

impl Setting {
    /// A simulation set up for this run, to be completed by the scenario.
    pub fn sim(&self) -> SimBuilder {
        let sim = Sim::builder()
            .seed(self.seed)
            .schedule(self.schedule)
            .transport(self.transport);
        match &self.trace {
            Some(path) => sim.trace(path),
            None => sim,
        }
    }

    /// The stack as a value.
    ///
    /// # Errors
    /// The scenario was given a stack that it does not know.
    pub fn stack<S: FromStr<Err: fmt::Display>>(&self) -> Result<S, SimError> {
        self.stack
            .parse()
            .map_err(|error: S::Err| SimError::Other(error.to_string()))
    }
}
