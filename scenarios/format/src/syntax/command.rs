//! Commands to applications.

use super::{
    line::{ParseError, TokenCursor, quoted},
    name::Name,
    part::{Argument, Slot},
    word::Word,
};

/// A command to an application: a quoted list of words, the first of which is the
/// verb.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Command(pub(crate) Vec<CommandWord>);

/// A word of a command.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum CommandWord {
    /// `@a`: the address of a host, with its peer id.
    Host(String),
    /// Any other word, which the application interprets.
    Text(String),
}

impl Command {
    /// The first word.
    pub(crate) fn verb(&self) -> &str {
        match self.0.first() {
            Some(CommandWord::Text(verb)) => verb,
            _ => "",
        }
    }
}

impl Argument for Command {
    const FORM: &'static str = "COMMAND";

    fn take(words: &mut TokenCursor) -> Result<Self, ParseError> {
        let (text, at) = words.word(Self::FORM)?;
        let wrong = |text: String| ParseError::new(at.clone(), text);
        let mut inner = TokenCursor::of(&text).map_err(|error| wrong(error.text))?;
        let mut command = Vec::new();
        while inner.peek().is_some() {
            let (word, _) = inner.word(Self::FORM)?;
            command.push(match word.strip_prefix('@') {
                Some(host) => CommandWord::Host(Name::read(host).map_err(wrong)?.0),
                None => CommandWord::Text(word),
            });
        }
        match command.first() {
            Some(CommandWord::Text(_)) => Ok(Command(command)),
            Some(CommandWord::Host(_)) => Err(wrong(format!(
                "`{text}` is not a command: start with the verb, for example `\"bootnode @b\"`"
            ))),
            None => Err(wrong(
                "a command has at least one word, for example `\"bootnode @b\"`".to_owned(),
            )),
        }
    }

    fn put(&self, line: &mut Vec<String>) {
        let words: Vec<String> = self
            .0
            .iter()
            .map(|word| match word {
                CommandWord::Host(host) => format!("@{host}"),
                CommandWord::Text(text) => quoted(text),
            })
            .collect();
        line.push(quoted(&words.join(" ")));
    }

    fn hosts(&self, name: &mut dyn FnMut(&str)) {
        for word in &self.0 {
            if let CommandWord::Host(host) = word {
                name(host);
            }
        }
    }

    fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        for word in &mut self.0 {
            if let CommandWord::Host(host) = word {
                edit(Slot::Host(host));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<Command, ParseError> {
        Command::take(&mut TokenCursor::of(line)?)
    }

    fn written(command: &Command) -> String {
        let mut line = Vec::new();
        command.put(&mut line);
        line.join(" ")
    }

    #[test]
    fn commands_survive_a_round_trip() {
        for line in [
            "go",
            "\"bootnode @b\"",
            "\"say \\\"two words\\\" @b\"",
            "\"bootnode @b \\\"\\\"\"",
        ] {
            assert_eq!(written(&read(line).expect(line)), line);
        }
    }

    #[test]
    fn hosts_of_a_command_are_listed_and_editable() {
        let mut command = read("\"join @b @c\"").expect("a command");
        let mut named = Vec::new();
        command.hosts(&mut |name| named.push(name.to_owned()));
        assert_eq!(named, ["b", "c"]);
        command.edit(&mut |slot| {
            if let Slot::Host(host) = slot {
                host.push('0');
            }
        });
        assert_eq!(written(&command), "\"join @b0 @c0\"");
    }

    #[test]
    fn invalid_commands_are_reported_with_their_location() {
        for (line, words) in [
            ("\"\"", "at least one word"),
            ("\"@b bootnode\"", "start with the verb"),
            ("\"bootnode @B\"", "is not a name"),
            ("\"say \\\"open\"", "not closed"),
        ] {
            let error = read(line).expect_err(line);
            assert_eq!(error.at, 0..line.len(), "{error:?}");
            assert!(error.text.contains(words), "{error:?}");
        }
    }
}
