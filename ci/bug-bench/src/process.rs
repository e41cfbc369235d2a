//! Runs a program with limits of time and memory.

use std::{
    fs::{self, File},
    num::NonZeroUsize,
    os::unix::process::ExitStatusExt,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant},
};

use rustix::process::{Pid, Resource, Rlimit, prlimit};
use wait_timeout::ChildExt;

use crate::error::BenchError;

/// The memory limit of a program, in bytes. A mutant that allocates without
/// bound fails instead of exhausting the machine.
const MEMORY: u64 = 16 << 30;

/// How a program ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It exited with this code.
    Exit(i32),
    /// It was terminated by a signal.
    Signal(i32),
    /// It did not end within its time limit.
    Limit,
}

/// The results of a program.
#[derive(Debug)]
pub(crate) struct Ended {
    pub(crate) end: End,
    /// How long it ran, in real time.
    pub(crate) wall: Duration,
    /// The file with all of its output.
    pub(crate) log: PathBuf,
}

impl Ended {
    /// The output.
    pub(crate) fn text(&self) -> String {
        let bytes = fs::read(&self.log).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Why the program did not end normally, if so: a crash or a hang.
    pub(crate) fn abnormal_end(&self) -> Option<String> {
        match self.end {
            // The signal was sent to stop the bench, not because of a failure.
            End::Signal(SIGINT | SIGTERM) => None,
            End::Signal(signal) => Some(format!("crash: signal {signal}")),
            End::Exit(PANICKED) => Some("crash: panic of the program".to_owned()),
            End::Exit(_) => None,
            End::Limit => Some("hang".to_owned()),
        }
    }
}

const SIGINT: i32 = 2;
const SIGTERM: i32 = 15;

/// The exit code of a Rust program whose main thread has panicked.
const PANICKED: i32 = 101;

/// The number of threads that the machine runs at once.
pub(crate) fn processors() -> usize {
    thread::available_parallelism().map_or(1, NonZeroUsize::get)
}

/// Runs a program, with both outputs in a log file, and kills it after `limit`.
#[expect(clippy::disallowed_methods, reason = "the time that a program takes")]
pub(crate) fn run(mut command: Command, log: &Path, limit: Duration) -> Result<Ended, BenchError> {
    if let Some(folder) = log.parent() {
        fs::create_dir_all(folder).map_err(BenchError::file(folder))?;
    }
    let out = File::create(log).map_err(BenchError::file(log))?;
    let err = out.try_clone().map_err(BenchError::file(log))?;
    let program = PathBuf::from(command.get_program());
    let failed = |source| BenchError::Start {
        program: program.clone(),
        source,
    };
    let start = Instant::now();
    let mut child = command
        .stdin(Stdio::null())
        .stdout(out)
        .stderr(err)
        .spawn()
        .map_err(failed)?;
    let memory = Rlimit {
        current: Some(MEMORY),
        maximum: Some(MEMORY),
    };
    let pid = i32::try_from(child.id()).ok().and_then(Pid::from_raw);
    prlimit(pid, Resource::As, memory).map_err(|error| failed(error.into()))?;
    let status = child.wait_timeout(limit).map_err(failed)?;
    let end = match status {
        Some(status) => match (status.code(), status.signal()) {
            (Some(code), _) => End::Exit(code),
            (None, signal) => End::Signal(signal.unwrap_or_default()),
        },
        None => {
            child.kill().map_err(failed)?;
            child.wait().map_err(failed)?;
            End::Limit
        }
    };
    Ok(Ended {
        end,
        wall: start.elapsed(),
        log: log.to_owned(),
    })
}
