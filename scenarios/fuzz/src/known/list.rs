//! The list of known defects as it stands in a file.

use dht_harness::net::Fault;
use dht_scenarios::{
    FailureSignature, RunFailure, StepSignature, UnknownSignature, ViolationPattern,
    action::ActionLabel, step_failure::Cause,
};
use serde::Deserialize;
use thiserror::Error;

use super::{GivenMode, HostsAre, KnownDefect};
use crate::feature::Feature;

/// A list of known defects that cannot be used.
#[derive(Debug, Error)]
pub enum KnownError {
    /// It is not of its form.
    #[error("the list of known defects: {0}")]
    Form(#[from] toml::de::Error),
    /// An entry does not say what goes wrong, or says it twice.
    #[error("the known defect {id}: it is one of `invariant`, `step` and `run` that goes wrong")]
    NotOne {
        /// The defect.
        id: String,
    },
    /// An entry does not say why it happens.
    #[error("the known defect {id}: `why` has to say why it happens, in a sentence")]
    NoReason {
        /// The defect.
        id: String,
    },
    /// What goes wrong is nothing that can.
    #[error("the known defect {id}: {source}")]
    Signature {
        /// The defect.
        id: String,
        /// What is wrong with it.
        source: UnknownSignature,
    },
    /// There is no such kind of what goes wrong, or of fault.
    #[error("the known defect {id}: no `{key}` is called {name:?}; there are {known}")]
    Name {
        /// The defect.
        id: String,
        /// The key.
        key: &'static str,
        /// What it says.
        name: String,
        /// What it could say.
        known: String,
    },
}

/// The list as it stands in the file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct List {
    #[serde(default)]
    known: Vec<Entry>,
}

impl List {
    pub(super) fn read(self) -> Result<Vec<KnownDefect>, KnownError> {
        self.known.into_iter().map(Entry::read).collect()
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    id: String,
    invariant: Option<String>,
    step: Option<String>,
    run: Option<String>,
    kind: Option<String>,
    hosts: Option<HostsAre>,
    #[serde(default)]
    actions: Vec<Vec<ActionLabel>>,
    #[serde(default)]
    faults: Vec<Vec<String>>,
    #[serde(default)]
    modes: Vec<GivenMode>,
    #[serde(default)]
    stacks: Vec<String>,
    #[serde(default)]
    with: Vec<With>,
    #[serde(default)]
    reached: Vec<Feature>,
    why: String,
}

/// Something else that is violated.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct With {
    invariant: String,
    kind: Option<String>,
}

impl Entry {
    fn read(self) -> Result<KnownDefect, KnownError> {
        let id = self.id;
        if self.why.trim().is_empty() {
            return Err(KnownError::NoReason { id });
        }
        let unknown = |source| KnownError::Signature {
            id: id.clone(),
            source,
        };
        let name = |key: &'static str, name: &str, known: &[&str]| {
            if known.contains(&name) {
                return Ok(());
            }
            Err(KnownError::Name {
                id: id.clone(),
                key,
                name: name.to_owned(),
                known: known.join(", "),
            })
        };
        let violation = |invariant: &str, kind: Option<&str>| {
            let text = match kind {
                Some(kind) => format!("{invariant}/{kind}"),
                None => invariant.to_owned(),
            };
            text.parse::<ViolationPattern>().map_err(unknown)
        };
        let kind = self.kind.as_deref();
        let (signature, cause) = match (self.invariant, self.step, self.run) {
            (Some(invariant), None, None) => {
                let pattern = violation(&invariant, kind)?;
                (FailureSignature::Invariant(pattern), None)
            }
            (None, Some(step), None) => {
                if let Some(kind) = kind {
                    name("kind", kind, Cause::KINDS)?;
                }
                let step: StepSignature = step.parse().map_err(unknown)?;
                (FailureSignature::Step(step), self.kind)
            }
            (None, None, Some(run)) if kind.is_none() => {
                name("run", &run, &RunFailure::ALL.map(RunFailure::name))?;
                let signature = format!("run {run}").parse().map_err(unknown)?;
                (signature, None)
            }
            _ => return Err(KnownError::NotOne { id }),
        };
        for fault in self.faults.iter().flatten() {
            name("faults", fault, Fault::KINDS)?;
        }
        let with = self.with.iter();
        let with = with.map(|with| violation(&with.invariant, with.kind.as_deref()));
        Ok(KnownDefect {
            with: with.collect::<Result<_, _>>()?,
            signature,
            cause,
            hosts: self.hosts,
            actions: self.actions,
            faults: self.faults,
            modes: self.modes,
            stacks: self.stacks,
            reached: self.reached,
            id,
        })
    }
}
