//! Locates the published crates in cargo's registry.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{MetadataCommand, Package};
use toml::Table;

use crate::error::BenchError;

/// The workspace, and the published crates that it uses.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The root of the workspace.
    pub workspace: PathBuf,
    /// The folder in which the bench builds.
    pub folder: PathBuf,
    /// The folder of the program's package.
    pub program: PathBuf,
    /// The `[patch.crates-io]` table of the workspace, with absolute paths.
    pub patches: Table,
    /// Crates of the registry by name; several if there are several versions.
    crates: BTreeMap<String, Vec<Published>>,
}

/// A crate of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version.
    pub version: String,
    /// The folder of its sources.
    pub folder: PathBuf,
}

impl Upstream {
    /// Queries cargo for the workspace of the current folder.
    ///
    /// # Errors
    /// Fails if there is no workspace, or if it is not that of dht-harness.
    pub fn here() -> Result<Self, BenchError> {
        let metadata = MetadataCommand::new().exec()?;
        let workspace = metadata.workspace_root.as_std_path().to_owned();
        let is_program = |package: &&Package| package.name.as_str() == "dht-harness-cli";
        let program = metadata
            .packages
            .iter()
            .find(is_program)
            .and_then(|package| package.manifest_path.parent())
            .ok_or_else(|| {
                BenchError::Workspace(format!(
                    "{}: this workspace has no package dht-harness-cli; run the bench inside the \
                     workspace of dht-harness",
                    workspace.display()
                ))
            })?;
        let mut crates: BTreeMap<String, Vec<Published>> = BTreeMap::new();
        for package in &metadata.packages {
            let is_published = package
                .source
                .as_ref()
                .is_some_and(cargo_metadata::Source::is_crates_io);
            if let Some(folder) = package.manifest_path.parent().filter(|_| is_published) {
                crates
                    .entry(package.name.to_string())
                    .or_default()
                    .push(Published {
                        version: package.version.to_string(),
                        folder: folder.as_std_path().to_owned(),
                    });
            }
        }
        Ok(Upstream {
            folder: metadata.target_directory.as_std_path().join("bugs"),
            program: program.as_std_path().to_owned(),
            patches: patches(&workspace)?,
            crates,
            workspace,
        })
    }

    /// A published crate.
    ///
    /// # Errors
    /// Fails if the workspace does not use the crate, or uses several versions.
    pub fn package(&self, name: &str) -> Result<&Published, String> {
        match self.crates.get(name).map(Vec::as_slice) {
            Some([package]) => Ok(package),
            Some(several) => Err(format!(
                "the workspace uses {} versions of {name}; use a single one",
                several.len()
            )),
            None => {
                let near = self
                    .crates
                    .keys()
                    .map(|known| (strsim::jaro_winkler(known, name), known))
                    .filter(|(similarity, _)| *similarity > 0.8)
                    .max_by(|one, other| one.0.total_cmp(&other.0));
                let hint =
                    near.map_or(String::new(), |(_, near)| format!("; did you mean {near}?"));
                Err(format!(
                    "the workspace uses no published crate called {name}{hint}"
                ))
            }
        }
    }

    /// The content of a published file.
    ///
    /// # Errors
    /// Fails if there is no such crate, or no such file in it.
    pub fn text(&self, package: &str, file: &str) -> Result<String, String> {
        let package_of = self.package(package)?;
        fs::read_to_string(package_of.folder.join(file)).map_err(|error| {
            format!(
                "{package} {} has no file {file}: {error}",
                package_of.version
            )
        })
    }
}

/// The patches of the workspace, which a package outside of it needs as well.
fn patches(workspace: &Path) -> Result<Table, BenchError> {
    let path = workspace.join("Cargo.toml");
    let text = fs::read_to_string(&path).map_err(BenchError::file(&path))?;
    let manifest: Table = text
        .parse()
        .map_err(|error| BenchError::Workspace(format!("{}: {error}", path.display())))?;
    let table = manifest
        .get("patch")
        .and_then(|patch| patch.get("crates-io"))
        .and_then(toml::Value::as_table);
    let mut patches = table.cloned().unwrap_or_default();
    for (_, patch) in &mut patches {
        if let Some(toml::Value::String(path)) = patch.get_mut("path") {
            *path = workspace.join(&*path).display().to_string();
        }
    }
    Ok(patches)
}
