//! A line cut into words.

use std::ops::Range;

/// Why a line cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseError {
    /// Which bytes of the line are wrong.
    pub at: Range<usize>,
    /// What is wrong, and what would be right.
    pub text: String,
}

impl ParseError {
    /// An error about these bytes of the line.
    pub(crate) fn new(at: Range<usize>, text: impl Into<String>) -> Self {
        ParseError {
            at,
            text: text.into(),
        }
    }
}

#[derive(Clone, Debug)]
struct Token {
    text: String,
    at: Range<usize>,
}

/// The words of a line that have not been read yet.
///
/// Words are separated by blanks. What stands between double quotes is one word,
/// blanks and all; within them `\"` and `\\` are a quote and a backslash.
#[derive(Clone, Debug)]
pub(crate) struct TokenCursor {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
}

impl TokenCursor {
    /// Cuts a line.
    ///
    /// # Errors
    /// A quote is not closed.
    pub(crate) fn of(line: &str) -> Result<Self, ParseError> {
        let mut tokens = Vec::new();
        let mut chars = line.char_indices().peekable();
        while let Some(&(start, first)) = chars.peek() {
            if first.is_whitespace() {
                chars.next();
                continue;
            }
            let mut text = String::new();
            let mut inside = None;
            while let Some(&(at, char)) = chars.peek() {
                match (inside, char) {
                    (None, blank) if blank.is_whitespace() => break,
                    (None, '"') => inside = Some(at),
                    (Some(_), '"') => inside = None,
                    (Some(_), '\\') => {
                        chars.next();
                        text.extend(chars.peek().map(|(_, escaped)| *escaped));
                    }
                    _ => text.push(char),
                }
                chars.next();
            }
            if let Some(quote) = inside {
                return Err(ParseError::new(
                    quote..line.len(),
                    "this quote is not closed",
                ));
            }
            let end = chars.peek().map_or(line.len(), |(at, _)| *at);
            tokens.push(Token {
                text,
                at: start..end,
            });
        }
        Ok(TokenCursor {
            tokens,
            next: 0,
            end: line.len(),
        })
    }

    /// The next word, without reading it.
    pub(crate) fn peek(&self) -> Option<&str> {
        self.tokens.get(self.next).map(|token| token.text.as_str())
    }

    /// Reads the next word.
    ///
    /// # Errors
    /// There is none; `wanted` says what should have come.
    pub(crate) fn word(&mut self, wanted: &str) -> Result<(String, Range<usize>), ParseError> {
        let Some(token) = self.tokens.get(self.next) else {
            return Err(ParseError::new(
                self.end..self.end,
                format!("the line ends where {wanted} should follow"),
            ));
        };
        self.next += 1;
        Ok((token.text.clone(), token.at.clone()))
    }

    /// Reads the word `flag` if it is among the words that are left.
    pub(crate) fn flag(&mut self, flag: &str) -> bool {
        self.find(|text| text == flag).is_some()
    }

    /// Reads `key=value` if it is among the words that are left.
    pub(crate) fn option(&mut self, key: &str) -> Option<(String, Range<usize>)> {
        let token = self.find(|text| {
            text.strip_prefix(key)
                .is_some_and(|rest| rest.starts_with('='))
        })?;
        let skipped = key.len() + 1;
        let value = token.text[skipped..].to_owned();
        Some((value, token.at.start + skipped..token.at.end))
    }

    /// Makes sure that nothing is left.
    ///
    /// # Errors
    /// Something is; `known` are the options that could have stood there.
    pub(crate) fn finish(&self, known: &[&str]) -> Result<(), ParseError> {
        let Some(token) = self.tokens.get(self.next) else {
            return Ok(());
        };
        let key = token.text.split('=').next().unwrap_or_default();
        let hint = hint(key, known.iter().copied()).unwrap_or_else(|| match known {
            [] => "the line should end before it".to_owned(),
            _ => format!("what may follow: {}", known.join(", ")),
        });
        Err(ParseError::new(
            token.at.clone(),
            format!("`{}` does not belong here; {hint}", token.text),
        ))
    }

    /// Where the words that are left begin.
    pub(crate) fn position(&self) -> usize {
        self.tokens
            .get(self.next)
            .map_or(self.end, |token| token.at.start)
    }

    fn find(&mut self, wanted: impl Fn(&str) -> bool) -> Option<Token> {
        let found = self.tokens[self.next..]
            .iter()
            .position(|token| wanted(&token.text))?;
        Some(self.tokens.remove(self.next + found))
    }
}

/// The known word that is most like `word`, if one is alike.
fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    known
        .map(|known| (strsim::jaro_winkler(known, word), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// A question that names the known word that is most like `word`, if one is alike.
pub(crate) fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|near| format!("did you mean `{near}`?"))
}

/// A word as it has to be written: between quotes if it holds blanks, quotes
/// or nothing.
pub(crate) fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && !word.contains(|char: char| char.is_whitespace() || char == '"' || char == '\\');
    if plain {
        return word.to_owned();
    }
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"");
    format!("\"{escaped}\"")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn all(line: &str) -> Vec<String> {
        let mut words = TokenCursor::of(line).unwrap();
        std::iter::from_fn(|| words.word("a word").ok().map(|(text, _)| text)).collect()
    }

    #[test]
    fn quotes_keep_words_together() {
        assert_eq!(
            all("put a  \"two words\" v=\"x y\""),
            ["put", "a", "two words", "v=x y"]
        );
        assert_eq!(
            all(&format!("put {}", quoted("a \"b\\"))),
            ["put", "a \"b\\"]
        );
    }

    #[test]
    fn open_quotes_are_told_with_their_place() {
        assert_eq!(TokenCursor::of("put \"a").unwrap_err().at, 4..6);
    }

    #[test]
    fn options_are_read_wherever_they_stand() {
        let mut words = TokenCursor::of("put a quorum=one k fails").unwrap();
        assert!(words.flag("fails"));
        assert_eq!(words.option("quorum").unwrap(), ("one".to_owned(), 13..16));
        assert_eq!(words.option("ttl"), None);
        assert_eq!(words.word("x").unwrap().0, "put");
        assert!(words.finish(&["quorum"]).is_err());
    }
}
