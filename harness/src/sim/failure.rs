//! The failure of a simulation.

use std::{error, fmt, time::Duration};

use super::{error::SimError, failure_report::FailureReport};
use crate::{
    check::{Violation, ViolationGroups},
    engine::{BlockedRun, PanicNote, ProbeError, Schedule},
    net::TransportKind,
    noun::counted,
    trace::{Digest, TraceError},
    view::ViewError,
};

/// The failure of a simulation.
///
/// `Display` and `Debug` produce the same text: the cause on the first line, then its
/// details, then the [report](FailureReport).
#[non_exhaustive]
pub enum Failure {
    /// A source of time or randomness is not controlled by the simulation.
    Probe(ProbeError),
    /// The run made no progress in real time.
    Blocked(BlockedRun),
    /// The trace could not be written.
    Trace(TraceError),
    /// A picture of a run that has passed could not be written.
    View(ViewError),
    /// The code of the test panicked, for example by `assert!`. Invariants may be
    /// violated as well.
    Panicked {
        /// The message of the panic and its source location.
        panic: PanicNote,
        /// The violations that the checks found.
        violations: Vec<Violation>,
        /// The report of the run.
        report: Box<FailureReport>,
    },
    /// The body of the test returned an error. Invariants may be violated as well.
    Body {
        /// The error of the body.
        error: SimError,
        /// The violations that the checks found.
        violations: Vec<Violation>,
        /// The report of the run.
        report: Box<FailureReport>,
    },
    /// Invariants were violated.
    Violations {
        /// The violations that the checks found.
        violations: Vec<Violation>,
        /// The report of the run.
        report: Box<FailureReport>,
    },
}

/// The end of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct End {
    /// The digest of all events.
    pub digest: Digest,
    /// The number of recorded events.
    pub events: u64,
    /// The number of network deliveries and timers.
    pub deliveries: u64,
    /// The virtual time that passed.
    pub virtual_time: Duration,
}

impl End {
    /// The run in a line of a report: its settings, and how far it came.
    pub fn of_run(&self, seed: u64, transport: TransportKind, schedule: Schedule) -> String {
        let schedule = format!("{schedule:?}").to_lowercase();
        let (time, digest) = (self.virtual_time, self.digest);
        let events = counted(
            usize::try_from(self.events).unwrap_or(usize::MAX),
            "event",
            "events",
        );
        format!(
            "run: seed {seed}, {transport} transport, {schedule} schedule; {time:?} of virtual time, \
             {events}, digest {digest}"
        )
    }
}

impl Failure {
    /// The violations of this failure.
    pub fn violations(&self) -> &[Violation] {
        match self {
            Failure::Panicked { violations, .. }
            | Failure::Body { violations, .. }
            | Failure::Violations { violations, .. } => violations,
            _ => &[],
        }
    }

    /// Whether this invariant was violated.
    pub fn violates(&self, invariant: &str) -> bool {
        self.violations()
            .iter()
            .any(|violation| violation.invariant == invariant)
    }

    /// The end of the run, unless it failed before it started.
    pub fn end(&self) -> Option<&End> {
        Some(self.report()?.end())
    }

    fn report(&self) -> Option<&FailureReport> {
        match self {
            Failure::Panicked { report, .. }
            | Failure::Body { report, .. }
            | Failure::Violations { report, .. } => Some(report),
            _ => None,
        }
    }

    pub(super) fn report_mut(&mut self) -> Option<&mut FailureReport> {
        match self {
            Failure::Panicked { report, .. }
            | Failure::Body { report, .. }
            | Failure::Violations { report, .. } => Some(report),
            _ => None,
        }
    }
}

/// A failure as a page tells it: without how to repeat the run, which the page says itself.
pub(super) struct ForPage<'a>(pub(super) &'a Failure);

impl fmt::Display for ForPage<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ForPage(failure) = self;
        failure.fmt_cause(f)?;
        match failure.report() {
            Some(report) => {
                f.write_str("\n")?;
                report.fmt_for_page(f)
            }
            None => Ok(()),
        }
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_cause(f)?;
        match self.report() {
            Some(report) => write!(f, "\n{report}"),
            None => Ok(()),
        }
    }
}

impl Failure {
    /// The cause and the violations, without the report. Of several failures each has its number.
    fn fmt_cause(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let violations = ViolationGroups::of(self.violations());
        if let Failure::Violations { .. } = self {
            return write!(f, "{violations}");
        }
        let violations = violations.after_another();
        write!(f, "{}", violations.number(0))?;
        match self {
            Failure::Probe(error) => fmt::Display::fmt(error, f)?,
            Failure::Blocked(error) => fmt::Display::fmt(error, f)?,
            Failure::Trace(error) => fmt::Display::fmt(error, f)?,
            Failure::View(error) => fmt::Display::fmt(error, f)?,
            Failure::Panicked { panic, .. } => {
                let PanicNote {
                    message,
                    location,
                    at,
                    ..
                } = panic;
                write!(
                    f,
                    "{}\npanicked at {location}, after {at} of virtual time",
                    message.trim_end()
                )?;
            }
            Failure::Body { error, report, .. } => f.write_str(report.told(error).trim_end())?,
            Failure::Violations { .. } => {}
        }
        match violations.is_empty() {
            true => Ok(()),
            false => write!(f, "\n{violations}"),
        }
    }
}

impl fmt::Debug for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl error::Error for Failure {}

impl From<ProbeError> for Failure {
    fn from(error: ProbeError) -> Self {
        Failure::Probe(error)
    }
}

impl From<BlockedRun> for Failure {
    fn from(error: BlockedRun) -> Self {
        Failure::Blocked(error)
    }
}

impl From<ViewError> for Failure {
    fn from(error: ViewError) -> Self {
        Failure::View(error)
    }
}

impl From<TraceError> for Failure {
    fn from(error: TraceError) -> Self {
        Failure::Trace(error)
    }
}
