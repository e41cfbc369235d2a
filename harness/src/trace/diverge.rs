//! Finds where two runs diverge.

use std::{
    fmt,
    fs::File,
    io::{self, BufRead, BufReader},
    path::Path,
};

/// The first difference between two traces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Divergence {
    /// The last line that both have, if there is one.
    pub common: Option<String>,
    /// The line number, from 1, of the first difference.
    pub line: usize,
    /// The line of the first trace; `None` after its end.
    pub first: Option<String>,
    /// The line of the second trace; `None` after its end.
    pub second: Option<String>,
}

impl fmt::Display for Divergence {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let show = |line: &Option<String>| line.clone().unwrap_or_else(|| "(ended)".to_owned());
        writeln!(f, "the runs diverge at line {} of their traces", self.line)?;
        writeln!(f, "  last common: {}", show(&self.common))?;
        writeln!(f, "  first run:   {}", show(&self.first))?;
        write!(f, "  second run:  {}", show(&self.second))
    }
}

/// Compares two JSON-lines traces and returns the first difference, or `None`
/// if they are equal.
///
/// # Errors
/// Fails if one of the files cannot be read.
pub fn first_divergence(first: &Path, second: &Path) -> io::Result<Option<Divergence>> {
    let mut ours = BufReader::new(File::open(first)?).lines();
    let mut theirs = BufReader::new(File::open(second)?).lines();
    let mut common = None;
    for line in 1.. {
        let pair = (ours.next().transpose()?, theirs.next().transpose()?);
        match pair {
            (None, None) => break,
            (first, second) if first == second => common = first,
            (first, second) => {
                return Ok(Some(Divergence {
                    common,
                    line,
                    first,
                    second,
                }));
            }
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_the_first_line_that_differs() {
        let dir = std::env::temp_dir().join(format!("dht-harness-diverge-{}", std::process::id()));
        std::fs::create_dir_all(&dir).unwrap();
        let (one, other) = (dir.join("one"), dir.join("other"));
        std::fs::write(&one, "a\nb\nc\n").unwrap();
        std::fs::write(&other, "a\nb\n").unwrap();
        let found = first_divergence(&one, &other).unwrap().unwrap();
        assert_eq!(found.line, 3);
        assert_eq!(found.common.as_deref(), Some("b"));
        assert_eq!(found.second, None);
        assert_eq!(first_divergence(&one, &one).unwrap(), None);
        std::fs::remove_dir_all(&dir).unwrap();
    }
}
