//! What the values of a file have to be, by the schema of their tables.
//!
//! Responsible for types and ranges, in words for people who do not know Rust. What a text
//! means is checked by whoever reads it.

use std::ops::{Range, RangeInclusive};

use serde_json::Value as Schema;
use toml::{Spanned, de::DeValue};

use crate::{limit, syntax::hint};

use super::problem::Problem;

type Value<'a> = Spanned<DeValue<'a>>;

/// The longest value that is shown, in bytes.
const SHOWN: usize = 40;

/// The first part of the value of a key that has another type than `schema`, the schema of
/// the table, says, or that is a number out of range. `text` is the file.
pub(super) fn mistake(
    schema: &Schema,
    key: &str,
    value: &Value<'_>,
    text: &str,
) -> Option<Problem> {
    let wanted = schema.get("properties")?.get(key)?;
    let Unfit {
        name,
        value,
        is,
        words,
    } = unfit(schema, wanted, format!("`{key}`"), value)?;
    let at = value.span();
    let shown = text.get(at.clone()).filter(|shown| shown.len() <= SHOWN);
    let shown = shown.map_or("this".to_owned(), |shown| format!("`{shown}`"));
    let nearest = match value.get_ref() {
        DeValue::String(text) => hint(text, words.into_iter()),
        _ => None,
    };
    let nearest = nearest.map_or(String::new(), |hint| format!("; {hint}"));
    Some(Problem {
        at,
        text: format!("{name} is {is}, and not {shown}{nearest}"),
    })
}

/// A key of an inner table that the table does not have.
pub(super) struct UnknownKey<'s, 'v> {
    pub(super) at: Range<usize>,
    pub(super) name: &'v str,
    /// The name of the table.
    pub(super) of: &'v str,
    /// The keys of the table.
    pub(super) known: Vec<&'s str>,
}

/// The first key in the value of a key, which is a table, that this table or one in it does not
/// have. `schema` is that of the table around it.
pub(super) fn unknown_key<'s, 'v>(
    schema: &'s Schema,
    key: &'v str,
    value: &'v Value<'_>,
) -> Option<UnknownKey<'s, 'v>> {
    unknown_in(schema, schema.get("properties")?.get(key)?, key, value)
}

fn unknown_in<'s, 'v>(
    root: &'s Schema,
    schema: &'s Schema,
    of: &'v str,
    value: &'v Value<'_>,
) -> Option<UnknownKey<'s, 'v>> {
    let DeValue::Table(table) = value.get_ref() else {
        return None;
    };
    let known = resolved(root, schema).get("properties")?.as_object()?;
    table.iter().find_map(|(key, value)| {
        let name = key.get_ref().as_ref();
        match known.get(name) {
            Some(inner) => unknown_in(root, inner, name, value),
            None => Some(UnknownKey {
                at: key.span(),
                name,
                of,
                known: known.keys().map(String::as_str).collect(),
            }),
        }
    })
}

/// A value that is not what it has to be.
struct Unfit<'v, 'a> {
    /// What it is a value of.
    name: String,
    value: &'v Value<'a>,
    /// What it has to be.
    is: String,
    /// The words of which it has to be one, if there are any.
    words: Vec<&'v str>,
}

fn unfit<'v, 'a>(
    root: &'v Schema,
    schema: &'v Schema,
    name: String,
    value: &'v Value<'a>,
) -> Option<Unfit<'v, 'a>> {
    let schema = resolved(root, schema);
    let words = words(schema);
    let is = match (type_of(schema), value.get_ref()) {
        (None, DeValue::String(text)) if words.contains(&text.as_ref()) => None,
        (Some("string"), DeValue::String(text)) if words.contains(&text.as_ref()) => None,
        (None | Some("string"), _) if !words.is_empty() => {
            Some(format!("one of `{}`", words.join("`, `")))
        }
        (Some("integer"), value) => {
            let range = range(schema);
            let is_in_range = whole_number(value).is_some_and(|number| range.contains(&number));
            let (least, most) = (range.start(), range.end());
            let limit = limit::of_setting(name.trim_matches('`'));
            let most = limit.map_or(*most, |limit| limit as i64);
            (!is_in_range).then(|| format!("a whole number from {least} to {most}"))
        }
        (Some("string"), DeValue::String(_)) | (Some("boolean"), DeValue::Boolean(_)) => None,
        (Some("string"), _) => Some("a text in quotes".to_owned()),
        (Some("boolean"), _) => Some("`true` or `false`".to_owned()),
        (Some("array"), DeValue::Array(items)) => {
            let schema = schema.get("items")?;
            let name = format!("each item of {name}");
            let mut items = items.iter();
            return items.find_map(|item| unfit(root, schema, name.clone(), item));
        }
        (Some("array"), _) => Some("a list in brackets".to_owned()),
        (Some("object"), DeValue::Table(table)) => {
            let known = schema.get("properties")?;
            return table.iter().find_map(|(key, value)| {
                let key = key.get_ref();
                unfit(
                    root,
                    known.get(key.as_ref())?,
                    format!("`{key}` of {name}"),
                    value,
                )
            });
        }
        (Some("object"), _) => Some("a table such as { key = \"value\" }".to_owned()),
        _ => None,
    };
    is.map(|is| Unfit {
        name,
        value,
        is,
        words,
    })
}

