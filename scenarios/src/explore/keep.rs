//! Failures as scenario files.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

use super::trial::Trial;
use crate::{
    file::{Found, ScenarioFile},
    symptom::Symptom,
};

/// The version of libp2p-kad that this was built with.
const LIBP2P_KAD: &str = "0.49.0";

/// Where a failure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The seed of the campaign.
    pub(super) seed: u64,
    /// The number of the case in it.
    pub(super) case: u64,
}

/// Names a failing scenario by its symptom and its shape, and says in it what it
/// was kept for.
pub(super) fn labelled(
    file: &ScenarioFile,
    symptom: &Symptom,
    trial: &Trial,
    origin: Origin,
) -> ScenarioFile {
    let name = format!("{}-{}", symptom.slug(), shape(file));
    ScenarioFile {
        name,
        about: format!("Found by fuzzing: {symptom}"),
        found: Some(Found {
            violates: symptom.to_string(),
            digest: trial
                .digest
                .map_or_else(String::new, |digest| digest.to_string()),
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            libp2p: format!("libp2p-kad {LIBP2P_KAD}"),
            seed: origin.seed,
            case: origin.case,
        }),
        ..file.clone()
    }
}

/// What a shrunk scenario consists of, without names, numbers and order: those
/// with the same symptom and the same shape are taken to have one cause.
fn shape(file: &ScenarioFile) -> String {
    let faults = file.faults.iter().map(|fault| fault.action.verb());
    let verbs = file.steps.iter().map(|step| step.action.verb());
    let parts: BTreeSet<&str> = verbs.chain(faults).collect();
    let parts: Vec<&str> = parts.into_iter().collect();
    let hash = xxh3_64(parts.join(" ").as_bytes());
    format!("{:06x}", hash & 0xff_ffff)
}

/// Writes a failure into a folder, under its name. Returns the file.
///
/// # Errors
/// The folder cannot be made or written to.
pub fn keep(file: &ScenarioFile, folder: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(folder)?;
    let path = folder.join(format!("{}.toml", file.name));
    fs::write(&path, file.to_string())?;
    Ok(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_of_libp2p_is_the_one_in_use() {
        let lock = include_str!("../../../Cargo.lock");
        let entry = format!("name = \"libp2p-kad\"\nversion = \"{LIBP2P_KAD}\"");
        assert!(lock.contains(&entry), "adapt LIBP2P_KAD");
    }

    #[test]
    fn the_shape_forgets_names_and_order() {
        let shape = |steps: &[&str]| {
            shape(&ScenarioFile {
                steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
                ..ScenarioFile::default()
            })
        };
        let one = shape(&["connect a b", "crash b", "run 3s"]);
        assert_eq!(one, shape(&["run 1s", "connect x y", "crash x", "crash y"]));
        assert_ne!(one, shape(&["connect a b", "close b", "run 3s"]));
    }
}
