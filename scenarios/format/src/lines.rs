//! The lines of a scenario file that can be left out, to see what depends on each.
//!
//! Responsible for finding them in a text, and for the text without one of them. It must not
//! know what a run is.

use std::{collections::BTreeSet, ops::Range};

use serde::Serialize;
use toml_edit::{Array, Document, DocumentMut, Formatted, Item, TableLike, Value};

use crate::{
    action::ActionKind,
    file::line_of,
    step::{Fails, Step},
    syntax::Argument,
};

/// A line of a scenario file that can be left out: a step, a planned fault, an invariant, an
/// entry of a list, or a key with its value. An option of a step, such as `within=1m`, counts as one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Its number in the file, from 1. Several entries of a table can be on one line.
    pub number: usize,
    /// Its text.
    pub text: String,
    /// The table that it belongs to, such as `host h`, if it is a key, or the step, if it is an option.
    pub of: Option<String>,
    /// What it is.
    pub kind: LineKind,
    /// The indices of the steps that it stands for, from 0. Several if it is repeated.
    pub steps: BTreeSet<usize>,
    path: Vec<Part>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum LineKind {
    /// `setting`: a key with its value, or an option of a step.
    Setting,
    /// `entry`: a host, a router or a name.
    Entry,
    /// `fault`: a planned fault.
    Fault,
    /// `step`: a step that does something.
    Step,
    /// `check`: a step with a condition, which is `expect`, `eventually` or `always`, one that waits
    /// for what has to be and fails otherwise, which is `settle` or `recover`, or one that has to
    /// fail.
    Check,
    /// `invariant`: an invariant that is checked on request.
    Invariant,
}

/// A part of the way to a line: a key of a table, the index in a list, or that of a word in a text.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Part {
    Key(String),
    Index(usize),
    Word(usize),
}

impl Line {
    /// Whether a run can be another one without it. An invariant and an `expect` only look.
    pub fn acts(&self) -> bool {
        let is_expect = self.kind == LineKind::Check && self.text.starts_with("expect");
        self.kind != LineKind::Invariant && !is_expect
    }

    /// Whether it can fail, and changes nothing unless it does.
    pub fn is_check(&self) -> bool {
        matches!(self.kind, LineKind::Check | LineKind::Invariant)
    }

    /// The text of the file without the line. `None` if it is not a line of this text.
    pub fn left_out(&self, file: &str) -> Option<String> {
        let mut document: DocumentMut = file.parse().ok()?;
        remove(document.as_table_mut(), &self.path)?;
        Some(document.to_string())
    }
}

/// The lines of a scenario file that can be left out, in their order. Those that describe the
/// scenario, such as `name` and `stacks`, and the names of its parts are not among them. Empty if the
/// text is not TOML.
pub fn lines(text: &str) -> Vec<Line> {
    let Ok(document) = Document::parse(text) else {
        return Vec::new();
    };
    let mut found = Finder {
        text,
        lines: Vec::new(),
        steps: 0,
    };
    for (key, item) in document.as_table() {
        found.key(key, item, document.as_table());
    }
    found.lines.sort_by_key(|line| line.number);
    found.lines
}

struct Finder<'a> {
    text: &'a str,
    lines: Vec<Line>,
    /// How many steps there are so far.
    steps: usize,
}

/// The keys that identify an entry, or without which it says nothing.
const OF_ENTRY: [&str; 4] = ["name", "hosts", "at", "do"];

