//! Defects of libp2p that a campaign is to pass over.

use std::collections::BTreeSet;

use regex::Regex;
use serde::Deserialize;
use thiserror::Error;

use super::case_result::{CaseResult, ObservedFailure};
use dht_scenarios::{FailureSignature, file::ScenarioFile};

/// Defects that are known, as far as generated scenarios meet them.
#[derive(Clone, Debug, Default)]
pub struct KnownDefects(Vec<KnownDefect>);

/// How a known defect shows.
///
/// It describes a failure only if all of this is so: the signature is this one,
/// what was seen is of this form, the scenario holds what brings it about, and the
/// run has reached what shows it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct KnownDefect {
    /// Its entry in the list of upstream defects.
    pub id: String,
    /// What goes wrong.
    pub signature: FailureSignature,
    /// A regular expression that what was seen has to match.
    #[serde(default)]
    pub seen: Option<String>,
    /// Words that the scenario has to hold, each one of several with `|`
    /// between them: verbs, settings, stacks or invariants.
    #[serde(default)]
    pub needs: Vec<String>,
    /// Beginnings of features that the run has to have reached, each of them.
    #[serde(default)]
    pub reached: Vec<String>,
    /// Why it happens, in a sentence.
    pub why: String,
    #[serde(skip)]
    form: Option<Regex>,
}

/// A list of known defects that cannot be used.
#[derive(Debug, Error)]
pub enum KnownError {
    /// It is not of its form.
    #[error("the list of known defects: {0}")]
    Form(#[from] toml::de::Error),
    /// An expression cannot be understood.
    #[error("the known defect {id}: `seen`: {source}")]
    Expression {
        /// The defect.
        id: String,
        /// What is wrong with it.
        source: regex::Error,
    },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct List {
    #[serde(default)]
    known: Vec<KnownDefect>,
}

impl KnownDefects {
    /// The defects of libp2p that this project knows of.
    pub fn upstream() -> Self {
        KnownDefects::read(include_str!("../../known.toml")).expect("the list is tested")
    }

    /// Reads a list.
    ///
    /// # Errors
    /// It is not of its form.
    pub fn read(text: &str) -> Result<Self, KnownError> {
        let List { mut known } = toml::from_str(text)?;
        for defect in &mut known {
            let form = defect.seen.as_deref().map(Regex::new).transpose();
            defect.form = form.map_err(|source| KnownError::Expression {
                id: defect.id.clone(),
                source,
            })?;
        }
        Ok(KnownDefects(known))
    }

    /// The defect that describes a failure in a run of a scenario.
    pub(crate) fn describes(
        &self,
        file: &ScenarioFile,
        result: &CaseResult,
        failure: &ObservedFailure,
    ) -> Option<&KnownDefect> {
        let mut alike = self
            .0
            .iter()
            .filter(|defect| defect.signature == failure.signature)
            .peekable();
        alike.peek()?;
        let words = words(file);
        alike.find(|defect| {
            let is_seen = defect
                .form
                .as_ref()
                .is_none_or(|form| form.is_match(&failure.seen));
            let mut reached = defect.reached.iter();
            is_seen
                && defect.needs.iter().all(|need| holds(&words, need))
                && reached.all(|feature| result.reached.has(feature))
        })
    }
}

fn holds(words: &BTreeSet<String>, need: &str) -> bool {
    need.split('|').any(|word| words.contains(word))
}

/// Everything that a scenario says, in words.
fn words(file: &ScenarioFile) -> BTreeSet<String> {
    file.to_string()
        .split(|char: char| !(char.is_alphanumeric() || char == '-' || char == '_'))
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn failure(seen: &str) -> ObservedFailure {
        ObservedFailure {
            signature: FailureSignature::Invariant("no-panic".to_owned()),
            seen: seen.to_owned(),
            step: 0,
        }
    }

    #[test]
    fn a_defect_describes_only_what_it_says() {
        let known = KnownDefects::read(
            r#"
            [[known]]
            id = "B0"
            signature = "no-panic"
            seen = "overflow"
            needs = ["crash|close"]
            reached = ["dial failed"]
            why = "because"
            "#,
        )
        .unwrap();
        let with = |step: &str| ScenarioFile {
            steps: vec![step.parse().unwrap()],
            ..ScenarioFile::default()
        };
        let (crash, run) = (with("crash a"), with("run 1s"));
        let mut result = CaseResult::default();
        assert!(
            known
                .describes(&crash, &result, &failure("an overflow"))
                .is_none()
        );
        result.reached.note("dial failed: at once".to_owned());
        assert!(
            known
                .describes(&crash, &result, &failure("an overflow"))
                .is_some()
        );
        assert!(
            known
                .describes(&run, &result, &failure("an overflow"))
                .is_none()
        );
        assert!(known.describes(&crash, &result, &failure("else")).is_none());
        let other = ObservedFailure {
            signature: FailureSignature::Run("stalled".to_owned()),
            ..failure("overflow")
        };
        assert!(known.describes(&crash, &result, &other).is_none());
    }

    #[test]
    fn the_list_of_upstream_defects_can_be_read() {
        KnownDefects::upstream();
    }
}
