//! Parts of lines inside structured text: as strings.

use serde::{Deserialize, Deserializer, Serializer, de::Error as _};

use super::{line::Words, part::Part};

/// Reads a whole text as one part.
fn read<T: Part>(text: &str) -> Result<T, String> {
    let mut words = Words::of(text).map_err(|complaint| complaint.text)?;
    let part = T::take(&mut words).map_err(|complaint| complaint.text)?;
    words.finish(&[]).map_err(|complaint| complaint.text)?;
    Ok(part)
}

fn written(part: &impl Part) -> String {
    let mut line = Vec::new();
    part.put(&mut line);
    line.join(" ")
}

pub(crate) fn serialize<T: Part, S: Serializer>(part: &T, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_str(&written(part))
}

pub(crate) fn deserialize<'de, T: Part, D: Deserializer<'de>>(from: D) -> Result<T, D::Error> {
    read(&String::deserialize(from)?).map_err(D::Error::custom)
}

/// The same for what may be missing.
pub(crate) mod option {
    use super::{Deserialize, Deserializer, Part, Serializer};
    use serde::de::Error as _;

    pub(crate) fn serialize<T: Part, S: Serializer>(
        part: &Option<T>,
        to: S,
    ) -> Result<S::Ok, S::Error> {
        match part {
            Some(part) => super::serialize(part, to),
            None => to.serialize_none(),
        }
    }

    pub(crate) fn deserialize<'de, T: Part, D: Deserializer<'de>>(
        from: D,
    ) -> Result<Option<T>, D::Error> {
        let text = Option::<String>::deserialize(from)?;
        text.map(|text| super::read(&text).map_err(D::Error::custom))
            .transpose()
    }
}
