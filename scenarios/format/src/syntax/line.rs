//! Splits a line into words.

use std::ops::Range;

use thiserror::Error;

use crate::limit;

/// The error for a line that cannot be parsed.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{text}")]
pub struct ParseError {
    /// The byte range of the line that is wrong.
    pub at: Range<usize>,
    /// The problem and the remedy.
    pub text: String,
}

impl ParseError {
    /// Creates an error for a byte range of the line.
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

/// The remaining words of a line.
///
/// Words are separated by blanks. A text between double quotes is one word, including
/// its blanks. Within quotes `\"` and `\\` stand for a quote and a backslash.
#[derive(Clone, Debug)]
pub(crate) struct TokenCursor {
    tokens: Vec<Token>,
    next: usize,
    end: usize,
    /// Whether the whole line has no word.
    is_empty: bool,
    /// How many lines within the line are being parsed.
    depth: usize,
}

impl TokenCursor {
    /// Splits a line.
    ///
    /// # Errors
    /// Returns an error if a quote is not closed.
    pub(crate) fn of(line: &str) -> Result<Self, ParseError> {
        if line.len() > limit::LINE_BYTES {
            return Err(ParseError::new(
                0..line.len(),
                format!("a line has at most {} bytes", limit::LINE_BYTES),
            ));
        }
        let mut tokens = Vec::new();
        let mut chars = line.char_indices().peekable();
        while let Some(&(start, first)) = chars.peek() {
            if first.is_whitespace() {
                chars.next();
                continue;
            }
            if first == '\'' {
                return Err(ParseError::new(
                    start..start + 1,
                    "a word does not begin with `'`: write \"..\" around a text with blanks or quotes",
                ));
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
            is_empty: tokens.is_empty(),
            tokens,
            next: 0,
            end: line.len(),
            depth: 0,
        })
    }

    /// The next word, without consuming it.
    pub(crate) fn peek(&self) -> Option<&str> {
        self.tokens.get(self.next).map(|token| token.text.as_str())
    }

    /// Consumes the next word.
    ///
    /// # Errors
    /// Returns an error if there is none. `wanted` describes the missing word.
    pub(crate) fn word(&mut self, wanted: &str) -> Result<(String, Range<usize>), ParseError> {
        let Some(token) = self.tokens.get(self.next) else {
            let place = match self.is_empty {
                true => ": the text is empty",
                false => " at the end of the line",
            };
            return Err(ParseError::new(
                self.end..self.end,
                format!("{wanted} is missing{place}"),
            ));
        };
        self.next += 1;
        Ok((token.text.clone(), token.at.clone()))
    }

    /// Whether a word is next that is no option.
    pub(crate) fn has_argument(&self) -> bool {
        let next = self.tokens.get(self.next);
        next.is_some_and(|token| !token.text.contains('='))
    }

    /// Notes that the rest is a line of its own, as behind `not` and `start`.
    ///
    /// # Errors
    /// Returns an error if that happens too often: each takes a part of the stack of the
    /// thread.
    pub(crate) fn descend(&mut self) -> Result<(), ParseError> {
        self.depth += 1;
        if self.depth > limit::DEPTH {
            let at = self.position();
            return Err(ParseError::new(
                at..self.end,
                format!("at most {} lines can be within each other", limit::DEPTH),
            ));
        }
        Ok(())
    }

    /// Consumes the word `flag` if it is among the remaining words.
    pub(crate) fn flag(&mut self, flag: &str) -> bool {
        self.find(|text| text == flag).is_some()
    }

    /// Consumes `key=value` if it is among the remaining words.
    pub(crate) fn option(&mut self, key: &str) -> Option<(String, Range<usize>)> {
        let wanted = |token: &Token| {
            let rest = token.text.strip_prefix(key);
            rest.is_some_and(|rest| rest.starts_with('='))
        };
        let position = self.tokens[self.next..].iter().position(wanted)? + self.next;
        // The end of the line tells a blank behind the `=`.
        if self.is_split(position) {
            return None;
        }
        let token = self.tokens.remove(position);
        let skipped = key.len() + 1;
        let value = token.text[skipped..].to_owned();
        Some((value, token.at.start + skipped..token.at.end))
    }

