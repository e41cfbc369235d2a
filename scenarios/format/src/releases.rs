//! Ranges of releases of libp2p.

use std::fmt;

use dht_harness::Release;
use schemars::JsonSchema;
use semver::{Version, VersionReq};
use serde::{Deserialize, Serialize};
use thiserror::Error;

/// The releases of libp2p for which something holds: all, unless a range such as
/// `>=0.56`, `<0.57` or `=0.56` selects some of them. Two limits are separated by a
/// comma.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(with = "String")]
pub struct Releases(VersionReq);

/// The error for an invalid range of releases.
#[derive(Debug, Error)]
pub enum ReleasesError {
    /// The text is not a range.
    #[error("{text:?} is not a range of releases such as \">=0.56\" or \"<0.57\": {source}")]
    Form {
        /// The text.
        text: String,
        /// The problem.
        source: semver::Error,
    },
    /// The range contains no release.
    #[error(
        "{text:?} contains no release of libp2p: there are {}",
        Release::ALL.map(|release| release.to_string()).join(", ")
    )]
    Empty {
        /// The text.
        text: String,
    },
}

impl Releases {
    /// Whether a release is one of these.
    pub fn include(&self, release: Release) -> bool {
        self.0.matches(&Version::new(0, release.minor(), 0))
    }

    /// Whether these are all releases.
    pub fn is_all(&self) -> bool {
        self.0 == VersionReq::STAR
    }
}

impl TryFrom<String> for Releases {
    type Error = ReleasesError;

    fn try_from(text: String) -> Result<Self, ReleasesError> {
        match VersionReq::parse(&text) {
            Err(source) => Err(ReleasesError::Form { text, source }),
            Ok(range) => {
                let releases = Releases(range);
                if Release::ALL.iter().any(|it| releases.include(*it)) {
                    Ok(releases)
                } else {
                    Err(ReleasesError::Empty { text })
                }
            }
        }
    }
}

impl From<Releases> for String {
    fn from(releases: Releases) -> String {
        releases.to_string()
    }
}

impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Without the spaces that `VersionReq` puts behind a comma.
        f.write_str(&self.0.to_string().replace(' ', ""))
    }
}

#[cfg(test)]
mod tests {
    use rstest::rstest;

    use super::*;

    #[rstest]
    #[case(">=0.56", "0.56 0.57")]
    #[case("<0.56", "0.54 0.55")]
    #[case("=0.55", "0.55")]
    #[case(">=0.55,<0.57", "0.55 0.56")]
    #[case("*", "0.54 0.55 0.56 0.57")]
    fn a_range_includes_releases(#[case] text: &str, #[case] included: &str) {
        let releases = Releases::try_from(text.to_owned()).unwrap();
        let names = Release::ALL.iter().filter(|it| releases.include(**it));
        let names: Vec<String> = names.map(ToString::to_string).collect();
        assert_eq!(names.join(" "), included);
        assert_eq!(Releases::try_from(releases.to_string()).unwrap(), releases);
    }

    #[rstest]
    #[case("new", "is not a range of releases")]
    #[case(">=0.58", "contains no release")]
    #[case("=0.56,=0.57", "contains no release")]
    fn an_invalid_range_is_refused(#[case] text: &str, #[case] expected: &str) {
        let error = Releases::try_from(text.to_owned()).unwrap_err().to_string();
        assert!(error.contains(expected), "{error}");
    }
}
