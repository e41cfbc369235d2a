//! Failures of queries, dials and requests that no line reads.

use std::collections::{BTreeMap, BTreeSet};

use dht_harness::World;

use super::{conditions::outcome, queries::Asked, scenario::Runner};
use crate::{
    action::Action,
    condition::Condition,
    file::ScenarioFile,
    step::Fails,
    syntax::{Hosts, Key, Name, Outcome, Word},
};

/// A line that has started queries.
#[derive(Debug)]
pub(super) struct StartedQueries {
    /// The index of the step. `None` if the line is planned.
    pub(super) step: Option<usize>,
    /// The line.
    pub(super) action: Action,
    /// Its queries.
    pub(super) queries: Vec<Asked>,
}

/// Failures that are alike: of lines with the same verb, each with the same outcome.
struct Alike {
    /// The number of the first line among those that have started queries.
    number: usize,
    /// The first line.
    first: String,
    /// What has come of it, and what to write.
    told: String,
    /// How many further lines there are.
    more: usize,
}

impl Runner {
    /// Records the queries that a line has started.
    pub(super) fn note_started(&self, step: Option<usize>, action: &Action) {
        if let Some(name) = action.query() {
            self.started.borrow_mut().push(StartedQueries {
                step,
                action: action.clone(),
                queries: self.asked(&name),
            });
        }
    }

    /// The lines whose queries, dials or requests have failed, where no line reads what has come
    /// of them.
    pub(super) fn unread(&self, world: &World) -> Vec<String> {
        let readers = Readers::of(&self.file);
        // A map of std with random keys would change the order of those that the run makes later.
        let mut alike: BTreeMap<(String, Outcome), Alike> = BTreeMap::new();
        for (number, line) in self.started.borrow().iter().enumerate() {
            let (Some(name), Some(failure)) = (line.action.query(), failure(world, line)) else {
                continue;
            };
            if readers.reads(line, &name) {
                continue;
            }
            let verb = line.action.started().kind().to_string();
            if let Some(known) = alike.get_mut(&(verb.clone(), failure)) {
                known.more += 1;
                continue;
            }
            let outcome = failure.write();
            let told = format!(
                "it ends with {outcome}, and no line reads that; add `expect answer {0} {outcome}` \
                 after it if that is meant",
                name.0
            );
            let first = at_place(&line.action, line.step);
            let found = Alike {
                number,
                first,
                told,
                more: 0,
            };
            alike.insert((verb, failure), found);
        }
        let mut alike: Vec<Alike> = alike.into_values().collect();
        alike.sort_by_key(|alike| alike.number);
        let queries = alike.into_iter().map(|alike| match alike.more {
            0 => format!("{}: {}", alike.first, alike.told),
            more => format!("{}, and {more} more: {}", alike.first, alike.told),
        });
        queries.chain(self.never_connected(world)).collect()
    }

    /// The dials and requests that do not wait, of hosts that have never been connected, in a file
    /// without a line about connections.
    fn never_connected(&self, world: &World) -> Vec<String> {
        let mut steps = self.file.steps.iter();
        if steps.any(|step| step.action.condition().is_some_and(is_of_connections)) {
            return Vec::new();
        }
        let steps = self.file.steps.iter().enumerate();
        let steps = steps.map(|(index, step)| (&step.action, Some(index)));
        let planned = self.file.faults.iter().map(|fault| (&fault.action, None));
        let told = planned.chain(steps).filter_map(|(action, step)| {
            let (from, to) = match action {
                Action::StartConnect { from, to } => (from, to),
                Action::Request { hosts, peers } => (hosts, peers),
                _ => return None,
            };
            let (one, other) = self.apart(world, from, to)?;
            Some(format!(
                "{}: `{one}` has never been connected to `{other}`, and no line is about that; add \
                 `expect not connected {one} {other}` if that is meant",
                at_place(action, step)
            ))
        });
        told.collect()
    }

    /// The first pair of hosts without a connection in the whole run.
    fn apart(&self, world: &World, from: &Hosts, to: &Hosts) -> Option<(String, String)> {
        let others = self.registry.reported(to);
        self.registry.reported(from).iter().find_map(|host| {
            let met: BTreeSet<_> = world.swarm_log(host.id(), |log| {
                let connections = log.connections.values();
                connections.map(|connection| connection.peer).collect()
            });
            let mut others = others.iter().filter(|other| other.id() != host.id());
            let other = others.find(|other| !met.contains(&other.peer()))?;
            Some((host.name(), other.name()))
        })
    }
}

/// What the lines of a file read of its queries.
struct Readers {
    /// Whether a later step reads the queries of each step.
    steps: Vec<bool>,
    /// The names that a condition is about.
    names: BTreeSet<String>,
}

