use std::path::{Path, PathBuf};

use crate::problem::ReadError;

/// The directories of the workspace's packages that are libraries.
///
/// # Errors
///
/// If the manifest of the workspace cannot be read or lists no members.
pub fn members(workspace: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let path = workspace.join("Cargo.toml");
    let text = ReadError::read(&path)?;
    let error = |why: String| ReadError::Manifest {
        path: path.clone(),
        why,
    };
    let manifest: toml::Table = toml::from_str(&text).map_err(|cause| error(cause.to_string()))?;
    let members = manifest
        .get("workspace")
        .and_then(|workspace| workspace.get("members"))
        .and_then(toml::Value::as_array)
        .ok_or_else(|| error("the workspace lists no members".to_owned()))?;
    let members = members.iter().filter_map(toml::Value::as_str);
    Ok(members
        .map(|member| workspace.join(member))
        .filter(|member| member.join("src/lib.rs").is_file())
        .collect())
}
