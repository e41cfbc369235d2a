//! The command line, as a function over a [`Program`].
//!
//! ```no_run
//! use std::process::ExitCode;
//! use dht_harness_cli::{Program, command};
//! use dht_scenarios::{Expect, Scenario};
//!
//! fn main() -> ExitCode {
//!     let mine = Scenario::new("mine/nothing", "Nothing happens", |setting| {
//!         setting.sim().run(|_| Ok(()))
//!     });
//!     command::main(|| Program::standard().with(mine.on("my-stack", Expect::Pass)))
//! }
//! ```

mod check;
mod fuzz;
mod json;
mod merge;
mod pool;
mod range;
mod recording;
mod reference;
mod replay;
mod run;
mod scale;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use dht_harness::TransportKind;
use thiserror::Error;

use dht_scenarios::{Case, Catalog, CatalogError, Skipped, UnknownStack};

use crate::Program;

/// Runs real rust-libp2p swarms on virtual time and checks invariants
#[derive(Parser)]
#[command(name = "dht-harness", version)]
struct Cli {
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Subcommand)]
enum Command {
    /// Run scenarios: all of them, or those that PATH selects
    Run(run::Run),
    /// Run scenarios twice, in separate processes, and compare them event by event
    Check(check::Check),
    /// Measure a network of kad hosts
    Scale(scale::Scale),
    /// Run a recorded failure again, exactly
    Replay(replay::Replay),
    /// Run generated scenarios, and keep reduced versions of those that fail
    Fuzz(fuzz::Fuzz),
    /// Join the results of several fuzz runs
    Merge(merge::Merge),
    /// List the actions and conditions of scenario files
    Actions,
    /// List the invariants that are checked
    Invariants,
}

/// The selected cases and their seed.
#[derive(Args, Clone, Debug, Default)]
struct Selection {
    /// Scenario files, folders of files, or the first whole segments of a name, such as
    /// `founding`, `founding/double-close` or `founding/double-close/kad/mux`; default is
    /// all scenarios
    #[arg(value_name = "PATH")]
    paths: Vec<String>,
    /// Seed of all random draws
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// Only this transport: mux or stream
    #[arg(long, value_name = "TRANSPORT")]
    transport: Option<TransportKind>,
    /// Only this stack. A scenario that does not name it runs with it in place of the stack
    /// that it is written for, if it applies to it
    #[arg(long, value_name = "STACK")]
    stack: Option<String>,
}

/// Why a command could not run. Failing scenarios are not such an error.
#[derive(Debug, Error)]
pub(crate) enum CliError {
    /// A scenario file cannot be run, or no case has a path.
    #[error("{0}")]
    Catalog(#[from] CatalogError),
    /// There is no such stack.
    #[error(transparent)]
    Stack(#[from] UnknownStack),
    /// Nothing can be drawn for a stack.
    #[error(transparent)]
    Draw(#[from] dht_fuzz::StackError),
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A recording could not be parsed.
    #[error("{path}: not a recording of dht-harness: {source}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// The parse error.
        source: serde_json::Error,
    },
    /// The results of campaigns could not be joined.
    #[error(transparent)]
    Merge(#[from] dht_fuzz::MergeError),
    /// The program could not be started again for the second run.
    #[error("cannot run {program} again: {source}")]
    Again {
        /// The program.
        program: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A measured simulation failed.
    #[error(transparent)]
    Simulation(#[from] Box<dht_harness::sim::Failure>),
}

/// Runs the program created by `program`, with the arguments of this process.
/// Commands that need no scenarios do not call `program`.
pub fn main(program: impl FnOnce() -> Program) -> ExitCode {
    let command = Cli::parse()
        .command
        .unwrap_or_else(|| Command::Run(run::Run::default()));
    match execute(command, program) {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(2)
        }
    }
}

fn execute(command: Command, program: impl FnOnce() -> Program) -> Result<bool, CliError> {
    match command {
        Command::Run(run) => run.execute(program().catalog),
        Command::Check(check) => check.execute(program().catalog),
        Command::Scale(scale) => scale.execute(),
        Command::Replay(replay) => replay.execute(program().catalog),
        Command::Fuzz(fuzz) => fuzz.execute(&program()),
        Command::Merge(merge) => merge.execute(),
        Command::Actions => {
            reference::actions();
            Ok(true)
        }
        Command::Invariants => {
            reference::invariants();
            Ok(true)
        }
    }
}

impl Selection {
    /// The selected cases; files and folders are loaded into the catalog first.
    fn cases<'a>(&self, catalog: &'a mut Catalog) -> Result<Vec<Case<'a>>, CliError> {
        Ok(self.cases_and_skipped(catalog)?.0)
    }

    /// The selected cases, and the selected scenarios that do not apply to the stack, or
    /// are for other releases of libp2p.
    fn cases_and_skipped<'a>(
        &self,
        catalog: &'a mut Catalog,
    ) -> Result<(Vec<Case<'a>>, Vec<Skipped>), CliError> {
        let mut paths = Vec::new();
        for path in &self.paths {
            if Path::new(path).exists() {
                paths.extend(catalog.load(Path::new(path))?);
            } else {
                paths.push(path.clone());
            }
        }
        let mut skipped = catalog.for_other_releases(&paths);
        if let Some(stack) = &self.stack {
            let chosen = catalog.select(&paths)?;
            let chosen: BTreeSet<&str> = chosen.iter().map(|case| &*case.scenario.name).collect();
            let on_stack = catalog.scenarios_on_stack(stack, |name| chosen.contains(name))?;
            skipped.extend(on_stack.skipped);
            *catalog = on_stack.catalog;
            paths.clear();
        }
        let mut cases = catalog.select(&paths)?;
        if let Some(transport) = self.transport {
            cases.retain(|case| case.transport == transport);
        }
        Ok((cases, skipped))
    }
}

/// Converts the path of a case to a file name.
fn file_name(case: &Case<'_>) -> String {
    case.path().replace('/', ".")
}

/// Parses a human-readable duration: `90s`, `10m`, `1h30m`.
fn duration(text: &str) -> Result<Duration, humantime::DurationError> {
    humantime::parse_duration(text)
}
