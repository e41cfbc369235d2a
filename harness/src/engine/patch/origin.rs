//! Where cargo has this library from.

use std::path::{Path, PathBuf};

use super::lock::{Lock, Locked};

/// What the compiler knew about this library.
#[derive(Clone, Copy, Debug)]
pub(super) struct Package<'a> {
    pub(super) folder: &'a Path,
    pub(super) version: &'a str,
    pub(super) repository: &'a str,
}

impl Package<'static> {
    pub(super) fn this() -> Self {
        Package {
            folder: Path::new(env!("CARGO_MANIFEST_DIR")),
            version: env!("CARGO_PKG_VERSION"),
            repository: env!("CARGO_PKG_REPOSITORY"),
        }
    }
}

/// Where cargo has this library from.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Origin {
    /// A repository: its URL, and what the dependency names in it.
    Git { url: String, at: Reference },
    /// The folder of this library in a checkout.
    Path(PathBuf),
    /// crates.io.
    Registry,
}

/// What a dependency on a repository names.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Reference {
    DefaultBranch,
    /// `tag`, `branch` or `rev`, and its value.
    Named(String, String),
    Unknown,
}

impl Origin {
    /// Asks the `Cargo.lock` for the source that the dependency names, and the folder in
    /// which the library was compiled for the kind of it. Two packages of different
    /// sources are different packages for cargo, so the source has to be exact.
    pub(super) fn find(package: Package<'_>, lock: &Lock) -> Origin {
        let folder = Folder::of(package.folder);
        let locked = lock.package(env!("CARGO_PKG_NAME"), package.version);
        // A lock file of something else is no evidence.
        if let Some(origin) = locked.and_then(|locked| folder.confirm(package, locked)) {
            return origin;
        }
        match folder {
            Folder::GitCheckout { .. } => Origin::Git {
                url: package.repository.to_owned(),
                at: Reference::Unknown,
            },
            Folder::Registry => Origin::Registry,
            Folder::Other => Origin::Path(package.folder.to_owned()),
        }
    }
}

/// The folder in which a package is compiled.
enum Folder<'a> {
    /// cargo's checkout of a repository, with a short id of the commit.
    GitCheckout { commit: &'a str },
    /// cargo's copy of a published package.
    Registry,
    /// Any other folder. It may be of a vendored package.
    Other,
}

impl<'a> Folder<'a> {
    fn of(folder: &'a Path) -> Self {
        let names: Vec<&str> = folder.iter().filter_map(|name| name.to_str()).collect();
        for window in names.windows(4) {
            match window {
                ["git", "checkouts", _, commit] => return Folder::GitCheckout { commit },
                ["registry", "src", _, _] => return Folder::Registry,
                _ => {}
            }
        }
        Folder::Other
    }

    /// What the lock file says, unless the package in it is not the one in this folder.
    fn confirm(&self, package: Package<'_>, locked: &Locked) -> Option<Origin> {
        let Some(source) = &locked.source else {
            let is_path = matches!(self, Folder::Other);
            return is_path.then(|| Origin::Path(package.folder.to_owned()));
        };
        let Some(git) = source.strip_prefix("git+") else {
            let is_published = matches!(self, Folder::Registry | Folder::Other);
            return is_published.then_some(Origin::Registry);
        };
        let (git, locked_commit) = git.split_once('#')?;
        let is_same = match self {
            Folder::GitCheckout { commit } => locked_commit.starts_with(commit),
            Folder::Registry => false,
            Folder::Other => true,
        };
        let (url, at) = match git.split_once('?') {
            None => (git, Reference::DefaultBranch),
            Some((url, query)) => {
                let (key, value) = query.split_once('=')?;
                (url, Reference::Named(key.to_owned(), decoded(value)))
            }
        };
        let url = url.to_owned();
        is_same.then_some(Origin::Git { url, at })
    }
}

