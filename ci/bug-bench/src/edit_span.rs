//! The location of the edits of mutants in the published sources.

use std::{collections::BTreeMap, ops::Range};

use crate::mutant::Mutant;
use dht_scenarios::file::Problem;

/// A span of a published file that a mutant replaces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EditSpan {
    /// The crate.
    pub package: String,
    /// The file, relative to the root of the crate.
    pub file: String,
    /// The byte range that is replaced.
    pub at: Range<usize>,
    /// The replacement.
    pub replace: String,
}

impl EditSpan {
    /// Whether the two spans cannot be replaced at the same time.
    pub fn overlaps(&self, other: &EditSpan) -> bool {
        (&self.package, &self.file) == (&other.package, &other.file)
            && self.at.start < other.at.end
            && other.at.start < self.at.end
    }
}

/// Locates the edits of a mutant. `text` returns a published file, or the
/// reason why there is none.
///
/// # Errors
/// Fails if an edit's text is not in the file, occurs more than once, or
/// overlaps with another edit of the mutant. Each problem has its location in
/// the mutant's file.
pub fn edit_spans(
    mutant: &Mutant,
    mut text: impl FnMut(&str, &str) -> Result<String, String>,
) -> Result<Vec<EditSpan>, Vec<Problem>> {
    let mut edit_spans: Vec<EditSpan> = Vec::new();
    let mut problems = Vec::new();
    for edit in &mutant.edits {
        let found = text(&mutant.package, &edit.file).and_then(|published| {
            let at = only(&published, &edit.find).map_err(|why| format!("{} {why}", edit.file))?;
            Ok(EditSpan {
                package: mutant.package.clone(),
                file: edit.file.clone(),
                at,
                replace: edit.replace.clone(),
            })
        });
        match found {
            Ok(edit_span) if edit_spans.iter().any(|other| other.overlaps(&edit_span)) => {
                let why = "two edits of it replace the same text; make them one";
                problems.push(mutant.problem(edit.at.clone(), why));
            }
            Ok(edit_span) => edit_spans.push(edit_span),
            Err(why) => problems.push(mutant.problem(edit.at.clone(), why)),
        }
    }
    if problems.is_empty() {
        Ok(edit_spans)
    } else {
        Err(problems)
    }
}

/// The only occurrence of `find` in a text.
fn only(text: &str, find: &str) -> Result<Range<usize>, String> {
    let places: Vec<usize> = text.match_indices(find).map(|(place, _)| place).collect();
    match places.as_slice() {
        [place] => Ok(*place..place + find.len()),
        [] => Err(format!(
            "does not hold this text; copy it from the published file, blanks as they are{}",
            nearest(text, find)
        )),
        places => {
            let lines: Vec<String> = places
                .iter()
                .map(|place| line_of(text, *place).to_string())
                .collect();
            Err(format!(
                "holds this text {} times, in lines {}; take in more of what is around the one \
                 that is meant",
                lines.len(),
                lines.join(", ")
            ))
        }
    }
}

/// The line number of a byte, from 1.
pub(crate) fn line_of(text: &str, place: usize) -> usize {
    text[..place].matches('\n').count() + 1
}

/// A hint with the line most similar to the first line of `find`, if there is
/// one.
fn nearest(text: &str, find: &str) -> String {
    let first = find.trim().lines().next().unwrap_or_default();
    let similar = text
        .lines()
        .enumerate()
        .map(|(number, line)| {
            (
                strsim::normalized_levenshtein(line.trim(), first),
                number,
                line,
            )
        })
        .filter(|(similarity, ..)| *similarity > 0.6)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    similar.map_or(String::new(), |(_, number, line)| {
        format!("; line {} is nearest: {}", number + 1, line.trim())
    })
}

/// A file with the edits of several mutants.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Edited {
    /// The new text.
    pub text: String,
    /// The byte ranges of the new text that came from a mutant, and its number.
    pub origins: Vec<(Range<usize>, usize)>,
}

/// Applies edit spans of one file, each with the number of its mutant, to the
/// published text.
///
/// # Panics
/// Panics if two edit spans overlap, or if one is not in the text.
pub fn edited(text: &str, edit_spans: &[(usize, &EditSpan)]) -> Edited {
    let mut by_place: BTreeMap<usize, (usize, &EditSpan)> = BTreeMap::new();
    for (mutant, edit_span) in edit_spans {
        by_place.insert(edit_span.at.start, (*mutant, *edit_span));
    }
    let mut edited = Edited::default();
    let mut done = 0;
    for (start, (mutant, edit_span)) in by_place {
        edited.text.push_str(&text[done..start]);
        let begin = edited.text.len();
        edited.text.push_str(&edit_span.replace);
        edited.origins.push((begin..edited.text.len(), mutant));
        done = edit_span.at.end;
    }
    edited.text.push_str(&text[done..]);
    edited
}
