//! `check`: compares two runs of each case.
//!
//! One process runs the cases one after the other, so that each follows other
//! simulations; a second process runs them in 16 threads at once.

use std::{
    env,
    ops::ControlFlow,
    path::{Path, PathBuf},
    process::{Command, Stdio},
};

use clap::Args;
use dht_harness::trace::{Digest, first_divergence};

use super::{CliError, Selection, file_name, pool};
use dht_scenarios::{Case, Catalog};

#[derive(Args)]
pub(super) struct Check {
    #[command(flatten)]
    selection: Selection,
    /// Run each case once, write its trace here and print its digest; used by
    /// the two processes of a check
    #[arg(long, value_name = "FILE", hide = true)]
    child: Option<PathBuf>,
    /// How many threads a child process uses
    #[arg(long, value_name = "N", hide = true, default_value_t = 1)]
    threads: usize,
}

/// How many threads the second process uses.
const THREADS: usize = 16;

/// A process's output for one case: its digest, or `None` if there was none.
type CaseDigest = Option<String>;

impl Check {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<bool, CliError> {
        let cases = self.selection.cases(&mut catalog)?;
        if let Some(folder) = &self.child {
            return self.execute_child(&cases, folder);
        }
        let folder = env::temp_dir().join(format!("dht-harness-check-{}", std::process::id()));
        let (first, second) = (folder.join("first"), folder.join("second"));
        let outcome = self
            .spawn(&first, 1)
            .and_then(|ours| Ok((ours, self.spawn(&second, THREADS)?)))
            .and_then(|(ours, theirs)| compare(&cases, &ours, &theirs, &first, &second));
        // A failure leaves only a folder of temporary files behind.
        let _ = std::fs::remove_dir_all(&folder);
        outcome
    }

    /// Runs all cases in a process of its own; returns one digest per case.
    fn spawn(&self, folder: &Path, threads: usize) -> Result<Vec<CaseDigest>, CliError> {
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("dht-harness"));
        let mut command = Command::new(&program);
        command.arg("check").arg("--child").arg(folder);
        command.arg("--threads").arg(threads.to_string());
        command.arg("--seed").arg(self.selection.seed.to_string());
        if let Some(transport) = self.selection.transport {
            command.arg("--transport").arg(transport.to_string());
        }
        if let Some(stack) = &self.selection.stack {
            command.arg("--stack").arg(stack);
        }
        command.args(&self.selection.paths);
        let output = command
            .stderr(Stdio::inherit())
            .output()
            .map_err(|source| CliError::Again { program, source })?;
        let text = String::from_utf8_lossy(&output.stdout);
        Ok(text
            .lines()
            .map(|line| (line != NONE).then(|| line.to_owned()))
            .collect())
    }

    fn execute_child(&self, cases: &[Case<'_>], folder: &Path) -> Result<bool, CliError> {
        std::fs::create_dir_all(folder).map_err(|source| CliError::File {
            path: folder.to_owned(),
            source,
        })?;
        for digest in self.digests(cases, folder) {
            match digest {
                Some(digest) => println!("{digest}"),
                None => println!("{NONE}"),
            }
        }
        Ok(true)
    }

    /// The digest of each case, in the order of the cases, regardless of the
    /// thread that runs it.
    fn digests(&self, cases: &[Case<'_>], folder: &Path) -> Vec<Option<Digest>> {
        let mut digests = Vec::new();
        let seed = self.selection.seed;
        pool::each(
            cases,
            self.threads,
            |case| case.run(seed, Some(trace_of(case, folder))).digest,
            |_, digest| {
                digests.push(digest);
                ControlFlow::Continue(())
            },
        );
        digests
    }
}

/// Printed for a run without a digest.
const NONE: &str = "none";

fn trace_of(case: &Case<'_>, folder: &Path) -> PathBuf {
    folder.join(file_name(case))
}

fn compare(
    cases: &[Case<'_>],
    ours: &[CaseDigest],
    theirs: &[CaseDigest],
    first: &Path,
    second: &Path,
) -> Result<bool, CliError> {
    let mut different = 0;
    for (position, case) in cases.iter().enumerate() {
        let pair = (ours.get(position), theirs.get(position));
        if let (Some(Some(ours)), Some(Some(theirs))) = pair
            && ours == theirs
        {
            println!("{:<64} {ours}", case.path());
            continue;
        }
        different += 1;
        println!("{:<64} DIFFERENT", case.path());
        let (one, other) = (trace_of(case, first), trace_of(case, second));
        match first_divergence(&one, &other) {
            Ok(Some(divergence)) => println!("{divergence}"),
            Ok(None) => println!("the traces are equal; a process ended early, see above"),
            Err(source) => return Err(CliError::File { path: one, source }),
        }
    }
    println!("{} passed, {different} failed", cases.len() - different);
    Ok(different == 0)
}
