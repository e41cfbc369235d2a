//! The two processes of a check.

use std::{
    env,
    ffi::OsString,
    fs,
    io::{self, BufRead, BufReader},
    path::{Path, PathBuf},
    process::{self, Child, Command, Stdio},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
    thread,
};

use serde::{Deserialize, Serialize};

use super::super::{CliError, interrupt, output, pool};
use dht_scenarios::{Case, CaseReport, RunFiles};

/// What a process tells of a case, as a line of JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct CaseRun {
    /// The digest. `None` if the run ended before it was computed.
    pub(super) digest: Option<String>,
    /// The first line of the report of a case that has not passed.
    pub(super) failure: Option<String>,
}

impl CaseRun {
    fn of(report: &CaseReport) -> Self {
        let failure = report.verdict.failure();
        CaseRun {
            digest: report.digest.map(|digest| digest.to_string()),
            failure: failure.map(|text| text.lines().next().unwrap_or_default().to_owned()),
        }
    }
}

/// The process that runs, one at a time, and the folder of all of them. Clones share
/// both.
#[derive(Clone)]
pub(super) struct Children {
    running: Arc<Mutex<Option<Child>>>,
    /// Set by a signal: no further process is started.
    is_stopped: Arc<AtomicBool>,
    folder: Arc<Path>,
}

impl Children {
    pub(super) fn new(folder: PathBuf) -> Self {
        Children {
            running: Arc::default(),
            is_stopped: Arc::default(),
            folder: folder.into(),
        }
    }

    fn running(&self) -> MutexGuard<'_, Option<Child>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the process that runs, and starts no further one. Returns whether this was so
    /// already.
    pub(super) fn stop(&self) -> bool {
        // No process is started meanwhile, since the lock is held.
        let mut running = self.running();
        if let Some(child) = running.as_mut() {
            // It may have ended by itself.
            let _ = child.kill();
        }
        self.is_stopped.swap(true, Ordering::Relaxed)
    }

    /// Whether a signal has stopped the processes.
    pub(super) fn is_stopped(&self) -> bool {
        self.is_stopped.load(Ordering::Relaxed)
    }

    /// Runs this program with these arguments. Returns what it tells of each case, up to the end
    /// of the process.
    pub(super) fn run(&self, arguments: &[OsString]) -> Result<Vec<CaseRun>, CliError> {
        let program = env::current_exe().unwrap_or_else(|_| PathBuf::from("dht-harness"));
        let failed = |source| CliError::Again {
            program: program.clone(),
            source,
        };
        let stdout = {
            let mut running = self.running();
            if self.is_stopped() {
                return Ok(Vec::new());
            }
            let mut command = Command::new(&program);
            // The other end of its input closes with this process, however it ends.
            command.args(arguments).stdin(Stdio::piped());
            let mut child = command.stdout(Stdio::piped()).spawn().map_err(failed)?;
            let stdout = child.stdout.take().expect("it is piped");
            *running = Some(child);
            stdout
        };
        let mut runs = Vec::new();
        for line in BufReader::new(stdout).lines() {
            let line = line.map_err(failed)?;
            // A process that has ended within a line has told nothing of that case.
            let Ok(run) = serde_json::from_str(&line) else {
                break;
            };
            runs.push(run);
        }
        if let Some(mut child) = self.running().take() {
            child.wait().map_err(failed)?;
        }
        Ok(runs)
    }

    /// Ends this program and the process that runs, and removes the folder.
    pub(super) fn end(&self, code: u8) {
        // No process is started from here on, since the lock is held.
        let mut running = self.running();
        if let Some(child) = running.as_mut() {
            // It may have ended by itself.
            let _ = child.kill();
            let _ = child.wait();
        }
        let _ = fs::remove_dir_all(&self.folder);
        process::exit(code.into());
    }
}

/// The start of the names of the folders for the traces of a check.
const FOLDER: &str = "dht-harness-check-";

/// The folder of this process for the traces of a check.
pub(super) fn temporary_folder() -> PathBuf {
    env::temp_dir().join(format!("{FOLDER}{}", process::id()))
}

fn is_of_check(folder: &Path) -> bool {
    let name = folder.file_name().unwrap_or_default();
    name.to_string_lossy().starts_with(FOLDER)
}

/// Runs each case once, writes its trace to the folder, and tells of each as soon as
/// those before it are complete.
pub(super) fn run(
    cases: &[Case<'_>],
    seed: u64,
    threads: usize,
    folder: &Path,
) -> Result<bool, CliError> {
    let created = match folder.parent() {
        Some(both) => fs::create_dir_all(both).and_then(|()| fs::create_dir(folder)),
        None => fs::create_dir(folder),
    };
    created.map_err(|source| CliError::file(folder, source))?;
    end_with_parent(folder);
    pool::each(
        cases,
        threads,
        &AtomicBool::new(false),
        |case| {
            let files = RunFiles {
                trace: Some(folder.join(case.file_name())),
                ..RunFiles::default()
            };
            CaseRun::of(&case.run_writing(seed, files))
        },
        |mut runs| {
            runs.try_for_each(|(_, run)| output::line(serde_json::to_string(&run).expect("text")))
        },
    )?;
    Ok(true)
}

/// How often a process tries to remove its folder.
const ATTEMPTS: u32 = 100;

/// Ends this process and removes its folder once the process that started it has ended,
/// by whatever signal.
#[expect(
    clippy::disallowed_methods,
    reason = "it only waits for the end of its parent"
)]
fn end_with_parent(folder: &Path) {
    let folder = folder.to_owned();
    thread::spawn(move || {
        let _ = io::copy(&mut io::stdin(), &mut io::sink());
        // The folder of both processes may hold the traces of the first.
        let both = folder.parent().filter(|both| is_of_check(both));
        let whole = both.unwrap_or(&folder);
        // The threads that run cases may create a trace in it at the same time.
        (0..ATTEMPTS).find(|_| fs::remove_dir_all(whole).is_ok());
        process::exit(interrupt::INTERRUPTED.into());
    });
}
