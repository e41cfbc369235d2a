//! `merge`: the results of several campaigns as one.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use clap::Args;

use super::{CliError, fuzz::show_summary};
use dht_fuzz::{CAMPAIGN, Place, Summary, is_raw, keep};
use dht_scenarios::file::parse;

#[derive(Args)]
pub(super) struct Merge {
    /// Folders that `fuzz --out` has written to
    #[arg(value_name = "DIR", required = true)]
    folders: Vec<PathBuf>,
    /// Keep failures in this folder
    #[arg(long, value_name = "DIR", default_value = "scenarios/regressions")]
    out: PathBuf,
    /// Also write a report as JSON; `-` is standard output
    #[arg(long, value_name = "FILE")]
    json: Option<PathBuf>,
}

impl Merge {
    /// Whether all parts have come to their end, and nothing was found.
    pub(super) fn execute(&self) -> Result<bool, CliError> {
        let mut all = Summary::default();
        let mut is_whole = true;
        for folder in &self.folders {
            match summary(folder) {
                Ok(part) => {
                    all.merge(self.taken(folder, part)?);
                    if self.take_all(folder, is_raw)? > 0 {
                        is_whole = false;
                        eprintln!(
                            "{}: this part was ended while it shrank a failure, which is kept as \
                             it was found",
                            folder.display()
                        );
                    }
                }
                Err(error) => {
                    is_whole = false;
                    eprintln!(
                        "{error}\n  a part without a summary was ended before it could leave one: \
                         its failures are kept, its cases are not counted"
                    );
                    self.take_all(folder, |_| true)?;
                }
            }
        }
        let path = self.out.join(CAMPAIGN);
        all.write(&path).map_err(failed(&path))?;
        show_summary(&all, self.json.as_deref())?;
        Ok(is_whole && all.is_clean())
    }

    /// Keeps the findings of a part. Folders are moved between machines; names stay.
    fn taken(&self, folder: &Path, mut part: Summary) -> Result<Summary, CliError> {
        for finding in std::mem::take(&mut part.findings) {
            let place = self.take(&folder.join(format!("{}.toml", finding.name)))?;
            part.place(finding, &place);
        }
        Ok(part)
    }

    /// Keeps what a part has left under such names. Returns how many there are.
    fn take_all(&self, folder: &Path, is_one: fn(&str) -> bool) -> Result<usize, CliError> {
        if fs::canonicalize(folder).ok() == fs::canonicalize(&self.out).ok() {
            return Ok(0);
        }
        let mut count = 0;
        for entry in fs::read_dir(folder).map_err(failed(folder))? {
            let path = entry.map_err(failed(folder))?.path();
            let name = path.file_name().unwrap_or_default().to_string_lossy();
            if name.strip_suffix(".toml").is_some_and(is_one) {
                self.take(&path)?;
                count += 1;
            }
        }
        Ok(count)
    }

    fn take(&self, path: &Path) -> Result<Place, CliError> {
        let text = fs::read_to_string(path).map_err(failed(path))?;
        let kept = parse(path, &text).map_err(io::Error::other);
        kept.and_then(|file| keep(&file, &self.out))
            .map_err(failed(path))
    }
}

fn summary(folder: &Path) -> Result<Summary, CliError> {
    let path = folder.join(CAMPAIGN);
    let text = fs::read_to_string(&path).map_err(failed(&path))?;
    serde_json::from_str(&text).map_err(|source| CliError::Campaign { path, source })
}

fn failed(path: &Path) -> impl Fn(io::Error) -> CliError {
    let path = path.to_owned();
    move |source| CliError::File {
        path: path.clone(),
        source,
    }
}
