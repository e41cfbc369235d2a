//! The keys and the values of the tables of a file.

use std::{borrow::Cow, cell::RefCell, rc::Rc};

use indexmap::IndexMap;
use schemars::JsonSchema;
use toml::de::DeValue;

thread_local! {
    /// The valid keys of each type of table. There are few types, and generating a
    /// schema is expensive; a campaign reads thousands of files.
    static KEYS: RefCell<IndexMap<Cow<'static, str>, Rc<[String]>>> = RefCell::default();
}

/// The valid keys of a table of this type.
pub(super) fn keys<T: JsonSchema>() -> Rc<[String]> {
    KEYS.with_borrow_mut(|keys| {
        let known = keys.entry(T::schema_id());
        Rc::clone(known.or_insert_with(|| properties::<T>().into()))
    })
}

fn properties<T: JsonSchema>() -> Vec<String> {
    let schema = schemars::schema_for!(T);
    schema
        .get("properties")
        .and_then(|properties| properties.as_object())
        .map(|properties| properties.keys().cloned().collect())
        .unwrap_or_default()
}

/// A value without its location.
pub(super) fn value_of(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => {
            let digits = number.as_str().replace('_', "");
            match i64::from_str_radix(&digits, number.radix()) {
                Ok(number) => toml::Value::Integer(number),
                Err(_) => toml::Value::String(number.to_string()),
            }
        }
        DeValue::Float(number) => match number.as_str().replace('_', "").parse() {
            Ok(number) => toml::Value::Float(number),
            Err(_) => toml::Value::String(number.to_string()),
        },
        DeValue::Boolean(value) => toml::Value::Boolean(*value),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| value_of(item.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), value_of(value.get_ref())))
                .collect(),
        ),
    }
}
