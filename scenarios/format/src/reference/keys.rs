//! The keys of a scenario file, from the descriptions that its JSON schema has.

use schemars::Schema;
use serde_json::Value;

use crate::file::ScenarioFile;

/// A table of the file: the path of its key, and its schema.
struct Table<'a> {
    path: String,
    schema: &'a Value,
}

/// The keys of the file and of the tables in it, one section for each table.
pub(super) fn markdown() -> String {
    let schema = Schema::to_value(schemars::schema_for!(ScenarioFile));
    let mut text = String::new();
    let mut tables = vec![Table {
        path: String::new(),
        schema: &schema,
    }];
    let mut next = 0;
    while let Some(Table {
        path,
        schema: table,
    }) = tables.get(next)
    {
        let (path, table) = (path.clone(), *table);
        if !path.is_empty() {
            text.push_str(&format!("\n### `{path}`\n\n{}\n", about(table)));
        }
        text.push_str("\n| key | value | meaning |\n|---|---|---|\n");
        for (key, property) in properties(table) {
            let (value, inner) = value_of(&schema, property);
            text.push_str(&row(&[
                &format!("`{key}`{}", mark(table, key)),
                &value,
                &format!("{}{}", about(property), words(&schema, property)),
            ]));
            if let Some(inner) = inner {
                let path = [path.as_str(), key]
                    .iter()
                    .filter(|part| !part.is_empty())
                    .copied()
                    .collect::<Vec<_>>()
                    .join(".");
                tables.push(Table {
                    path,
                    schema: inner,
                });
            }
        }
        next += 1;
    }
    text
}

/// A row of a table in Markdown.
pub(super) fn row(cells: &[&str]) -> String {
    let cells: Vec<String> = cells.iter().map(|cell| cell.replace('|', "\\|")).collect();
    format!("| {} |\n", cells.join(" | "))
}

/// The description of a type or key in one line.
pub(super) fn about(schema: &Value) -> String {
    let text = schema["description"].as_str().unwrap_or_default();
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The texts that an enum accepts, with their descriptions.
pub(super) fn described_words(schema: &Value) -> Vec<(&str, String)> {
    let all = schema["oneOf"].as_array().into_iter().flatten();
    all.filter_map(|word| Some((word["const"].as_str()?, about(word))))
        .collect()
}

fn properties(table: &Value) -> impl Iterator<Item = (&str, &Value)> {
    let all = table["properties"].as_object().into_iter().flatten();
    all.map(|(key, property)| (key.as_str(), property))
}

fn mark(table: &Value, key: &str) -> &'static str {
    let mut required = table["required"].as_array().into_iter().flatten();
    match required.any(|name| name == key) {
        true => ", required",
        false => "",
    }
}

/// The type of a value in words, and the schema of the table if it is one.
fn value_of<'a>(root: &'a Value, property: &'a Value) -> (String, Option<&'a Value>) {
    if let [one, other] = alternatives(root, property)[..] {
        let ((one, first), (other, second)) = (value_of(root, one), value_of(root, other));
        return (format!("{one} or {other}"), first.or(second));
    }
    let schema = resolved(root, property);
    if schema["properties"].is_object() {
        return ("table".to_owned(), Some(schema));
    }
    let words = described_words(schema);
    if !words.is_empty() {
        return (either(words.iter().map(|(word, _)| *word)), None);
    }
    if let Some(words) = schema["enum"].as_array() {
        return (either(words.iter().filter_map(Value::as_str)), None);
    }
    let kind = match &schema["type"] {
        Value::Array(kinds) => &kinds[0],
        kind => kind,
    };
    match kind.as_str() {
        Some("array") => {
            let (item, table) = value_of(root, &schema["items"]);
            (format!("list of: {item}"), table)
        }
        Some("object") => {
            let (item, _) = value_of(root, &schema["additionalProperties"]);
            (format!("table of: {item}"), None)
        }
        Some("integer" | "number") => ("number".to_owned(), None),
        Some("boolean") => ("`true` or `false`".to_owned(), None),
        _ => ("text".to_owned(), None),
    }
}

/// The meaning of each text that a key accepts, where texts have descriptions.
fn words(root: &Value, property: &Value) -> String {
    let mut schema = resolved(root, property);
    if schema["items"].is_object() {
        schema = resolved(root, &schema["items"]);
    }
    described_words(schema)
        .iter()
        .map(|(word, about)| format!(" `{word}`: {about}"))
        .collect()
}

/// The alternatives of a schema, except for `null`.
fn alternatives<'a>(root: &'a Value, schema: &'a Value) -> Vec<&'a Value> {
    let schema = match schema["$ref"].as_str() {
        Some(reference) => definition(root, reference),
        None => schema,
    };
    let all = schema["anyOf"].as_array().into_iter().flatten();
    all.filter(|one| one["type"] != "null").collect()
}

fn definition<'a>(root: &'a Value, reference: &str) -> &'a Value {
    root.pointer(reference.trim_start_matches('#'))
        .expect("the schema defines what it refers to")
}

/// A schema without references, and without `null` as an alternative.
fn resolved<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(some) = schema["anyOf"].get(0) {
        return resolved(root, some);
    }
    match schema["$ref"].as_str() {
        Some(reference) => definition(root, reference),
        None => schema,
    }
}

fn either<'a>(words: impl Iterator<Item = &'a str>) -> String {
    let words: Vec<String> = words.map(|word| format!("`{word}`")).collect();
    words.join(" or ")
}
