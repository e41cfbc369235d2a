//! Names that a scenario gives to things.

use super::word::Word;

/// A name that a scenario gives to something.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(pub String);

/// Whether a name can stand in lists of names.
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
                "`{text}` is no name: a name is of small letters, digits and `-`, a letter first"
            ))
        }
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}
