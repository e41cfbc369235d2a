//! Arguments and options of a line.

use std::time::Duration;

use super::{
    hosts::Hosts,
    line::{ParseError, TokenCursor},
};

/// An argument: one or more words at a fixed position of a line.
pub(crate) trait Argument: Sized {
    /// The placeholder in the syntax of a line, for example `HOSTS`.
    const FORM: &'static str;

    /// Parses the argument.
    ///
    /// # Errors
    /// Returns an error if the words are not a valid argument.
    fn take(words: &mut TokenCursor) -> Result<Self, ParseError>;

    /// Appends the words of the argument to a line.
    fn put(&self, line: &mut Vec<String>);

    /// Calls `name` for each host or group that the argument names.
    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        let _ = name;
    }

    /// Calls `edit` for each list of hosts and each duration in the argument.
    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        let _ = edit;
    }

    /// Calls `flag` for each flag that is set.
    fn flags(&self, flag: &mut dyn FnMut(&'static str)) {
        let _ = flag;
    }
}

/// A part of a line that can be changed without knowing the line.
pub enum Slot<'a> {
    /// A list of hosts.
    Hosts(&'a mut Hosts),
    /// The name of one host.
    Host(&'a mut String),
    /// A duration of virtual time.
    Time(&'a mut Duration),
}

/// An option: it may be written anywhere in a line, identified by its key.
pub(crate) trait OptionalArgument: Sized {
    /// The placeholder in the syntax of a line.
    fn form(key: &str) -> String;

    /// Parses the option, wherever it is in the line.
    ///
    /// # Errors
    /// Returns an error if the option is present but invalid.
    fn take(words: &mut TokenCursor, key: &str) -> Result<Self, ParseError>;

    /// Whether the option is a flag, which has no value.
    const IS_FLAG: bool = false;

    /// Whether the option is a flag that is set.
    fn is_set(&self) -> bool {
        false
    }

    /// Appends the option to a line, if it is set.
    fn put(&self, key: &str, line: &mut Vec<String>);

    /// Calls `name` for each host or group that the option names.
    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        let _ = name;
    }

    /// Calls `edit` for each list of hosts and each duration in the option.
    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        let _ = edit;
    }
}

/// A flag.
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

/// `key=value`, or absent.
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
        words.descend()?;
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
