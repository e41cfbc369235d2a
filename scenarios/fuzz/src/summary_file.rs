//! The files of summaries in a folder, one for each campaign.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use crate::{folder::replace, summary::Summary};

/// The file in which `merge` writes the sum of all summaries.
pub(crate) const MERGED: &str = "merged.json";

/// The file of the summary of one campaign. No other campaign writes it.
#[derive(Clone, Debug)]
pub(crate) struct SummaryFile(PathBuf);

impl SummaryFile {
    /// Creates the folder, and in it the first of `campaign.json`, `campaign-2.json` and
    /// so on that does not exist.
    ///
    /// # Errors
    /// Returns an error if the folder or the file cannot be created.
    pub(crate) fn claim(folder: &Path, summary: &Summary) -> io::Result<Self> {
        fs::create_dir_all(folder)?;
        for number in 1.. {
            let path = folder.join(name(number));
            match File::create_new(&path) {
                Ok(_) => {
                    let file = SummaryFile(path);
                    file.write(summary)?;
                    return Ok(file);
                }
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
                Err(error) => return Err(error),
            }
        }
        unreachable!("there is always another number")
    }

    /// Replaces the summary in the file.
    ///
    /// # Errors
    /// Returns an error if the file cannot be written.
    pub(crate) fn write(&self, summary: &Summary) -> io::Result<()> {
        write(&self.0, summary)
    }

    /// The paths of the summaries of all campaigns in a folder, in the order in which they
    /// were claimed.
    ///
    /// # Errors
    /// Returns an error if the folder cannot be read.
    pub(crate) fn all(folder: &Path) -> io::Result<Vec<PathBuf>> {
        let mut numbers = Vec::new();
        for entry in fs::read_dir(folder)? {
            numbers.extend(number(&entry?.file_name().to_string_lossy()));
        }
        numbers.sort_unstable();
        let paths = numbers.into_iter().map(|number| folder.join(name(number)));
        Ok(paths.collect())
    }
}

/// The number in the name of a file, if it is that of a summary.
fn number(file: &str) -> Option<u32> {
    let number = match file.strip_prefix("campaign")?.strip_suffix(".json")? {
        "" => 1,
        number => number.strip_prefix('-')?.parse().ok()?,
    };
    (name(number) == file).then_some(number)
}

fn name(number: u32) -> String {
    match number {
        1 => "campaign.json".to_owned(),
        number => format!("campaign-{number}.json"),
    }
}

/// Writes a summary as JSON, so that readers never see an incomplete one.
///
/// # Errors
/// Returns an error if the folder or the file cannot be written.
pub(crate) fn write(path: &Path, summary: &Summary) -> io::Result<()> {
    let text = serde_json::to_string_pretty(summary).map_err(io::Error::other)?;
    replace(path, &(text + "\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_campaign_has_a_file_of_its_own() {
        let dir = tempfile::tempdir().unwrap();
        let summary = Summary::default();
        for _ in 0..3 {
            SummaryFile::claim(dir.path(), &summary).unwrap();
        }
        fs::remove_file(dir.path().join("campaign.json")).unwrap();
        fs::write(dir.path().join("campaign-x.json"), "").unwrap();
        let names = ["campaign-2.json", "campaign-3.json"];
        let paths = names.map(|name| dir.path().join(name));
        assert_eq!(SummaryFile::all(dir.path()).unwrap(), paths);
    }
}
