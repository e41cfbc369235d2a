//! The lines of `[patch.crates-io]` that the workspace under test lacks.
//!
//! Responsible for the text that says how to put the drop-ins in force. It must not
//! decide whether they are.

mod lock;
mod origin;

use std::{
    env, fs,
    path::{Path, PathBuf},
};

use lock::Lock;
use origin::{Origin, Package, Reference};

/// A replacement for a dependency of libp2p.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DropIn {
    Fnv,
    FuturesTimer,
}

impl DropIn {
    pub(super) fn name(self) -> &'static str {
        match self {
            DropIn::Fnv => "fnv",
            DropIn::FuturesTimer => "futures-timer",
        }
    }

    /// The version of the original that it stands for. cargo uses a patch for this
    /// version alone.
    fn version(self) -> &'static str {
        match self {
            DropIn::Fnv => "1.0.7",
            DropIn::FuturesTimer => "3.0.3",
        }
    }
}

/// What to do so that these drop-ins are in use.
pub(super) fn remedy(missing: &[DropIn]) -> String {
    Workspace::find(Package::this()).remedy(Package::this(), missing)
}

/// The workspace whose tests run.
#[derive(Debug, Default)]
struct Workspace {
    /// The folder of its root, unless it is unknown.
    root: Option<PathBuf>,
    manifest: String,
    lock: Lock,
}

impl Workspace {
    /// The innermost folder above the package under test that has a `Cargo.lock` with
    /// this library.
    fn find(package: Package<'_>) -> Self {
        // cargo and nextest set the variable, and both run tests in that folder.
        let start = env::var_os("CARGO_MANIFEST_DIR").map(PathBuf::from);
        let Some(start) = start.or_else(|| env::current_dir().ok()) else {
            return Workspace::default();
        };
        start
            .ancestors()
            .find_map(|folder| {
                let lock = Lock::parse(&fs::read_to_string(folder.join("Cargo.lock")).ok()?);
                lock.package(env!("CARGO_PKG_NAME"), package.version)?;
                Some(Workspace {
                    root: Some(folder.to_owned()),
                    manifest: fs::read_to_string(folder.join("Cargo.toml")).unwrap_or_default(),
                    lock,
                })
            })
            .unwrap_or_default()
    }

    fn remedy(&self, package: Package<'_>, missing: &[DropIn]) -> String {
        let origin = Origin::find(package, &self.lock);
        let mut lines = Vec::new();
        let mut updates = Vec::new();
        for drop_in in missing {
            let is_unused = self.lock.has_unused_patch(drop_in.name());
            if !is_unused {
                lines.push(self.line(package, &origin, drop_in.name()));
            }
            if is_unused || self.lock.lacks_version(drop_in.name(), drop_in.version()) {
                updates.push(drop_in);
            }
        }
        let clock = "dht-harness-clock";
        if origin == Origin::Registry && !self.lock.has_from_git(clock) {
            lines.push(self.line(package, &origin, clock));
        }

        let mut parts = Vec::new();
        if !lines.is_empty() {
            let manifest = self.root.as_ref().map(|root| root.join("Cargo.toml"));
            let manifest = manifest.map_or(String::new(), |path| format!(", {}", path.display()));
            let header = "[patch.crates-io]";
            let has_header = self.manifest.lines().any(|line| line.trim() == header);
            parts.push(if has_header {
                format!("Add below {header} in the Cargo.toml of your workspace root{manifest}:\n")
            } else {
                format!("Add to the Cargo.toml of your workspace root{manifest}:\n\n    {header}")
            });
            parts.extend(lines.iter().map(|line| format!("    {line}")));
            if matches!(
                origin,
                Origin::Git {
                    at: Reference::Unknown,
                    ..
                }
            ) {
                parts.push(
                    "\nwith the `tag`, `branch` or `rev` that your dependency on dht-harness has, \
                     if any."
                        .to_owned(),
                );
            }
        }
        if !updates.is_empty() {
            let (blank, then) = if lines.is_empty() {
                ("", "")
            } else {
                ("\n", " then")
            };
            parts.push(format!(
                "{blank}Your Cargo.lock has another version than the drop-in is for. Run{then}:\n"
            ));
            parts.extend(updates.iter().map(|drop_in| {
                format!(
                    "    cargo update {} --precise {}",
                    drop_in.name(),
                    drop_in.version()
                )
            }));
        }
        parts.join("\n")
    }

    /// The line that puts the drop-in of this name from the same source as the library.
    fn line(&self, package: Package<'_>, origin: &Origin, name: &str) -> String {
        let from = match origin {
            Origin::Git { url, at } => match at {
                Reference::Named(key, value) => format!("git = \"{url}\", {key} = \"{value}\""),
                Reference::DefaultBranch | Reference::Unknown => format!("git = \"{url}\""),
            },
            Origin::Path(folder) => {
                let folder = folder.join(name);
                format!("path = \"{}\"", self.relative(&folder).display())
            }
            // The drop-ins have the names of other crates and are not published. Together
            // with the clock they come from the repository, at the tag of this version.
            Origin::Registry => format!(
                "git = \"{}\", tag = \"v{}\"",
                package.repository, package.version
            ),
        };
        format!("{name} = {{ {from} }}")
    }

    /// The path as the manifest can name it: relative inside of the workspace.
    fn relative<'a>(&self, folder: &'a Path) -> &'a Path {
        let root = self.root.as_deref();
        root.and_then(|root| folder.strip_prefix(root).ok())
            .unwrap_or(folder)
    }
}

