//! Where a step is written.

use std::{fmt, path::PathBuf};

/// The maximum length of a line in a report, in characters.
const LINE: usize = 100;

/// Where a step is written.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: PathBuf,
    /// The line, from 1. A step of a repetition has the line of the repetition.
    pub line: usize,
    /// The text of the line, without the spaces around it.
    pub text: String,
}

/// Writes `FILE:LINE: TEXT`, with at most the first 100 characters of the text.
impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: ", self.file.display(), self.line)?;
        match self.text.char_indices().nth(LINE) {
            Some((end, _)) => write!(f, "{}..", self.text[..end].trim_end()),
            None => f.write_str(&self.text),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_line_is_cut_between_characters() {
        let place = Place {
            file: "a.toml".into(),
            line: 1,
            text: "ü".repeat(LINE + 1),
        };
        assert_eq!(
            place.to_string(),
            format!("a.toml:1: {}..", "ü".repeat(LINE))
        );
    }
}
