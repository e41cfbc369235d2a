//! Keeps failures as scenario files.

use std::{
    collections::BTreeSet,
    fs, io, iter,
    path::{Path, PathBuf},
};

use xxhash_rust::xxh3::xxh3_64;

use super::{
    case_result::CaseResult,
    folder::{hold, replace},
    shrink::size,
};
use dht_scenarios::{
    FailureSignature,
    file::{Found, ScenarioFile, Shrunk, parse},
};

/// The version of libp2p-kad in the lock file of this project.
const LIBP2P_KAD: &str = "0.49.0";

/// The campaign and case that a failure comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Origin {
    /// The seed of the campaign.
    pub(super) seed: u64,
    /// The number of the case in the campaign.
    pub(super) case: u64,
}

/// Names a failing scenario by its signature and its shape, and records in the file
/// why it was kept, and how far it was shrunk.
pub(super) fn labelled(
    file: &ScenarioFile,
    signature: &FailureSignature,
    result: &CaseResult,
    origin: Origin,
    shrunk: Shrunk,
) -> ScenarioFile {
    let name = format!("{}-{}", signature.slug(), shape(file));
    ScenarioFile {
        name,
        about: format!("Found by fuzzing: {signature}"),
        found: Some(Found {
            violates: signature.to_string(),
            digest: result
                .digest
                .map_or_else(String::new, |digest| digest.to_string()),
            harness: env!("CARGO_PKG_VERSION").to_owned(),
            libp2p: format!("libp2p-kad {LIBP2P_KAD}"),
            seed: origin.seed,
            case: origin.case,
            shrunk,
        }),
        ..file.clone()
    }
}

/// The name of a failure until it is shrunk.
pub(super) fn raw_name(signature: &FailureSignature, origin: Origin) -> String {
    let Origin { seed, case } = origin;
    format!("{}{RAW}{seed}-{case}", signature.slug())
}

/// Whether a name is that of a failure as it was found. Such a file remains if the
/// campaign ends before the failure is shrunk.
pub(crate) fn is_raw(name: &str) -> bool {
    name.contains(RAW)
}

const RAW: &str = "-of-case-";

/// A fingerprint of what a shrunk scenario consists of, without names, numbers and
/// order. Failures with the same signature and the same shape are taken to have the
/// same cause.
fn shape(file: &ScenarioFile) -> String {
    let faults = file
        .faults
        .iter()
        .map(|fault| fault.action.kind().to_string());
    let verbs = file.steps.iter().map(|step| step.action.kind().to_string());
    let parts: BTreeSet<String> = verbs.chain(faults).collect();
    let parts: Vec<String> = parts.into_iter().collect();
    let hash = xxh3_64(parts.join(" ").as_bytes());
    format!("{:06x}", hash & 0xff_ffff)
}

/// The file in which a failure is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Place {
    /// The name of the file without its extension.
    pub name: String,
    /// The path of the file.
    pub file: PathBuf,
    /// The size of the scenario in the file: the number of steps and planned faults,
    /// and the number of hosts.
    pub size: (usize, usize),
    /// How far it was shrunk.
    pub shrunk: Shrunk,
    /// The ids under which the file declares the failure as expected. Empty if it
    /// declares nothing.
    pub expected: BTreeSet<String>,
}

