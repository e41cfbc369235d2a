//! The form in which `run` tells its results on standard output.

use clap::ValueEnum;
use dht_scenarios::{Case, CaseReport};

use super::{CliError, annotation, output, report::Report};

/// The form in which `run` tells its results on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Text for people
    #[default]
    Pretty,
    /// A line of JSON for each case as it ends, and one with the counts
    Json,
    /// Text, and annotations for GitHub at the lines of the files that fail
    Github,
}

impl OutputFormat {
    /// Whether failures are told as text.
    pub(super) fn is_text(self) -> bool {
        self != OutputFormat::Json
    }

    /// Tells the result of a case as programs read it.
    pub(super) fn case(self, case: &Case<'_>, report: &CaseReport) -> Result<(), CliError> {
        match self {
            OutputFormat::Pretty => Ok(()),
            OutputFormat::Json => json(report),
            OutputFormat::Github => match report.verdict.is_ok() {
                true => Ok(()),
                false => annotation::of(case, report).try_for_each(output::line),
            },
        }
    }

    /// Tells the counts as programs read them.
    pub(super) fn end(self, report: &Report) -> Result<(), CliError> {
        match self {
            OutputFormat::Json => json(&report.counts),
            OutputFormat::Pretty | OutputFormat::Github => Ok(()),
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<(), CliError> {
    output::line(serde_json::to_string(value).expect("a report is plain data"))
}
