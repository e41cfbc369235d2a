//! A build of several mutants, and the attribution of its errors.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    build_dir::{BuildDir, Origins},
    cargo::{CompileError, Executable, Outcome, cargo},
    edit_span::EditSpan,
    error::BenchError,
    upstream::Upstream,
};

/// Mutants by number, and their edits.
pub(crate) type Numbered<'a> = Vec<(usize, &'a [EditSpan])>;

/// The outcome of a build.
#[derive(Debug)]
pub(crate) struct Built {
    /// The executables.
    pub(crate) executables: Vec<Executable>,
    /// The mutants that were left out because of compile errors, by number, and
    /// the errors.
    pub(crate) left_out: BTreeMap<usize, String>,
}

/// The parameters of a build in a build folder.
#[derive(Clone, Copy)]
pub(crate) struct BuildCall<'a> {
    pub(crate) upstream: &'a Upstream,
    pub(crate) build_dir: &'a BuildDir<'a>,
    /// The arguments of cargo.
    pub(crate) arguments: &'a [&'a str],
    /// Called for each target that was built.
    pub(crate) on_built: &'a dyn Fn(&str),
}

impl BuildCall<'_> {
    /// Builds with these mutants. Mutants that do not compile are left out, one
    /// after the other, until the rest compiles.
    ///
    /// # Errors
    /// Fails if it does not compile even without mutants.
    pub(crate) fn build(&self, mutants: &Numbered<'_>) -> Result<Built, BenchError> {
        let mut left = mutants.clone();
        let mut left_out = BTreeMap::new();
        loop {
            let (outcome, origins) = self.call(&left)?;
            let errors = match outcome {
                Ok(products) => {
                    return Ok(Built {
                        executables: products.executables,
                        left_out,
                    });
                }
                Err(errors) => errors,
            };
            let culprits = match left.as_slice() {
                [] => {
                    return Err(BenchError::Workspace(format!(
                        "this does not compile even without mutants:\n{}",
                        text(&errors)
                    )));
                }
                [(only, _)] => BTreeMap::from([(*only, text(&errors))]),
                several => match blame(&errors, &origins) {
                    some if !some.is_empty() => some,
                    _ => BTreeMap::from([(self.halve(several)?, text(&errors))]),
                },
            };
            left.retain(|(number, _)| !culprits.contains_key(number));
            left_out.extend(culprits);
        }
    }

    /// Builds with one mutant. The inner error is the compiler's output.
    pub(crate) fn build_one(
        &self,
        mutant: (usize, &[EditSpan]),
    ) -> Result<Result<Vec<Executable>, String>, BenchError> {
        let (outcome, _) = self.call(&[mutant])?;
        Ok(outcome
            .map(|products| products.executables)
            .map_err(|errors| text(&errors)))
    }

    fn call(&self, mutants: &[(usize, &[EditSpan])]) -> Result<(Outcome, Origins), BenchError> {
        let origins = self.build_dir.write_sources(mutants)?;
        let outcome = cargo(
            self.upstream,
            self.arguments,
            &self.build_dir.folder,
            self.on_built,
        )?;
        if let Ok(products) = &outcome {
            self.build_dir.is_built_on(&products.sources)?;
        }
        Ok((outcome, origins))
    }

    /// Finds one mutant that does not compile by bisection. Used if no error location
    /// points at a mutant.
    fn halve(&self, mut suspects: &[(usize, &[EditSpan])]) -> Result<usize, BenchError> {
        while suspects.len() > 1 {
            let (one, other) = suspects.split_at(suspects.len() / 2);
            suspects = match self.call(one)?.0 {
                Ok(_) => other,
                Err(_) => one,
            };
        }
        Ok(suspects[0].0)
    }
}

fn text(errors: &[CompileError]) -> String {
    let all: Vec<&str> = errors.iter().map(|error| error.text.trim_end()).collect();
    all.join("\n")
}

/// The mutants in whose text the errors are located, each with its errors.
fn blame(errors: &[CompileError], origins: &Origins) -> BTreeMap<usize, String> {
    let mut culprits: BTreeMap<usize, String> = BTreeMap::new();
    for error in errors {
        let whose: BTreeSet<usize> = error
            .places
            .iter()
            .filter_map(|(package, file, start, end)| {
                let is_of = |(of, name): &(String, String)| {
                    of == package && Path::new(file).ends_with(name)
                };
                let (_, texts) = origins.iter().find(|(key, _)| is_of(key))?;
                let (_, mutant) = texts
                    .iter()
                    .find(|(at, _)| at.start <= *end && *start <= at.end)?;
                Some(*mutant)
            })
            .take(1)
            .collect();
        for mutant in whose {
            let text = culprits.entry(mutant).or_default();
            text.push_str(&error.text);
        }
    }
    culprits
}
