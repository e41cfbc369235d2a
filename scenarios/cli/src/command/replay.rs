//! `replay`: runs a recorded failure or a scenario file again.

use std::path::PathBuf;

use clap::Args;

use super::{
    CliError,
    destinations::{Content, Destinations},
    output,
    recording::{Recording, VERSION},
};
use dht_scenarios::{Catalog, RunFiles};

#[derive(Args)]
pub(super) struct Replay {
    /// A failure recorded by `run`, or a scenario file
    #[arg(value_name = "FILE")]
    file: PathBuf,
    /// Write every event to this file, one JSON value per line; with several
    /// cases, those of the last one
    #[arg(long, value_name = "FILE")]
    trace: Option<PathBuf>,
}

impl Replay {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<bool, CliError> {
        if let Some(trace) = &self.trace {
            Destinations::of([&self.file]).add(Content::Trace, trace)?;
        }
        let extension = self.file.extension();
        let is_scenario = self.file.is_dir()
            || extension.is_some_and(|extension| extension.eq_ignore_ascii_case("toml"));
        if is_scenario {
            let names = catalog.load(&self.file)?;
            return self.run(&catalog, &names, 0, None);
        }
        let name = self.file.display().to_string();
        if !self.file.exists() && catalog.select(std::slice::from_ref(&name)).is_ok() {
            return Err(CliError::NotAFile { name });
        }
        let recording = Recording::load(&self.file)?;
        recording.add_to(&mut catalog);
        let names = [recording.case.clone()];
        self.run(&catalog, &names, recording.seed, Some(&recording))
    }

    fn run(
        &self,
        catalog: &Catalog,
        names: &[String],
        seed: u64,
        recording: Option<&Recording>,
    ) -> Result<bool, CliError> {
        let mut all_passed = true;
        for case in catalog.select(names)? {
            let files = RunFiles {
                trace: self.trace.clone(),
                ..RunFiles::default()
            };
            let mut report = case.run_writing(seed, files);
            let mut unwritten = None;
            // Without a digest the run has not ended, perhaps since the trace could not be written.
            if let (Some(trace), None) = (&self.trace, report.digest) {
                let again = case.run_writing(seed, RunFiles::default());
                if again.digest.is_some() {
                    let reason = report.report.unwrap_or_default();
                    report = again;
                    unwritten = Some(CliError::Output {
                        path: trace.clone(),
                        reason,
                    });
                }
            }
            output::line(format_args!("{}: {}", report.name, report.verdict))?;
            if let Some(failure) = report.verdict.failure() {
                output::line(failure)?;
            }
            for fault in &report.unfired_faults {
                output::line(format_args!("did nothing: {fault}"))?;
            }
            for idle in &report.idle {
                output::line(format_args!("idle: {idle}"))?;
            }
            // A kept failure contains its digest, like a recording.
            let found = case
                .scenario
                .file
                .as_ref()
                .and_then(|file| file.found.as_ref());
            let recorded = match recording {
                Some(recording) => recording.digest.map(|digest| digest.to_string()),
                None => found.map(|found| found.digest.clone()),
            };
            let digest = report.digest.map(|digest| digest.to_string());
            match recorded {
                Some(_) if digest == recorded => {
                    output::line("the run is identical to the recorded one")?;
                }
                Some(_) => {
                    let why = match (recording, found) {
                        (Some(recording), _) => why_other(recording),
                        (None, Some(found)) => of_version(&found.harness).unwrap_or_else(|| {
                            "the file has been edited since it was found, or the code of a stack \
                             has changed"
                                .to_owned()
                        }),
                        (None, None) => String::new(),
                    };
                    output::line(format_args!("the run differs from the recorded one: {why}"))?;
                }
                None => {}
            }
            if let Some(unwritten) = unwritten {
                return Err(unwritten);
            }
            all_passed &= report.verdict.is_ok();
        }
        Ok(all_passed)
    }
}

/// Why the run of a recording differs from the recorded one.
fn why_other(recording: &Recording) -> String {
    if recording.is_edited() {
        return "the recording was edited: its case, seed, scenario or digest is not what `run` \
                has written"
            .to_owned();
    }
    let version = recording.harness.as_deref().and_then(of_version);
    version.unwrap_or_else(|| "the code of the harness or of a stack has changed since".to_owned())
}

/// That a recording is of another version, if it is.
fn of_version(recorded: &str) -> Option<String> {
    (recorded != VERSION)
        .then(|| format!("it was recorded by version {recorded}, and this is {VERSION}"))
}
