//! What words stand for.

use std::time::Duration;

use super::{
    hosts::Hosts,
    line::{Complaint, Words},
};

/// Something that is written as one or more words at its place in a line.
pub trait Part: Sized {
    /// How it is named in the form of a line, for example `HOSTS`.
    const FORM: &'static str;

    /// Reads it.
    ///
    /// # Errors
    /// The words cannot be read as this.
    fn take(words: &mut Words) -> Result<Self, Complaint>;

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
pub trait Opt: Sized {
    /// How it is shown in the form of a line.
    fn form(key: &str) -> String;

    /// Reads it from wherever it stands.
    ///
    /// # Errors
    /// It is there and cannot be read.
    fn take(words: &mut Words, key: &str) -> Result<Self, Complaint>;

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
impl Opt for bool {
    fn form(key: &str) -> String {
        format!("[{key}]")
    }

    fn take(words: &mut Words, key: &str) -> Result<Self, Complaint> {
        Ok(words.flag(key))
    }

    fn put(&self, key: &str, line: &mut Vec<String>) {
        if *self {
            line.push(key.to_owned());
        }
    }
}

/// `key=value`, or nothing.
impl<T: Part> Opt for Option<T> {
    fn form(key: &str) -> String {
        format!("[{key}={}]", T::FORM)
    }

    fn take(words: &mut Words, key: &str) -> Result<Self, Complaint> {
        let Some((value, at)) = words.option(key) else {
            return Ok(None);
        };
        let shifted = |complaint: Complaint| Complaint {
            at: at.start + complaint.at.start..at.start + complaint.at.end,
            ..complaint
        };
        let mut inner = Words::of(&super::quoted(&value)).map_err(shifted)?;
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

impl<T: Part> Part for Box<T> {
    const FORM: &'static str = T::FORM;

    fn take(words: &mut Words) -> Result<Self, Complaint> {
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
