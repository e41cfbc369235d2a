//! Checks the queries, replies, faults and snapshots that lines refer to.

use std::ops::Range;

use indexmap::{IndexMap, IndexSet};

use super::{Validator, effects::is_lasting};
use crate::{
    action::{Action, LAST},
    condition::Condition,
    query_kind::{QueryKind, RequestKind},
    syntax::{Hosts, Key, Name, Quorum, hint},
};

/// What the lines so far have named.
#[derive(Default)]
pub(super) struct Names {
    /// Whether the lines are planned faults. When they take place is not known.
    pub(super) planned: bool,
    /// The repetition that the present step belongs to, and the number of the repetition.
    pub(super) repetition: Option<(Range<usize>, usize)>,
    queries: Meanings<Started>,
    replies: Meanings<RequestKind>,
    faults: Meanings<()>,
    /// The queries that a line has looked at or waited for since they were started.
    seen: IndexSet<Name>,
    /// The faults of steps that are healed.
    healed: IndexSet<Name>,
    /// The hosts whose tables are recorded.
    snapshots: Meanings<Vec<String>>,
}

/// A query that a line starts.
pub(super) struct Started {
    pub(super) kind: QueryKind,
    pub(super) hosts: Hosts,
    /// The host whose id is the key.
    pub(super) target: Option<String>,
    /// The key of a `get`.
    pub(super) record: Option<Key>,
    /// The number of peers that have to confirm a `put`.
    pub(super) quorum: Option<Quorum>,
    /// Whether a step has waited for its end.
    pub(super) has_ended: bool,
}

/// What each name may stand for.
struct Meanings<T>(IndexMap<Name, Meaning<T>>);

/// What a name may stand for: any of the planned lines, and what the latest step says.
struct Meaning<T> {
    planned: Vec<T>,
    stepped: Vec<T>,
    /// The repetition whose steps define it, and the number of the latest.
    repetition: Option<(Range<usize>, usize)>,
    /// Whether several numbers of this repetition do.
    is_spread: bool,
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
            repetition: None,
            is_spread: false,
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

    /// Records the repetition whose step has defined a name.
    fn repeat(&mut self, name: &Name, present: Option<&(Range<usize>, usize)>) {
        let Some(entry) = self.0.get_mut(name) else {
            return;
        };
        entry.is_spread = match (&entry.repetition, present) {
            (Some((before, number)), Some((range, other))) if before == range => {
                entry.is_spread || number != other
            }
            _ => false,
        };
        entry.repetition = present.cloned();
    }

    /// The problem of a name that stands for the last of several that a repetition defines.
    /// `last` says so.
    fn spread(&self, name: &Name, present: Option<&(Range<usize>, usize)>) -> Option<String> {
        let entry = self.0.get(name).filter(|entry| entry.is_spread)?;
        let (range, _) = entry.repetition.as_ref()?;
        let is_inside = present.is_some_and(|(present, _)| present == range);
        (!is_inside && name.0 != LAST).then(|| {
            format!(
                "each number of a repetition defines `{0}`, and here only the last one is meant: \
                 write `as={0}{{i}}` in the repetition, with as = \"i\"",
                name.0
            )
        })
    }

    fn of(&self, name: &Name) -> impl Iterator<Item = &T> {
        let meaning = self.0.get(name).into_iter();
        meaning.flat_map(|meaning| meaning.planned.iter().chain(&meaning.stepped))
    }

    /// Whether a planned line defines the name.
    fn is_planned(&self, name: &Name) -> bool {
        let meaning = self.0.get(name);
        meaning.is_some_and(|meaning| !meaning.planned.is_empty())
    }

