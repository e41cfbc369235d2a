//! Detection of a mutant by the program, through the corpus and fuzzing.

use std::{
    ffi::OsStr,
    fs,
    path::{Path, PathBuf},
    process::Command,
    time::Duration,
};

use dht_scenarios::CaseFailure;
use serde::{Deserialize, de::DeserializeOwned};

use crate::{
    cargo::last_lines,
    control::{Control, ControlFuzz},
    error::BenchError,
    found::Found,
    mutant::SWITCH,
    process::{self, Ended},
};

/// A program that runs scenarios, and its parameters.
#[derive(Clone, Debug)]
pub(crate) struct MutantRun<'a> {
    pub(crate) program: &'a Path,
    /// The folder for its output.
    pub(crate) folder: PathBuf,
    /// The active mutant.
    pub(crate) mutant: Option<&'a str>,
    pub(crate) seed: u64,
    /// How many cases it runs at once.
    pub(crate) jobs: usize,
}

/// The relevant part of a report of `run`.
#[derive(Deserialize)]
struct RunReport {
    scenarios: Vec<CaseLine>,
}

#[derive(Deserialize)]
struct CaseLine {
    name: String,
    violated: Vec<CaseFailure>,
    virtual_s: f64,
    steps: Option<usize>,
    hosts: Option<usize>,
    verdict: String,
}

impl CaseLine {
    fn is_red(&self) -> bool {
        matches!(self.verdict.as_str(), "failed" | "unexpected-pass")
    }
}

/// The relevant part of a report of `fuzz`.
#[derive(Deserialize)]
struct FuzzReport {
    cases: u64,
    findings: Vec<Finding>,
}

#[derive(Deserialize)]
struct Finding {
    name: String,
    file: PathBuf,
    invariant: String,
    cases: u64,
    virtual_s: f64,
    steps: usize,
    hosts: usize,
}

/// The transports, the fast one first.
const TRANSPORTS: [&str; 2] = ["mux", "stream"];

/// Time limit of the corpus without an active mutant.
const LONG: Duration = Duration::from_secs(4 * 3600);

/// A mutant hangs if it takes longer than this multiple of the control's time
/// plus this duration.
const TIME_LIMIT: (f64, Duration) = (10.0, Duration::from_secs(60));

/// Additional time for fuzzing, because it shrinks the failure it has found.
const SHRINKING: Duration = Duration::from_secs(600);

/// Families of scenarios that test connections rather than the DHT.
const CONNECTIONS: [&str; 6] = [
    "founding",
    "f01-lifecycle",
    "f16-connections",
    "f17-network",
    "f18-load",
    "beyond",
];

