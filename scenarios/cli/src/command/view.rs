//! `view`: makes a picture of a run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{CliError, Selection, file_name, output, recording::Recording};
use dht_harness::view::{self, ViewFormat};
use dht_scenarios::{Case, Catalog, RunFiles};

#[derive(Args)]
pub(super) struct View {
    #[command(flatten)]
    selection: Selection,
    /// The file of the picture; default is the name of the case in the current folder
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
    /// The form: html is a page for a browser, perfetto opens in ui.perfetto.dev, shiviz in
    /// ShiViz
    #[arg(long, value_name = "FORM", default_value_t = ViewFormat::Html)]
    format: ViewFormat,
}

impl View {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<(), CliError> {
        if let [path] = self.selection.paths.as_slice() {
            let path = Path::new(path);
            let has_extension = |wanted| path.extension().is_some_and(|found| found == wanted);
            if path.is_file() && has_extension("jsonl") {
                return self.of_trace(path);
            }
            if path.is_file() && has_extension("json") {
                let recording = Recording::load(path)?;
                recording.add_to(&mut catalog);
                let cases = catalog.select(&[recording.case])?;
                return self.of_case(&cases, recording.seed);
            }
        }
        let (cases, skipped) = self.selection.cases_and_skipped(&mut catalog)?;
        if cases.is_empty() {
            return Err(self.selection.nothing_left(&skipped));
        }
        self.of_case(&cases, self.selection.seed)
    }

    fn of_trace(&self, path: &Path) -> Result<(), CliError> {
        let recording = view::Recording::of_trace(path)?;
        let out = self.out(path.file_stem().unwrap_or_default().as_ref());
        recording.write(self.format, &out)?;
        told(&out)
    }

    /// Makes a picture of the first case.
    fn of_case(&self, cases: &[Case<'_>], seed: u64) -> Result<(), CliError> {
        let case = &cases[0];
        let out = self.out(file_name(case).as_ref());
        let files = RunFiles {
            picture: Some((self.format, out)),
            ..RunFiles::default()
        };
        let report = case.run_writing(seed, files);
        output::line(format_args!("{}: {}", report.name, report.verdict))?;
        let Some(picture) = report.picture else {
            let failure = report.verdict.failure();
            return Err(CliError::NothingToShow {
                reason: failure.unwrap_or("the run has not ended").to_owned(),
            });
        };
        told(&picture)?;
        if let [_, others @ ..] = cases
            && !others.is_empty()
        {
            output::line(format_args!(
                "the first of {} cases; `--stack`, `--transport` or the name of a case choose \
                 another, such as {}",
                cases.len(),
                others[0].path()
            ))?;
        }
        Ok(())
    }

    fn out(&self, name: &Path) -> PathBuf {
        self.out.clone().unwrap_or_else(|| {
            let name = format!("{}.{}", name.display(), self.format.extension());
            PathBuf::from(name)
        })
    }
}

fn told(out: &Path) -> Result<(), CliError> {
    output::line(format_args!("picture: {}", out.display()))
}
