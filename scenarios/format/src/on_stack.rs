//! The scenarios of a catalog on one stack.

use std::sync::Arc;

use serde::Serialize;
use thiserror::Error;

use crate::{
    again::again_on_stack,
    applicability::{Applicability, Obstacle, applicability},
    catalog::{Catalog, begins_with},
    file::{Allow, ScenarioFile},
    scenario::Scenario,
    syntax::hint,
};

/// The scenarios of a catalog on one stack: those that apply to it, with the stack in
/// place of the one that they are written for, and those that do not.
pub struct OnStack {
    /// The stack.
    pub stack: String,
    /// The scenarios that apply.
    pub catalog: Catalog,
    /// The scenarios that do not apply.
    pub skipped: Vec<Skipped>,
}

/// A scenario that does not apply to a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Skipped {
    /// The name of the scenario.
    pub scenario: String,
    /// Why it does not apply.
    pub obstacles: Vec<Obstacle>,
}

/// The error for a stack that does not exist.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("no stack is called {name:?}; {hint}")]
pub struct UnknownStack {
    name: String,
    hint: String,
}

impl Catalog {
    /// The scenarios on one stack. Each that applies to it runs with this stack in
    /// place of the one that it is written for, and has the same expected outcome; see
    /// [`applicability`].
    ///
    /// # Errors
    /// Returns an error if there is no such stack.
    pub fn on_stack(&self, stack: &str) -> Result<OnStack, UnknownStack> {
        self.scenarios_on_stack(stack, |_| true)
    }

    /// As [`on_stack`](Self::on_stack), for the scenarios with a name that `is_chosen`
    /// accepts.
    ///
    /// # Errors
    /// As for [`on_stack`](Self::on_stack).
    pub fn scenarios_on_stack(
        &self,
        stack: &str,
        is_chosen: impl Fn(&str) -> bool,
    ) -> Result<OnStack, UnknownStack> {
        if !self.stacks().names().any(|name| name == stack) {
            let names = || self.stacks().names();
            let hint = hint(stack, names())
                .unwrap_or_else(|| format!("there are {}", Vec::from_iter(names()).join(", ")));
            return Err(UnknownStack {
                name: stack.to_owned(),
                hint,
            });
        }
        let mut catalog = Catalog::new(self.stacks().clone());
        let mut skipped = Vec::new();
        let chosen = self.scenarios().iter();
        for scenario in chosen.filter(|scenario| is_chosen(&scenario.name)) {
            match self.replaced(scenario, stack) {
                Ok(scenario) => catalog = catalog.with(scenario),
                Err(obstacles) => skipped.push(Skipped {
                    scenario: scenario.name.clone(),
                    obstacles,
                }),
            }
        }
        Ok(OnStack {
            stack: stack.to_owned(),
            catalog,
            skipped,
        })
    }

    /// The scenarios whose names start with one of `paths`, as in
    /// [`select`](Self::select), that are for other releases of libp2p.
    pub fn for_other_releases(&self, paths: &[String]) -> Vec<Skipped> {
        let is_chosen = |scenario: &&Scenario| {
            paths.is_empty() || paths.iter().any(|path| begins_with(&scenario.name, path))
        };
        let chosen = self.scenarios().iter().filter(is_chosen);
        chosen
            .filter_map(|scenario| {
                Some(Skipped {
                    scenario: scenario.name.clone(),
                    obstacles: vec![Obstacle::release(scenario.other_releases()?)],
                })
            })
            .collect()
    }

    /// A scenario with this stack in place of the one that it is written for.
    fn replaced(&self, scenario: &Scenario, stack: &str) -> Result<Scenario, Vec<Obstacle>> {
        let file = match &scenario.file {
            Some(file) => file,
            // A file with errors fails on any stack.
            None if scenario.is_unreadable() => return Ok(scenario.clone()),
            None => {
                let own = scenario.on_its_stack(stack);
                return own.ok_or_else(|| vec![Obstacle::code()]);
            }
        };
        match applicability(file, stack, self.stacks()) {
            Applicability::Applies { instead_of } => {
                let file = on_stack(file, stack, &instead_of);
                let family = scenario
                    .name
                    .rsplit_once('/')
                    .map_or("", |(family, _)| family);
                Ok(Scenario::of_file(family, file, self.stacks()))
            }
            Applicability::DoesNot(obstacles) => Err(obstacles),
        }
    }
}

/// A scenario on `stack` alone, which has the expected outcome of `instead_of`.
fn on_stack(file: &Arc<ScenarioFile>, stack: &str, instead_of: &str) -> ScenarioFile {
    let mut file = ScenarioFile::clone(file);
    file.stacks = vec![stack.to_owned()];
    let holds = |allow: &Allow| {
        allow.stacks.is_empty() || allow.stacks.iter().any(|named| named == instead_of)
    };
    file.allow.retain(holds);
    for allow in &mut file.allow {
        allow.stacks.clear();
    }
    file
}

impl OnStack {
    /// Runs all cases and requires that they pass. Returns how many have.
    ///
    /// # Panics
    /// Panics if a case fails, if one is an unexpected pass, or if no scenario applies.
    /// The message contains the reports, or why no scenario applies.
    pub fn assert_passes(&self) -> usize {
        let scenarios = self.catalog.scenarios().iter();
        let cases: Vec<_> = scenarios.flat_map(Scenario::cases).collect();
        assert!(
            !cases.is_empty(),
            "no scenario applies to the stack {:?}:\n{}",
            self.stack,
            self.reasons()
        );
        let failures = cases.iter().filter_map(|case| case.run(0).failure());
        let failures: Vec<String> = failures.collect();
        assert!(
            failures.is_empty(),
            "{}\n{}",
            failures.join("\n\n"),
            again_on_stack()
        );
        cases.len()
    }

    /// The scenarios that do not apply, a line each, with the reasons.
    pub fn reasons(&self) -> String {
        let lines = self.skipped.iter().map(|skipped| {
            let reasons: Vec<String> = skipped.obstacles.iter().map(ToString::to_string).collect();
            format!("{}: {}", skipped.scenario, reasons.join("; "))
        });
        lines.collect::<Vec<_>>().join("\n")
    }
}