#[cfg(test)]
mod tests {
    use super::{
        origin::samples::{CHECKOUT, FOLDER, PUBLISHED, locked, package},
        *,
    };

    const BOTH: [DropIn; 2] = [DropIn::Fnv, DropIn::FuturesTimer];

    fn workspace(source: &str, manifest: &str) -> Workspace {
        Workspace {
            root: Some(PathBuf::from("/home/me/app")),
            manifest: manifest.to_owned(),
            lock: locked(source),
        }
    }

    #[test]
    fn a_git_dependency_gets_lines_with_its_source() {
        let source = "source = \"git+https://example.org/fork?tag=v0.2.0#c9d048d00000\"\n";
        let remedy = workspace(source, "").remedy(package(CHECKOUT), &BOTH);
        assert_eq!(
            remedy,
            "Add to the Cargo.toml of your workspace root, /home/me/app/Cargo.toml:

    [patch.crates-io]
    fnv = { git = \"https://example.org/fork\", tag = \"v0.2.0\" }
    futures-timer = { git = \"https://example.org/fork\", tag = \"v0.2.0\" }"
        );
    }

    #[test]
    fn without_a_lock_file_the_tag_is_left_to_the_reader() {
        let remedy = Workspace::default().remedy(package(CHECKOUT), &BOTH);
        assert_eq!(
            remedy,
            "Add to the Cargo.toml of your workspace root:

    [patch.crates-io]
    fnv = { git = \"https://example.org/dht-harness\" }
    futures-timer = { git = \"https://example.org/dht-harness\" }

with the `tag`, `branch` or `rev` that your dependency on dht-harness has, if any."
        );
    }

    #[test]
    fn a_path_dependency_gets_lines_with_its_folder() {
        let remedy = workspace("", "").remedy(package(FOLDER), &BOTH);
        assert_eq!(
            remedy,
            "Add to the Cargo.toml of your workspace root, /home/me/app/Cargo.toml:

    [patch.crates-io]
    fnv = { path = \"/home/me/src/dht-harness/harness/fnv\" }
    futures-timer = { path = \"/home/me/src/dht-harness/harness/futures-timer\" }"
        );
    }

    #[test]
    fn a_checkout_inside_the_workspace_is_named_relative_to_it() {
        let folder = "/home/me/app/lib/dht-harness/harness";
        let remedy = workspace("", "").remedy(package(folder), &[DropIn::Fnv]);
        assert!(
            remedy.ends_with("    fnv = { path = \"lib/dht-harness/harness/fnv\" }"),
            "{remedy}"
        );
    }

    #[test]
    fn a_published_package_gets_the_tag_of_its_version_and_the_clock() {
        let source = "source = \"registry+https://github.com/rust-lang/crates.io-index\"\n";
        let remedy = workspace(source, "").remedy(package(PUBLISHED), &BOTH);
        assert_eq!(
            remedy,
            "Add to the Cargo.toml of your workspace root, /home/me/app/Cargo.toml:

    [patch.crates-io]
    fnv = { git = \"https://example.org/dht-harness\", tag = \"v0.2.0\" }
    futures-timer = { git = \"https://example.org/dht-harness\", tag = \"v0.2.0\" }
    dht-harness-clock = { git = \"https://example.org/dht-harness\", tag = \"v0.2.0\" }"
        );
    }

    #[test]
    fn a_line_that_is_there_is_not_named() {
        let manifest = "[package]\nname = \"app\"\n\n[patch.crates-io]\nfnv = { path = \"..\" }\n";
        let remedy = workspace("", manifest).remedy(package(FOLDER), &[DropIn::FuturesTimer]);
        assert_eq!(
            remedy,
            "Add below [patch.crates-io] in the Cargo.toml of your workspace root, \
             /home/me/app/Cargo.toml:

    futures-timer = { path = \"/home/me/src/dht-harness/harness/futures-timer\" }"
        );
    }

    #[test]
    fn a_patch_that_the_lock_file_passes_over_needs_an_update() {
        let other = "[[package]]\nname = \"futures-timer\"\nversion = \"3.0.4\"\n";
        let unused = "[[patch.unused]]\nname = \"futures-timer\"\nversion = \"3.0.3\"\n";
        let workspace = workspace(&format!("{other}{unused}"), "[patch.crates-io]");
        let remedy = workspace.remedy(package(FOLDER), &[DropIn::FuturesTimer]);
        assert_eq!(
            remedy,
            "Your Cargo.lock has another version than the drop-in is for. Run:

    cargo update futures-timer --precise 3.0.3"
        );
    }

    #[test]
    fn another_version_in_the_lock_file_needs_a_line_and_an_update() {
        let other = "[[package]]\nname = \"futures-timer\"\nversion = \"3.0.4\"\n";
        let workspace = workspace(other, "");
        let remedy = workspace.remedy(package(FOLDER), &[DropIn::FuturesTimer]);
        assert_eq!(
            remedy,
            "Add to the Cargo.toml of your workspace root, /home/me/app/Cargo.toml:

    [patch.crates-io]
    futures-timer = { path = \"/home/me/src/dht-harness/harness/futures-timer\" }

Your Cargo.lock has another version than the drop-in is for. Run then:

    cargo update futures-timer --precise 3.0.3"
        );
    }

    #[test]
    fn drop_ins_have_the_version_of_their_manifests() {
        for drop_in in BOTH {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(drop_in.name());
            let manifest = fs::read_to_string(folder.join("Cargo.toml")).unwrap();
            let line = format!("\nversion = \"{}\"\n", drop_in.version());
            assert!(manifest.contains(&line), "{drop_in:?}");
        }
    }
}
