//! A collection of scenarios.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use crate::{
    file,
    scenario::{Case, Scenario},
    stacks::Stacks,
};

/// Scenarios, in the order in which they are run, and the stacks that scenario files
/// may use.
#[derive(Clone, Default)]
pub struct Catalog {
    scenarios: Vec<Scenario>,
    stacks: Stacks,
}

/// The error for scenario files that cannot be loaded.
#[derive(Debug, Error)]
#[non_exhaustive]
pub enum CatalogError {
    /// The file or folder cannot be read.
    #[error("{path}: {source}")]
    Unreadable {
        /// The file or folder.
        path: PathBuf,
        /// The error of the operating system.
        source: io::Error,
    },
    /// The folder contains no scenario file.
    #[error("{0}: no scenario file in this folder; they end with .toml")]
    Empty(PathBuf),
    /// No case has the path.
    #[error("no scenario or file is called {path:?}{}", .nearest.as_ref().map(|name| format!("; did you mean {name:?}?")).unwrap_or_default())]
    UnknownPath {
        /// The requested path.
        path: String,
        /// The most similar existing name.
        nearest: Option<String>,
    },
}

impl Catalog {
    /// Creates an empty catalog whose scenario files may use these stacks.
    pub fn new(stacks: Stacks) -> Self {
        Catalog {
            stacks,
            ..Catalog::default()
        }
    }

    /// Adds a scenario.
    pub fn with(mut self, scenario: Scenario) -> Self {
        self.scenarios.push(scenario);
        self
    }

    /// Adds a scenario file, or all scenario files of a folder and its subfolders. A
    /// In a folder, files without the key `format` are skipped, because they are not
    /// scenario files. A scenario is named by its folder and its name, and replaces one with the same
    /// name. A file with errors is added as a scenario that fails. Returns the names.
    ///
    /// # Errors
    /// Returns an error if there is no scenario file at the path, or if a file cannot
    /// be read.
    pub fn load(&mut self, path: &Path) -> Result<Vec<String>, CatalogError> {
        let mut files = Vec::new();
        find(path, &mut files)?;
        if files.is_empty() {
            return Err(CatalogError::Empty(path.to_owned()));
        }
        files
            .iter()
            .map(|file| {
                let text = fs::read_to_string(file).map_err(unreadable(file))?;
                let path = file.canonicalize().unwrap_or_else(|_| file.clone());
                Ok(self.add(&path, &text))
            })
            .collect()
    }

    /// Adds the scenario of a file whose text was already read. Replaces a scenario
    /// with the same name. Returns the name.
    pub fn add(&mut self, path: &Path, text: &str) -> String {
        let family = path
            .parent()
            .and_then(Path::file_name)
            .map_or("file".into(), |folder| folder.to_string_lossy());
        let scenario = match file::parse(path, text, &self.stacks) {
            Ok(read) => Scenario::of_file(&family, read, &self.stacks),
            Err(problems) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                Scenario::unreadable(&format!("{family}/{stem}"), &problems)
            }
        };
        let name = scenario.name.clone();
        match self.scenarios.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = scenario,
            None => self.scenarios.push(scenario),
        }
        name
    }

    /// The stacks that scenario files may use.
    pub fn stacks(&self) -> &Stacks {
        &self.stacks
    }

    /// All scenarios.
    pub fn scenarios(&self) -> &[Scenario] {
        &self.scenarios
    }

    /// The cases whose path starts with one of `paths`, compared component by
    /// component, in the order of `paths`. All cases if `paths` is empty. A scenario for
    /// [other releases](Scenario::other_releases) of libp2p has no cases.
    ///
    /// # Errors
    /// Returns an error if a path matches no case.
    pub fn select(&self, paths: &[String]) -> Result<Vec<Case<'_>>, CatalogError> {
        let all: Vec<Case<'_>> = self.scenarios.iter().flat_map(Scenario::cases).collect();
        if paths.is_empty() {
            return Ok(all);
        }
        for path in paths {
            let is_elsewhere = |scenario: &Scenario| {
                scenario.other_releases().is_some() && begins_with(&scenario.name, path)
            };
            if !all.iter().any(|case| begins_with(&case.path(), path))
                && !self.scenarios.iter().any(is_elsewhere)
            {
                return Err(CatalogError::UnknownPath {
                    path: path.clone(),
                    nearest: self.nearest(path),
                });
            }
        }
        let mut chosen: Vec<(usize, Case<'_>)> = all
            .into_iter()
            .filter_map(|case| {
                let of_case = |path: &String| begins_with(&case.path(), path);
                Some((paths.iter().position(of_case)?, case))
            })
            .collect();
        chosen.sort_by_key(|(position, _)| *position);
        Ok(chosen.into_iter().map(|(_, case)| case).collect())
    }

    fn nearest(&self, path: &str) -> Option<String> {
        self.scenarios
            .iter()
            .map(|scenario| (strsim::jaro_winkler(&scenario.name, path), &scenario.name))
            .filter(|(similarity, _)| *similarity > 0.7)
            .max_by(|one, other| one.0.total_cmp(&other.0))
            .map(|(_, name)| name.clone())
    }
}

