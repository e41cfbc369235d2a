//! Parses a file strictly, and continues after an error.

mod elsewhere;
mod host;
mod keys;
mod repetition;
mod tables;

use std::{io, ops::Range, path::Path};

use toml::{
    Spanned,
    de::{DeTable, DeValue},
};

use self::{keys::empty_table, tables::ReadFile};
use super::{
    head::Head,
    places::Places,
    problem::{Problem, Problems, line_of},
    router::RouterGroup,
    scenario::{Allow, FORMAT, Found, PlannedFault, ScenarioFile},
    stack_names,
    steps::stray_number,
    validate,
};
use crate::{known::KnownFailure, limit, stacks::Stacks, step::Step, syntax::ParseError};

/// Parses a scenario. If stacks are given, its hosts may use only these.
///
/// # Errors
/// Returns all problems, each with its location and the remedy. With stacks this
/// includes stacks that do not exist or that do not support a step, and ids of `allow`
/// that neither the list of known failures nor these stacks declare.
///
/// The files that the scenario names are read relative to `file`; see [`parse_with`] for
/// others.
pub fn parse<'a>(
    file: &Path,
    text: &str,
    stacks: impl Into<Option<&'a Stacks>>,
) -> Result<ScenarioFile, Problems> {
    parse_with(file, text, stacks, &|name| tables::beside(file, name))
}

/// As [`parse`], but `read` returns the text of a file that the scenario names, by its path
/// relative to the scenario.
///
/// # Errors
/// As for [`parse`].
pub fn parse_with<'a>(
    file: &Path,
    text: &str,
    stacks: impl Into<Option<&'a Stacks>>,
    read: &dyn Fn(&Path) -> io::Result<String>,
) -> Result<ScenarioFile, Problems> {
    if text.len() > limit::FILE_BYTES {
        return Err(Problems {
            file: file.to_owned(),
            text: String::new(),
            list: vec![Problem {
                at: 0..0,
                text: format!("a scenario file has at most {} bytes", limit::FILE_BYTES),
            }],
        });
    }
    let mut decoder = Decoder::new(text);
    let (scenario, places) = decoder.scenario(read);
    // Names are checked only if the file could be parsed.
    if decoder.problems.is_empty() || !places.steps.is_empty() {
        let stacks = stacks.into();
        let problems = validate::problems(&scenario, &places, stacks.map(Stacks::known));
        decoder.problems.extend(problems);
        // Otherwise the stacks are not worth the time that so many hosts take.
        if let Some(stacks) = stacks.filter(|_| scenario.size() <= limit::HOSTS) {
            let problems = stack_names::problems(&scenario, &places, stacks);
            decoder.problems.extend(problems);
        }
    }
    decoder.end(file, scenario)
}

/// As [`parse`], but what the scenario says is not checked: it may name hosts and stacks that do
/// not exist, and its steps need not be possible. To run it can fail in any way.
///
/// # Errors
/// Returns what is not written as a scenario file is.
pub fn parse_unchecked(file: &Path, text: &str) -> Result<ScenarioFile, Problems> {
    let mut decoder = Decoder::new(text);
    let (scenario, _) = decoder.scenario(&|name| tables::beside(file, name));
    decoder.end(file, scenario)
}

/// The line of each step of a scenario file, from 1, also if the file has mistakes. A step
/// of a repetition has the line of the repetition.
pub fn step_lines(text: &str) -> Vec<usize> {
    let (_, places) = Decoder::new(text).scenario(&not_read);
    let steps = places.steps.iter();
    steps.map(|at| line_of(text, at.start)).collect()
}

/// Parses a scenario without checking the names in it.
#[cfg(test)]
pub(super) fn read(file: &Path, text: &str) -> Result<ScenarioFile, Problems> {
    let mut decoder = Decoder::new(text);
    let (scenario, _) = decoder.scenario(&not_read);
    decoder.end(file, scenario)
}

/// Reads no file: what it says is not asked for.
fn not_read(_: &Path) -> io::Result<String> {
    Err(io::ErrorKind::NotFound.into())
}

