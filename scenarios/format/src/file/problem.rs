//! What is wrong with a file.

use std::{fmt, ops::Range, path::PathBuf};

use codespan_reporting::{
    diagnostic::{Diagnostic, Label},
    files::SimpleFile,
    term,
};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problem {
    /// Where, in bytes of the text.
    pub at: Range<usize>,
    /// What, and what would be right.
    pub text: String,
}

/// All that is wrong with a file, in the order of its lines.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Problems {
    /// The file.
    pub file: PathBuf,
    /// What it holds.
    pub text: String,
    /// What is wrong.
    pub list: Vec<Problem>,
}

impl fmt::Display for Problems {
    /// Each with file, line, column and the line itself.
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
