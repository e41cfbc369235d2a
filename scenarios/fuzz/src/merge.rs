//! Merges the results of several campaigns.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use dht_scenarios::file::{ScenarioFile, is_scenario, parse};
use thiserror::Error;

use crate::{
    folder::probe,
    keep::{Place, is_raw, keep},
    summary::Summary,
    summary_file::{self, MERGED, SummaryFile},
};

/// The merged results of several campaigns.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Merged {
    /// The sum of all summaries.
    pub summary: Summary,
    /// The reasons why the summary is incomplete: a sentence for each campaign that
    /// was interrupted.
    pub incomplete: Vec<String>,
}

/// The error for a file or folder that cannot be read or written.
#[derive(Debug, Error)]
#[error("{path}: {source}")]
pub struct MergeError {
    /// The path of the file or folder.
    pub path: PathBuf,
    /// The error of the operating system.
    pub source: io::Error,
}

/// Merges the results of all campaigns in these folders, and copies their failures to the
/// folder `out`. Failures with the same name are merged. The sum is written to
/// `merged.json` there if there is a failure, or if `summary_if_clean` is set. Without a
/// campaign, the `merged.json` of a folder is merged.
///
/// # Errors
/// Returns an error if a file cannot be read or written. An interrupted campaign is
/// not an error.
pub fn merge(
    folders: &[PathBuf],
    out: &Path,
    summary_if_clean: bool,
) -> Result<Merged, MergeError> {
    probe(out).map_err(failed(out))?;
    let mut merged = Merged::default();
    for folder in folders {
        let files = summaries(folder)?;
        let noted = merged.incomplete.len();
        for file in &files {
            match summary(file) {
                Ok(part) => {
                    merged.note_partial(file, &part);
                    merged.summary.merge(taken(folder, part, out)?);
                }
                Err(error) => merged.incomplete.push(error.to_string()),
            }
        }
        if files.is_empty() {
            merged.incomplete.push(format!(
                "{}: no campaign.json\n  a part without a summary was interrupted before it \
                 wrote one: its failures are kept, but its cases are not counted",
                folder.display()
            ));
        }
        if take_all(folder, out, is_raw)? > 0 {
            merged.incomplete.push(format!(
                "{}: this part ended before it had shrunk a failure, which is kept as it was found",
                folder.display()
            ));
        }
        // A failure that no summary names is one all the same.
        if merged.incomplete.len() > noted {
            take_all(folder, out, |_| true)?;
        }
    }
    if summary_if_clean || !merged.summary.is_clean() {
        let path = out.join(MERGED);
        summary_file::write(&path, &merged.summary).map_err(failed(&path))?;
    }
    Ok(merged)
}

impl Merged {
    /// Notes the parts of a summary that have not run all their cases.
    fn note_partial(&mut self, file: &Path, summary: &Summary) {
        let file = file.display();
        for part in summary.parts.iter().filter(|part| !part.has_ended) {
            self.incomplete.push(format!(
                "{file}: {part} still runs, or its process was killed: its last cases are not \
                 counted"
            ));
        }
        for part in summary.stopped() {
            self.incomplete.push(format!(
                "{file}: {part} was stopped by a signal: its further cases were not run"
            ));
        }
    }
}

/// The summaries in a folder.
fn summaries(folder: &Path) -> Result<Vec<PathBuf>, MergeError> {
    let campaigns = SummaryFile::all(folder).map_err(failed(folder))?;
    let merged = folder.join(MERGED);
    Ok(match campaigns.is_empty() && merged.exists() {
        true => vec![merged],
        false => campaigns,
    })
}

/// Copies the findings of a part to `out` and updates their paths.
fn taken(folder: &Path, mut part: Summary, out: &Path) -> Result<Summary, MergeError> {
    for finding in std::mem::take(&mut part.findings) {
        let path = folder.join(format!("{}.toml", finding.name));
        let place = take(&path, &read(&path)?, out)?;
        part.place(finding, &place);
    }
    Ok(part)
}