impl Finder<'_> {
    /// Adds the lines of a key of the file.
    fn key(&mut self, key: &str, item: &Item, root: &dyn TableLike) {
        let path = vec![Part::Key(key.to_owned())];
        match key {
            "schedule" => self.add(
                LineKind::Setting,
                None,
                path,
                place_of(root, key),
                BTreeSet::new(),
            ),
            "network" => self.keys(item.as_table_like(), "network", &path),
            "checks" => {
                for (index, value) in item.as_array().into_iter().flatten().enumerate() {
                    let path = at(&path, Part::Index(index));
                    self.add(
                        LineKind::Invariant,
                        None,
                        path,
                        value.span(),
                        BTreeSet::new(),
                    );
                }
            }
            "hosts" => self.entries(item, "host", LineKind::Entry, &path),
            "routers" => self.entries(item, "router", LineKind::Entry, &path),
            "names" => self.entries(item, "name", LineKind::Entry, &path),
            "faults" => self.entries(item, "fault", LineKind::Fault, &path),
            "steps" => {
                for (index, value) in item.as_array().into_iter().flatten().enumerate() {
                    self.step(value, &at(&path, Part::Index(index)));
                }
            }
            _ => {}
        }
    }

    fn entries(&mut self, item: &Item, noun: &str, kind: LineKind, path: &[Part]) {
        let tables: Vec<(Option<Range<usize>>, &dyn TableLike)> = match item {
            Item::ArrayOfTables(tables) => tables
                .iter()
                .map(|table| (table.span(), table as &dyn TableLike))
                .collect(),
            Item::Value(Value::Array(list)) => list
                .iter()
                .filter_map(|value| {
                    Some((value.span(), value.as_inline_table()? as &dyn TableLike))
                })
                .collect(),
            _ => Vec::new(),
        };
        for (index, (span, table)) in tables.into_iter().enumerate() {
            let path = at(path, Part::Index(index));
            let name = table.get("name").and_then(Item::as_str);
            let of = name.map_or(noun.to_owned(), |name| format!("{noun} {name}"));
            self.add(kind, None, path.clone(), span, BTreeSet::new());
            self.keys(Some(table), &of, &path);
            if kind == LineKind::Fault
                && let Some(value) = table.get("do").and_then(Item::as_value)
            {
                let path = at(&path, Part::Key("do".to_owned()));
                self.options(value.as_str().unwrap_or_default(), value.span(), &path);
            }
        }
    }

    /// Adds the options of a line with this text, which stand where the line does.
    fn options(&mut self, text: &str, span: Option<Range<usize>>, path: &[Part]) {
        let Some(span) = span else { return };
        let number = line_of(self.text, span.start);
        let of = text.split_whitespace().collect::<Vec<_>>().join(" ");
        let written = options(text).map(|word| at(path, Part::Word(word)));
        self.lines.extend(written.map(|path| Line {
            number,
            text: word_at(text, &path).unwrap_or_default().to_owned(),
            of: Some(of.clone()),
            kind: LineKind::Setting,
            steps: BTreeSet::new(),
            path,
        }));
    }

    /// Adds the keys of a table, and those of the tables in it in their place.
    fn keys(&mut self, table: Option<&dyn TableLike>, of: &str, path: &[Part]) {
        let Some(table) = table else { return };
        for (key, item) in table.iter() {
            let path = at(path, Part::Key(key.to_owned()));
            match item.as_table_like() {
                Some(inner) => self.keys(Some(inner), of, &path),
                // The end of a fault without effect is another matter than the fault.
                None if OF_ENTRY.contains(&key) || key == "must_fire" => {}
                None => {
                    let span = place_of(table, key);
                    let of = Some(of.to_owned());
                    self.add(LineKind::Setting, of, path, span, BTreeSet::new());
                }
            }
        }
    }

    fn step(&mut self, value: &Value, path: &[Part]) {
        let first = self.steps;
        let Some(repetition) = value.as_inline_table() else {
            self.steps += 1;
            self.add_step(value, None, path.to_owned(), BTreeSet::from([first]));
            return;
        };
        let times = repetition.get("repeat").and_then(Value::as_integer);
        let times = times.and_then(|times| usize::try_from(times).ok());
        let inner = repetition.get("steps").and_then(Value::as_array);
        let (Some(times), Some(inner)) = (times, inner) else {
            return;
        };
        let all = at(path, Part::Key("steps".to_owned()));
        let number = repetition.get("as").and_then(Value::as_str);
        let number = number.map(|name| format!("{{{name}}}"));
        for (index, line) in inner.iter().enumerate() {
            let steps = (0..times).map(|number| first + number * inner.len() + index);
            self.add_step(
                line,
                number.as_deref(),
                at(&all, Part::Index(index)),
                steps.collect(),
            );
        }
        self.steps += times * inner.len();
    }

    /// Adds a step, in which `number` stands for that of a repetition.
    fn add_step(
        &mut self,
        value: &Value,
        number: Option<&str>,
        path: Vec<Part>,
        steps: BTreeSet<usize>,
    ) {
        let line = value.as_str().map(|line| match number {
            Some(number) => line.replace(number, "0"),
            None => line.to_owned(),
        });
        let step = line.and_then(|line| line.parse::<Step>().ok());
        let text = value
            .as_str()
            .filter(|_| step.is_some())
            .unwrap_or_default();
        let is_check = step.is_some_and(|step| {
            let has_to_fail = matches!(step.fails, Fails::Somehow | Fails::With(_));
            let waits = matches!(step.action.kind(), ActionKind::Settle | ActionKind::Recover);
            has_to_fail || waits || step.action.condition().is_some()
        });
        let kind = match is_check {
            true => LineKind::Check,
            false => LineKind::Step,
        };
        self.add(kind, None, path.clone(), value.span(), steps);
        self.options(text, value.span(), &path);
    }

    fn add(
        &mut self,
        kind: LineKind,
        of: Option<String>,
        path: Vec<Part>,
        span: Option<Range<usize>>,
        steps: BTreeSet<usize>,
    ) {
        let Some(span) = span else { return };
        let written = self.text.get(span.clone()).unwrap_or_default();
        let text = match kind {
            LineKind::Step | LineKind::Check | LineKind::Invariant => written
                .parse::<Value>()
                .ok()
                .and_then(|value| value.as_str().map(str::to_owned)),
            _ => None,
        };
        let text = text.unwrap_or_else(|| written.to_owned());
        self.lines.push(Line {
            number: line_of(self.text, span.start),
            text: text.split_whitespace().collect::<Vec<_>>().join(" "),
            of,
            kind,
            steps,
            path,
        });
    }
}

