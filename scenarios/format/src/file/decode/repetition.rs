//! Reads steps that are written as a repetition.

use toml::{Spanned, de::DeValue};

use super::{Decoder, Value};
use crate::{
    file::{
        places::Places,
        steps::{Repeat, Steps},
    },
    syntax::ParseError,
};

impl<'a> Decoder<'a> {
    /// Reads steps that are written as a repetition. What is wrong with a line is told
    /// once, and not for each repetition.
    pub(super) fn repeat(&mut self, value: &Value<'a>, steps: &mut Steps, places: &mut Places) {
        let before = self.problems.len();
        let lines = match value.get_ref() {
            DeValue::Table(table) => table.get("steps"),
            _ => None,
        };
        let lines: Vec<&Value<'a>> = match lines.map(Spanned::get_ref) {
            Some(DeValue::Array(lines)) => lines.iter().collect(),
            _ => Vec::new(),
        };
        if let Some(inner) = lines
            .iter()
            .find(|line| matches!(line.get_ref(), DeValue::Table(_)))
        {
            return self.complain(
                inner.span(),
                "repetitions are not nested: write one repetition for each number of the outer one",
            );
        }
        let repeat: Repeat = self.table(value, &[]);
        if self.problems.len() == before
            && let Some(mistake) = repeat.mistake(self.hosts)
        {
            self.complain(value.span(), mistake);
        }
        if self.problems.len() > before {
            return;
        }
        let mut parsed = Vec::with_capacity(repeat.len());
        let mut at = Vec::with_capacity(repeat.len());
        for number in 0..repeat.repeat {
            for (line, item) in repeat.steps.iter().zip(&lines) {
                if let Some(mistake) = repeat.unknown_number(line) {
                    self.complain(item.span(), mistake);
                    continue;
                }
                match repeat.line(line, number).parse() {
                    Ok(step) => parsed.push(step),
                    Err(ParseError { text, .. }) => self.complain(item.span(), text),
                }
                at.push(item.span());
            }
            if self.problems.len() > before {
                return places.note_unread(value.span(), true);
            }
        }
        self.repeated
            .extend(at.iter().take(repeat.steps.len()).cloned());
        places.steps.extend(at);
        steps.extend_with(repeat, parsed);
    }
}
