//! `replay`: a recorded failure again.

use std::path::PathBuf;

use clap::Args;

use super::{CliError, recording::Recording};
use crate::{catalog::Catalog, verdict::Verdict};

#[derive(Args)]
pub(super) struct Replay {
    /// What `run` has kept of a failure
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write every event here, a JSON value a line
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

impl Replay {
    pub(super) fn execute(&self, catalog: &Catalog) -> Result<bool, CliError> {
        let recording = Recording::load(&self.file)?;
        let cases = catalog.select(std::slice::from_ref(&recording.case))?;
        let mut all_well = true;
        for case in cases {
            let report = case.run(recording.seed, self.trace.clone());
            println!("{}: {}", report.name, report.verdict);
            if let Verdict::Failed(story) | Verdict::Stale(story) = &report.verdict {
                println!("{story}");
            }
            if report.digest == recording.digest {
                println!("this is the recorded run, event by event");
            } else {
                println!(
                    "this is not the recorded run: the code has changed since, or the \
                     recording is of another version"
                );
            }
            all_well &= report.verdict.is_ok();
        }
        Ok(all_well)
    }
}
