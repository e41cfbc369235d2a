//! `merge`: the results of several campaigns as one.

use std::{fs, path::PathBuf};

use clap::Args;

use super::{
    CliError,
    fuzz::{CAMPAIGN, leave},
};
use crate::explore::Summary;

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
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let mut all = Summary::default();
        for folder in &self.folders {
            let path = folder.join(CAMPAIGN);
            let failed = |source| CliError::File {
                path: path.clone(),
                source,
            };
            let text = fs::read_to_string(&path).map_err(failed)?;
            let mut summary: Summary =
                serde_json::from_str(&text).map_err(|source| CliError::Campaign {
                    path: path.clone(),
                    source,
                })?;
            for finding in &mut summary.findings {
                // Folders are moved between machines; names stay.
                let name = format!("{}.toml", finding.name);
                let (from, to) = (folder.join(&name), self.out.join(&name));
                fs::create_dir_all(&self.out).map_err(failed)?;
                if from != to {
                    fs::copy(&from, &to).map_err(|source| CliError::File { path: from, source })?;
                }
                finding.file = to;
            }
            all.merge(summary);
        }
        leave(&all, &self.out, self.json.as_deref())?;
        Ok(all.findings.is_empty())
    }
}