impl Readers {
    fn of(file: &ScenarioFile) -> Self {
        let mut names = BTreeSet::new();
        let mut keys: BTreeSet<String> = BTreeSet::new();
        let stored: Option<BTreeSet<String>> = all_stored(file);
        // From the end: what is read later, and not of a later query of the same name.
        let mut read: BTreeSet<String> = BTreeSet::new();
        let mut steps = vec![false; file.steps.len()];
        for (index, step) in file.steps.iter().enumerate().rev() {
            if let Action::Stop { query } = &step.action {
                read.insert(query.0.clone());
            }
            if let Some(condition) = step.action.condition().map(Condition::whole) {
                if let Some(name) = condition.query() {
                    read.insert(name.0.clone());
                    names.insert(name.0.clone());
                }
                keys.extend(key_of(condition).map(Word::write));
            }
            let Some(name) = step.action.query() else {
                continue;
            };
            let is_read = read.contains(&name.0);
            let has_to_fail = matches!(step.fails, Fails::Somehow | Fails::With(_));
            steps[index] = has_to_fail
                || match step.action.started() {
                    Action::Put { key, .. } | Action::Provide { key, .. } => {
                        is_read || keys.contains(&key.write())
                    }
                    Action::Get { key, .. } | Action::FindProviders { key, .. } => {
                        // What is found has been stored.
                        keys.extend(is_read.then(|| key.write()));
                        let is_vain = stored
                            .as_ref()
                            .is_some_and(|all| !all.contains(&key.write()));
                        is_read || is_vain
                    }
                    _ => is_read,
                };
            if step.fails != Fails::Maybe {
                read.remove(&name.0);
            }
        }
        Readers { steps, names }
    }

    /// Whether a line reads what has come of these queries, which have this name.
    fn reads(&self, line: &StartedQueries, name: &Name) -> bool {
        match line.step {
            Some(step) => self.steps[step],
            None => self.names.contains(&name.0),
        }
    }
}

/// How the first of these queries that has failed has ended.
fn failure(world: &World, line: &StartedQueries) -> Option<Outcome> {
    line.queries.iter().find_map(|asked| {
        let record = world.query(asked.query)?;
        let answer = record.answer().filter(|_| record.is_finished())?;
        outcome(answer).filter(|_| !answer.is_ok())
    })
}

/// A line and where it stands.
fn at_place(action: &Action, step: Option<usize>) -> String {
    match step {
        Some(index) => format!("`{action}`, step {}", index + 1),
        None => format!("`{action}`, which is planned"),
    }
}

/// The keys under which a line may store something. `None` if these may be any.
fn all_stored(file: &ScenarioFile) -> Option<BTreeSet<String>> {
    let planned = file.faults.iter().map(|fault| &fault.action);
    let steps = file.steps.iter().map(|step| &step.action);
    let keys = planned
        .chain(steps)
        .filter_map(|action| match action.started() {
            Action::Put { key, .. }
            | Action::Provide { key, .. }
            | Action::StoreLocal { key, .. }
            | Action::StoreProviderLocal { key, .. }
            | Action::Ask { key, .. } => Some(Some(key.write())),
            Action::Send { .. } | Action::AppCommand { .. } => Some(None),
            Action::SetScript { script, .. } => {
                script.kind().gives_what_no_line_stores().then_some(None)
            }
            _ => None,
        });
    let mut scripts = file.hosts.iter().filter_map(|group| group.script.as_ref());
    let are_known = !scripts.any(|script| script.kind().gives_what_no_line_stores());
    keys.collect::<Option<BTreeSet<String>>>()
        .filter(|_| are_known)
}

/// The key that a condition on stores is about.
fn key_of(condition: &Condition) -> Option<&Key> {
    match condition {
        Condition::Stores { key, .. }
        | Condition::Holders { key, .. }
        | Condition::Provider { key, .. }
        | Condition::Providers { key, .. }
        | Condition::Provides { key, .. } => Some(key),
        _ => None,
    }
}

/// Whether a condition shows that hosts are, or were, not connected.
fn is_of_connections(condition: &Condition) -> bool {
    matches!(
        condition.whole(),
        Condition::Connected { .. }
            | Condition::Connections { .. }
            | Condition::Direct { .. }
            | Condition::Relayed { .. }
            | Condition::UnderWay { .. }
            | Condition::Sockets { .. }
            | Condition::InboundFailures { .. }
            | Condition::RequestAnswers { .. }
            | Condition::Dials { .. }
            | Condition::Knows { .. }
            | Condition::Table { .. }
    )
}
