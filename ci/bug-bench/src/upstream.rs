//! Where cargo keeps the published crates.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use cargo_metadata::{MetadataCommand, Package};
use toml::Table;

use crate::error::BenchError;

/// The workspace and the published crates that it is built from.
#[derive(Clone, Debug)]
pub struct Upstream {
    /// The root of the workspace.
    pub workspace: PathBuf,
    /// Where the bench builds.
    pub folder: PathBuf,
    /// The folder of the package of the program.
    pub program: PathBuf,
    /// The `[patch.crates-io]` table of the workspace, with absolute paths.
    pub patches: Table,
    /// Crates of the registry by name; several where there are several versions.
    crates: BTreeMap<String, Vec<Published>>,
}

/// A crate of the registry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version.
    pub version: String,
    /// Where its sources are.
    pub folder: PathBuf,
}

impl Upstream {
    /// Asks cargo, about the workspace of the current folder.
    ///
    /// # Errors
    /// There is none, or it is not one of the harness.
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
    /// The workspace uses none of this name, or several versions.
    pub fn package(&self, name: &str) -> Result<&Published, String> {
        match self.crates.get(name).map(Vec::as_slice) {
            Some([package]) => Ok(package),
            Some(several) => Err(format!(
                "the workspace uses {} versions of {name}, and none can be told from another",
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

    /// A published file.
    ///
    /// # Errors
    /// There is no such crate, or no such file in it.
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

/// The patches of the workspace: a package outside of it needs them as well.
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
