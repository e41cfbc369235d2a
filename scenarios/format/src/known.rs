//! The failures that scenarios may expect, by their ids.

mod need;

use std::sync::LazyLock;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use need::Need;

use crate::{
    action::{ActionKind, ActionLabel},
    condition::ConditionKind,
    releases::Releases,
    signature::{FailureSignature, StepSignature},
    step::{Fails, Step},
};

/// A failure that scenarios may expect with `allow`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
#[schemars(deny_unknown_fields)]
pub struct KnownFailure {
    /// The id, by which `allow` refers to it.
    pub id: String,
    /// What should be and is not, in a sentence.
    pub about: String,
    /// The failures as which it shows: `INVARIANT`, `INVARIANT/KIND`, or `step` and the
    /// words of a step, for example `step connect`. `step expect CONDITION` includes
    /// `eventually` and `always`, and `step expect not CONDITION` is another failure. A step
    /// without a condition that has to fail, and does not, has `fails` behind it. All by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub at: Vec<FailureSignature>,
    /// What the file must contain: from each list at least one. A verb, with a flag or without,
    /// for example `crash` or `restart lose-identity`, is an action that comes before the step
    /// that fails, or a planned one; any other text is the path of a key, for example
    /// `hosts.script`. Nothing by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Vec<String>>")]
    pub needs: Vec<Vec<Need>>,
    /// The actions of which none may come before the step that fails.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<String>")]
    pub without: Vec<ActionLabel>,
    /// The only stacks that can fail so, one of them at a host that the step or the violation
    /// names; all by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<String>,
    /// The releases of libp2p that can fail so; all by default.
    #[serde(skip_serializing_if = "Releases::is_all")]
    pub libp2p: Releases,
}

/// The list of this program.
static LIST: LazyLock<Vec<KnownFailure>> = LazyLock::new(|| {
    #[derive(Deserialize)]
    #[serde(deny_unknown_fields)]
    struct List {
        known: Vec<KnownFailure>,
    }
    let list: List = toml::from_str(include_str!("../../ids.toml"))
        .unwrap_or_else(|error| panic!("scenarios/ids.toml: {error}"));
    list.known
});

/// The failures that every scenario may expect: the defects of libp2p, the differences
/// from go-libp2p, and the mistakes of the applications of `dht_fixtures`.
pub fn known_failures() -> &'static [KnownFailure] {
    &LIST
}

/// The failures that a file may expect: its own, those that a project declares, and those that
/// [`known_failures`] lists.
pub(crate) fn expectable<'a>(
    own: &'a [KnownFailure],
    declared: &'a [KnownFailure],
) -> impl Iterator<Item = &'a KnownFailure> + Clone {
    own.iter().chain(declared).chain(known_failures())
}

impl KnownFailure {
    /// A failure with this id, and what should be and is not, in a sentence.
    pub fn new(id: &str, about: &str) -> Self {
        KnownFailure {
            id: id.to_owned(),
            about: about.to_owned(),
            ..KnownFailure::default()
        }
    }

    /// Whether it is a defect of libp2p, which UPSTREAM.md explains: B, F or U and a
    /// number.
    pub fn is_defect(&self) -> bool {
        let number = self.id.strip_prefix(['B', 'F', 'U']);
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    }

    /// Whether it is a failure of libp2p itself: a defect, or a difference from go-libp2p, which
    /// is D and a number.
    pub(crate) fn is_of_libp2p(&self) -> bool {
        let number = self.id.strip_prefix('D');
        self.is_defect() || number.is_some_and(|number| number.parse::<u32>().is_ok())
    }

    /// Whether it shows as this failure.
    pub(crate) fn shows_as(&self, failure: &FailureSignature) -> bool {
        self.at.is_empty() || self.at.iter().any(|known| known.covers(failure))
    }
}

/// The signature of the failure of a step, by which known failures are described: with the
/// condition alone, however it is waited for, and `not` if it has to be false.
pub(crate) fn signature_of(step: &Step) -> FailureSignature {
    let signature = StepSignature::of(step);
    let is_not = |kind: &ConditionKind| *kind == ConditionKind::Not;
    let Some(condition) = signature.conditions.iter().find(|kind| !is_not(kind)) else {
        return FailureSignature::Step(StepSignature {
            fails: matches!(step.fails, Fails::Somehow | Fails::With(_)),
            ..signature
        });
    };
    let nots = signature.conditions.iter().filter(|kind| is_not(kind));
    let is_negated = nots.count() % 2 == 1;
    let negation = is_negated.then_some(ConditionKind::Not);
    FailureSignature::Step(StepSignature {
        action: ActionKind::Expect,
        conditions: negation.into_iter().chain([*condition]).collect(),
        fails: false,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_entry_of_the_list_says_what_it_is_about_and_how_it_shows() {
        let mut ids: Vec<&str> = Vec::new();
        for known in known_failures() {
            assert!(!known.about.trim().is_empty(), "{}", known.id);
            assert!(!known.at.is_empty(), "{}", known.id);
            assert!(
                !ids.contains(&known.id.as_str()),
                "{} is there twice",
                known.id
            );
            ids.push(&known.id);
        }
    }

    #[test]
    fn a_condition_is_described_without_how_it_is_waited_for() {
        for (step, is_described) in [
            ("expect knows a b", "step expect knows"),
            ("expect not knows a b", "step expect not knows"),
            ("eventually 5s not not knows a b", "step expect knows"),
            ("always 5s not knows a b fails", "step expect not knows"),
        ] {
            let signature = signature_of(&step.parse().expect(step));
            assert_eq!(signature.to_string(), is_described, "{step}");
        }
        for (step, is_described) in [
            ("connect a b", "step connect"),
            ("connect a b fails", "step connect fails"),
            ("connect a b may-fail", "step connect"),
        ] {
            let signature = signature_of(&step.parse().expect(step));
            assert_eq!(signature.to_string(), is_described);
            assert_eq!(is_described.parse(), Ok(signature));
        }
    }
}
