//! `merge`: the results of several campaigns as one.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, fuzz::show_summary};

#[derive(Args)]
pub(super) struct Merge {
    /// Folders that `fuzz --out` has written to
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Keep failures in this folder
    #[arg(long, value_name = "DIR", default_value = "scenarios/regressions")]
    out: PathBuf,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Merge {
    /// Whether all parts have come to their end, and nothing was found.
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let merged = dht_fuzz::merge(&self.folders, &self.out)?;
        for part in &merged.incomplete {
            eprintln!("{part}");
        }
        show_summary(&merged.summary, self.json.as_deref())?;
        Ok(merged.incomplete.is_empty() && merged.summary.is_clean())
    }
}
