//! Serialises arguments as strings.

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

use super::{line::TokenCursor, part::Argument};

/// Parses a whole text as one argument. Behind the commas of a list there may be spaces.
fn read<T: Argument>(text: &str) -> Result<T, String> {
    let mut words = TokenCursor::of(&text.replace(", ", ",")).map_err(|error| error.text)?;
    let part = T::take(&mut words).map_err(|error| error.text)?;
    words.finish(&[]).map_err(|error| error.text)?;
    Ok(part)
}

fn written(part: &impl Argument) -> String {
    let mut line = Vec::new();
    part.put(&mut line);
    line.join(" ")
}

pub(crate) fn serialize<T: Argument, S: Serializer>(part: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&written(part))
}

pub(crate) fn deserialize<'de, T: Argument, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    read(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// Serialises optional arguments.
pub(crate) mod option {
    use super::{Argument, Deserialize, Deserializer, Serializer};
    use serde::de::Error as _;

    pub(crate) fn serialize<T: Argument, S: Serializer>(
        part: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match part {
            Some(part) => super::serialize(part, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: Argument, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| super::read(&text).map_err(D::Error::custom))
            .transpose()
    }
}
