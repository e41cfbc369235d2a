//! Recordings of failed runs.

use std::{
    env, fs, iter,
    path::{Path, PathBuf},
};

use dht_harness::trace::Digest;
use dht_scenarios::{Case, Catalog};
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use super::CliError;

/// A failure recorded by `run`, so that `replay` can repeat it.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Recording {
    /// The version of the format.
    pub(super) format: u32,
    /// The path of the case.
    pub(super) case: String,
    pub(super) seed: u64,
    /// The content of the scenario file, if the case comes from one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) scenario: Option<String>,
    /// The digest of the run.
    pub(super) digest: Option<Digest>,
    /// The version of the harness.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) harness: Option<String>,
    /// A hash of the case, the seed, the scenario and the digest, by which an edited recording is
    /// recognised.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) hash: Option<String>,
}

/// The version of this program.
pub(super) const VERSION: &str = env!("CARGO_PKG_VERSION");

/// The folder of recordings.
pub(super) const FOLDER: &str = "target/dht-harness";

impl Recording {
    pub(super) const FORMAT: u32 = 1;

    /// The recording of a run by this program.
    pub(super) fn of_run(
        case: String,
        seed: u64,
        scenario: Option<String>,
        digest: Option<Digest>,
    ) -> Self {
        let mut recording = Recording {
            format: Recording::FORMAT,
            case,
            seed,
            scenario,
            digest,
            harness: Some(VERSION.to_owned()),
            hash: None,
        };
        recording.hash = Some(recording.hashed());
        recording
    }

    fn hashed(&self) -> String {
        let digest = self.digest.map(|digest| digest.to_string());
        let parts = (&self.case, self.seed, &self.scenario, digest);
        let text = serde_json::to_string(&parts).expect("they are plain data");
        format!("{:032x}", xxh3_128(text.as_bytes()))
    }

    /// Whether it is not as `run` has written it.
    pub(super) fn is_edited(&self) -> bool {
        self.hash
            .as_ref()
            .is_some_and(|hash| *hash != self.hashed())
    }

    /// The file of the recording of a case.
    pub(super) fn file_of(case: &str) -> PathBuf {
        Path::new(FOLDER).join(format!("{}.json", Case::file_name_of(case)))
    }

    /// Saves the recording; returns the path of its file.
    pub(super) fn save(&self) -> Result<PathBuf, CliError> {
        let path = Self::file_of(&self.case);
        let failed = |source| CliError::file(&path, source);
        fs::create_dir_all(FOLDER).map_err(failed)?;
        let text = serde_json::to_string_pretty(self).expect("a recording is plain data");
        fs::write(&path, text + "\n").map_err(failed)?;
        Ok(path)
    }

    /// Adds the recorded scenario to a catalog, if it came from a file.
    pub(super) fn add_to(&self, catalog: &mut Catalog) {
        if let Some(text) = &self.scenario {
            // The last two components of the path are the stack and the transport.
            let path = Path::new(&self.case).ancestors().nth(2);
            catalog.add(&path.unwrap_or(Path::new("")).with_extension("toml"), text);
        }
    }

    pub(super) fn load(path: &Path) -> Result<Self, CliError> {
        let text = fs::read_to_string(path).map_err(|source| CliError::file(path, source))?;
        let recording: Self =
            serde_json::from_str(&text).map_err(|source| CliError::Recording {
                path: path.to_owned(),
                source,
            })?;
        Ok(recording)
    }
}

/// The command that runs a recording or a scenario file again.
pub(super) fn replay_command(file: &Path) -> String {
    format!("{} replay {}", program(), quoted(file))
}

/// The command that makes a page of a recording.
pub(super) fn view_command(file: &Path) -> String {
    format!("{} view {}", program(), quoted(file))
}

/// The command with which the program was called.
pub(super) fn this_command() -> String {
    let words = env::args_os().skip(1);
    let words = words.map(|word| quoted(Path::new(&word)));
    let words: Vec<_> = iter::once(program()).chain(words).collect();
    words.join(" ")
}

/// The program as it was called: one with stacks of its own has another name.
fn program() -> String {
    let program = env::args_os().next();
    let program = program
        .as_deref()
        .map_or(Path::new("dht-harness"), Path::new);
    quoted(program)
}

/// A path as a word of a shell.
fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let is_plain = |char: char| char.is_alphanumeric() || "/._-+=:,@%~".contains(char);
    if !text.is_empty() && text.chars().all(is_plain) && !text.starts_with('~') {
        return text;
    }
    format!("'{}'", text.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_with_other_characters_is_quoted() {
        assert_eq!(quoted(Path::new("a/b-1.toml")), "a/b-1.toml");
        assert_eq!(quoted(Path::new("my files/it's")), r"'my files/it'\''s'");
    }
}