impl MutantRun<'_> {
    /// Runs the whole corpus without an active mutant.
    pub(crate) fn control(&self, build: &str, digest: String) -> Result<Control, BenchError> {
        let mut control = Control {
            build: build.to_owned(),
            digest,
            ..Control::default()
        };
        for transport in TRANSPORTS {
            let (ended, json) = self.run(&["--transport", transport], &[], transport, LONG)?;
            let report: RunReport = match ended.abnormal_end() {
                None => read(self.program, &ended, &json)?,
                Some(abnormal_end) => {
                    control.red.push(format!("{transport}: {abnormal_end}"));
                    continue;
                }
            };
            control.cases += report.scenarios.len();
            let wall = ended.wall.as_secs_f64();
            control.corpus_s.insert(transport.to_owned(), wall);
            for case in &report.scenarios {
                if case.is_red() {
                    control.red.push(case.name.clone());
                }
                let family = case.name.split('/').next().unwrap_or_default();
                if !control.families.iter().any(|known| known == family) {
                    control.families.push(family.to_owned());
                }
            }
        }
        Ok(control)
    }

    /// Runs the corpus until a case fails that passes in the control. The
    /// families related to the mutated crate come first.
    pub(crate) fn corpus(
        &self,
        package: &str,
        control: &Control,
    ) -> Result<Option<Found>, BenchError> {
        let of_swarm = package != "libp2p-kad";
        let mut families: Vec<&String> = control.families.iter().collect();
        families.sort_by_key(|family| CONNECTIONS.contains(&family.as_str()) != of_swarm);
        let mut before = 0;
        for transport in TRANSPORTS {
            let mut options = vec!["--transport", transport];
            if control.red.is_empty() {
                options.push("--fail-fast");
            }
            let usual = control.corpus_s.get(transport).copied().unwrap_or(0.0);
            let limit = Duration::from_secs_f64(usual * TIME_LIMIT.0) + TIME_LIMIT.1;
            let (ended, json) = self.run(&options, &families, transport, limit)?;
            if let Some(abnormal_end) = ended.abnormal_end() {
                return Ok(Some(Found {
                    violated: vec![abnormal_end],
                    ..Found::default()
                }));
            }
            let report: RunReport = read(self.program, &ended, &json)?;
            let is_news = |case: &CaseLine| case.is_red() && !control.red.contains(&case.name);
            if let Some(position) = report.scenarios.iter().position(is_news) {
                let case = &report.scenarios[position];
                return Ok(Some(Found {
                    scenario: Some(case.name.clone()),
                    violated: case.violated.iter().map(ToString::to_string).collect(),
                    cases: Some((before + position + 1) as u64),
                    virtual_s: Some(case.virtual_s),
                    steps: case.steps,
                    hosts: case.hosts,
                    ..Found::default()
                }));
            }
            before += report.scenarios.len();
        }
        Ok(None)
    }

    /// Fuzzes for a duration, until a new failure is found.
    pub(crate) fn fuzz(&self, time: Duration) -> Result<ControlFuzz, BenchError> {
        let json = self.folder.join("fuzz.json");
        let kept = self.folder.join("fuzz");
        if kept.exists() {
            fs::remove_dir_all(&kept).map_err(BenchError::file(&kept))?;
        }
        let mut command = self.command();
        command.args(["fuzz", "--first", "--for"]);
        command.arg(format!("{}ms", time.as_millis()));
        command.args(["--seed", &self.seed.to_string()]);
        command.args(["--jobs", &self.jobs.to_string()]);
        command.arg("--out").arg(&kept);
        command.arg("--json").arg(&json);
        // The program limits its own time, and then shrinks the failure it has
        // found.
        let limit = time.mul_f64(TIME_LIMIT.0) + SHRINKING;
        let ended = self.start(command, &json, "fuzz.log", limit)?;
        if let Some(abnormal_end) = ended.abnormal_end() {
            return Ok(ControlFuzz {
                cases: 0,
                found: Some(Found {
                    violated: vec![abnormal_end],
                    ..Found::default()
                }),
            });
        }
        let report: FuzzReport = read(self.program, &ended, &json)?;
        let first = report
            .findings
            .into_iter()
            .min_by_key(|finding| finding.cases);
        Ok(ControlFuzz {
            cases: report.cases,
            found: first.map(|finding| Found {
                scenario: Some(finding.name),
                violated: vec![finding.invariant],
                cases: Some(finding.cases),
                virtual_s: Some(finding.virtual_s),
                steps: Some(finding.steps),
                hosts: Some(finding.hosts),
                // A file that cannot be read is no reason to forget the finding.
                file: fs::read_to_string(self.folder.join(&finding.file)).ok(),
                ..Found::default()
            }),
        })
    }

    fn run(
        &self,
        options: &[&str],
        paths: &[&String],
        name: &str,
        limit: Duration,
    ) -> Result<(Ended, PathBuf), BenchError> {
        let json = self.folder.join(format!("{name}.json"));
        let mut command = self.command();
        command.arg("run").args(options).args(paths);
        command.args(["--seed", &self.seed.to_string()]);
        command.args(["--jobs", &self.jobs.to_string()]);
        command.arg("--json").arg(&json);
        let ended = self.start(command, &json, &format!("{name}.log"), limit)?;
        Ok((ended, json))
    }

    /// The program in its folder, with only this mutant active.
    fn command(&self) -> Command {
        let mut command = Command::new(self.program);
        command.current_dir(&self.folder);
        command.env(SWITCH, self.mutant.map_or(OsStr::new(""), OsStr::new));
        command
    }

    fn start(
        &self,
        command: Command,
        json: &Path,
        log: &str,
        limit: Duration,
    ) -> Result<Ended, BenchError> {
        fs::create_dir_all(&self.folder).map_err(BenchError::file(&self.folder))?;
        // Remove the report of an earlier run, so that it is not mistaken for the new
        // one.
        let _ = fs::remove_file(json);
        process::run(command, &self.folder.join(log), limit)
    }
}

/// Reads the report of a program.
fn read<T: DeserializeOwned>(program: &Path, ended: &Ended, json: &Path) -> Result<T, BenchError> {
    let report = fs::read_to_string(json)
        .map_err(|error| error.to_string())
        .and_then(|text| serde_json::from_str(&text).map_err(|error| error.to_string()));
    report.map_err(|why| BenchError::Program {
        program: program.to_owned(),
        log: ended.log.clone(),
        why: format!("{:?}, {why}\n{}", ended.end, last_lines(&ended.text())),
    })
}
