//! `replay`: a recorded failure, or a scenario file, again.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, recording::Recording};
use dht_scenarios::{Catalog, Verdict};

#[derive(Args)]
pub(super) struct Replay {
    /// What `run` has kept of a failure, or a scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write every event here, a JSON value a line; of the last case, where
    /// there are several
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

impl Replay {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<bool, CliError> {
        let is_scenario =
            self.file.is_dir() || self.file.extension().is_some_and(|it| it == "toml");
        if is_scenario {
            let names = catalog.load(&self.file)?;
            return self.again(&catalog, &names, 0, None);
        }
        let recording = Recording::load(&self.file)?;
        if let Some(text) = &recording.scenario {
            // Its name ends with the stack and the transport.
            let path = Path::new(&recording.case).ancestors().nth(2);
            catalog.add(&path.unwrap_or(Path::new("")).with_extension("toml"), text);
        }
        let names = [recording.case.clone()];
        self.again(&catalog, &names, recording.seed, Some(&recording))
    }

    fn again(
        &self,
        catalog: &Catalog,
        names: &[String],
        seed: u64,
        recording: Option<&Recording>,
    ) -> Result<bool, CliError> {
        let mut all_well = true;
        for case in catalog.select(names)? {
            let report = case.run(seed, self.trace.clone());
            println!("{}: {}", report.name, report.verdict);
            if let Verdict::Failed(story) | Verdict::UnexpectedPass(story) = &report.verdict {
                println!("{story}");
            }
            // A failure that was kept says its digest, as a recording does.
            let kept = case
                .scenario
                .file
                .as_ref()
                .and_then(|file| file.found.as_ref());
            let recorded = match recording {
                Some(recording) => recording.digest.map(|digest| digest.to_string()),
                None => kept.map(|found| found.digest.clone()),
            };
            let digest = report.digest.map(|digest| digest.to_string());
            match recorded {
                Some(_) if digest == recorded => {
                    println!("this is the recorded run, event by event");
                }
                Some(_) => println!(
                    "this is not the recorded run: the code has changed since, or the \
                     recording is of another version"
                ),
                None => {}
            }
            all_well &= report.verdict.is_ok();
        }
        Ok(all_well)
    }
}