/// Collects the scenario files at a path, sorted by name.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), CatalogError> {
    if !path.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    let mut inside = fs::read_dir(path)
        .and_then(|entries| {
            entries
                .map(|entry| Ok(entry?.path()))
                .collect::<io::Result<Vec<_>>>()
        })
        .map_err(unreadable(path))?;
    inside.sort();
    for entry in inside {
        if entry.is_dir() || is_scenario(&entry)? {
            find(&entry, files)?;
        }
    }
    Ok(())
}

fn is_scenario(path: &Path) -> Result<bool, CatalogError> {
    if path.extension().is_none_or(|extension| extension != "toml") {
        return Ok(false);
    }
    let text = fs::read_to_string(path).map_err(unreadable(path))?;
    Ok(has_format(&text))
}

/// Whether a text has the key `format` at its top level. An invalid text is searched by
/// line, so that a scenario file with a syntax error is reported.
fn has_format(text: &str) -> bool {
    match text.parse::<toml::Table>() {
        Ok(table) => table.contains_key("format"),
        Err(_) => text.lines().any(|line| {
            let value = line.trim_start().strip_prefix("format");
            value.is_some_and(|value| value.trim_start().starts_with('='))
        }),
    }
}

fn unreadable(path: &Path) -> impl FnOnce(io::Error) -> CatalogError {
    let path = path.to_owned();
    |source| CatalogError::Unreadable { path, source }
}

/// Whether the components of `prefix` are the first components of `path`.
pub(crate) fn begins_with(path: &str, prefix: &str) -> bool {
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
    fn paths_select_by_whole_components() {
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
    fn scenario_files_have_the_key_format() {
        assert!(has_format("format = 1\nname = \"a\"\n"));
        assert!(has_format("format = 1\nname = \n"), "with a syntax error");
        assert!(!has_format("[package]\nname = \"a\"\n"));
        assert!(!has_format("[log]\nformat = 1\n"));
    }

    #[test]
    fn the_report_of_an_invalid_file_contains_its_problems() {
        let mut catalog = Catalog::default();
        let name = catalog.add(Path::new("mine/wrong.toml"), "format = 1\ncolour = 3\n");
        let case = catalog.select(&[name]).expect("it was added")[0];
        assert!(case.scenario.is_unreadable());
        let violated = case.run(0, None).violated;
        let [crate::CaseFailure::Run { says, .. }] = violated.as_slice() else {
            panic!("{violated:?}");
        };
        assert!(says.contains("colour"), "{says}");
    }

    #[test]
    fn the_error_for_an_unknown_path_contains_the_nearest_name() {
        let catalog = Catalog::default().with(
            Scenario::new("founding/double-close", "", |setting| {
                setting.sim().run(|_| Ok(()))
            })
            .on("kad", crate::Expect::Pass),
        );
        let error = catalog
            .select(&["founding/double-clos".to_owned()])
            .err()
            .unwrap();
        assert!(error.to_string().contains("double-close"), "{error}");
    }
}