/// Writes a failure into a folder, under its name. A file that already has this name
/// describes the same failure: it is replaced only if it does not declare the failure
/// as expected and the new scenario is smaller. If that file belongs to a fixed
/// failure, the new one gets another name. Other campaigns may keep failures in the same
/// folder at the same time.
///
/// # Errors
/// Returns an error if the folder cannot be created or written to.
pub(crate) fn keep(file: &ScenarioFile, folder: &Path) -> io::Result<Place> {
    fs::create_dir_all(folder)?;
    let _held = hold(folder)?;
    let names =
        iter::once(file.name.clone()).chain((2..).map(|number| format!("{}-{number}", file.name)));
    for name in names {
        let path = folder.join(format!("{name}.toml"));
        let file = ScenarioFile {
            name: name.clone(),
            ..file.clone()
        };
        let place = |kept: &ScenarioFile, expected| Place {
            name: name.clone(),
            file: path.clone(),
            size: size(kept),
            shrunk: kept
                .found
                .as_ref()
                .map_or(Shrunk::Fully, |found| found.shrunk),
            expected,
        };
        if path.exists() {
            let text = fs::read_to_string(&path)?;
            match parse(&path, &text, None) {
                Ok(earlier) if earlier.found.is_some() => {
                    let expected: BTreeSet<String> = earlier
                        .allow
                        .iter()
                        .map(|allowed| allowed.id.clone())
                        .collect();
                    if !expected.is_empty() || size(&earlier) <= size(&file) {
                        return Ok(place(&earlier, expected));
                    }
                }
                // The file has become a regression test, or it cannot be read.
                Ok(_) | Err(_) => continue,
            }
        }
        replace(&path, &file.to_string())?;
        return Ok(place(&file, BTreeSet::new()));
    }
    unreachable!("there is always another name")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_recorded_libp2p_version_is_that_of_the_lock_file() {
        let lock = include_str!("../../../Cargo.lock");
        let entry = format!("name = \"libp2p-kad\"\nversion = \"{LIBP2P_KAD}\"");
        assert!(lock.contains(&entry), "adapt LIBP2P_KAD");
    }

    #[test]
    fn the_shape_ignores_names_numbers_and_order() {
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

    #[test]
    fn a_file_that_declares_expected_failures_is_not_replaced() {
        let folder = std::env::temp_dir().join(format!("dht-keep-{}", std::process::id()));
        let found = |steps: &[&str], allow: &[&str]| ScenarioFile {
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            allow: allow
                .iter()
                .map(|id| format!("id = \"{id}\"\nviolates = \"no-panic\""))
                .map(|text| toml::from_str(&text).unwrap())
                .collect(),
            ..labelled(
                &ScenarioFile {
                    format: 1,
                    hosts: vec![dht_scenarios::file::HostGroup {
                        name: "a".to_owned(),
                        ..Default::default()
                    }],
                    ..ScenarioFile::default()
                },
                &"no-panic".parse().unwrap(),
                &CaseResult::default(),
                Origin { seed: 0, case: 0 },
                Shrunk::Fully,
            )
        };
        let named = |file: ScenarioFile| ScenarioFile {
            name: "one".to_owned(),
            ..file
        };
        let keep = |file: ScenarioFile| keep(&named(file), &folder).unwrap();
        let first = keep(found(&["run 1s", "run 2s"], &[]));
        assert_eq!((first.size, first.expected.len()), ((2, 1), 0));
        assert_eq!(keep(found(&["run 1s", "run 2s", "run 3s"], &[])), first);
        let small = keep(found(&["run 1s"], &[]));
        assert_eq!((&small.file, small.size), (&first.file, (1, 1)));
        // The file declares the failure as expected: it stays, even if a new scenario
        // is smaller.
        let expected = named(found(&["run 1s", "run 2s"], &["B0"]));
        fs::write(&first.file, expected.to_string()).unwrap();
        let again = keep(found(&["run 1s"], &[]));
        assert_eq!(again.expected, BTreeSet::from(["B0".to_owned()]));
        assert_eq!(
            fs::read_to_string(&first.file).unwrap(),
            expected.to_string()
        );
        // The failure is fixed: a new failure of the same name is something else.
        let fixed = ScenarioFile {
            found: None,
            ..named(found(&["run 1s"], &[]))
        };
        fs::write(&first.file, fixed.to_string()).unwrap();
        assert_eq!(keep(found(&["run 1s"], &[])).name, "one-2");
        fs::remove_dir_all(&folder).unwrap();
    }
}