/// The indices of the words of a line that are options, flags included. None in a text with quotes,
/// in which a blank may be part of a word.
fn options(text: &str) -> impl Iterator<Item = usize> {
    let step = text.parse::<Step>().ok();
    let mut flags = vec!["may-fail"];
    if let Some(step) = &step {
        step.action.flags(&mut |flag| flags.push(flag));
    }
    let is_option = move |word: &str| match word.split_once('=') {
        Some((key, _)) => key.starts_with(|first: char| first.is_ascii_lowercase()),
        None => flags.contains(&word),
    };
    let is_plain = !text.contains(['"', '\'', '\\']);
    let words = text.split_whitespace().enumerate();
    words.filter_map(move |(index, word)| (is_plain && is_option(word)).then_some(index))
}

/// The word to which a path leads in a text.
fn word_at<'a>(text: &'a str, path: &[Part]) -> Option<&'a str> {
    match path.last()? {
        Part::Word(index) => text.split_whitespace().nth(*index),
        Part::Key(_) | Part::Index(_) => None,
    }
}

fn at(path: &[Part], part: Part) -> Vec<Part> {
    path.iter().cloned().chain([part]).collect()
}

/// The place of a key with its value.
fn place_of(table: &dyn TableLike, key: &str) -> Option<Range<usize>> {
    let (key, item) = table.get_key_value(key)?;
    Some(key.span()?.start..item.span()?.end)
}

/// Removes what is at a path, and the list or table around it if that is empty then. `None` if
/// nothing is there.
fn remove(table: &mut dyn TableLike, path: &[Part]) -> Option<()> {
    let (Part::Key(key), rest) = path.split_first()? else {
        return None;
    };
    let is_empty = match rest {
        [] => true,
        rest => remove_in(table.get_mut(key)?, rest)?,
    };
    if is_empty {
        table.remove(key)?;
    }
    Some(())
}

/// Removes what is at a path in an item. Returns whether the item is empty then.
fn remove_in(item: &mut Item, path: &[Part]) -> Option<bool> {
    if let Some(list) = item.as_array_mut() {
        return remove_element(list, path);
    }
    if let Some(tables) = item.as_array_of_tables_mut() {
        let (Part::Index(index), rest) = path.split_first()? else {
            return None;
        };
        match rest {
            [] => drop(
                tables
                    .get(*index)
                    .is_some()
                    .then(|| tables.remove(*index))?,
            ),
            rest => remove(tables.get_mut(*index)?, rest)?,
        }
        return Some(tables.is_empty());
    }
    if let ([Part::Word(word)], Some(Value::String(text))) = (path, item.as_value_mut()) {
        remove_word(text, *word);
        return Some(false);
    }
    let table = item.as_table_like_mut()?;
    remove(table, path)?;
    Some(table.is_empty())
}

/// Removes the word with this index from a text.
fn remove_word(text: &mut Formatted<String>, word: usize) {
    let words = text.value().split_whitespace().enumerate();
    let others = words.filter(|(index, _)| *index != word);
    let others: Vec<&str> = others.map(|(_, word)| word).collect();
    let mut fewer = Formatted::new(others.join(" "));
    fewer.decor_mut().clone_from(text.decor());
    *text = fewer;
}

