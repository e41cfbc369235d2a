//! Parses files of mutants strictly, and continues after an error.

use std::{
    collections::BTreeMap,
    ops::Range,
    path::{Component, Path, PathBuf},
    sync::Arc,
};

use serde::Deserialize;
use toml::{
    Spanned,
    de::{DeTable, DeValue, ValueDeserializer},
};

use super::{Edit, Mutant, MutantFile};
use dht_scenarios::file::{Problem, Problems};

/// A mutant as written in a file.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    id: Spanned<String>,
    #[serde(rename = "crate")]
    package: String,
    wrong: Spanned<String>,
    source: Option<String>,
    file: Option<Spanned<String>>,
    find: Option<Spanned<String>>,
    replace: Option<String>,
    edit: Option<Vec<WrittenEdit>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct WrittenEdit {
    file: Spanned<String>,
    find: Spanned<String>,
    replace: String,
}

impl Mutant {
    /// Parses files of mutants, whose ids must be unique across all files.
    ///
    /// # Errors
    /// Returns all problems by file; each names its mutant.
    pub fn read(files: Vec<MutantFile>) -> Result<Vec<Mutant>, Vec<Problems>> {
        let mut mutants: Vec<Mutant> = Vec::new();
        let mut wrong = Vec::new();
        let mut ids: BTreeMap<String, PathBuf> = BTreeMap::new();
        for file in files {
            let file = Arc::new(file);
            let mut reader = Reader {
                file: Arc::clone(&file),
                problems: Vec::new(),
            };
            for (mutant, at) in reader.mutants() {
                if let Some(other) = ids.get(&mutant.id) {
                    let text = format!(
                        "the id is taken by another mutant in {}; choose another",
                        other.display()
                    );
                    reader.problems.push(mutant.problem(at, text));
                    continue;
                }
                ids.insert(mutant.id.clone(), file.path.clone());
                mutants.push(mutant);
            }
            if !reader.problems.is_empty() {
                reader.problems.sort_by_key(|problem| problem.at.start);
                wrong.push(Problems {
                    file: file.path.clone(),
                    text: file.text.clone(),
                    list: reader.problems,
                });
            }
        }
        if wrong.is_empty() {
            Ok(mutants)
        } else {
            Err(wrong)
        }
    }
}

struct Reader {
    file: Arc<MutantFile>,
    problems: Vec<Problem>,
}

impl Reader {
    /// The mutants that can be parsed, each with the location of its id.
    fn mutants(&mut self) -> Vec<(Mutant, Range<usize>)> {
        let file = Arc::clone(&self.file);
        let (root, errors) = DeTable::parse_recoverable(&file.text);
        for error in errors {
            let end = file.text.len();
            self.report(error.span().unwrap_or(end..end), error.message().to_owned());
        }
        let mut mutants = Vec::new();
        for (key, value) in root.into_inner() {
            match (key.get_ref().as_ref(), value.get_ref()) {
                ("mutant", DeValue::Array(items)) => {
                    for item in items.iter() {
                        mutants.extend(self.mutant(item.clone()));
                    }
                }
                ("mutant", _) => {
                    self.report(value.span(), "a mutant is written as [[mutant]]");
                }
                (other, _) => self.report(
                    key.span(),
                    format!(
                        "unknown key `{other}`; a file of mutants holds [[mutant]] tables only"
                    ),
                ),
            }
        }
        mutants
    }

    fn mutant(&mut self, value: Spanned<DeValue<'_>>) -> Option<(Mutant, Range<usize>)> {
        let at = value.span();
        let called = match value.get_ref() {
            DeValue::Table(table) => match table.get("id").map(Spanned::get_ref) {
                Some(DeValue::String(id)) => id.to_string(),
                _ => "without id".to_owned(),
            },
            _ => "without id".to_owned(),
        };
        let written = match Written::deserialize(ValueDeserializer::from(value)) {
            Ok(written) => written,
            Err(error) => {
                self.report(
                    error.span().unwrap_or(at),
                    format!("mutant {called}: {}", error.message().trim()),
                );
                return None;
            }
        };
        let before = self.problems.len();
        let id_at = written.id.span();
        let id = written.id.into_inner();
        let mut mutant = Mutant {
            id,
            package: written.package,
            wrong: written.wrong.get_ref().trim().to_owned(),
            source: written.source,
            edits: Vec::new(),
            origin: Arc::clone(&self.file),
            at: at.clone(),
        };
        let is_word = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
        if mutant.id.is_empty() || !mutant.id.chars().all(is_word) {
            let text = "an id is made of letters, digits, `-`, `_` and `.`";
            self.problems.push(mutant.problem(id_at.clone(), text));
        }
        if mutant.wrong.is_empty() || mutant.wrong.contains('\n') {
            let text = "`wrong` is one line that tells the wrong behaviour";
            self.problems
                .push(mutant.problem(written.wrong.span(), text));
        }
        let edits = match (written.file, written.find, written.replace, written.edit) {
            (Some(file), Some(find), Some(replace), None) => vec![WrittenEdit {
                file,
                find,
                replace,
            }],
            (None, None, None, Some(edits)) if !edits.is_empty() => edits,
            _ => {
                let text = "it has either `file`, `find` and `replace`, or [[mutant.edit]] tables \
                            with those";
                self.problems.push(mutant.problem(at, text));
                return None;
            }
        };
        for edit in edits {
            self.check(&mutant, &edit);
            mutant.edits.push(Edit {
                file: edit.file.into_inner(),
                at: edit.find.span(),
                find: edit.find.into_inner(),
                replace: edit.replace,
            });
        }
        (self.problems.len() == before).then_some((mutant, id_at))
    }

    /// Checks what can be checked without the published file.
    fn check(&mut self, mutant: &Mutant, edit: &WrittenEdit) {
        let file = Path::new(edit.file.get_ref());
        let is_inside = file
            .components()
            .all(|part| matches!(part, Component::Normal(_)));
        if edit.file.get_ref().is_empty() || !is_inside {
            let text = "`file` is a path below the root of the crate, as \"src/behaviour.rs\"";
            self.problems.push(mutant.problem(edit.file.span(), text));
        }
        if edit.find.get_ref().is_empty() {
            let text = "`find` is empty; it is a text that occurs once in the file";
            self.problems.push(mutant.problem(edit.find.span(), text));
        }
        if *edit.find.get_ref() == edit.replace {
            let text = "`replace` is the same as `find`, so nothing is mutated";
            self.problems.push(mutant.problem(edit.find.span(), text));
        }
        let own = format!("mutant!(\"{}\")", mutant.id);
        if edit.replace.replace(&own, "").contains("mutant!") {
            let text = format!("`replace` may ask for itself only, as {own}");
            self.problems.push(mutant.problem(edit.find.span(), text));
        }
    }

    fn report(&mut self, at: Range<usize>, text: impl Into<String>) {
        self.problems.push(Problem {
            at,
            text: text.into(),
        });
    }
}