/// The words of a set of which a value has to be one.
fn words(schema: &Schema) -> Vec<&str> {
    let list = |key| {
        schema
            .get(key)
            .and_then(Schema::as_array)
            .into_iter()
            .flatten()
    };
    let one_of = list("oneOf").filter_map(|word| word.get("const")?.as_str());
    one_of
        .chain(list("enum").filter_map(Schema::as_str))
        .collect()
}

/// A schema that is given by reference, or as one that may be absent.
pub(super) fn resolved<'s>(root: &'s Schema, schema: &'s Schema) -> &'s Schema {
    if let Some(name) = schema.get("$ref").and_then(Schema::as_str) {
        let found = root.pointer(name.trim_start_matches('#'));
        return found.map_or(schema, |found| resolved(root, found));
    }
    let any = schema.get("anyOf").and_then(Schema::as_array);
    let mut any = any.into_iter().flatten();
    match any.find(|one| type_of(one) != Some("null")) {
        Some(one) => resolved(root, one),
        None => schema,
    }
}

/// The type of a value, apart from that it may be absent.
fn type_of(schema: &Schema) -> Option<&str> {
    match schema.get("type")? {
        Schema::String(one) => Some(one),
        Schema::Array(several) => {
            let mut several = several.iter().filter_map(Schema::as_str);
            several.find(|one| *one != "null")
        }
        _ => None,
    }
}

/// The range of a whole number. A number in TOML has 64 bits with a sign.
fn range(schema: &Schema) -> RangeInclusive<i64> {
    let number = |key| schema.get(key).and_then(Schema::as_i64);
    let format = schema.get("format").and_then(Schema::as_str);
    let of_format = match format {
        Some("uint8") => u8::MAX.into(),
        Some("uint16") => u16::MAX.into(),
        Some("uint32") => u32::MAX.into(),
        _ => i64::MAX,
    };
    number("minimum").unwrap_or(i64::MIN)..=number("maximum").unwrap_or(of_format)
}

/// `None` if it is none, or has more than 64 bits.
pub(super) fn whole_number(value: &DeValue<'_>) -> Option<i64> {
    let DeValue::Integer(number) = value else {
        return None;
    };
    i64::from_str_radix(&number.as_str().replace('_', ""), number.radix()).ok()
}

/// The value as data.
pub(super) fn plain(value: &DeValue<'_>) -> toml::Value {
    match value {
        DeValue::String(text) => toml::Value::String(text.to_string()),
        DeValue::Integer(number) => match whole_number(value) {
            Some(number) => toml::Value::Integer(number),
            None => toml::Value::String(number.to_string()),
        },
        DeValue::Float(number) => match number.as_str().replace('_', "").parse() {
            Ok(number) => toml::Value::Float(number),
            Err(_) => toml::Value::String(number.to_string()),
        },
        DeValue::Boolean(value) => toml::Value::Boolean(*value),
        DeValue::Datetime(time) => toml::Value::Datetime(*time),
        DeValue::Array(items) => {
            toml::Value::Array(items.iter().map(|item| plain(item.get_ref())).collect())
        }
        DeValue::Table(table) => toml::Value::Table(
            table
                .iter()
                .map(|(key, value)| (key.get_ref().to_string(), plain(value.get_ref())))
                .collect(),
        ),
    }
}