    /// Whether each meaning satisfies a predicate, and there is one.
    fn all(&self, name: &Name, is: impl Fn(&T) -> bool) -> bool {
        self.0.contains_key(name) && self.of(name).all(is)
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

impl Meanings<Started> {
    /// Records that a step has waited for the queries that steps have started.
    fn settle(&mut self, name: &Name) {
        if let Some(meaning) = self.0.get_mut(name) {
            for started in &mut meaning.stepped {
                started.has_ended = true;
            }
        }
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

/// The host whose id a lookup of peers is about.
fn target(action: &Action) -> Option<String> {
    match action {
        Action::Start { query } => target(query),
        Action::FindPeers {
            key: Key::Peer(host),
            ..
        } => Some(host.clone()),
        _ => None,
    }
}

/// The key of the records that a query looks for.
fn record(action: &Action) -> Option<Key> {
    match action {
        Action::Start { query } => record(query),
        Action::Get { key, .. } => Some(key.clone()),
        _ => None,
    }
}

/// The quorum of a query that stores a record.
fn quorum(action: &Action) -> Option<Quorum> {
    match action {
        Action::Start { query } => quorum(query),
        Action::Put { quorum, .. } => Some(quorum.unwrap_or(Quorum::All)),
        _ => None,
    }
}

impl Validator<'_> {
    /// The queries that a name may stand for.
    pub(super) fn started(&self, query: &Name) -> impl Iterator<Item = &Started> {
        self.names.queries.of(query)
    }

    /// The keys of the records that queries of this name look for. `None` if that of one of
    /// them is not known.
    pub(super) fn looked_up(&self, query: &Name) -> Option<Vec<&Key>> {
        let started = self.names.queries.of(query);
        let keys: Option<Vec<&Key>> = started.map(|started| started.record.as_ref()).collect();
        keys.filter(|keys| !keys.is_empty())
    }

    /// Checks the names that an action refers to, and adds those that it defines.
    /// `may_fail` says that the action may take no effect.
    pub(super) fn names(&mut self, action: &Action, may_fail: bool, at: &Range<usize>) {
        match action {
            Action::Expect { condition }
            | Action::Eventually { condition, .. }
            | Action::Always { condition, .. } => self.condition(condition, false, at),
            Action::Finish { query } | Action::Stop { query } => {
                self.names.seen.insert(query.clone());
                let unknown = self.names.queries.unknown("query", query);
                let has_ended = !self.names.planned
                    && self.names.queries.all(query, |started| started.has_ended);
                let ended = has_ended.then(|| {
                    format!(
                        "an earlier step has waited for the query `{}`, which has ended: remove \
                         this line, or begin the query with `start`",
                        query.0
                    )
                });
                let spread = self.spread_query(query);
                self.maybe(at, unknown.or(ended).or(spread));
                if matches!(action, Action::Finish { .. }) && !may_fail {
                    self.names.queries.settle(query);
                }
            }
            Action::Heal { fault } => self.heal(fault, may_fail, at),
            Action::HealAll {} | Action::Recover { .. } if !may_fail && !self.names.planned => {
                let faults = self.names.faults.0.keys();
                self.names.healed = faults.cloned().collect();
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
        self.replied(action, at);
        let planned = self.names.planned;
        if let (Some(name), Some(kind), Some(hosts)) =
            (action.query(), QueryKind::of(action), action.actors())
        {
            let started = Started {
                kind,
                hosts: hosts.clone(),
                target: target(action),
                record: record(action),
                quorum: quorum(action),
                has_ended: action.waits() && !may_fail,
            };
            let present = self.names.repetition.clone();
            self.started_twice(&name, &started, may_fail, at);
            self.names
                .queries
                .add(name.clone(), started, planned, !may_fail);
            self.names.queries.repeat(&name, present.as_ref());
        }
        if let Some(name) = action.reply() {
            let request = self.request(action);
            let present = self.names.repetition.clone();
            self.names
                .replies
                .add(name.clone(), request, planned, !may_fail);
            self.names.replies.repeat(&name, present.as_ref());
        }
        if let Some(name) = action.fault_id() {
            if self.names.faults.is_planned(name) {
                self.complain(
                    at,
                    format!(
                        "a planned fault is called `{0}` already, so that `heal` and \
                         `fired` could not tell them apart: write another `id`",
                        name.0
                    ),
                );
            }
            let in_force = !self.names.planned
                && self.names.faults.0.contains_key(name)
                && !self.names.faults.is_planned(name)
                && !self.names.healed.contains(name)
                && is_lasting(action);
            if in_force {
                self.complain(
                    at,
                    format!(
                        "the fault `{0}` may be in force still, so that `heal` and `fired` could not \
                         tell both apart: write another `id`, or `heal {0}` before this line",
                        name.0
                    ),
                );
            }
            self.names.healed.swap_remove(name);
            self.names.faults.add(name.clone(), (), planned, false);
        }
    }

    /// Reports a query that takes the name of one that no line has looked at.
    fn started_twice(&mut self, name: &Name, next: &Started, may_fail: bool, at: &Range<usize>) {
        let earlier = self.names.queries.0.get(name);
        let of_all = |is: &dyn Fn(&Started) -> bool| {
            earlier.is_some_and(|earlier| {
                !earlier.stepped.is_empty() && earlier.stepped.iter().all(is)
            })
        };
        let runs = of_all(&|started| !started.has_ended) && !next.has_ended;
        // In a repetition the last one may be meant.
        let is_over = of_all(&|started| started.has_ended) && self.names.repetition.is_none();
        let is_named = name.0 != LAST && !self.names.planned && !may_fail;
        if (runs || is_over) && is_named && !self.names.seen.contains(name) {
            let remedy = match runs {
                true => format!("`finish {0}` before this line", name.0),
                false => format!("a condition on `{0}` before this line", name.0),
            };
            self.complain(
                at,
                format!(
                    "an earlier query is called `{0}`, and no line has looked at it: write another \
                     `as`, or {remedy}",
                    name.0
                ),
            );
        }
        self.names.seen.swap_remove(name);
    }

    fn spread_query(&self, query: &Name) -> Option<String> {
        let names = &self.names;
        names.queries.spread(query, names.repetition.as_ref())
    }

    /// Checks that a fault is in force when it is healed.
    fn heal(&mut self, fault: &Name, may_fail: bool, at: &Range<usize>) {
        let unknown = self.names.faults.unknown("fault", fault);
        let planned = self.names.planned || self.names.faults.is_planned(fault);
        let is_healed = !planned && self.names.healed.contains(fault);
        let healed = is_healed.then(|| {
            format!(
                "the fault `{}` is healed already: remove this line, or inject the fault again before it",
                fault.0
            )
        });
        self.maybe(at, unknown.or(healed));
        if !planned && !may_fail {
            self.names.healed.insert(fault.clone());
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

    fn condition(&mut self, condition: &Condition, negated: bool, at: &Range<usize>) {
        match condition {
            Condition::Not { inner } => self.condition(inner, !negated, at),
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
            self.names.seen.insert(query.clone());
            let unknown = self.names.queries.unknown("query", query);
            let unknown = unknown.or_else(|| self.spread_query(query));
            let objection = objection(self.names.queries.of(query), |started| {
                let of_kind = started.kind.objection(&query.0, condition);
                of_kind.or_else(|| self.decided(query, started, condition, negated))
            });
            self.maybe(at, unknown.or(objection));
        }
        if let Some(asked) = condition.reply() {
            let names = &self.names;
            let unknown = names.replies.unknown("reply", asked);
            let unknown =
                unknown.or_else(|| names.replies.spread(asked, names.repetition.as_ref()));
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