fn remove_element(list: &mut Array, path: &[Part]) -> Option<bool> {
    let (Part::Index(index), rest) = path.split_first()? else {
        return None;
    };
    match (rest, list.get_mut(*index)?) {
        ([], _) => drop(list.remove(*index)),
        (rest, Value::InlineTable(table)) => remove(table, rest)?,
        ([Part::Word(word)], Value::String(text)) => remove_word(text, *word),
        _ => return None,
    }
    Some(list.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FILE: &str = r#"format = 1
name = "any"
about = "any"
checks = ["recovery"]
network = { latency = "5ms" }
hosts = [
  { name = "a" },
  { name = "h", count = 3, settings = { replication = 2, parallelism = 1 } },
]
faults = [
  { at = "1s", do = "blackhole a h0 id=cut", until = "2s" },
]
steps = [
  "connect a h",
  { repeat = 2, as = "i", steps = ["crash h{i}", "expect state h{i} crashed"] },
  "always 1s state a open",
  "connect a h fails",
  "settle within=1m",
]
"#;

    #[test]
    fn each_line_is_found_with_its_place() {
        let found = lines(FILE);
        let told: Vec<String> = found
            .iter()
            .map(|line| {
                let of = line.of.as_deref().unwrap_or_default();
                let steps: Vec<usize> = line.steps.iter().copied().collect();
                format!(
                    "{} {:?} {of}|{} {steps:?}",
                    line.number, line.kind, line.text
                )
            })
            .collect();
        let expected = [
            "4 Invariant |recovery []",
            "5 Setting network|latency = \"5ms\" []",
            "7 Entry |{ name = \"a\" } []",
            "8 Entry |{ name = \"h\", count = 3, settings = { replication = 2, parallelism = 1 } } []",
            "8 Setting host h|count = 3 []",
            "8 Setting host h|replication = 2 []",
            "8 Setting host h|parallelism = 1 []",
            "11 Fault |{ at = \"1s\", do = \"blackhole a h0 id=cut\", until = \"2s\" } []",
            "11 Setting fault|until = \"2s\" []",
            "11 Setting blackhole a h0 id=cut|id=cut []",
            "14 Step |connect a h [0]",
            "15 Step |crash h{i} [1, 3]",
            "15 Check |expect state h{i} crashed [2, 4]",
            "16 Check |always 1s state a open [5]",
            "17 Check |connect a h fails [6]",
            "18 Check |settle within=1m [7]",
            "18 Setting settle within=1m|within=1m []",
        ];
        assert_eq!(told, expected);
        let acting = found.iter().filter(|line| line.acts()).count();
        assert_eq!(acting, found.len() - 2);
    }

    #[test]
    fn a_line_is_left_out_alone() {
        for line in lines(FILE) {
            let without = line.left_out(FILE).expect("it is a line of the file");
            let rest = lines(&without);
            let is_entry = line.kind == LineKind::Entry || line.kind == LineKind::Fault;
            let has_option = line.text.contains("within=") && line.kind == LineKind::Check;
            let less = FILE.len() - without.len();
            assert!(less > 0, "{line:?}");
            assert!(
                is_entry || rest.len() == lines(FILE).len() - 1 - usize::from(has_option),
                "{without}"
            );
        }
        let option = lines(FILE).pop().expect("an option");
        let without = option.left_out(FILE).expect("it is an option of a step");
        assert_eq!(without, FILE.replace(" within=1m", ""));
        let latency = &lines(FILE)[1];
        assert!(!latency.left_out(FILE).unwrap().contains("network"));
    }

    #[test]
    fn the_text_of_a_step_keeps_its_quotes() {
        let text = r#"steps = ["put a \"my key\"", 'put a "song"', "app-command a \"c:\\d\""]"#;
        let found = lines(text);
        let texts: Vec<&str> = found.iter().map(|line| line.text.as_str()).collect();
        let expected = [
            "put a \"my key\"",
            "put a \"song\"",
            "app-command a \"c:\\d\"",
        ];
        assert_eq!(texts, expected);
    }

    #[test]
    fn tables_in_their_own_lines_are_found_as_well() {
        let text = "[[hosts]]\nname = \"a\"\ncount = 2\n[[hosts]]\nname = \"b\"\n";
        let found = lines(text);
        let count = found.iter().find(|line| line.text == "count = 2").unwrap();
        assert_eq!((count.number, count.of.as_deref()), (3, Some("host a")));
        assert_eq!(
            count.left_out(text).unwrap(),
            text.replace("count = 2\n", "")
        );
        assert!(lines("= no TOML").is_empty());
    }
}