/// Resolves the `%2F` of a value in a URL.
fn decoded(value: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = value.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail
            .get(..2)
            .and_then(|code| std::str::from_utf8(code).ok());
        match code.and_then(|code| u8::from_str_radix(code, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &tail[2..];
            }
            _ => {
                bytes.push(*first);
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A package in each kind of folder, for the tests of this module and the one above.
#[cfg(test)]
pub(super) mod samples {
    use super::*;

    pub(in super::super) const REPOSITORY: &str = "https://example.org/dht-harness";
    pub(in super::super) const CHECKOUT: &str =
        "/home/me/.cargo/git/checkouts/dht-harness-1f6ffee/c9d048d/harness";
    pub(in super::super) const PUBLISHED: &str =
        "/home/me/.cargo/registry/src/index.crates.io-1949cf8/dht-harness-0.2.0";
    pub(in super::super) const FOLDER: &str = "/home/me/src/dht-harness/harness";

    pub(in super::super) fn package(folder: &str) -> Package<'_> {
        Package {
            folder: Path::new(folder),
            version: "0.2.0",
            repository: REPOSITORY,
        }
    }

    /// A lock file with that package, and what follows its version.
    pub(in super::super) fn locked(rest: &str) -> Lock {
        Lock::parse(&format!(
            "[[package]]\nname = \"dht-harness\"\nversion = \"0.2.0\"\n{rest}"
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::{
        samples::{CHECKOUT, FOLDER, PUBLISHED, REPOSITORY, locked, package},
        *,
    };

    fn lock(source: Option<&str>) -> Lock {
        locked(&source.map_or(String::new(), |source| format!("source = \"{source}\"\n")))
    }

    const CRATES_IO: &str = "registry+https://github.com/rust-lang/crates.io-index";

    fn git(url: &str, at: Reference) -> Origin {
        Origin::Git {
            url: url.to_owned(),
            at,
        }
    }

    fn named(key: &str, value: &str) -> Reference {
        Reference::Named(key.to_owned(), value.to_owned())
    }

    #[test]
    fn a_git_dependency_is_what_the_lock_file_says() {
        let find = |source: &str| Origin::find(package(CHECKOUT), &lock(Some(source)));
        let url = "https://example.org/fork";
        assert_eq!(
            find("git+https://example.org/fork#c9d048d00000"),
            git(url, Reference::DefaultBranch)
        );
        assert_eq!(
            find("git+https://example.org/fork?tag=v0.2.0#c9d048d00000"),
            git(url, named("tag", "v0.2.0"))
        );
        assert_eq!(
            find("git+https://example.org/fork?branch=my%2Fbranch#c9d048d00000"),
            git(url, named("branch", "my/branch"))
        );
        assert_eq!(
            find("git+https://example.org/fork?rev=c9d048d#c9d048d00000"),
            git(url, named("rev", "c9d048d"))
        );
    }

    #[test]
    fn a_vendored_git_dependency_is_from_git() {
        let lock = lock(Some("git+https://example.org/fork?tag=v0.2.0#c9d048d00000"));
        let origin = Origin::find(package("/home/me/app/vendor/dht-harness"), &lock);
        assert_eq!(
            origin,
            git("https://example.org/fork", named("tag", "v0.2.0"))
        );
    }

    #[test]
    fn a_path_dependency_is_its_folder() {
        let expected = Origin::Path(PathBuf::from(FOLDER));
        assert_eq!(Origin::find(package(FOLDER), &lock(None)), expected);
        assert_eq!(Origin::find(package(FOLDER), &Lock::default()), expected);
    }

    #[test]
    fn a_published_package_is_from_the_registry() {
        let found = Origin::find(package(PUBLISHED), &lock(Some(CRATES_IO)));
        assert_eq!(found, Origin::Registry);
        assert_eq!(
            Origin::find(package(PUBLISHED), &Lock::default()),
            Origin::Registry
        );
    }

    #[test]
    fn a_lock_file_of_something_else_is_no_evidence() {
        let unknown = || git(REPOSITORY, Reference::Unknown);
        let find = |source| Origin::find(package(CHECKOUT), &lock(source));
        assert_eq!(
            find(Some("git+https://example.org/fork#abcdef0")),
            unknown()
        );
        assert_eq!(find(Some(CRATES_IO)), unknown());
        assert_eq!(find(None), unknown());
        assert_eq!(
            Origin::find(package(PUBLISHED), &lock(None)),
            Origin::Registry
        );
        let other_version = Lock::parse("[[package]]\nname = \"dht-harness\"\nversion = \"0.1.0\"");
        assert_eq!(Origin::find(package(CHECKOUT), &other_version), unknown());
    }

    #[test]
    fn percent_signs_without_a_code_stay() {
        assert_eq!(decoded("a%2Fb%2fc"), "a/b/c");
        assert_eq!(decoded("100%"), "100%");
        assert_eq!(decoded("%zz"), "%zz");
    }
}