    /// Checks that no words remain.
    ///
    /// # Errors
    /// Returns an error if a word remains. `known` are the options that are possible
    /// there.
    pub(crate) fn finish(&self, known: &[&str]) -> Result<(), ParseError> {
        let Some(token) = self.tokens.get(self.next) else {
            return Ok(());
        };
        let behind = self.tokens.get(self.next + 1);
        let is_behind = behind.is_some_and(|token| token.text.starts_with('='));
        if token.text == "=" || is_behind || self.is_split(self.next) {
            return Err(ParseError::new(
                token.at.clone(),
                "an option is one word, without blanks around its `=`, for example `as=q`",
            ));
        }
        let key = token.text.split('=').next().unwrap_or_default();
        let hint = hint(key, known.iter().copied()).unwrap_or_else(|| match known {
            [] => "the line has to end before it".to_owned(),
            _ => format!("possible options: {}", known.join(", ")),
        });
        Err(ParseError::new(
            token.at.clone(),
            format!("`{}` is not expected here; {hint}", token.text),
        ))
    }

    /// Whether a word ends with `=`, and what it is to be stands behind a blank.
    fn is_split(&self, position: usize) -> bool {
        let is_bare =
            |token: &Token| token.text.ends_with('=') && token.at.len() == token.text.len();
        self.tokens.get(position).is_some_and(is_bare) && position + 1 < self.tokens.len()
    }

    /// The position of the next word in the line.
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

/// The known word that is most similar to `word`, if any is similar. One that differs in
/// the case of letters only is meant.
pub(crate) fn nearest<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let known: Vec<&str> = known.collect();
    let mut same = known
        .iter()
        .filter(|known| known.eq_ignore_ascii_case(word));
    if let Some(same) = same.next() {
        return Some(same);
    }
    known
        .into_iter()
        .map(|known| (strsim::jaro_winkler(known, word), known))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map(|(_, known)| known)
}

/// A question with the known word that is most similar to `word`, if any is similar.
pub(crate) fn hint<'a>(word: &str, known: impl Iterator<Item = &'a str>) -> Option<String> {
    nearest(word, known).map(|near| format!("did you mean `{near}`?"))
}

/// A word as written in a line: quoted if it is empty, contains blanks or double quotes, or
/// begins with a single quote.
pub(crate) fn quoted(word: &str) -> String {
    let plain = !word.is_empty()
        && !word.starts_with('\'')
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
    fn single_quotes_are_no_quotes() {
        let error = TokenCursor::of("put a 'my key'").unwrap_err();
        assert_eq!(error.at, 6..7);
        assert_eq!(all(&format!("put {}", quoted("'key"))), ["put", "'key"]);
        assert_eq!(all("put it's"), ["put", "it's"]);
    }

    #[test]
    fn open_quotes_are_reported_with_their_location() {
        assert_eq!(TokenCursor::of("put \"a").unwrap_err().at, 4..6);
    }

    #[test]
    fn the_nearest_word_is_the_one_in_another_case() {
        let near = |word, known: &[&'static str]| nearest(word, known.iter().copied());
        assert_eq!(near("Put", &["cut", "put"]), Some("put"));
        assert_eq!(near("d1", &["B10", "D1", "D10"]), Some("D1"));
        assert_eq!(near("conect", &["disconnect", "connect"]), Some("connect"));
        assert_eq!(near("xyz", &["put", "cut"]), None);
    }

    #[test]
    fn options_are_found_at_any_position() {
        let mut words = TokenCursor::of("put a quorum=one k fails").unwrap();
        assert!(words.flag("fails"));
        assert_eq!(words.option("quorum").unwrap(), ("one".to_owned(), 13..16));
        assert_eq!(words.option("ttl"), None);
        assert_eq!(words.word("x").unwrap().0, "put");
        assert!(words.finish(&["quorum"]).is_err());
    }
}
