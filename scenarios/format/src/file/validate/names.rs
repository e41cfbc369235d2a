//! Checks the queries, replies, faults and snapshots that lines refer to.

use std::ops::Range;

use indexmap::{IndexMap, IndexSet};

use super::Validator;
use crate::{
    action::Action,
    condition::Condition,
    query_kind::{QueryKind, RequestKind},
    syntax::{Name, hint},
};

/// What the lines so far have named.
#[derive(Default)]
pub(super) struct Names {
    /// Whether the lines are planned faults. When they take place is not known.
    pub(super) planned: bool,
    queries: Meanings<QueryKind>,
    replies: Meanings<RequestKind>,
    faults: Meanings<()>,
    /// The hosts whose tables are recorded.
    snapshots: Meanings<Vec<String>>,
}

/// What each name may stand for.
struct Meanings<T>(IndexMap<Name, Meaning<T>>);

/// What a name may stand for: any of the planned lines, and what the latest step says.
struct Meaning<T> {
    planned: Vec<T>,
    stepped: Vec<T>,
}

impl<T> Default for Meanings<T> {
    fn default() -> Self {
        Meanings(IndexMap::new())
    }
}

impl<T> Meanings<T> {
    /// Adds a meaning, which replaces those of earlier steps if `replaces`.
    fn add(&mut self, name: Name, meaning: T, planned: bool, replaces: bool) {
        let entry = self.0.entry(name).or_insert_with(|| Meaning {
            planned: Vec::new(),
            stepped: Vec::new(),
        });
        if planned {
            entry.planned.push(meaning);
        } else {
            if replaces {
                entry.stepped.clear();
            }
            entry.stepped.push(meaning);
        }
    }

    fn of(&self, name: &Name) -> impl Iterator<Item = &T> {
        let meaning = self.0.get(name).into_iter();
        meaning.flat_map(|meaning| meaning.planned.iter().chain(&meaning.stepped))
    }

    /// The problem of a name that has no meaning.
    fn unknown(&self, what: &str, name: &Name) -> Option<String> {
        if self.0.contains_key(name) {
            return None;
        }
        let known = self.0.keys().map(|known| known.0.as_str());
        let hint = hint(&name.0, known).map_or(String::new(), |hint| format!("; {hint}"));
        Some(format!(
            "no earlier step defines the {what} `{}`{hint}",
            name.0
        ))
    }
}

/// The objection that holds for each meaning. `None` if one of them has none.
fn objection<'a, T: 'a>(
    meanings: impl Iterator<Item = &'a T>,
    object: impl Fn(&T) -> Option<String>,
) -> Option<String> {
    let objections: Option<Vec<String>> = meanings.map(object).collect();
    objections?.pop()
}

impl Validator<'_> {
    /// Checks the names that an action refers to, and adds those that it defines.
    /// `may_fail` says that the action may take no effect.
    pub(super) fn names(&mut self, action: &Action, may_fail: bool, at: &Range<usize>) {
        match action {
            Action::Expect { condition }
            | Action::Eventually { condition, .. }
            | Action::Always { condition, .. } => self.condition(condition, at),
            Action::Finish { query } | Action::Stop { query } => {
                self.maybe(at, self.names.queries.unknown("query", query));
            }
            Action::Heal { fault } => {
                self.maybe(at, self.names.faults.unknown("fault", fault));
            }
            Action::Snapshot { name, hosts } => {
                let hosts = self.members(hosts);
                let planned = self.names.planned;
                self.names
                    .snapshots
                    .add(name.clone(), hosts, planned, false);
            }
            _ => {}
        }
        let planned = self.names.planned;
        if let (Some(name), Some(kind)) = (action.query(), QueryKind::of(action)) {
            self.names.queries.add(name, kind, planned, !may_fail);
        }
        if let Some(name) = action.reply() {
            let request = self.request(action);
            self.names.replies.add(name, request, planned, !may_fail);
        }
        if let Some(name) = action.fault_id() {
            self.names.faults.add(name.clone(), (), planned, false);
        }
    }

    fn request(&self, action: &Action) -> RequestKind {
        match action {
            Action::Ask { peers, kind, .. } => {
                let scripted = |host: &String| self.is_scripted(host) != Some(false);
                match self.members(peers).iter().any(scripted) {
                    true => RequestKind::Any,
                    false => RequestKind::Message(*kind),
                }
            }
            _ => RequestKind::Any,
        }
    }

    fn condition(&mut self, condition: &Condition, at: &Range<usize>) {
        match condition {
            Condition::Not { inner } => self.condition(inner, at),
            Condition::Fired { fault } => {
                self.maybe(at, self.names.faults.unknown("fault", fault));
            }
            Condition::SameTable { hosts, snapshot } => {
                let recorded: IndexSet<&String> =
                    self.names.snapshots.of(snapshot).flatten().collect();
                let hosts = self.members(hosts);
                let lacking = hosts.iter().find(|host| !recorded.contains(host));
                let problem = match self.names.snapshots.unknown("snapshot", snapshot) {
                    Some(unknown) => Some(unknown),
                    None => lacking.map(|host| {
                        format!(
                            "the snapshot `{0}` does not hold the table of `{host}`: \
                             add `snapshot {host} {0}` before this step",
                            snapshot.0
                        )
                    }),
                };
                self.maybe(at, problem);
            }
            _ => {}
        }
        if let Some(query) = condition.query() {
            let unknown = self.names.queries.unknown("query", query);
            let objection = objection(self.names.queries.of(query), |kind| {
                kind.objection(&query.0, condition)
            });
            self.maybe(at, unknown.or(objection));
        }
        if let Some(asked) = condition.reply() {
            let unknown = self.names.replies.unknown("reply", asked);
            let objection = objection(self.names.replies.of(asked), |request| {
                request.objection(&asked.0, condition)
            });
            self.maybe(at, unknown.or(objection));
        }
    }

    pub(super) fn maybe(&mut self, at: &Range<usize>, problem: Option<String>) {
        if let Some(text) = problem {
            self.complain(at, text);
        }
    }
}
