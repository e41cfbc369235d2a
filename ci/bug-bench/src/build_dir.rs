//! Edited copies of published crates, in a folder that is built with cargo.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    ops::Range,
    path::{Path, PathBuf},
};

use crate::{
    edit_span::{EditSpan, edited},
    error::BenchError,
    files::put,
    test_workspace,
    upstream::Upstream,
};

/// The implementation of `mutant!("ID")` in a mutated crate: true if the
/// environment variable `DHT_MUTANT` is ID. Each use reads the variable once.
const SWITCH: &str = r#"
#[allow(unused_macros)]
macro_rules! mutant {
    ($id:literal) => {{
        static IS_ON: std::sync::OnceLock<bool> = std::sync::OnceLock::new();
        *IS_ON.get_or_init(|| std::env::var_os("DHT_MUTANT").is_some_and(|id| id == $id))
    }};
}

"#;

/// The target of a build.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// The program.
    Program,
    /// The crates' own tests.
    Tests,
}

/// A folder with edited copies, and the target that is built from them.
#[derive(Clone, Debug)]
pub(crate) struct BuildDir<'a> {
    /// The target of the build.
    pub(crate) kind: Kind,
    upstream: &'a Upstream,
    /// The crates that are copied, edited or not, so that all builds have the
    /// same dependencies.
    packages: &'a BTreeSet<String>,
    /// The folder in which cargo is run.
    pub(crate) folder: PathBuf,
    /// The folder of the copies inside it. Cargo identifies a crate of a
    /// workspace by its path from there, and a file by its modification time.
    /// If two build folders used the same path, cargo would use artifacts of
    /// one in the other.
    copies: String,
}

/// The ranges of an edited file that came from mutants, by crate and file:
/// bytes and the mutant's number.
pub(crate) type Origins = BTreeMap<(String, String), Vec<(Range<usize>, usize)>>;

impl<'a> BuildDir<'a> {
    /// Creates the build folder of this name.
    pub(crate) fn new(
        upstream: &'a Upstream,
        packages: &'a BTreeSet<String>,
        kind: Kind,
        name: &str,
    ) -> Self {
        let folder = match kind {
            Kind::Program => "programs",
            Kind::Tests => "tests",
        };
        BuildDir {
            kind,
            upstream,
            packages,
            folder: upstream.folder.join(folder).join(name),
            copies: format!("crates-{name}"),
        }
    }

    /// The folder of the copies.
    pub(crate) fn crates(&self) -> PathBuf {
        self.folder.join(&self.copies)
    }

    /// The folder of a copy.
    pub(crate) fn copy_of(&self, package: &str) -> PathBuf {
        self.crates().join(package)
    }

    /// Writes the sources with the edits of these mutants. Unchanged files are
    /// not touched, so that cargo builds no more than necessary.
    pub(crate) fn write_sources(
        &self,
        mutants: &[(usize, &[EditSpan])],
    ) -> Result<Origins, BenchError> {
        let mut by_file: BTreeMap<(String, String), Vec<(usize, &EditSpan)>> = BTreeMap::new();
        for (number, edit_spans) in mutants {
            for edit_span in *edit_spans {
                let file = (edit_span.package.clone(), edit_span.file.clone());
                by_file.entry(file).or_default().push((*number, edit_span));
            }
        }
        let mut origins = Origins::new();
        for package in self.packages {
            let published = self
                .upstream
                .package(package)
                .map_err(BenchError::Workspace)?;
            for file in files(&published.folder)? {
                let from = published.folder.join(&file);
                let to = self.copy_of(package).join(&file);
                let key = (package.clone(), file);
                if self.kind == Kind::Tests && key.1 == "Cargo.toml" {
                    let mut bytes = fs::read(&from).map_err(BenchError::file(&from))?;
                    bytes.extend_from_slice(test_workspace::manifest_of(package).as_bytes());
                    put(&to, &bytes)?;
                    continue;
                }
                let is_root = key.1 == "src/lib.rs";
                if !is_root && !by_file.contains_key(&key) {
                    let bytes = fs::read(&from).map_err(BenchError::file(&from))?;
                    put(&to, &bytes)?;
                    continue;
                }
                let text = fs::read_to_string(&from).map_err(BenchError::file(&from))?;
                let edit_spans = by_file.get(&key).map_or(&[][..], Vec::as_slice);
                let mut edited = edited(&text, edit_spans);
                if is_root {
                    let place = after_inner(&edited.text);
                    edited.text.insert_str(place, SWITCH);
                    for (at, _) in &mut edited.origins {
                        if at.start >= place {
                            *at = at.start + SWITCH.len()..at.end + SWITCH.len();
                        }
                    }
                }
                put(&to, edited.text.as_bytes())?;
                origins.insert(key, edited.origins);
            }
        }
        self.write_lock()?;
        match self.kind {
            Kind::Program => self.write_package()?,
            Kind::Tests => {
                test_workspace::write_workspace(&self.folder, &self.copies, self.packages)?
            }
        }
        Ok(origins)
    }

