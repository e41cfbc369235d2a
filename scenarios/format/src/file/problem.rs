//! The problems of a file.

use std::{fmt, ops::Range, path::PathBuf};

use codespan_reporting::{
    diagnostic::{Diagnostic, Label},
    files::SimpleFile,
    term,
};

/// A problem in a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// The location, as a byte range of the text.
    pub at: Range<usize>,
    /// The problem and the remedy.
    pub text: String,
}

/// The line of a byte of a text, from 1.
pub fn line_of(text: &str, at: usize) -> usize {
    let before = text.as_bytes().iter().take(at);
    1 + before.filter(|byte| **byte == b'\n').count()
}

/// All problems of a file, ordered by location.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The path of the file.
    pub file: PathBuf,
    /// The text of the file.
    pub text: String,
    /// The problems.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    /// Formats each problem with file, line, column and the text of the line.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let file = SimpleFile::new(self.file.display().to_string(), &self.text);
        let config = term::Config::default();
        for problem in &self.list {
            let label = Label::primary((), problem.at.clone());
            let diagnostic = Diagnostic::error()
                .with_message(&problem.text)
                .with_label(label);
            let shown =
                term::emit_into_string(&config, &file, &diagnostic).map_err(|_| fmt::Error)?;
            f.write_str(&shown)?;
        }
        Ok(())
    }
}

impl std::error::Error for Problems {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_counted_from_one() {
        assert_eq!(line_of("a\nb\n", 0), 1);
        assert_eq!(line_of("a\nb\n", 2), 2);
    }
}
