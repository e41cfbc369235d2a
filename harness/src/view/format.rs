//! The forms of a picture.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The form of a picture of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ViewFormat {
    /// A page for a browser: one file, which needs no network.
    Html,
    /// The trace event format of Chrome, in JSON, which <https://ui.perfetto.dev> opens. A
    /// process is a host, and times are virtual.
    Perfetto,
    /// A log with vector clocks for <https://bestchai.bitbucket.io/shiviz/>.
    ShiViz,
}

impl ViewFormat {
    /// All forms.
    pub const ALL: [ViewFormat; 3] = [ViewFormat::Html, ViewFormat::Perfetto, ViewFormat::ShiViz];

    /// The extension of its files, without the dot.
    pub fn extension(self) -> &'static str {
        match self {
            ViewFormat::Html => "html",
            ViewFormat::Perfetto => "json",
            ViewFormat::ShiViz => "log",
        }
    }
}

impl fmt::Display for ViewFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            ViewFormat::Html => "html",
            ViewFormat::Perfetto => "perfetto",
            ViewFormat::ShiViz => "shiviz",
        })
    }
}

/// A text that names no form of a picture.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("`{0}` is not one of html, perfetto, shiviz")]
pub struct UnknownViewFormat(String);

impl FromStr for ViewFormat {
    type Err = UnknownViewFormat;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let mut all = ViewFormat::ALL.into_iter();
        all.find(|format| format.to_string() == text)
            .ok_or_else(|| UnknownViewFormat(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_form_is_read_back_from_its_name() {
        for format in ViewFormat::ALL {
            assert_eq!(format.to_string().parse(), Ok(format));
        }
        let unknown = "pdf".parse::<ViewFormat>().unwrap_err();
        assert_eq!(
            unknown.to_string(),
            "`pdf` is not one of html, perfetto, shiviz"
        );
    }
}
