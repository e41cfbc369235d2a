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

mod annotation;
mod check;
mod destinations;
mod format;
mod fuzz;
mod interrupt;
mod json;
mod junit;
mod merge;
mod output;
mod pool;
mod progress;
mod range;
mod recording;
mod reference;
mod replay;
mod report;
mod run;
mod scale;
mod tally;
mod view;
mod watch;

use std::{
    collections::BTreeSet,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Duration,
};

use clap::{Args, Parser, Subcommand};
use dht_fixtures::settings::in_months;
use dht_harness::{TransportKind, noun};
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
    /// Make a picture of a run: of a scenario, a kept finding, a recording of `run` or a trace
    View(view::View),
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
    /// A number that is added to the seed of each file, for other random draws; default is 0
    #[arg(long, value_name = "N", value_parser = seed, allow_negative_numbers = true)]
    seed: Option<u64>,
    /// Only this transport: mux or stream
    #[arg(long, value_name = "TRANSPORT")]
    transport: Option<TransportKind>,
    /// Only this stack. A scenario that does not name it runs with it in place of the stack
    /// that it is written for, if it applies to it
    #[arg(long, value_name = "STACK")]
    stack: Option<String>,
}

/// How a command that could run has ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Ending {
    Passed,
    Failed,
    /// By Ctrl-C, before all was done.
    Interrupted,
}

impl From<bool> for Ending {
    fn from(has_passed: bool) -> Self {
        match has_passed {
            true => Ending::Passed,
            false => Ending::Failed,
        }
    }
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
    /// The selection contains no case.
    #[error("there is nothing to run: {}", if .reasons.is_empty() { "no case is selected" } else { .reasons })]
    NothingToRun {
        /// Why the selected scenarios have no case.
        reasons: String,
    },
    /// A scenario has no file whose lines could be left out.
    #[error(
        "`--lines` is about the lines of a file, and {scenario} is built into this program: give \
         the path of its file, if it has one"
    )]
    NoLines {
        /// The scenario.
        scenario: String,
    },
    /// Two documents cannot be told apart on standard output.
    #[error(
        "`--json -` and `--format json` both write to standard output: give one of them, or \
         `--json FILE`"
    )]
    TwoDocuments,
    /// The reader of standard output has closed it.
    #[error("nothing reads the output any more")]
    ClosedPipe,
    /// A file could not be read or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// The error of the operating system.
        source: std::io::Error,
    },
    /// A file must not be written.
    #[error("{path}: {reason}")]
    Output {
        /// The file.
        path: PathBuf,
        /// Why, and what helps.
        reason: String,
    },
    /// A recording could not be parsed.
    #[error("{path}: not a recording of dht-harness: {source}")]
    Recording {
        /// The file.
        path: PathBuf,
        /// The parse error.
        source: serde_json::Error,
    },
    /// A trace could not be read.
    #[error(transparent)]
    Trace(#[from] dht_harness::trace::TraceReadError),
    /// A picture could not be written.
    #[error(transparent)]
    View(#[from] dht_harness::view::ViewError),
    /// There is no run to make a picture of, or it could not be written. The reason has
    /// been told.
    #[error("no picture was made of {case}")]
    NothingToShow {
        /// The case.
        case: String,
    },
    /// An option chooses among runs where there is one.
    #[error("`{option}` does not go with {recorded}, which is of one run; leave it out")]
    OfOneRun {
        /// The option.
        option: &'static str,
        /// What was recorded.
        recorded: &'static str,
    },
    /// The results of campaigns could not be joined.
    #[error(transparent)]
    Merge(#[from] dht_fuzz::MergeError),
    /// The folders contain no results.
    #[error(
        "there is nothing to merge: no folder has a summary, which `fuzz --out DIR` writes at its end, \
         or a failure"
    )]
    NothingToMerge,
    /// `replay` was given the name of a scenario.
    #[error(
        "{name}: `replay` takes a file, and this is a scenario of this program: `run {name}` runs it"
    )]
    NotAFile {
        /// The name.
        name: String,
    },
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

impl CliError {
    fn file(path: &Path, source: std::io::Error) -> Self {
        let path = path.to_owned();
        CliError::File { path, source }
    }
}

/// The exit code of a program whose output nothing reads any more: that of a shell for
/// a program that SIGPIPE has ended.
const CLOSED_PIPE: u8 = 141;

/// Runs the program created by `program`, with the arguments of this process.
/// Commands that need no scenarios do not call `program`.
///
/// The exit code is 0 if all has passed, 1 if something has failed, 2 if the command
/// cannot run as it is given or has nothing to run, 130 after Ctrl-C, and 141 if the
/// reader of the output has closed it.
pub fn main(program: impl FnOnce() -> Program) -> ExitCode {
    let command = Cli::parse()
        .command
        .unwrap_or_else(|| Command::Run(run::Run::default()));
    ExitCode::from(exit_code(execute(command, program)))
}

/// The exit code of a command. Tells why one could not run.
fn exit_code(ended: Result<Ending, CliError>) -> u8 {
    match ended {
        Ok(Ending::Passed) => 0,
        Ok(Ending::Failed) => 1,
        Ok(Ending::Interrupted) => interrupt::INTERRUPTED,
        Err(CliError::ClosedPipe) => CLOSED_PIPE,
        Err(error) => {
            output::note(format_args!("error: {error}"));
            2
        }
    }
}

