//! The keys of one table: each is known, and its value is of its type.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use toml::de::{DeTable, DeValue};

use super::{Decoder, PARTS, Value, elsewhere::meant};
use crate::{
    file::value,
    syntax::{nearest, present},
};

thread_local! {
    /// The schema of each type of table. There are few types, and generating a schema is
    /// expensive; a campaign reads thousands of files.
    static SCHEMAS: RefCell<IndexMap<Cow<'static, str>, Rc<serde_json::Value>>> = RefCell::default();
}

/// The keys of a file that no table in it has.
const OF_FILE: [&str; 16] = [
    "format",
    "about",
    "source",
    "covers",
    "seed",
    "schedule",
    "transports",
    "stacks",
    "checks",
    "routers",
    "names",
    "hosts",
    "faults",
    "steps",
    "allow",
    "network",
];

impl<'a> Decoder<'a> {
    /// Parses as much of a value that has to be a table as possible.
    pub(super) fn table<T>(&mut self, value: &Value<'a>, skipped: &[&str]) -> T
    where
        T: Default + DeserializeOwned + JsonSchema,
    {
        match value.get_ref() {
            DeValue::Table(table) => self.strict(table, skipped),
            _ => {
                self.complain(
                    value.span(),
                    "this has to be a table such as { key = \"value\" }",
                );
                T::default()
            }
        }
    }

    /// Parses as much of a table as possible, and reports each invalid key.
    pub(super) fn strict<T>(&mut self, table: &DeTable<'a>, skipped: &[&str]) -> T
    where
        T: Default + DeserializeOwned + JsonSchema,
    {
        let schema = schema_of::<T>();
        let properties = schema.get("properties").and_then(|it| it.as_object());
        let properties = properties.into_iter().flat_map(|known| known.keys());
        let names: Vec<&str> = properties.map(String::as_str).collect();
        let mut sound = toml::Table::new();
        for (key, value) in table {
            let name = present(key.get_ref(), &names);
            if skipped.contains(&name) {
                continue;
            }
            if !names.contains(&name) {
                if !skipped.iter().any(|part| PARTS.contains(part)) && OF_FILE.contains(&name) {
                    self.meant.push(name.to_owned());
                    self.complain(
                        key.span(),
                        format!(
                            "`{name}` is a key of the file, and here it is one of a table: all keys below \
                             a heading such as `[network]` belong to its table; move `{name}` above the \
                             first heading"
                        ),
                    );
                    continue;
                }
                let all: Vec<&str> = names.iter().chain(skipped).copied().collect();
                let hint = self.instead_of(name, &all);
                self.complain(key.span(), format!("unknown key `{name}`; {hint}"));
                continue;
            }
            if sound.contains_key(name) {
                let former = key.get_ref();
                self.complain(
                    key.span(),
                    format!("`{former}` is a former name of `{name}`, which is here as well"),
                );
                continue;
            }
            if let DeValue::Array(items) = value.get_ref()
                && items.is_empty()
            {
                let text = format!(
                    "`{name}` is an empty list, which says nothing: write at least one, or remove it"
                );
                self.complain(value.span(), text);
                continue;
            }
            if let DeValue::Table(table) = value.get_ref()
                && table.is_empty()
                && OF_DEFAULTS.contains(&name)
            {
                let text = empty_table(name);
                self.complain(value.span(), text);
                continue;
            }
            if let Some(mistake) = value::mistake(&schema, name, value, self.text) {
                self.problems.push(mistake);
                continue;
            }
            if let Some(unknown) = value::unknown_key(&schema, name, value) {
                let hint = self.instead_of(unknown.name, &unknown.known);
                let text = format!("unknown key `{}` of `{}`; {hint}", unknown.name, unknown.of);
                self.complain(unknown.at, text);
                continue;
            }
            let mut alone = toml::Table::new();
            alone.insert(name.to_owned(), value::plain(value.get_ref()));
            match T::deserialize(toml::Value::Table(alone.clone())) {
                Ok(_) => sound.extend(alone),
                Err(error) => self.complain(
                    value.span(),
                    format!("`{name}`: {}", error.message().trim()),
                ),
            }
        }
        T::deserialize(toml::Value::Table(sound)).unwrap_or_default()
    }

    /// What to write in place of an unknown key of a table with these keys.
    fn instead_of(&mut self, name: &str, all: &[&str]) -> String {
        match (meant(name), nearest(name, all.iter().copied())) {
            (Some(key), _) => {
                self.meant.push(key.name().to_owned());
                key.told(all)
            }
            (None, Some(near)) => {
                self.meant.push(near.to_owned());
                format!("did you mean `{near}`?")
            }
            (None, None) => format!("known are {}", all.join(", ")),
        }
    }
}

/// The tables that switch nothing on by being there: without a key they say nothing.
const OF_DEFAULTS: [&str; 5] = [
    "connection_limits",
    "identify",
    "neighbours",
    "store",
    "traversal",
];

/// The problem of a table without a key.
pub(super) fn empty_table(name: &str) -> String {
    format!("`{name}` is an empty table, which says nothing: write a key in it, or remove it")
}

/// The schema of a table of this type.
fn schema_of<T: JsonSchema>() -> Rc<serde_json::Value> {
    SCHEMAS.with_borrow_mut(|schemas| {
        let schema = schemas
            .entry(T::schema_id())
            .or_insert_with(|| Rc::new(schemars::schema_for!(T).to_value()));
        Rc::clone(schema)
    })
}
