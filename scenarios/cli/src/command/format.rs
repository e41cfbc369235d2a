//! The form in which `run` and `fuzz` tell their results on standard output.

use clap::ValueEnum;
use dht_fuzz::{Kept, Part, Summary};
use dht_scenarios::{Case, CaseReport};
use serde::Serialize;

use super::{CliError, annotation, output, report::Report};

/// The form in which `run` and `fuzz` tell their results on standard output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub(super) enum OutputFormat {
    /// Text for people
    #[default]
    Pretty,
    /// A line of JSON for each case as it ends, or for each failure that was found, and one with
    /// the counts
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

    /// Tells what a campaign has found as programs read it.
    pub(super) fn campaign(self, summary: &Summary) -> Result<(), CliError> {
        let mut findings = summary.findings.iter();
        match self {
            OutputFormat::Pretty => Ok(()),
            OutputFormat::Json => {
                findings.try_for_each(json)?;
                json(&CampaignCounts::of(summary))
            }
            OutputFormat::Github => {
                findings.try_for_each(|kept: &Kept| output::line(annotation::of_finding(kept)))?;
                let mut stopped = summary.stopped();
                stopped.try_for_each(|part| output::line(annotation::of_stopped(part)))
            }
        }
    }

    /// Tells the counts, and the files that were not read, as programs read them.
    pub(super) fn end(self, report: &Report) -> Result<(), CliError> {
        match self {
            OutputFormat::Pretty => Ok(()),
            OutputFormat::Json => json(&report.counts),
            OutputFormat::Github => {
                let mut not_read = report.counts.not_read.iter();
                not_read.try_for_each(|file| output::line(annotation::of_not_read(file)))
            }
        }
    }
}

/// How much a campaign has run and found.
#[derive(Serialize)]
struct CampaignCounts<'a> {
    format: u32,
    parts: &'a [Part],
    cases: u64,
    virtual_s: f64,
    wall_s: f64,
    /// The number of findings.
    found: usize,
    /// The number of cases that show a finding and were not shrunk, or not fully.
    not_shrunk: usize,
}

impl<'a> CampaignCounts<'a> {
    fn of(summary: &'a Summary) -> Self {
        CampaignCounts {
            format: summary.format,
            parts: &summary.parts,
            cases: summary.cases,
            virtual_s: summary.virtual_s,
            wall_s: summary.wall_s,
            found: summary.findings.len(),
            not_shrunk: summary.not_shrunk(),
        }
    }
}

fn json(value: &impl serde::Serialize) -> Result<(), CliError> {
    output::line(serde_json::to_string(value).expect("a report is plain data"))
}