fn execute(command: Command, program: impl FnOnce() -> Program) -> Result<Ending, CliError> {
    match command {
        Command::Run(run) => run.execute(program().catalog),
        Command::Check(check) => check.execute(program().catalog),
        Command::Scale(scale) => Ok(scale.execute()?.into()),
        Command::Replay(replay) => Ok(replay.execute(program().catalog)?.into()),
        Command::View(view) => view.execute(program().catalog).map(|()| Ending::Passed),
        Command::Fuzz(fuzz) => fuzz.execute(&program()),
        Command::Merge(merge) => Ok(merge.execute()?.into()),
        Command::Actions => reference::actions().map(|()| Ending::Passed),
        Command::Invariants => reference::invariants().map(|()| Ending::Passed),
    }
}

/// What a selection contains.
struct Selected<'a> {
    cases: Vec<Case<'a>>,
    /// The scenarios that do not apply to the stack, or are for other releases of libp2p.
    skipped: Vec<Skipped>,
    /// The number of cases over other transports than the selected one.
    elsewhere: usize,
    /// The files in the folders that were not read although their names are nearly those of
    /// scenario files.
    not_read: Vec<PathBuf>,
}

impl Selection {
    fn seed(&self) -> u64 {
        self.seed.unwrap_or(0)
    }

    /// As [`selected`](Self::selected). Tells which TOML files of the
    /// folders are no scenarios, and which files are not read although their names are nearly
    /// those of scenarios.
    fn told_cases<'a>(&self, catalog: &'a mut Catalog) -> Result<Selected<'a>, CliError> {
        let paths = self.load(catalog);
        if let Some(others) = others(catalog.other_files()) {
            output::note(others);
        }
        if let Some(near) = near_misses(catalog.near_misses()) {
            output::note(near);
        }
        self.select(catalog, paths?)
    }

    /// The selected cases. Files and folders are loaded into the catalog first.
    fn selected<'a>(&self, catalog: &'a mut Catalog) -> Result<Selected<'a>, CliError> {
        let paths = self.load(catalog)?;
        self.select(catalog, paths)
    }

    /// Loads files and folders. Returns the names of what is selected.
    fn load(&self, catalog: &mut Catalog) -> Result<Vec<String>, CliError> {
        let mut paths = Vec::new();
        for path in &self.paths {
            // Also a link that leads nowhere: it is told as such.
            if Path::new(path).symlink_metadata().is_ok() {
                paths.extend(catalog.load(Path::new(path))?);
            } else {
                paths.push(path.clone());
            }
        }
        Ok(paths)
    }

    fn select<'a>(
        &self,
        catalog: &'a mut Catalog,
        mut paths: Vec<String>,
    ) -> Result<Selected<'a>, CliError> {
        let mut skipped = catalog.for_other_releases(&paths);
        let not_read = catalog.near_misses().to_vec();
        if let Some(stack) = &self.stack {
            let chosen = catalog.select(&paths)?;
            let chosen: BTreeSet<&str> = chosen.iter().map(|case| &*case.scenario.name).collect();
            let on_stack = catalog.scenarios_on_stack(stack, |name| chosen.contains(name))?;
            skipped.extend(on_stack.skipped);
            *catalog = on_stack.catalog;
            paths.clear();
        }
        let mut cases = catalog.select(&paths)?;
        let on_all_transports = cases.len();
        if let Some(transport) = self.transport {
            // A file that cannot be read fails on any transport.
            cases.retain(|case| case.transport == transport || case.scenario.is_unreadable());
        }
        let elsewhere = on_all_transports - cases.len();
        Ok(Selected {
            cases,
            skipped,
            elsewhere,
            not_read,
        })
    }
}

/// How many skipped files are named.
const NAMED: usize = 3;

/// Why a file was not read although its name is nearly that of a scenario file.
const NEAR_MISS: &str = "a scenario file ends with .toml";

/// What is told of files whose names are nearly those of scenarios.
fn near_misses(files: &[PathBuf]) -> Option<String> {
    (!files.is_empty()).then(|| format!("not read: {} ({NEAR_MISS})", named(files)))
}

/// The names of the first of these files, and how many there are more.
fn named(files: &[PathBuf]) -> String {
    let mut names: Vec<String> = files
        .iter()
        .take(NAMED)
        .map(|file| file.display().to_string())
        .collect();
    if files.len() > NAMED {
        names.push(format!("{} more", files.len() - NAMED));
    }
    names.join(", ")
}

/// What is told of TOML files that are no scenarios.
fn others(files: &[PathBuf]) -> Option<String> {
    let are = noun(
        files.len(),
        ".toml file is no scenario",
        ".toml files are no scenarios",
    );
    let told = format!("{} {are}: {}", files.len(), named(files));
    (!files.is_empty()).then_some(told)
}

/// Parses a seed.
fn seed(text: &str) -> Result<u64, String> {
    let seed = text.parse();
    seed.map_err(|_| format!("a seed is a whole number from 0 to {}", u64::MAX))
}

/// Parses a human-readable duration: `90s`, `10m`, `1h30m`.
fn duration(text: &str) -> Result<Duration, String> {
    if let Some(in_months) = in_months(text) {
        return Err(format!("{text:?} {in_months}"));
    }
    humantime::parse_duration(text).map_err(|error| error.to_string())
}
