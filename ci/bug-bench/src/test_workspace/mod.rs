//! The workspace in which the tests of published crates are built.
//!
//! The published manifests lack dependencies that exist only in the repository of
//! libp2p. `libp2p-kad.toml` and `libp2p-swarm.toml` in this folder add them.

use std::{collections::BTreeSet, path::Path};

use crate::{error::BenchError, files::put};

/// The development dependencies that are missing in the published manifests.
const MANIFESTS: [(&str, &str); 2] = [
    ("libp2p-kad", include_str!("libp2p-kad.toml")),
    ("libp2p-swarm", include_str!("libp2p-swarm.toml")),
];

/// The part of libp2p's quickcheck extension that the tests use.
const QUICKCHECK: &str = include_str!("quickcheck_ext.rs.txt");

const QUICKCHECK_MANIFEST: &str = r#"[package]
name = "quickcheck-ext"
version = "0.0.0"
edition = "2024"
publish = false

[dependencies]
upstream = { package = "quickcheck", version = "1" }
"#;

/// The arguments of cargo to build the tests.
pub(crate) const BUILD: [&str; 5] = ["test", "--no-run", "--workspace", "--features", FEATURES];
const FEATURES: &str = "libp2p-swarm/macros,libp2p-swarm/tokio";

/// The crates whose tests can be built.
pub(crate) fn packages() -> impl Iterator<Item = &'static str> {
    MANIFESTS.into_iter().map(|(name, _)| name)
}

/// The addition to the manifest of a copy.
pub(crate) fn manifest_of(package: &str) -> &'static str {
    MANIFESTS
        .iter()
        .find(|(name, _)| *name == package)
        .map_or("", |(_, text)| text)
}

/// Writes the workspace of the copies, which are in a folder of this name.
pub(crate) fn write_workspace(
    folder: &Path,
    copies: &str,
    packages: &BTreeSet<String>,
) -> Result<(), BenchError> {
    let own = folder.join("quickcheck-ext");
    put(&own.join("Cargo.toml"), QUICKCHECK_MANIFEST.as_bytes())?;
    put(&own.join("src/lib.rs"), QUICKCHECK.as_bytes())?;
    let mut members = String::new();
    let mut patches = String::new();
    for package in packages {
        members.push_str(&format!("\"{copies}/{package}\", "));
        patches.push_str(&format!(
            "{package} = {{ path = \"{copies}/{package}\" }}\n"
        ));
    }
    let manifest = format!(
        "[workspace]\nresolver = \"3\"\nmembers = [{members}\"quickcheck-ext\"]\n\n\
         [patch.crates-io]\n{patches}\n[profile.dev]\ndebug = false\nopt-level = 1\n"
    );
    put(&folder.join("Cargo.toml"), manifest.as_bytes())
}
