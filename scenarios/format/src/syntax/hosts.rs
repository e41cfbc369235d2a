//! Host sets.

use std::num::IntErrorKind;

use crate::limit;

use super::{
    line::{ParseError, TokenCursor},
    name::{Name, is_name},
    part::{Argument, Slot},
    word::Word,
};

/// A list of hosts. Operations apply to them in this order.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Hosts(pub Vec<Term>);

/// A term of a host list.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Term {
    /// `all`: every host.
    All,
    /// A host, or all hosts of a group.
    Named(String),
    /// `h2..h5`: the hosts of a group with these numbers, both ends included.
    Range(String, u32, u32),
    /// `!h3`: removes these hosts from those named before.
    Except(String),
}

impl Hosts {
    /// A list with one host or one group.
    pub fn named(name: &str) -> Self {
        Hosts(vec![Term::Named(name.to_owned())])
    }
}

/// Collects names of hosts or groups, in this order.
impl<S: Into<String>> FromIterator<S> for Hosts {
    fn from_iter<I: IntoIterator<Item = S>>(names: I) -> Self {
        Hosts(
            names
                .into_iter()
                .map(|name| Term::Named(name.into()))
                .collect(),
        )
    }
}

impl Word for Hosts {
    const FORM: &'static str = "HOSTS";

    fn read(text: &str) -> Result<Self, String> {
        if text.starts_with(',') || text.ends_with(',') {
            return Err(format!(
                "`{text}` is a list with a gap: a list is one word, without blanks around its commas, for \
                 example `a,b`"
            ));
        }
        text.split(',')
            .map(term)
            .collect::<Result<_, _>>()
            .map(Hosts)
    }

    fn write(&self) -> String {
        let terms: Vec<_> = self
            .0
            .iter()
            .map(|term| match term {
                Term::All => "all".to_owned(),
                Term::Named(name) => name.clone(),
                Term::Range(group, first, last) => format!("{group}{first}..{group}{last}"),
                Term::Except(name) => format!("!{name}"),
            })
            .collect();
        terms.join(",")
    }

    fn names(&self, name: &mut dyn FnMut(&str)) {
        for term in &self.0 {
            match term {
                Term::All => {}
                Term::Named(host) | Term::Except(host) => name(host),
                Term::Range(group, first, last) => {
                    name(&format!("{group}{first}"));
                    name(&format!("{group}{last}"));
                }
            }
        }
    }

    fn slots(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        edit(Slot::Hosts(self));
    }
}

fn term(text: &str) -> Result<Term, String> {
    if text == "all" {
        return Ok(Term::All);
    }
    if let Some(name) = text.strip_prefix('!') {
        return Name::read(name).map(|name| Term::Except(name.0));
    }
    if let Some((first, last)) = text.split_once("..") {
        let split = |end: &str| {
            let digits = end.len() - end.trim_end_matches(|c: char| c.is_ascii_digit()).len();
            let (group, number) = end.split_at(end.len() - digits);
            let number = match number.parse::<u32>() {
                Err(error) if *error.kind() == IntErrorKind::PosOverflow => u32::MAX,
                number => number.ok()?,
            };
            Some((group.to_owned(), number))
        };
        return match (split(first), split(last)) {
            (Some((group, first)), Some((other, last)))
                if last.saturating_sub(first) as usize >= limit::HOSTS && group == other =>
            {
                Err(format!(
                    "`{text}` is too long: a file has at most {} hosts",
                    limit::HOSTS
                ))
            }
            (Some((group, first)), Some((other, last)))
                if group == other && first <= last && is_name(&group) =>
            {
                Ok(Term::Range(group, first, last))
            }
            _ => Err(format!(
                "`{text}` is not a range of hosts: write `h2..h5`, with hosts of one group and the lower number first"
            )),
        };
    }
    Name::read(text)
        .map(|name| Term::Named(name.0))
        .map_err(|_| {
            let lower = text.to_ascii_lowercase();
            if lower != text && is_name(&lower) {
                return format!(
                    "`{text}` is not the name of a host: names have lowercase letters, as `{lower}`"
                );
            }
            format!("`{text}` is not a list of hosts: write a list such as `a,h0..h4`, a group, `all`, or `all,!a`")
        })
}

/// Host lists separated by `|`.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Groups(pub Vec<Hosts>);

impl Argument for Groups {
    const FORM: &'static str = "HOSTS | HOSTS..";

    fn take(words: &mut TokenCursor) -> Result<Self, ParseError> {
        let start = words.position();
        let mut groups = vec![Hosts::take(words)?];
        while words.peek() == Some("|") {
            words.word("|")?;
            groups.push(Hosts::take(words)?);
        }
        if groups.len() < 2 {
            return Err(ParseError::new(
                start..words.position(),
                "a partition needs at least two groups: write `a,b | c`",
            ));
        }
        Ok(Groups(groups))
    }

    fn put(&self, line: &mut Vec<String>) {
        for (number, group) in self.0.iter().enumerate() {
            if number > 0 {
                line.push("|".to_owned());
            }
            group.put(line);
        }
    }

    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        for group in &self.0 {
            Argument::hosts(group, name);
        }
    }

    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        for group in &mut self.0 {
            group.edit(edit);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_lists_ranges_and_exceptions() {
        let hosts = <Hosts as Word>::read("a,h0..h4,!h2").unwrap();
        assert_eq!(
            hosts.0,
            [
                Term::Named("a".to_owned()),
                Term::Range("h".to_owned(), 0, 4),
                Term::Except("h2".to_owned())
            ]
        );
        assert_eq!(Word::write(&hosts), "a,h0..h4,!h2");
        assert_eq!(Word::write(&Hosts::from_iter(["a", "b"])), "a,b");
        for wrong in ["", "A", "h4..h0", "h0..g4", "a,,b"] {
            assert!(<Hosts as Word>::read(wrong).is_err(), "{wrong}");
        }
    }
}
