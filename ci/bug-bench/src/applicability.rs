//! Determines which mutants can be applied to the published sources.

use crate::{
    edit_span::{EditSpan, edit_spans, line_of},
    mutant::Mutant,
};
use dht_scenarios::file::Problem;

/// Mutants, sorted by whether their edits can be applied.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Applicability<'a> {
    /// Applicable mutants.
    pub mutants: Vec<&'a Mutant>,
    /// The edit spans of each applicable mutant.
    pub edit_spans: Vec<Vec<EditSpan>>,
    /// Inapplicable mutants and the reasons.
    pub unfit: Vec<(&'a Mutant, String)>,
}

impl<'a> Applicability<'a> {
    /// Locates the edits of all mutants. `text` returns a published file, or
    /// the reason why there is none.
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

/// The reasons why a mutant is not applicable: one line per problem, with its
/// location.
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
