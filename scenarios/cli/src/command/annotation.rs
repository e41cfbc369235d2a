//! Annotations of GitHub: a failure at the line of a file.
//!
//! Source: "Workflow commands for GitHub Actions", setting an error message.

use std::{
    fmt, fs,
    path::{Path, PathBuf},
};

use dht_fuzz::{Kept, Part};
use dht_harness::noun;
use dht_scenarios::{
    Case, CaseFailure, CaseReport, Stacks,
    file::{self, Problem, line_of},
};

use super::NEAR_MISS;

/// A failure or a warning at a place.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Annotation {
    level: Level,
    /// The file; `None` for a scenario in code, or one that is built into the program.
    file: Option<PathBuf>,
    /// From 1.
    line: usize,
    title: String,
    text: String,
}

/// How GitHub shows an annotation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Level {
    Error,
    Warning,
}

/// The annotations of a case that has failed.
pub(super) fn of(case: &Case<'_>, report: &CaseReport) -> impl Iterator<Item = Annotation> {
    let path = case.scenario.path.clone();
    let text = path
        .as_ref()
        .and_then(|path| fs::read_to_string(path).ok())
        .unwrap_or_default();
    let at = |line: usize, says: &str| Annotation {
        level: Level::Error,
        file: path.clone(),
        line,
        title: report.name.clone(),
        text: says.to_owned(),
    };
    let annotations: Vec<Annotation> = match case.scenario.is_unreadable() {
        true => problems(&text, path.as_deref().unwrap_or("".as_ref()))
            .iter()
            .map(|problem| at(line_of(&text, problem.at.start), &problem.text))
            .collect(),
        false => {
            let failures = report.violated.iter();
            failures
                .map(|failure| {
                    let line = match failure {
                        CaseFailure::Step { line, .. } => *line,
                        _ => None,
                    };
                    at(line.unwrap_or(1), &words(failure))
                })
                .collect()
        }
    };
    let nothing = annotations.is_empty();
    let whole = nothing.then(|| at(1, report.verdict.failure().unwrap_or_default()));
    annotations.into_iter().chain(whole)
}

/// The annotation of a failure that a campaign has found, at the beginning of its file.
pub(super) fn of_finding(finding: &Kept) -> Annotation {
    Annotation {
        level: Level::Error,
        file: Some(finding.file.clone()),
        line: 1,
        title: finding.name.clone(),
        text: finding.to_string(),
    }
}

/// The warning that a signal has ended a campaign early.
pub(super) fn of_stopped(part: &Part) -> Annotation {
    let cases = noun(part.cases as usize, "case", "cases");
    Annotation {
        level: Level::Warning,
        file: None,
        line: 1,
        title: "fuzz".to_owned(),
        text: format!("{part}: stopped by a signal after {} {cases}", part.cases),
    }
}

/// The warning that a file was not read although its name is nearly that of a scenario file.
pub(super) fn of_not_read(file: &Path) -> Annotation {
    Annotation {
        level: Level::Warning,
        file: Some(file.to_owned()),
        line: 1,
        title: "not read".to_owned(),
        text: NEAR_MISS.to_owned(),
    }
}

fn words(failure: &CaseFailure) -> String {
    match failure {
        CaseFailure::Violation {
            invariant,
            expected,
            reason,
            hosts,
            ..
        } => format!(
            "{invariant} is violated at {}\nexpected: {expected}\nseen: {reason}",
            hosts.join(", ")
        ),
        CaseFailure::Step {
            step,
            expected,
            reason,
            ..
        } => format!("{step}\nexpected: {expected}\nseen: {reason}"),
        CaseFailure::Run { says, .. } => says.clone(),
        CaseFailure::UnexpectedPass { id, expected } => {
            format!("{id} no longer occurs: {expected}")
        }
    }
}

/// What is wrong with a file that could not be read.
fn problems(text: &str, path: &Path) -> Vec<Problem> {
    match file::parse(path, text, &Stacks::standard()) {
        Ok(_) => Vec::new(),
        Err(problems) => problems.list,
    }
}

impl fmt::Display for Annotation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.level {
            Level::Error => "::error ",
            Level::Warning => "::warning ",
        })?;
        if let Some(file) = &self.file {
            let file = property(&file.display().to_string());
            write!(f, "file={file},line={},", self.line)?;
        }
        write!(f, "title={}::{}", property(&self.title), data(&self.text))
    }
}

/// A text with the characters escaped that would end it.
fn data(text: &str) -> String {
    text.replace('%', "%25")
        .replace('\r', "%0D")
        .replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_annotation_is_one_line() {
        let annotation = Annotation {
            level: Level::Error,
            file: Some("a,b/c.toml".into()),
            line: 7,
            title: "a: b".to_owned(),
            text: "100 %\nof it".to_owned(),
        };
        assert_eq!(
            annotation.to_string(),
            "::error file=a%2Cb/c.toml,line=7,title=a%3A b::100 %25%0Aof it"
        );
    }
}
