//! `view`: makes a picture of a run.

use std::path::{Path, PathBuf};

use clap::Args;

use super::{
    CliError, Selection,
    destinations::{Content, Destinations},
    output,
    recording::{Recording, replay_command, this_command, view_command},
};
use dht_harness::view::{self, ViewFormat};
use dht_scenarios::{Case, Catalog, RunFiles};

#[derive(Args)]
#[command(mut_arg("paths", |paths| paths.required(true).help(PATH)))]
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

const PATH: &str = "A scenario file, a folder of files, the first whole segments of a name, such as \
                    `founding/double-close/kad/mux`, a recording or a trace";

impl View {
    pub(super) fn execute(&self, mut catalog: Catalog) -> Result<(), CliError> {
        if let [path] = self.selection.paths.as_slice() {
            let path = Path::new(path);
            let has_extension = |wanted| path.extension().is_some_and(|found| found == wanted);
            if path.is_file() && has_extension("jsonl") {
                self.selection.is_of_one_run("a trace")?;
                return self.of_trace(path);
            }
            if path.is_file() && (has_extension("html") || has_extension("htm")) {
                return Err(CliError::Output {
                    path: path.to_owned(),
                    reason: "this is a page already: open it in a browser; `view` takes a scenario file, \
                             a recording (.json) or a trace (.jsonl)"
                        .to_owned(),
                });
            }
            if path.is_file() && has_extension("json") {
                self.selection.is_of_one_run("a recording")?;
                let recording = Recording::load(path)?;
                recording.add_to(&mut catalog);
                let cases = catalog.select(&[recording.case])?;
                return self.of_case(&cases, recording.seed, replay_command(path));
            }
        }
        let selected = self.selection.selected(&mut catalog)?;
        if selected.cases.is_empty() {
            return Err(self.selection.nothing_left(&selected));
        }
        self.of_case(&selected.cases, self.selection.seed(), this_command())
    }

    fn of_trace(&self, path: &Path) -> Result<(), CliError> {
        let recording = view::Recording::of_trace(path)?;
        // The page of the case of which this is the trace has another name.
        let name = path.file_stem().unwrap_or_default().display();
        let out = self.out(format!("{name}.trace").as_ref())?;
        recording.write(self.format, &out)?;
        told(&out)
    }

    /// Makes a picture of the first case, which shows `again` for running it once more.
    fn of_case(&self, cases: &[Case<'_>], seed: u64, again: String) -> Result<(), CliError> {
        let case = &cases[0];
        let out = self.out(case.file_name().as_ref())?;
        let files = RunFiles {
            picture: Some((self.format, out)),
            command: Some(again),
            ..RunFiles::default()
        };
        let report = case.run_writing(seed, files);
        let Some(picture) = report.picture else {
            if let Some(failure) = report.verdict.failure() {
                output::note(failure);
            }
            return Err(CliError::NothingToShow { case: report.name });
        };
        output::line(format_args!("{}: {}", report.name, report.verdict))?;
        told(&picture)?;
        if let [_, another, ..] = cases {
            output::line(format_args!(
                "the first of {} cases; `--stack`, `--transport` or the name of a case choose \
                 another, such as: {}",
                cases.len(),
                self.command_of(another)
            ))?;
        }
        Ok(())
    }

    /// The command that makes a picture of a case. A scenario that is read from a file is known by
    /// the path of the file.
    fn command_of(&self, case: &Case<'_>) -> String {
        let mut command = match &case.scenario.path {
            Some(path) => {
                let (command, stack) = (view_command(path), case.stack);
                format!("{command} --stack {stack} --transport {}", case.transport)
            }
            None => view_command(case.path().as_ref()),
        };
        if let Some(seed) = self.selection.seed {
            command.push_str(&format!(" --seed {seed}"));
        }
        if self.format != ViewFormat::Html {
            command.push_str(&format!(" --format {}", self.format));
        }
        command
    }

    /// The file of the picture, which can be written.
    fn out(&self, name: &Path) -> Result<PathBuf, CliError> {
        let out = self.out.clone().unwrap_or_else(|| {
            let name = format!("{}.{}", name.display(), self.format.extension());
            PathBuf::from(name)
        });
        Destinations::of(&self.selection.paths).add(Content::Picture(self.format), &out)?;
        Ok(out)
    }
}

impl Selection {
    /// Checks that nothing is chosen that a recorded run has fixed.
    fn is_of_one_run(&self, recorded: &'static str) -> Result<(), CliError> {
        let options = [
            ("--seed", self.seed.is_some()),
            ("--transport", self.transport.is_some()),
            ("--stack", self.stack.is_some()),
        ];
        match options.into_iter().find(|(_, is_given)| *is_given) {
            Some((option, _)) => Err(CliError::OfOneRun { option, recorded }),
            None => Ok(()),
        }
    }
}

fn told(out: &Path) -> Result<(), CliError> {
    output::line(format_args!("picture: {}", out.display()))
}