struct Decoder<'a> {
    text: &'a str,
    problems: Vec<Problem>,
    /// The locations of the lines of repetitions.
    repeated: Vec<Range<usize>>,
    /// The keys that unknown ones are similar to.
    meant: Vec<String>,
    /// How many hosts the file has.
    hosts: usize,
}

type Value<'a> = Spanned<DeValue<'a>>;

/// The parts of a file that are parsed individually. The rest is plain data.
const PARTS: [&str; 9] = [
    "routers", "names", "hosts", "faults", "steps", "allow", "known", "found", "network",
];

impl<'a> Decoder<'a> {
    fn new(text: &'a str) -> Self {
        Decoder {
            text,
            problems: Vec::new(),
            repeated: Vec::new(),
            meant: Vec::new(),
            hosts: 0,
        }
    }

    fn end(mut self, file: &Path, scenario: ScenarioFile) -> Result<ScenarioFile, Problems> {
        if self.problems.is_empty() {
            return Ok(scenario);
        }
        self.problems.sort_by_key(|problem| problem.at.start);
        let repeated = self.repeated;
        self.problems.dedup_by(|later, first| {
            later == first || (later.at == first.at && repeated.contains(&later.at))
        });
        Err(Problems {
            file: file.to_owned(),
            text: self.text.to_owned(),
            list: self.problems,
        })
    }

    fn scenario(&mut self, read: ReadFile<'_>) -> (ScenarioFile, Places) {
        let (root, errors) = DeTable::parse_recoverable(self.text);
        let is_toml = errors.is_empty();
        for error in errors {
            let end = self.text.len();
            self.complain(error.span().unwrap_or(end..end), error.message().to_owned());
        }
        let root = root.into_inner();
        let head: Head = self.strict(&root, &PARTS);
        if let Some(format) = root.get("format")
            && !matches!(format.get_ref(), DeValue::Integer(_))
        {
            self.problems.retain(|problem| problem.at != format.span());
            let number = format!("`format` is a number without quotes: write format = {FORMAT}");
            self.complain(format.span(), number);
        }
        self.hosts = host::number_of_hosts(root.get("hosts"));
        let mut places = Places {
            end: self.text.len(),
            ..Places::default()
        };
        let mut scenario = head.scenario();
        for (key, value) in &root {
            places.keys.insert(key.get_ref().to_string(), value.span());
            match key.get_ref().as_ref() {
                "routers" => {
                    for item in self.items(value, "routers = [{ name = \"home\" }]") {
                        let router: RouterGroup = self.table(item, &[]);
                        scenario.routers.push(router);
                        places.routers.push(item.span());
                    }
                }
                "names" => {
                    let example = "{ name = \"boot.example\", hosts = \"a\" }";
                    for item in self.items(value, &format!("names = [{example}]")) {
                        let before = self.problems.len();
                        scenario.names.push(self.table(item, &[]));
                        self.required(item, &["name", "hosts"], example);
                        places.names.push(item.span());
                        places.note_unread(item.span(), self.problems.len() > before);
                    }
                }
                "hosts" => {
                    for item in self.items(value, "hosts = [{ name = \"a\" }]") {
                        let before = self.problems.len();
                        scenario.hosts.push(self.host(item));
                        places.hosts.push(item.span());
                        places.note_unread(item.span(), self.problems.len() > before);
                    }
                }
                "faults" => {
                    for item in self.items(value, "faults = [{ at = \"10s\", do = \"crash a\" }]") {
                        let before = self.problems.len();
                        let fault: PlannedFault = self.table(item, &[]);
                        self.required(item, &["at", "do"], "{ at = \"10s\", do = \"crash a\" }");
                        if let Some(stray) = stray_number(&fault.action.to_string()) {
                            self.complain(item.span(), stray);
                        }
                        scenario.faults.push(fault);
                        places.faults.push(item.span());
                        places.note_unread(item.span(), self.problems.len() > before);
                    }
                }
                "allow" => {
                    for item in self.items(value, "allow = [{ id = \"D1\", violates = \"..\" }]") {
                        let allow: Allow = self.table(item, &[]);
                        scenario.allow.push(allow);
                        places.allow.push(item.span());
                    }
                }
                "known" => {
                    for item in self.items(value, "known = [{ id = \"MINE-1\", about = \"..\" }]") {
                        let known: KnownFailure = self.table(item, &[]);
                        scenario.known.push(known);
                        places.known.push(item.span());
                    }
                }
                "found" => scenario.found = Some(self.table::<Found>(value, &[])),
                "network" => scenario.network = self.network(value, read),
                "steps" => {
                    for item in self.items(value, "steps = [\"connect a b\"]") {
                        if let DeValue::Table(_) = item.get_ref() {
                            self.repeat(item, &mut scenario.steps, &mut places);
                        } else if let Some(step) = self.step(item) {
                            scenario.steps.push(step);
                            places.steps.push(item.span());
                        } else {
                            places.note_unread(item.span(), true);
                        }
                    }
                }
                _ => {}
            }
        }
        for required in ["format", "name", "about", "hosts", "steps"] {
            let is_meant = self.meant.iter().any(|meant| meant == required);
            // A syntax error may hide it.
            if is_toml && !is_meant && !places.keys.contains_key(required) {
                self.complain(0..0, format!("`{required}` is missing"));
            }
        }
        if let Some(at) = places.keys.get("format")
            && scenario.format != FORMAT
            && !self.problems.iter().any(|problem| problem.at == *at)
        {
            self.complain(
                at.clone(),
                format!(
                    "this is format {}; this program reads format {FORMAT}",
                    scenario.format
                ),
            );
        }
        (scenario, places)
    }

