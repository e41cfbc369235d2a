//! Recordings of failed runs.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dht_harness::trace::Digest;
use serde::{Deserialize, Serialize};

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
}

/// The folder of recordings.
const FOLDER: &str = "target/dht-harness";

impl Recording {
    pub(super) const FORMAT: u32 = 1;

    /// Saves the recording; returns the path of its file.
    pub(super) fn save(&self) -> Result<PathBuf, CliError> {
        let path = Path::new(FOLDER).join(format!("{}.json", self.case.replace('/', ".")));
        let failed = |source| CliError::File {
            path: path.clone(),
            source,
        };
        fs::create_dir_all(FOLDER).map_err(failed)?;
        let text = serde_json::to_string_pretty(self).expect("a recording is plain data");
        fs::write(&path, text + "\n").map_err(failed)?;
        Ok(path)
    }

    pub(super) fn load(path: &Path) -> Result<Self, CliError> {
        let text = fs::read_to_string(path).map_err(|source| CliError::File {
            path: path.to_owned(),
            source,
        })?;
        serde_json::from_str(&text).map_err(|source| CliError::Recording {
            path: path.to_owned(),
            source,
        })
    }
}
