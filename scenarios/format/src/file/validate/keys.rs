//! Checks that the keys and values of conditions are those of a step.

use std::ops::Range;

use dht_harness::noun;
use indexmap::{IndexMap, IndexSet};

use super::{
    Validator,
    bounds::told,
    lists::{actions, beyond, scripts},
};
use crate::{
    action::{Action, Family},
    condition::Condition,
    file::scenario::ScenarioFile,
    step::Step,
    syntax::{Bound, Key, Kind, Name, Payload, ScriptKind, Word, hint},
};

/// What is stored under a key.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Stored {
    Record,
    Providers,
}

impl Stored {
    fn name(self) -> &'static str {
        match self {
            Stored::Record => "records",
            Stored::Providers => "providers",
        }
    }

    /// The conditions about it.
    fn conditions(self) -> &'static str {
        match self {
            Stored::Record => "`stores` and `holders`",
            Stored::Providers => "`provider`, `providers` and `provides`",
        }
    }

    fn other(self) -> Stored {
        match self {
            Stored::Record => Stored::Providers,
            Stored::Providers => Stored::Record,
        }
    }
}

/// The keys and values of all actions of a file, without those that only remove.
pub(super) struct Keys<'a> {
    /// Each key, and what is stored or looked up under it. A lookup of peers is about
    /// neither.
    uses: IndexMap<&'a Key, Vec<Stored>>,
    /// The keys under which something is stored or announced.
    given: IndexSet<&'a Key>,
    /// The keys under which records, and under which providers, are.
    filled: IndexSet<(&'a Key, Stored)>,
    /// The keys of lookups that were compared with those.
    compared: IndexSet<Key>,
    values: IndexSet<(&'a Key, &'a Payload)>,
    /// Whether a host may store or send what no line of the file names: an application, or
    /// a scripted host that sends bytes.
    is_open: bool,
}

impl<'a> Keys<'a> {
    pub(super) fn of(scenario: &'a ScenarioFile) -> Self {
        let mut keys = Keys {
            uses: IndexMap::new(),
            given: IndexSet::new(),
            filled: IndexSet::new(),
            compared: IndexSet::new(),
            values: IndexSet::new(),
            is_open: false,
        };
        for action in actions(scenario) {
            if let Some((key, stored)) = use_of(action) {
                let uses = keys.uses.entry(key).or_default();
                uses.extend(stored.filter(|stored| !uses.contains(stored)));
            }
            keys.given.extend(given(action));
            if let (Some(key), Some((_, Some(stored)))) = (given(action), use_of(action)) {
                keys.filled.insert((key, stored));
            }
            keys.values.extend(value_of(action));
            keys.is_open |=
                action.family() == Family::Application || matches!(action, Action::Send { .. });
        }
        keys
    }

    /// Whether a line puts something of this kind into a store.
    fn is_filled(&self, stored: Stored) -> bool {
        self.filled.iter().any(|(_, filled)| *filled == stored)
    }
}

