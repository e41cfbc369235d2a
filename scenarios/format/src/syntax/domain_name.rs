//! Names of the domain name system.

use super::word::Word;

/// A name of the domain name system, in lower case.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct DomainName(pub String);

/// The length of the longest name and of the longest label (RFC 1035, section 2.3.4).
const LONGEST: [usize; 2] = [253, 63];

fn is_label(text: &str) -> bool {
    let letter = |char: char| char.is_ascii_lowercase() || char.is_ascii_digit();
    (1..=LONGEST[1]).contains(&text.len())
        && text.chars().all(|char| letter(char) || char == '-')
        && text.starts_with(letter)
        && text.ends_with(letter)
}

impl Word for DomainName {
    const FORM: &'static str = "DOMAIN";

    fn read(text: &str) -> Result<Self, String> {
        let labels: Vec<&str> = text.split('.').collect();
        let is_name = labels.len() > 1
            && text.len() <= LONGEST[0]
            && labels.iter().all(|label| is_label(label));
        match is_name {
            true => Ok(DomainName(text.to_owned())),
            false => Err(format!(
                "`{text}` is not the name of a host: write labels of lowercase letters, digits and \
                 `-`, as in `boot.example`"
            )),
        }
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}
