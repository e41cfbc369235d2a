//! `merge`: joins the results of several campaigns.

use std::{
    fs,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{
    CliError,
    destinations::Destinations,
    fuzz::{OUT, show_summary},
    json::JsonFile,
    output,
};

#[derive(Args)]
pub(super) struct Merge {
    /// Folders written by `fuzz --out`
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Folder in which failures and the summary are kept; default is
    /// `scenarios/regressions`, which is written only if there is a failure
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Merge {
    /// Returns whether all parts have finished without a failure.
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let mut destinations = Destinations::of(self.folders.iter().flat_map(summaries));
        let json = JsonFile::open(self.json.as_deref(), &mut destinations)?;
        let out = self.out.as_deref().unwrap_or(Path::new(OUT));
        let merged = dht_fuzz::merge(&self.folders, out, self.out.is_some())?;
        for part in &merged.incomplete {
            output::note(part);
        }
        let summary = &merged.summary;
        if summary.parts.is_empty() && summary.findings.is_empty() {
            return Err(CliError::NothingToMerge);
        }
        show_summary(&merged.summary, json)?;
        Ok(merged.incomplete.is_empty() && merged.summary.is_clean())
    }
}

/// The files in a folder that have the name of a summary. A folder that cannot be read is
/// told when it is merged.
fn summaries(folder: &PathBuf) -> impl Iterator<Item = PathBuf> + use<> {
    let entries = fs::read_dir(folder).into_iter().flatten();
    let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
    paths.filter(|path| {
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        name == "merged.json" || name.starts_with("campaign") && name.ends_with(".json")
    })
}