    /// Checks that the copies were compiled.
    pub(crate) fn is_built_on(&self, sources: &BTreeSet<PathBuf>) -> Result<(), BenchError> {
        for package in self.packages {
            let root = self.copy_of(package).join("src/lib.rs");
            if !sources.contains(&root) {
                return Err(BenchError::Workspace(format!(
                    "{package} was not built from its copy, {}: what is built does not use it, or \
                     its root is another file",
                    root.display()
                )));
            }
        }
        Ok(())
    }

    /// Gives cargo the dependency versions of the workspace. An existing lock
    /// file is kept unless that of the workspace has changed since.
    fn write_lock(&self) -> Result<(), BenchError> {
        let lock = self.upstream.workspace.join("Cargo.lock");
        let text = fs::read(&lock).map_err(BenchError::file(&lock))?;
        let seen = self.folder.join("workspace.lock");
        if fs::read(&seen).ok().as_deref() != Some(&text) {
            put(&self.folder.join("Cargo.lock"), &text)?;
            put(&seen, &text)?;
        }
        Ok(())
    }

    fn write_package(&self) -> Result<(), BenchError> {
        let main = self.upstream.program.join("src/main.rs");
        let text = fs::read(&main).map_err(BenchError::file(&main))?;
        put(&self.folder.join("src/main.rs"), &text)?;
        put(&self.folder.join("Cargo.toml"), self.manifest().as_bytes())
    }

    fn manifest(&self) -> String {
        let mut patches = self.upstream.patches.clone();
        let mut profiles = String::new();
        for package in self.packages {
            let mut patch = toml::Table::new();
            let path = self.copy_of(package).display().to_string();
            patch.insert("path".to_owned(), path.into());
            patches.insert(package.clone(), patch.into());
            profiles.push_str(&format!(
                "[profile.release.package.{package}]\ndebug-assertions = true\n\
                 overflow-checks = true\n"
            ));
        }
        let patches = toml::Table::from_iter([("crates-io".to_owned(), patches.into())]);
        let patches = toml::Table::from_iter([("patch".to_owned(), patches.into())]);
        format!(
            r#"[package]
name = "dht-bugs"
version = "0.0.0"
edition = "2024"
publish = false

[[bin]]
name = "dht-harness"
path = "src/main.rs"

[dependencies]
dht-harness-cli = {{ path = {program} }}

[workspace]
exclude = ["{copies}"]

{patches}
[profile.release]
debug = false

{profiles}"#,
            program = toml::Value::from(self.upstream.program.display().to_string()),
            copies = self.copies,
        )
    }
}

/// The files of a crate that a build reads, relative to its root, in order.
fn files(root: &Path) -> Result<Vec<String>, BenchError> {
    let mut files = Vec::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).map_err(BenchError::file(&folder))? {
            let path = entry.map_err(BenchError::file(&folder))?.path();
            if path.is_dir() {
                folders.push(path);
                continue;
            }
            let below = path.strip_prefix(root).unwrap_or(&path);
            let name = below.to_string_lossy().into_owned();
            // The lock file of a copy is not used, and files that start with a
            // dot are cargo's own.
            if name != "Cargo.lock" && !name.starts_with('.') {
                files.push(name);
            }
        }
    }
    files.sort();
    Ok(files)
}

/// The position of the first item of a crate: after the inner comments and
/// attributes.
fn after_inner(text: &str) -> usize {
    let mut place = 0;
    let mut open = 0;
    for line in text.split_inclusive('\n') {
        let bare = line.trim();
        let is_inner = bare.is_empty() || bare.starts_with("//") || bare.starts_with("#![");
        if open == 0 && !is_inner {
            break;
        }
        if open > 0 || bare.starts_with("#![") {
            let count = |c: char| bare.matches(c).count();
            open = (open + count('[')).saturating_sub(count(']'));
        }
        place += line.len();
    }
    place
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_switch_follows_the_inner_attributes() {
        let text = "// Licence\n//! Docs [a].\n\n#![cfg_attr(\n    docsrs,\n    feature(x[0])\n)]\nmod a;\n";
        let place = after_inner(text);
        assert_eq!(&text[place..], "mod a;\n");
    }
}
