//! `merge`: joins the results of several campaigns.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, fuzz::show_summary};

#[derive(Args)]
pub(super) struct Merge {
    /// Folders written by `fuzz --out`
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Folder in which failures are kept
    #[arg(long, value_name = "DIR", default_value = "scenarios/regressions")]
    out: PathBuf,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Merge {
    /// Returns whether all parts have finished without a failure.
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let merged = dht_fuzz::merge(&self.folders, &self.out)?;
        for part in &merged.incomplete {
            eprintln!("{part}");
        }
        show_summary(&merged.summary, self.json.as_deref())?;
        Ok(merged.incomplete.is_empty() && merged.summary.is_clean())
    }
}
