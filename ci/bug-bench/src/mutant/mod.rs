//! The mutants: bugs described as data.

mod read;

use std::{
    fs,
    ops::Range,
    path::{Path, PathBuf},
    sync::Arc,
};

use include_dir::{Dir, include_dir};
use xxhash_rust::xxh3::Xxh3;

use crate::error::BenchError;
use dht_scenarios::file::Problem;

/// The environment variable that `mutant!` reads.
pub(crate) const SWITCH: &str = "DHT_MUTANT";

/// The mutants of this project.
static STANDARD: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/../mutants");

/// A file of mutants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MutantFile {
    /// Its path.
    pub path: PathBuf,
    /// Its content.
    pub text: String,
}

/// A bug that can be put into a published crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mutant {
    /// Its id.
    pub id: String,
    /// The crate that it is put into, `libp2p-kad` for example.
    pub package: String,
    /// The wrong behaviour, in one line.
    pub wrong: String,
    /// Where the bug was observed: a thread or commit.
    pub source: Option<String>,
    /// The edits; at least one.
    pub edits: Vec<Edit>,
    /// The file that it was read from.
    pub origin: Arc<MutantFile>,
    /// Its location in that file, in bytes.
    pub at: Range<usize>,
}

/// One replacement in a file of the crate.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// The file, relative to the root of the crate.
    pub file: String,
    /// The text that is replaced. It occurs once in the published file.
    pub find: String,
    /// The replacement.
    pub replace: String,
    /// The location of `find` in the file of mutants, in bytes.
    pub at: Range<usize>,
}

impl Mutant {
    /// Whether the edits are conditional on `mutant!`, so that the mutant can
    /// share a build with others.
    pub fn is_switched(&self) -> bool {
        let call = format!("mutant!(\"{}\")", self.id);
        self.edits.iter().any(|edit| edit.replace.contains(&call))
    }

    /// A digest of the edits, independent of the description.
    pub fn digest(&self) -> String {
        let mut hash = Xxh3::new();
        for part in [&self.id, &self.package] {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        for part in self
            .edits
            .iter()
            .flat_map(|edit| [&edit.file, &edit.find, &edit.replace])
        {
            hash.update(part.as_bytes());
            hash.update(&[0]);
        }
        format!("{:016x}", hash.digest())
    }

    /// A problem at a location in the mutant's file.
    pub(crate) fn problem(&self, at: Range<usize>, text: impl AsRef<str>) -> Problem {
        Problem {
            at,
            text: format!("mutant {}: {}", self.id, text.as_ref()),
        }
    }
}

impl MutantFile {
    fn open(path: &Path) -> Result<Self, BenchError> {
        Ok(MutantFile {
            path: path.to_owned(),
            text: fs::read_to_string(path).map_err(BenchError::file(path))?,
        })
    }
}

/// The mutants of these files or, if there are none, of this project. If `only`
/// names an id that is in no file, the project's mutants are available as well,
/// except those whose ids the files use.
///
/// # Errors
/// Fails if a file cannot be read, a mutant is malformed, or two files use the
/// same id.
pub fn mutants(files: &[PathBuf], only: &[String]) -> Result<Vec<Mutant>, BenchError> {
    let opened: Result<Vec<MutantFile>, BenchError> =
        files.iter().map(|path| MutantFile::open(path)).collect();
    let mut mutants = Mutant::read(opened?).map_err(BenchError::Mutants)?;
    let is_taken = |id: &str| mutants.iter().any(|mutant| mutant.id == id);
    if files.is_empty() || only.iter().any(|id| !is_taken(id)) {
        let mut of_project = standard()?;
        of_project.retain(|mutant| !is_taken(&mutant.id));
        mutants.append(&mut of_project);
    }
    Ok(mutants)
}

/// The mutants of this project.
fn standard() -> Result<Vec<Mutant>, BenchError> {
    let mut files = Vec::new();
    for file in STANDARD.files() {
        if let Some(text) = file.contents_utf8()
            && file.path().extension().is_some_and(|ext| ext == "toml")
        {
            files.push(MutantFile {
                path: Path::new("ci/mutants").join(file.path()),
                text: text.to_owned(),
            });
        }
    }
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Mutant::read(files).map_err(BenchError::Mutants)
}
