//! What words stand for.

use std::time::Duration;

use super::{
    hosts::Hosts,
    line::{ParseError, TokenCursor},
};

/// Something that is written as one or more words at its place in a line.
pub(crate) trait Argument: Sized {
    /// How it is named in the form of a line, for example `HOSTS`.
    const FORM: &'static str;

    /// Reads it.
    ///
    /// # Errors
    /// The words cannot be read as this.
    fn take(words: &mut TokenCursor) -> Result<Self, ParseError>;

    /// Writes it.
    fn put(&self, line: &mut Vec<String>);

    /// Says which hosts, or groups of hosts, it names.
    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        let _ = name;
    }

    /// Lets each list of hosts and each duration of it be changed.
    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        let _ = edit;
    }

    /// Says which flags of it are set.
    fn flags(&self, flag: &mut dyn FnMut(&'static str)) {
        let _ = flag;
    }
}

/// A place in a line that can be changed without knowing the line.
pub enum Slot<'a> {
    /// A list of hosts.
    Hosts(&'a mut Hosts),
    /// The name of one host.
    Host(&'a mut String),
    /// A span of virtual time.
    Time(&'a mut Duration),
}

/// Something that may stand at the end of a line, under a name.
pub(crate) trait OptionalArgument: Sized {
    /// How it is shown in the form of a line.
    fn form(key: &str) -> String;

    /// Reads it from wherever it stands.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn take(words: &mut TokenCursor, key: &str) -> Result<Self, ParseError>;

    /// Whether it is a word that is there or is not.
    const IS_FLAG: bool = false;

    /// Whether it is a flag that is set.
    fn is_set(&self) -> bool {
        false
    }

    /// Writes it, if there is something to write.
    fn put(&self, key: &str, line: &mut Vec<String>);

    /// Says which hosts, or groups of hosts, it names.
    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        let _ = name;
    }

    /// Lets each list of hosts and each duration of it be changed.
    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        let _ = edit;
    }
}

/// A word that is there or is not.
impl OptionalArgument for bool {
    const IS_FLAG: bool = true;

    fn is_set(&self) -> bool {
        *self
    }

    fn form(key: &str) -> String {
        format!("[{key}]")
    }

    fn take(words: &mut TokenCursor, key: &str) -> Result<Self, ParseError> {
        Ok(words.flag(key))
    }

    fn put(&self, key: &str, line: &mut Vec<String>) {
        if *self {
            line.push(key.to_owned());
        }
    }
}

/// `key=value`, or nothing.
impl<T: Argument> OptionalArgument for Option<T> {
    fn form(key: &str) -> String {
        format!("[{key}={}]", T::FORM)
    }

    fn take(words: &mut TokenCursor, key: &str) -> Result<Self, ParseError> {
        let Some((value, at)) = words.option(key) else {
            return Ok(None);
        };
        let shifted = |error: ParseError| ParseError {
            at: at.start + error.at.start..at.start + error.at.end,
            ..error
        };
        let mut inner = TokenCursor::of(&super::quoted(&value)).map_err(shifted)?;
        T::take(&mut inner).map(Some).map_err(shifted)
    }

    fn put(&self, key: &str, line: &mut Vec<String>) {
        if let Some(value) = self {
            let mut words = Vec::new();
            value.put(&mut words);
            line.push(format!("{key}={}", words.join(" ")));
        }
    }

    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        if let Some(value) = self {
            value.hosts(name);
        }
    }

    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        if let Some(value) = self {
            value.edit(edit);
        }
    }
}

impl<T: Argument> Argument for Box<T> {
    const FORM: &'static str = T::FORM;

    fn take(words: &mut TokenCursor) -> Result<Self, ParseError> {
        T::take(words).map(Box::new)
    }

    fn put(&self, line: &mut Vec<String>) {
        T::put(self, line);
    }

    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        T::hosts(self, name);
    }

    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        T::edit(self, edit);
    }
}