/// Copies the failures whose names satisfy the predicate. Returns their number. TOML files
/// that are no scenarios are left out, as by `run`.
fn take_all(folder: &Path, out: &Path, is_one: fn(&str) -> bool) -> Result<usize, MergeError> {
    if fs::canonicalize(folder).ok() == fs::canonicalize(out).ok() {
        return Ok(0);
    }
    let mut count = 0;
    for entry in fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if name.strip_suffix(".toml").is_some_and(is_one) {
            let text = read(&path)?;
            // Other scenarios were written by hand.
            let is_found = |file: &ScenarioFile| file.found.is_some();
            if is_scenario(&text) && parse(&path, &text, None).as_ref().map_or(true, is_found) {
                take(&path, &text, out)?;
                count += 1;
            }
        }
    }
    Ok(count)
}

fn read(path: &Path) -> Result<String, MergeError> {
    fs::read_to_string(path).map_err(failed(path))
}

fn take(path: &Path, text: &str, out: &Path) -> Result<Place, MergeError> {
    let unfit = |problems| io::Error::other(format!("not a kept failure\n{problems}"));
    let kept = parse(path, text, None).map_err(unfit);
    kept.and_then(|file| keep(&file, out)).map_err(failed(path))
}

fn summary(path: &Path) -> Result<Summary, MergeError> {
    let text = fs::read_to_string(path).map_err(failed(path))?;
    let read = serde_json::from_str(&text).map_err(|error| error.to_string());
    let read = read.and_then(|summary: Summary| match summary.format {
        Summary::FORMAT => Ok(summary),
        other => Err(format!("its format is {other}, not {}", Summary::FORMAT)),
    });
    read.map_err(|error| {
        failed(path)(io::Error::other(format!(
            "not written by `dht-harness fuzz` of this version: {error}"
        )))
    })
}

fn failed(path: &Path) -> impl Fn(io::Error) -> MergeError {
    let path = path.to_owned();
    move |source| MergeError {
        path: path.clone(),
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SUMMARY_FILE: &str = "campaign.json";

    /// The text of a kept failure, as a campaign writes it.
    fn failure(name: &str) -> String {
        format!(
            "format = 1\nname = \"{name}\"\nabout = \"Found by fuzzing: no-panic\"\n\
             hosts = [{{ name = \"a\" }}]\nsteps = [\"crash a\"]\n\n[found]\n\
             violates = \"no-panic\"\ndigest = \"\"\nharness = \"0.1.0\"\n\
             libp2p = \"libp2p-kad 0.49.0\"\nseed = 0\ncase = 1\n"
        )
    }

    #[test]
    fn failures_of_a_part_without_a_summary_are_kept() {
        let dir = tempfile::tempdir().unwrap();
        let (whole, ended) = (dir.path().join("whole"), dir.path().join("ended"));
        for folder in [&whole, &ended] {
            fs::create_dir(folder).unwrap();
        }
        let summary = Summary {
            cases: 7,
            ..Summary::default()
        };
        summary_file::write(&whole.join(SUMMARY_FILE), &summary).unwrap();
        fs::write(ended.join("no-panic-1.toml"), failure("no-panic-1")).unwrap();

        let out = dir.path().join("out");
        let merged = merge(&[whole, ended], &out, true).unwrap();
        assert_eq!(merged.summary.cases, 7);
        assert_eq!(merged.incomplete.len(), 1, "{:?}", merged.incomplete);
        assert!(out.join("no-panic-1.toml").is_file());
        assert!(out.join(MERGED).is_file());
    }

    #[test]
    fn a_part_that_was_interrupted_while_shrinking_is_incomplete() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("part");
        summary_file::write(&part.join(SUMMARY_FILE), &Summary::default()).unwrap();
        let raw = "no-panic-of-case-0-1";
        fs::write(part.join(format!("{raw}.toml")), failure(raw)).unwrap();

        let merged = merge(&[part], &dir.path().join("out"), true).unwrap();
        assert_eq!(merged.incomplete.len(), 1, "{:?}", merged.incomplete);
    }

    #[test]
    fn a_file_that_is_not_a_scenario_is_an_error() {
        let dir = tempfile::tempdir().unwrap();
        let part = dir.path().join("part");
        fs::create_dir(&part).unwrap();
        let other = part.join("other.toml");
        fs::write(&other, "[package]\nname = \"other\"\n").unwrap();
        let out = dir.path().join("out");
        merge(std::slice::from_ref(&part), &out, true).unwrap();
        assert!(!out.join("other.toml").exists());

        fs::write(part.join("wrong.toml"), "format = 0").unwrap();
        let error = merge(&[part], &out, true).unwrap_err().to_string();
        assert!(
            error.contains("wrong.toml: not a kept failure\n"),
            "{error}"
        );
    }
}
