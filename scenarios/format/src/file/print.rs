//! Writes a scenario in the form in which people write it.

use std::fmt;

use toml_edit::{Array, DocumentMut, InlineTable, Item, Value};

use super::scenario::ScenarioFile;

impl fmt::Display for ScenarioFile {
    /// Formats the scenario as TOML with all keys at the root. Lists have one element
    /// per line, and tables are inline.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut document = toml_edit::ser::to_document(self).map_err(|_| fmt::Error)?;
        inline(&mut document);
        write!(f, "{document}")
    }
}

/// Lists that always have one element per line.
const LISTS: [&str; 7] = [
    "allow", "known", "routers", "names", "hosts", "faults", "steps",
];

fn inline(document: &mut DocumentMut) {
    for (key, item) in document.iter_mut() {
        let value = match std::mem::take(item) {
            Item::Value(value) => value,
            Item::Table(table) => Value::InlineTable(table.into_inline_table()),
            Item::ArrayOfTables(tables) => Value::Array(tables.into_array()),
            Item::None => continue,
        };
        *item = Item::Value(match value {
            Value::Array(list) if LISTS.contains(&key.get()) => Value::Array(a_line_each(list)),
            Value::Array(list) => Value::Array(one_line(list)),
            Value::InlineTable(table) => Value::InlineTable(tidy(table)),
            plain => plain,
        });
    }
}

fn a_line_each(list: Array) -> Array {
    let mut lines = Array::new();
    for item in list {
        let mut item = plain(item);
        item.decor_mut().set_prefix("\n  ");
        lines.push_formatted(item);
    }
    lines.set_trailing_comma(true);
    lines.set_trailing("\n");
    lines
}

fn one_line(list: Array) -> Array {
    let mut line: Array = list.into_iter().map(plain).collect();
    line.fmt();
    line
}

fn plain(item: Value) -> Value {
    let mut item = match item {
        Value::InlineTable(table) => Value::InlineTable(tidy(table)),
        Value::Array(list) => Value::Array(one_line(list)),
        other => other,
    };
    item.decor_mut().clear();
    item
}

fn tidy(table: InlineTable) -> InlineTable {
    let mut tidied: InlineTable = table
        .into_iter()
        .map(|(key, value)| (key, plain(value)))
        .collect();
    tidied.fmt();
    tidied
}
