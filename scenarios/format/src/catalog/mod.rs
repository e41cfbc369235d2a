//! A collection of scenarios.

mod files;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

use thiserror::Error;

use self::files::{Found, FoundFile};
use crate::{
    file::{self, Problems, ScenarioFile},
    scenario::{Case, Scenario},
    stacks::Stacks,
};

/// Scenarios, in the order in which they are run, and the stacks that scenario files
/// may use.
#[derive(Clone, Default)]
pub struct Catalog {
    scenarios: Vec<Scenario>,
    /// The files of the scenarios that were loaded, by name.
    loaded: BTreeMap<String, PathBuf>,
    /// The TOML files in loaded folders that are no scenarios.
    others: Vec<PathBuf>,
    /// The files in loaded folders whose names are nearly those of scenarios.
    near: Vec<PathBuf>,
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
    #[error("{0}: no scenario file in this folder; they end with .toml and have the key `format`")]
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

    /// Adds a scenario file, or all scenario files of a folder and its subfolders. In a
    /// folder, TOML files that have none of the keys `format`, `hosts` and `steps` are
    /// [other files](Self::other_files), and are skipped. A scenario is named by its folder and its name, and replaces one with the
    /// same name that was not loaded from another file. What cannot be read, a file with
    /// errors and a second file of the same name are added as scenarios that fail, so
    /// that the others still run. Returns the names.
    ///
    /// # Errors
    /// Returns an error if nothing is at the path, or if the folder has no scenario file.
    pub fn load(&mut self, path: &Path) -> Result<Vec<String>, CatalogError> {
        let found = files::find(path).map_err(|source| CatalogError::Unreadable {
            path: path.to_owned(),
            source,
        })?;
        let Found {
            files,
            others,
            near,
        } = found;
        self.others.extend(others);
        self.near.extend(near);
        if files.is_empty() {
            return Err(CatalogError::Empty(path.to_owned()));
        }
        Ok(files
            .into_iter()
            .map(|file| self.add_loaded(file))
            .collect())
    }

    fn add_loaded(&mut self, found: FoundFile) -> String {
        let FoundFile { path, text } = found;
        let as_found = path.clone();
        let (path, scenario) = match &text {
            Ok(text) => {
                let path = path.canonicalize().unwrap_or(path);
                let scenario = self.scenario(&path, text);
                (path, scenario)
            }
            Err(problem) => {
                let problem = format!("{}: {problem}", path.display());
                // What it links to may not exist, or be called otherwise.
                let path = std::path::absolute(&path).unwrap_or(path);
                let scenario = Scenario::unreadable(&unreadable_name(&path), problem);
                (path, scenario)
            }
        };
        let mut scenario = match self.loaded.get(&scenario.name) {
            Some(first) if *first != path => {
                let problem = format!(
                    "{}: {} is also called `{}`: give one of them another name, or another folder",
                    path.display(),
                    first.display(),
                    scenario.name
                );
                Scenario::unreadable(&self.another_name(&scenario.name, &path), problem)
            }
            _ => scenario,
        };
        scenario.found_in(as_found, text.as_deref().unwrap_or_default());
        self.loaded.insert(scenario.name.clone(), path);
        self.put(scenario)
    }

    /// The first of `NAME~2`, `NAME~3` and so on that no other file has.
    fn another_name(&self, name: &str, path: &Path) -> String {
        let is_free = |name: &String| self.loaded.get(name).is_none_or(|other| other == path);
        let mut names = (2..).map(|number| format!("{name}~{number}"));
        names.find(is_free).expect("there is always another name")
    }

    /// Adds the scenario of a file whose text was already read. Replaces a scenario
    /// with the same name. Returns the name.
    pub fn add(&mut self, path: &Path, text: &str) -> String {
        let scenario = self.scenario(path, text);
        self.put(scenario)
    }

    /// As [`add`](Self::add), but `read` returns the text of a file that the scenario names,
    /// by its path relative to the scenario.
    pub fn add_with(
        &mut self,
        path: &Path,
        text: &str,
        read: &dyn Fn(&Path) -> io::Result<String>,
    ) -> String {
        let parsed = file::parse_with(path, text, &self.stacks, read);
        let scenario = self.of_parsed(path, parsed);
        self.put(scenario)
    }

    fn scenario(&self, path: &Path, text: &str) -> Scenario {
        self.of_parsed(path, file::parse(path, text, &self.stacks))
    }

    fn of_parsed(&self, path: &Path, parsed: Result<ScenarioFile, Problems>) -> Scenario {
        match parsed {
            Ok(read) => Scenario::of_file(&family(path), read, &self.stacks),
            Err(problems) => Scenario::unreadable(&unreadable_name(path), problems.to_string()),
        }
    }

    fn put(&mut self, scenario: Scenario) -> String {
        let name = scenario.name.clone();
        match self.scenarios.iter_mut().find(|known| known.name == name) {
            Some(known) => *known = scenario,
            None => self.scenarios.push(scenario),
        }
        name
    }

    /// The TOML files in loaded folders that were skipped, because they are no scenarios.
    pub fn other_files(&self) -> &[PathBuf] {
        &self.others
    }

    /// The files in loaded folders that were not read although their names are nearly those of
    /// scenario files, such as `a.tml` and `a.toml.txt`.
    pub fn near_misses(&self) -> &[PathBuf] {
        &self.near
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

/// The family of a file: the name of its folder.
fn family(path: &Path) -> String {
    let folder = path.parent().and_then(Path::file_name);
    folder.map_or("file".into(), |folder| {
        folder.to_string_lossy().into_owned()
    })
}

/// The name of the scenario of a file whose own name is not known.
fn unreadable_name(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default().to_string_lossy();
    format!("{}/{stem}", family(path))
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
    fn the_report_of_an_invalid_file_contains_its_problems() {
        let mut catalog = Catalog::default();
        let name = catalog.add(Path::new("mine/wrong.toml"), "format = 1\ncolour = 3\n");
        let case = catalog.select(&[name]).expect("it was added")[0];
        assert!(case.scenario.is_unreadable());
        let violated = case.run(0).violated;
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