    /// Reports a key that a table lacks. Returns whether it has all.
    fn required(&mut self, value: &Value<'a>, keys: &[&str], example: &str) -> bool {
        let DeValue::Table(table) = value.get_ref() else {
            return true;
        };
        let is_meant = |key: &str| self.meant.iter().any(|meant| meant == key);
        let lacks = |key: &&&str| !table.contains_key(**key) && !is_meant(key);
        let lacking = keys.iter().find(lacks);
        if let Some(key) = lacking {
            self.complain(
                value.span(),
                format!("`{key}` is missing: write for example {example}"),
            );
        }
        lacking.is_none()
    }

    fn step(&mut self, value: &Value<'a>) -> Option<Step> {
        let DeValue::String(line) = value.get_ref() else {
            self.complain(
                value.span(),
                "a step is a string such as \"connect a b\", or a table that repeats steps",
            );
            return None;
        };
        if let Some(stray) = stray_number(line) {
            self.complain(value.span(), stray);
            return None;
        }
        line.parse()
            .map_err(|error: ParseError| {
                let at = self.inside(value.span(), line, error.at);
                self.complain(at, error.text);
            })
            .ok()
    }

    /// The location in the file of a byte range of a text in it.
    fn inside(&self, span: Range<usize>, line: &str, at: Range<usize>) -> Range<usize> {
        let begin = span.start + 1;
        let verbatim = self.text.get(begin..begin + line.len()) == Some(line);
        if verbatim {
            begin + at.start..begin + at.end
        } else {
            // The text contains escapes, so only the location of the whole text is
            // known.
            span
        }
    }

    fn items<'v>(&mut self, value: &'v Value<'a>, example: &str) -> Vec<&'v Value<'a>> {
        match value.get_ref() {
            DeValue::Array(items) if items.is_empty() => {
                let text =
                    format!("an empty list says nothing: write at least one, such as {example}");
                self.complain(value.span(), text);
                Vec::new()
            }
            DeValue::Array(items) => items.iter().collect(),
            _ => {
                self.complain(
                    value.span(),
                    format!("this has to be a list such as {example}"),
                );
                Vec::new()
            }
        }
    }

    fn complain(&mut self, at: Range<usize>, text: impl Into<String>) {
        self.problems.push(Problem {
            at,
            text: text.into(),
        });
    }
}
