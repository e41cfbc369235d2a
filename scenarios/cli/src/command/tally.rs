//! The results of many cases in a few lines.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
};

use dht_scenarios::{CaseReport, Verdict};

/// How many cases of each folder have passed and failed, and which of their failures are
/// expected.
#[derive(Debug, Default)]
pub(super) struct Tally {
    folders: BTreeMap<String, Counts>,
    expected: BTreeSet<String>,
}

#[derive(Clone, Copy, Debug, Default)]
struct Counts {
    passed: usize,
    expected: usize,
    failed: usize,
}

/// What the first letters of the ids of expected failures stand for.
const LEGEND: [(&[char], &str); 3] = [
    (
        &['B', 'F', 'U'],
        "defects of libp2p, explained in scenarios/UPSTREAM.md",
    ),
    (
        &['D'],
        "differences from go-libp2p; `about` in the scenario says what should be",
    ),
    (&['P'], "mistakes of applications, made on purpose"),
];

impl Tally {
    pub(super) fn add(&mut self, report: &CaseReport) {
        let counts = self.folders.entry(folder(&report.name)).or_default();
        match report.verdict {
            Verdict::Passed => counts.passed += 1,
            Verdict::AsExpected(_) => counts.expected += 1,
            Verdict::Failed(_) | Verdict::UnexpectedPass(_) => counts.failed += 1,
        }
        self.expected.extend(report.expected.iter().cloned());
    }
}

/// The folder of a case: all of its name but the scenario, the stack and the transport.
pub(super) fn folder(case: &str) -> String {
    let name = case.rsplitn(4, '/').nth(3);
    name.unwrap_or_default().to_owned()
}

/// A line for each folder, and a legend for the expected failures.
impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let width = self.folders.keys().map(String::len).max().unwrap_or(0);
        let width = width.max("folder".len());
        writeln!(f, "{:<width$}  passed  as expected  failed", "folder")?;
        for (folder, counts) in &self.folders {
            let Counts {
                passed,
                expected,
                failed,
            } = counts;
            writeln!(
                f,
                "{folder:<width$}  {passed:>6}  {expected:>11}  {failed:>6}"
            )?;
        }
        if self.expected.is_empty() {
            return Ok(());
        }
        writeln!(
            f,
            "as expected: the case fails as its scenario says, and counts as passed"
        )?;
        let mut told = BTreeSet::new();
        for (letters, meaning) in LEGEND {
            let ids = self.expected.iter().filter(|id| id.starts_with(letters));
            let ids: Vec<&str> = ids.map(String::as_str).collect();
            if !ids.is_empty() {
                writeln!(f, "  {meaning}:{}", listed(&ids))?;
            }
            told.extend(ids);
        }
        let others = self.expected.iter().map(String::as_str);
        let others: Vec<&str> = others.filter(|id| !told.contains(id)).collect();
        match others.is_empty() {
            true => Ok(()),
            false => writeln!(f, "  explained by their scenarios:{}", listed(&others)),
        }
    }
}

/// The width of a line of ids.
const WIDTH: usize = 80;

/// Ids in the order of their numbers, in lines of their own.
fn listed(ids: &[&str]) -> String {
    let mut ids = ids.to_vec();
    ids.sort_by_key(|id| {
        let letters = id.trim_end_matches(|char: char| char.is_ascii_digit());
        (letters.to_owned(), id[letters.len()..].parse::<u32>().ok())
    });
    let mut lines = vec![String::new()];
    for id in ids {
        match lines
            .last_mut()
            .filter(|line| line.len() + id.len() < WIDTH)
        {
            Some(line) => {
                line.push(' ');
                line.push_str(id);
            }
            None => lines.push(format!(" {id}")),
        }
    }
    let lines = lines.iter().map(|line| format!("\n   {line}"));
    lines.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_folder_of_a_case_is_its_name_without_the_last_three_parts() {
        assert_eq!(folder("upstream/b01/kad/mux"), "upstream");
        assert_eq!(folder("a/b/name/kad/mux"), "a/b");
    }

    #[test]
    fn ids_are_listed_by_number() {
        assert_eq!(listed(&["B10", "B2", "D1"]), "\n    B2 B10 D1");
    }
}