impl Validator<'_> {
    /// Reports a key that no action names, so that no store can hold it, and one under which
    /// only the other kind of record can be.
    pub(super) fn keys(&mut self, condition: &Condition, at: &Range<usize>) {
        let (key, stored) = match condition.whole() {
            Condition::Stores { key, .. } | Condition::Holders { key, .. } => (key, Stored::Record),
            Condition::Provider { key, .. }
            | Condition::Providers { key, .. }
            | Condition::Provides { key, .. } => (key, Stored::Providers),
            _ => return,
        };
        let uses = self.keys.uses.get(key);
        if uses.is_some_and(|uses| uses.contains(&stored)) || self.keys.is_open {
            return;
        }
        let name = Word::write(key);
        let problem = match uses.map(Vec::as_slice) {
            Some([]) => format!(
                "the key `{name}` is only one of lookups of peers, which store nothing, and this line is about {}",
                stored.name()
            ),
            Some(_) => format!(
                "all steps with the key `{name}` are about {}, and this line is about {}: use {}",
                stored.other().name(),
                stored.name(),
                stored.other().conditions()
            ),
            None => {
                let known: Vec<String> =
                    self.keys.uses.keys().map(|key| Word::write(*key)).collect();
                let hint = hint(&name, known.iter().map(String::as_str))
                    .map_or(String::new(), |hint| format!("; {hint}"));
                format!("no step stores, announces or looks up the key `{name}`{hint}")
            }
        };
        self.complain(at, problem);
    }

    /// Reports a condition on what is stored under a key that steps only look up, which
    /// cannot fail for that.
    pub(super) fn never_stored(&mut self, step: &Step, at: &Range<usize>) {
        let Some(condition) = step.action.condition() else {
            return;
        };
        if let Condition::Records { count, .. } = condition.whole() {
            if !self.keys.is_filled(Stored::Record) && self.is_stored_by_lines() {
                let why = "no line stores a record: add one that does, or remove this line";
                self.always_passes(step, count.holds(&0), Some(why.to_owned()), at);
            }
            return;
        }
        let (key, stored, holds) = match condition.whole() {
            Condition::Stores { key, .. } => (key, Stored::Record, false),
            Condition::Holders { key, count, .. } => (key, Stored::Record, count.holds(&0)),
            Condition::Provider { key, .. } | Condition::Provides { key, .. } => {
                (key, Stored::Providers, false)
            }
            Condition::Providers { key, count, .. } => (key, Stored::Providers, count.holds(&0)),
            _ => return,
        };
        let uses = self.keys.uses.get(key);
        // Otherwise it has been reported.
        let is_looked_up = uses.is_some_and(|uses| uses.contains(&stored));
        if !is_looked_up || self.keys.filled.contains(&(key, stored)) || !self.is_stored_by_lines()
        {
            return;
        }
        let why = format!(
            "steps look the key `{}` up, and none stores {} under it: add one that does, or \
             remove this line",
            Word::write(key),
            stored.name()
        );
        self.always_passes(step, holds, Some(why), at);
    }

    /// Reports a lookup of a key that no line gives anything, and that is hardly another one
    /// than a key that has something.
    pub(super) fn looked_up_keys(&mut self, action: &Action, at: &Range<usize>) {
        let query = action.started();
        let (Action::Get { key, .. } | Action::FindProviders { key, .. }) = query else {
            return;
        };
        let is_word = |key: &&Key| matches!(key, Key::Text(text) if is_word(text));
        if self.keys.given.contains(key) || !is_word(&key) || self.keys.is_open {
            return;
        }
        // A repetition has a line a hundred thousand times.
        if !self.keys.compared.insert(key.clone()) {
            return;
        }
        let name = Word::write(key);
        let given = self.keys.given.iter().copied().filter(is_word);
        let given: Vec<String> = given.map(Word::write).collect();
        let hint = hint(&name, given.iter().map(String::as_str));
        self.maybe(
            at,
            hint.map(|hint| {
                format!(
                    "no step stores or announces anything under the key `{name}`; {hint} If it is \
                     meant to be missing, write a key that is less like it"
                )
            }),
        );
    }

    /// Reports a lookup of peers whose key is the name of a host, as text.
    pub(super) fn host_as_key(&mut self, action: &Action, at: &Range<usize>) {
        let Action::FindPeers {
            key: Key::Text(text),
            ..
        } = action.started()
        else {
            return;
        };
        let is_of_host =
            |name: &str| self.life.contains_key(name) || self.groups.contains_key(name);
        if let Some(host) = text.strip_prefix('@').filter(|host| is_of_host(host)) {
            return self.complain(
                at,
                format!(
                    "`{text}` is the address of a host, and here a key of the text \"{text}\": write \
                     `peer:{host}` for the peers closest to the host, or another key"
                ),
            );
        }
        let is_host = is_of_host(text);
        self.maybe(
            at,
            is_host.then(|| {
                format!(
                    "`{text}` is a host, and here a key of the text \"{text}\": write `peer:{text}` for \
                     the peers closest to the host, or another key"
                )
            }),
        );
    }

    /// Reports a number of records, providers or peers that every store or reply has, or none.
    pub(super) fn store_sizes(&mut self, condition: &Condition, at: &Range<usize>) {
        if self.keys.is_open || !self.prompt {
            return;
        }
        let problem = match condition.whole() {
            Condition::Records { count, .. } => {
                let uses = self.keys.uses.values();
                let most = uses.filter(|uses| uses.contains(&Stored::Record)).count();
                let keys = noun(most, "key", "keys");
                let why = format!("the file has {most} {keys} of records");
                told(beyond(count, most as u64), why)
            }
            Condition::Providers { count, .. } => self.of_hosts(count, "can be providers"),
            Condition::ReplyPeers { count, .. } | Condition::ReplyProviders { count, .. } => {
                self.of_hosts(count, "a reply can name")
            }
            _ => None,
        };
        self.maybe(at, problem);
    }

    /// The problem of a number of hosts, of which the line is about those that `which` says.
    fn of_hosts(&self, count: &Bound<u64>, which: &str) -> Option<String> {
        let (most, hosts) = self.certain.hosts()?;
        told(
            beyond(count, most),
            format!("the file has {hosts} that {which}"),
        )
    }

    /// Whether it is certain what hosts store: only what lines of the file say.
    pub(super) fn are_stores_known(&self) -> bool {
        self.prompt && !self.keys.is_open
    }

    /// Whether lookups find nothing but what lines of the file store.
    fn is_stored_by_lines(&self) -> bool {
        self.are_stores_known()
            && !scripts(self.scenario).any(ScriptKind::gives_what_no_line_stores)
    }

    /// The problem of what a lookup finds in a file in which no line stores anything of this kind,
    /// under any key.
    pub(super) fn never_found(&self, name: &Name, stored: Stored, holds: bool) -> Option<String> {
        if self.keys.is_filled(stored) || !self.is_stored_by_lines() {
            return None;
        }
        told(
            Some(holds),
            format!(
                "no line stores {}, so that `{}` finds none: add one that does, or {}",
                stored.name(),
                name.0,
                match stored {
                    Stored::Record => format!("write `expect answer {} not-found`", name.0),
                    Stored::Providers => format!("write `expect peers {} =0`", name.0),
                }
            ),
        )
    }

    /// Reports a line that removes what is under a key that no other line names. Returns
    /// whether it does.
    pub(super) fn removed_keys(&mut self, action: &Action, at: &Range<usize>) -> bool {
        let Some((key, stored)) = removed(action) else {
            return false;
        };
        let uses = self.keys.uses.get(key);
        if uses.is_some_and(|uses| uses.contains(&stored)) || !self.are_stores_known() {
            return false;
        }
        let of_kind = self.keys.uses.iter();
        let known: Vec<String> = of_kind
            .filter(|(_, uses)| uses.contains(&stored))
            .map(|(key, _)| Word::write(*key))
            .collect();
        let name = Word::write(key);
        let hint = hint(&name, known.iter().map(String::as_str))
            .map_or(String::new(), |hint| format!("; {hint}"));
        self.complain(
            at,
            format!(
                "this removes nothing: no step stores, announces or looks up {} under the key \
                 `{name}`{hint}",
                stored.name()
            ),
        );
        true
    }

    /// Reports a value that no step and no script gives a record.
    pub(super) fn values(&mut self, condition: &Condition, at: &Range<usize>) {
        let (keys, value) = match condition.whole() {
            Condition::Stores {
                key,
                value: Some(value),
                ..
            } => (Some(vec![key]), value),
            Condition::Values {
                query,
                value: Some(value),
                ..
            } => (self.looked_up(query), value),
            Condition::ReplyRecord {
                value: Some(value), ..
            } => (None, value),
            _ => return,
        };
        // An application has records of its own.
        if self.keys.is_open || !self.prompt {
            return;
        }
        let is_under = |key: &Key| keys.as_ref().is_none_or(|keys| keys.contains(&key));
        let values = &self.keys.values;
        let mut fits = values
            .iter()
            .filter(|(key, known)| is_under(key) && known.is(value));
        if fits.next().is_some() || scripts(self.scenario).any(|kind| kind.may_give(value)) {
            return;
        }
        let text = Word::write(value);
        let elsewhere = values.iter().find(|(_, known)| known.is(value));
        let hint = match elsewhere {
            Some((key, _)) => format!("; a step puts it under the key `{}`", Word::write(*key)),
            None => {
                let known: Vec<String> = values
                    .iter()
                    .map(|(_, value)| Word::write(*value))
                    .collect();
                hint(&text, known.iter().map(String::as_str))
                    .map_or(String::new(), |hint| format!("; {hint}"))
            }
        };
        let under = match keys.as_deref() {
            Some([key]) => format!(" under the key `{}`", Word::write(*key)),
            Some(_) => " under a key of these queries".to_owned(),
            None => String::new(),
        };
        self.complain(
            at,
            format!("no step puts the value `{text}`{under}, so no record can have it{hint}"),
        );
    }
}

