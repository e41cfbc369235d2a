//! The parameters of one run of a scenario.

use std::{fmt, path::PathBuf, str::FromStr};

use dht_harness::{Schedule, Sim, SimBuilder, SimError, TransportKind, view::ViewFormat};

use crate::{expect::Expect, step_failure::in_a_file};

/// The parameters of one run of a scenario.
#[derive(Clone, Debug, PartialEq)]
pub struct Setting {
    /// The name of the case, for pictures.
    pub name: String,
    /// What the scenario is about.
    pub about: String,
    /// The stack, by the name that the scenario uses for it.
    pub stack: String,
    /// The expected outcome, for pictures.
    pub expect: Expect,
    /// The transport under the swarms.
    pub transport: TransportKind,
    /// The seed of all random draws.
    pub seed: u64,
    /// The order in which ready tasks run.
    pub schedule: Schedule,
    /// The files that the run writes.
    pub files: RunFiles,
}

/// The files that a run writes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RunFiles {
    /// The file of the trace.
    pub trace: Option<PathBuf>,
    /// The file of a picture, however the run ends.
    pub picture: Option<(ViewFormat, PathBuf)>,
    /// The command that runs this again, which the picture shows.
    pub command: Option<String>,
}

/// Formats the setting for reports, which put it after the name of the scenario.
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
    /// Creates the builder of a simulation with these parameters.
    pub fn sim(&self) -> SimBuilder {
        let expect = self.expect.clone();
        let sim = Sim::builder()
            .seed(self.seed)
            .schedule(self.schedule)
            .transport(self.transport)
            .title(&self.name, &self.about)
            .remedies(in_a_file)
            .verdict(move |failure| expect.verdict(failure, &[]))
            // A failure can be expected, so that the case decides which ones are shown.
            .view_failures(None);
        let sim = match &self.files.trace {
            Some(path) => sim.trace(path),
            None => sim,
        };
        let sim = match &self.files.command {
            Some(command) => sim.view_command(command),
            None => sim,
        };
        match &self.files.picture {
            Some((format, path)) => sim.view(*format, path),
            None => sim,
        }
    }

    /// Parses the name of the stack.
    ///
    /// # Errors
    /// Returns an error if the scenario does not know the stack.
    pub fn stack<S: FromStr<Err: fmt::Display>>(&self) -> Result<S, SimError> {
        self.stack
            .parse()
            .map_err(|error: S::Err| SimError::Other(error.to_string()))
    }
}
