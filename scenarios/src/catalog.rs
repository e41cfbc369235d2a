//! A list of scenarios.

use thiserror::Error;

use crate::{
    case::{Case, Scenario},
    founding,
};

/// Scenarios, in the order in which they are run.
#[derive(Default)]
pub struct Catalog {
    scenarios: Vec<Scenario>,
}

/// A path that no case has.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("no scenario is called {path:?}{}", .nearest.as_ref().map(|name| format!("; did you mean {name:?}?")).unwrap_or_default())]
pub struct UnknownPath {
    /// What was asked for.
    pub path: String,
    /// The most similar name there is.
    pub nearest: Option<String>,
}

impl Catalog {
    /// The scenarios of this project.
    pub fn standard() -> Self {
        Catalog {
            scenarios: founding::scenarios(),
        }
    }

    /// Adds a scenario.
    pub fn with(mut self, scenario: Scenario) -> Self {
        self.scenarios.push(scenario);
        self
    }

    /// All scenarios.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The cases whose path begins with one of `paths`, part by part; all of
    /// them if there are no paths.
    ///
    /// # Errors
    /// A path that no case has.
    pub fn select(&self, paths: &[String]) -> Result<Vec<Case<'_>>, UnknownPath> {
        let all: Vec<Case<'_>> = self.scenarios.iter().flat_map(Scenario::cases).collect();
        if paths.is_empty() {
            return Ok(all);
        }
        for path in paths {
            if !all.iter().any(|case| begins_with(&case.path(), path)) {
                return Err(UnknownPath {
                    path: path.clone(),
                    nearest: self.nearest(path),
                });
            }
        }
        Ok(all
            .into_iter()
            .filter(|case| paths.iter().any(|path| begins_with(&case.path(), path)))
            .collect())
    }

    fn nearest(&self, path: &str) -> Option<String> {
        self.scenarios
            .iter()
            .map(|scenario| (strsim::jaro_winkler(scenario.name, path), scenario.name))
            .filter(|(similarity, _)| *similarity > 0.7)
            .max_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, name)| name.to_owned())
    }
}

/// Whether the parts of `prefix` are the first parts of `path`.
fn begins_with(path: &str, prefix: &str) -> bool {
    let mut parts = path.split('/');
    prefix
        .trim_end_matches('/')
        .split('/')
        .all(|part| parts.next() == Some(part))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_select_by_whole_parts() {
        assert!(begins_with("founding/double-close/kad/mux", "founding"));
        assert!(begins_with(
            "founding/double-close/kad/mux",
            "founding/double-close/"
        ));
        assert!(!begins_with(
            "founding/double-close/kad/mux",
            "founding/double"
        ));
    }

    #[test]
    fn a_wrong_path_is_told_the_nearest_name() {
        let catalog = Catalog::standard();
        let error = catalog
            .select(&["founding/double-clos".to_owned()])
            .err()
            .unwrap();
        assert!(error.to_string().contains("double-close"), "{error}");
    }
}
