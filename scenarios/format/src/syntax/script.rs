//! The scripts of scripted hosts.

use std::time::Duration;

use dht_fixtures::raw;
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _};

use crate::limit;

use super::{line::hint, record::Payload, word::Word};

/// All scripts, as a part of a sentence.
const ALL: &str = "Scripts are `honest`, `lying`, `providers`, `silent`, `reset`, `close`, `oversized`, \
                   `malformed(HEX)`, `wrong-type(TYPE)`, `record(HEX)`, `slow(DURATION, SCRIPT)` and \
                   `flaky-every(NUMBER, SCRIPT)`";

/// The names of all scripts.
const NAMES: [&str; 12] = [
    "honest",
    "lying",
    "providers",
    "silent",
    "reset",
    "close",
    "oversized",
    "malformed",
    "wrong-type",
    "record",
    "slow",
    "flaky-every",
];

/// What a scripted host does with requests, as written in a file.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct Script {
    /// Kept, so that it is written as it was.
    text: String,
    kind: ScriptKind,
}

/// A script without the peers that it names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum ScriptKind {
    /// Answers as the protocol requires, and names peers as closer ones.
    Honest,
    /// Names peers in every answer.
    Lying,
    /// Names peers as providers of any key.
    Providers,
    /// A script that names no peers.
    Plain(raw::Script),
}

impl Script {
    /// The script without the peers that it names.
    pub(crate) fn kind(&self) -> &ScriptKind {
        &self.kind
    }

    /// Whether the script names peers.
    pub(crate) fn names_peers(&self) -> bool {
        !matches!(self.kind, ScriptKind::Plain(_))
    }

    /// Whether the script counts requests, from the time at which it is set.
    pub(crate) fn counts(&self) -> bool {
        match &self.kind {
            ScriptKind::Plain(script) => counts(script),
            _ => false,
        }
    }

    /// Whether the script only says something with peers that it names.
    pub(crate) fn needs_peers(&self) -> bool {
        matches!(self.kind, ScriptKind::Lying | ScriptKind::Providers)
    }
}

impl ScriptKind {
    /// Whether the script may answer with a record of this value.
    pub(crate) fn may_give(&self, value: &Payload) -> bool {
        match self.innermost() {
            Some(raw::Script::Record(bytes)) => Payload::Hex(bytes.clone()).is(value),
            Some(raw::Script::Malformed(_)) => true,
            _ => false,
        }
    }

    /// Whether the script may answer with a record, or with providers, that no line stores.
    pub(crate) fn gives_what_no_line_stores(&self) -> bool {
        let innermost = self.innermost();
        matches!(self, ScriptKind::Providers)
            || matches!(
                innermost,
                Some(raw::Script::Record(_) | raw::Script::Malformed(_))
            )
    }

    /// Whether the script may name peers that are no hosts of the file.
    pub(crate) fn names_strangers(&self) -> bool {
        matches!(
            self.innermost(),
            Some(raw::Script::Malformed(_) | raw::Script::Oversized)
        )
    }

    /// The script that gives the answers, if it names no peers.
    fn innermost(&self) -> Option<&raw::Script> {
        let ScriptKind::Plain(script) = self else {
            return None;
        };
        let mut script = script;
        while let raw::Script::Slow(_, inner) | raw::Script::FlakyEvery(_, inner) = script {
            script = inner;
        }
        Some(script)
    }
}

/// The longest single delay of a script.
fn longest(script: &raw::Script) -> Duration {
    match script {
        raw::Script::Slow(by, inner) => longest(inner).max(*by),
        raw::Script::FlakyEvery(_, inner) => longest(inner),
        _ => Duration::ZERO,
    }
}

/// Whether a part of a script counts requests.
fn counts(script: &raw::Script) -> bool {
    match script {
        raw::Script::Slow(_, inner) => counts(inner),
        raw::Script::FlakyEvery(..) => true,
        _ => false,
    }
}

/// Whether a part of a script delays by no time.
fn slows_by_nothing(script: &raw::Script) -> bool {
    match script {
        raw::Script::Slow(by, inner) => by.is_zero() || slows_by_nothing(inner),
        raw::Script::FlakyEvery(_, inner) => slows_by_nothing(inner),
        _ => false,
    }
}

impl Word for Script {
    const FORM: &'static str = "SCRIPT";

    fn read(text: &str) -> Result<Self, String> {
        if text.matches('(').count() > limit::DEPTH {
            return Err(format!(
                "`{text}` is too deep: at most {} scripts can be within each other",
                limit::DEPTH
            ));
        }
        let kind = match text {
            "honest" => ScriptKind::Honest,
            "lying" => ScriptKind::Lying,
            "providers" => ScriptKind::Providers,
            _ => ScriptKind::Plain(text.parse().map_err(|error| {
                let told = format!("{error}");
                // The name that is wrong can be that of an inner script.
                let mut words = text.split(['(', ')', ',']).map(str::trim);
                let wrong = words.find(|word| {
                    word.starts_with(|first: char| first.is_ascii_lowercase())
                        && !NAMES.contains(word)
                });
                match wrong.and_then(|word| hint(word, NAMES.into_iter())) {
                    Some(hint) => format!("{text:?} is not a script; {hint} {ALL}"),
                    None => told,
                }
            })?),
        };
        if let ScriptKind::Plain(script) = &kind
            && slows_by_nothing(script)
        {
            return Err(format!("`{text}` slows by 0s: write a time above 0s"));
        }
        if let ScriptKind::Plain(script) = &kind
            && longest(script) > limit::TIME
        {
            return Err(format!("`{text}` is too slow: a time is at most 200 years"));
        }
        Ok(Script {
            text: text.to_owned(),
            kind,
        })
    }

    fn write(&self) -> String {
        self.text.clone()
    }
}

impl Serialize for Script {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Script {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let text = String::deserialize(from)?;
        Script::read(&text).map_err(D::Error::custom)
    }
}

impl std::str::FromStr for Script {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Script::read(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scripts_are_written_as_they_were() {
        for text in [
            "honest",
            "lying",
            "slow(2s,close)",
            "flaky-every(3, slow(1m 5s))",
        ] {
            assert_eq!(
                Word::write(&<Script as Word>::read(text).expect(text)),
                text
            );
        }
    }

    #[test]
    fn a_wrong_name_is_told_with_the_nearest_one() {
        for (text, near) in [
            ("honset", "did you mean `honest`?"),
            ("lyin", "did you mean `lying`?"),
            ("slow(2s, clsoe)", "did you mean `close`?"),
        ] {
            let error = <Script as Word>::read(text).expect_err(text);
            let first = format!("{text:?} is not a script; {near} Scripts are `honest`, `lying`,");
            assert!(error.starts_with(&first), "{error}");
        }
        assert!(<Script as Word>::read("slow(2s, lying)").is_err());
    }
}
