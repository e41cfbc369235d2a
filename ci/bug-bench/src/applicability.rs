//! Which mutants fit the published text.

use crate::{
    edit_span::{EditSpan, edit_spans, line_of},
    mutant::Mutant,
};
use dht_scenarios::file::Problem;

/// Mutants, sorted by whether their edits fit.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applicability<'a> {
    /// Those that fit.
    pub mutants: Vec<&'a Mutant>,
    /// Where the edits of each of those fall.
    pub edit_spans: Vec<Vec<EditSpan>>,
    /// Those that do not, and why.
    pub unfit: Vec<(&'a Mutant, String)>,
}

impl<'a> Applicability<'a> {
    /// Looks for the edits of all mutants. `text` gives a published file, or says
    /// why there is none.
    pub fn of(
        mutants: &'a [Mutant],
        mut text: impl FnMut(&str, &str) -> Result<String, String>,
    ) -> Self {
        let mut fit = Applicability::default();
        for mutant in mutants {
            match edit_spans(mutant, &mut text) {
                Ok(edit_spans) => {
                    fit.mutants.push(mutant);
                    fit.edit_spans.push(edit_spans);
                }
                Err(problems) => fit.unfit.push((mutant, why(mutant, &problems))),
            }
        }
        fit
    }
}

/// Why a mutant does not fit: a line for each problem, with its place.
fn why(mutant: &Mutant, problems: &[Problem]) -> String {
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| {
            format!(
                "{}:{}: {}",
                mutant.origin.path.display(),
                line_of(&mutant.origin.text, problem.at.start),
                problem.text
            )
        })
        .collect();
    format!("does not fit: {}", lines.join("\n"))
}
