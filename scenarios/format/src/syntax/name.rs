//! Names that a scenario defines.

use super::word::Word;

/// A name that a scenario gives to a query, a reply, a fault or a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub String);

/// Whether a text is a valid name.
pub(crate) fn is_name(text: &str) -> bool {
    text.starts_with(|char: char| char.is_ascii_lowercase())
        && text
            .chars()
            .all(|char| char.is_ascii_lowercase() || char.is_ascii_digit() || char == '-')
}

impl Word for Name {
    const FORM: &'static str = "NAME";

    fn read(text: &str) -> Result<Self, String> {
        if is_name(text) {
            Ok(Name(text.to_owned()))
        } else {
            Err(format!(
                "`{text}` is not a name: use lowercase letters, digits and `-`, starting with a letter"
            ))
        }
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}
