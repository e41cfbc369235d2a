//! Parses the list of known defects.

use dht_fixtures::KadSettings;
use dht_harness::net::Fault;
use dht_scenarios::{
    FailureSignature, RunFailure, StepSignature, ViolationPattern, action::ActionLabel,
    file::Releases, step_failure::Cause, syntax::ParseError,
};
use serde::Deserialize;
use thiserror::Error;
use toml::Value;

use super::{GivenMode, HostsAre, KnownDefect};
use crate::{feature::Feature, named_settings::table};

/// The error for an invalid list of known defects.
#[derive(Debug, Error)]
pub enum KnownError {
    /// The list has a syntax error, or a key is unknown.
    #[error("the list of known defects: {0}")]
    Form(#[from] toml::de::Error),
    /// An entry does not have exactly one of `invariant`, `step` and `run`.
    #[error("the known defect {id}: set exactly one of `invariant`, `step` and `run`")]
    NotOne {
        /// The id of the defect.
        id: String,
    },
    /// An entry gives no reason.
    #[error("the known defect {id}: `why` has to give the reason, in a sentence")]
    NoReason {
        /// The id of the defect.
        id: String,
    },
    /// The signature of an entry does not exist.
    #[error("the known defect {id}: {source}")]
    Signature {
        /// The id of the defect.
        id: String,
        /// The unknown signature.
        source: ParseError,
    },
    /// A setting does not exist, or cannot have its value.
    #[error("the known defect {id}: {source}")]
    Setting {
        /// The id of the defect.
        id: String,
        /// What is wrong with it.
        source: toml::de::Error,
    },
    /// A kind of cause, fault, stack or the like does not exist.
    #[error(
        "the known defect {id}: there is no `{key}` named {name:?}; possible values are {known}"
    )]
    Name {
        /// The id of the defect.
        id: String,
        /// The key with the invalid value.
        key: &'static str,
        /// The invalid value.
        name: String,
        /// The possible values.
        known: String,
    },
}

/// The list as written in the file.
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
    settings: Vec<toml::Table>,
    #[serde(default)]
    stacks: Vec<String>,
    #[serde(default)]
    with: Vec<With>,
    #[serde(default)]
    reached: Vec<Feature>,
    #[serde(default)]
    libp2p: Releases,
    why: String,
}

/// Another violation that has to occur in the same run.
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
                let known = RunFailure::ALL.map(|known| known.to_string());
                name("run", &run, &known.each_ref().map(String::as_str))?;
                let signature = format!("run {run}").parse().map_err(unknown)?;
                (signature, None)
            }
            _ => return Err(KnownError::NotOne { id }),
        };
        for fault in self.faults.iter().flatten() {
            name("faults", fault, Fault::KINDS)?;
        }
        let settings = self.settings.into_iter();
        let settings = settings.map(|wanted| as_written(wanted, &id));
        let settings = settings.collect::<Result<_, _>>()?;
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
            settings,
            stacks: self.stacks,
            reached: self.reached,
            libp2p: self.libp2p,
            why: self.why,
            id,
        })
    }
}

/// The settings of a table in the form in which files are written.
fn as_written(wanted: toml::Table, id: &str) -> Result<toml::Table, KnownError> {
    let settings: KadSettings =
        wanted
            .clone()
            .try_into()
            .map_err(|source| KnownError::Setting {
                id: id.to_owned(),
                source,
            })?;
    let mut all = table(&settings);
    keep(&mut all, &wanted);
    Ok(all)
}

/// Keeps the keys that are wanted, also in the tables within.
fn keep(all: &mut toml::Table, wanted: &toml::Table) {
    all.retain(|name, _| wanted.contains_key(name));
    for (name, value) in all {
        if let (Value::Table(all), Some(Value::Table(wanted))) = (value, wanted.get(name)) {
            keep(all, wanted);
        }
    }
}
