//! The scenario files of this project, embedded into the program.

use std::{
    io,
    path::{Path, PathBuf},
};

use dht_scenarios::{Catalog, REGRESSIONS, Stacks};
use include_dir::{Dir, File, include_dir};

use crate::founding;

/// The scenario files, by family.
static CORPUS: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../corpus");

/// Scenarios that confirm or refute suspected defects of libp2p.
static UPSTREAM: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../upstream");

/// Failures found by fuzzing.
static KEPT: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../regressions");

/// The scenarios of this project: the founding cases and all files.
pub fn catalog() -> Catalog {
    catalog_over(Stacks::standard())
}

/// The scenarios of this project over these stacks, which have to include the
/// [standard ones](Stacks::standard).
pub fn catalog_over(stacks: Stacks) -> Catalog {
    let mut catalog = founding::catalog_over(stacks);
    let folders = [(&CORPUS, ""), (&UPSTREAM, "upstream"), (&KEPT, REGRESSIONS)];
    for (folder, family) in folders {
        let mut files = Vec::new();
        collect(folder, &mut files);
        for (path, text) in files {
            let inside = path.parent().unwrap_or(Path::new("")).to_owned();
            let read = |name: &Path| {
                let file = folder.get_file(inside.join(name));
                let text = file.and_then(File::contents_utf8);
                text.map(str::to_owned)
                    .ok_or(io::ErrorKind::NotFound.into())
            };
            catalog.add_with(&Path::new(family).join(path), text, &read);
        }
    }
    catalog
}

fn collect<'a>(folder: &'a Dir<'_>, files: &mut Vec<(PathBuf, &'a str)>) {
    for file in folder.files() {
        let is_scenario = file
            .path()
            .extension()
            .is_some_and(|extension| extension == "toml");
        if let Some(text) = file.contents_utf8().filter(|_| is_scenario) {
            files.push((file.path().to_owned(), text));
        }
    }
    for inner in folder.dirs() {
        collect(inner, files);
    }
    files.sort();
}