/// The key that an action is about, and what it stores or looks up under it. A lookup of
/// peers stores nothing.
fn use_of(action: &Action) -> Option<(&Key, Option<Stored>)> {
    match action {
        Action::Start { query } => use_of(query),
        Action::FindPeers { key, .. } => Some((key, None)),
        Action::Get { key, .. } | Action::Put { key, .. } | Action::StoreLocal { key, .. } => {
            Some((key, Some(Stored::Record)))
        }
        Action::Provide { key, .. }
        | Action::FindProviders { key, .. }
        | Action::StoreProviderLocal { key, .. } => Some((key, Some(Stored::Providers))),
        Action::Ask { key, kind, .. } => Some((
            key,
            match kind {
                Kind::FindNode => None,
                Kind::GetValue | Kind::PutValue => Some(Stored::Record),
                Kind::GetProviders | Kind::AddProvider => Some(Stored::Providers),
            },
        )),
        _ => None,
    }
}

/// The key under which an action removes something, and what.
fn removed(action: &Action) -> Option<(&Key, Stored)> {
    match action {
        Action::RemoveLocal { key, .. } | Action::RemoveRecord { key, .. } => {
            Some((key, Stored::Record))
        }
        Action::StopProviding { key, .. } => Some((key, Stored::Providers)),
        _ => None,
    }
}

/// The key under which an action stores or announces something.
fn given(action: &Action) -> Option<&Key> {
    match action {
        Action::Start { query } => given(query),
        Action::Put { key, .. }
        | Action::StoreLocal { key, .. }
        | Action::Provide { key, .. }
        | Action::StoreProviderLocal { key, .. }
        | Action::Ask {
            key,
            kind: Kind::PutValue | Kind::AddProvider,
            ..
        } => Some(key),
        _ => None,
    }
}

/// Whether a key is a word of some length, which can be misspelt.
fn is_word(text: &str) -> bool {
    text.len() >= 4 && text.chars().all(char::is_alphabetic)
}

/// The record that an action makes.
fn value_of(action: &Action) -> Option<(&Key, &Payload)> {
    match action {
        Action::Start { query } => value_of(query),
        Action::Put { key, value, .. }
        | Action::StoreLocal { key, value, .. }
        | Action::Ask {
            key,
            value: Some(value),
            ..
        } => Some((key, value)),
        _ => None,
    }
}
