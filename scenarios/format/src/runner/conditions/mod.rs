//! Evaluates the conditions of steps.

mod applications;
mod graph;
mod hosts;
mod queries;
mod replies;
mod stores;
mod tables;
mod traversal;

use dht_harness::{
    SimError, World,
    check::{Unmet, Value},
    net::HostId,
    noun, phrase,
    tap::MessageRole,
    world::HostStatus,
};

pub(super) use self::queries::outcome;
use super::{perform::message_type, scenario::Runner};
use crate::{
    condition::Condition,
    host::HostHandle,
    syntax::{Bound, Hosts},
};

/// The result of evaluating a condition: whether it holds, and what was seen.
struct Fact {
    /// The host that the result is about, if it is about one.
    host: Option<HostId>,
    holds: bool,
    /// Whether it is too early to tell. It holds neither then nor behind `not`.
    is_open: bool,
    seen: Value,
}

fn fact(host: impl Into<Option<HostId>>, holds: bool, seen: impl Into<Value>) -> Fact {
    Fact {
        host: host.into(),
        holds,
        is_open: false,
        seen: seen.into(),
    }
}

/// Things that are counted.
struct Things {
    one: &'static str,
    many: &'static str,
    /// What they are of, with, or in.
    of: Option<Value>,
}

impl Things {
    fn of(one: &'static str, many: &'static str, of: impl Into<Value>) -> Self {
        let of = Some(of.into());
        Things { one, many, of }
    }
}

impl From<(&'static str, &'static str)> for Things {
    fn from((one, many): (&'static str, &'static str)) -> Self {
        Things {
            one,
            many,
            of: None,
        }
    }
}

/// Compares a count with a bound. `whose` is the host or query that has the counted
/// things.
fn counted(
    host: impl Into<Option<HostId>>,
    whose: Value,
    things: impl Into<Things>,
    count: usize,
    bound: &Bound<u64>,
) -> Fact {
    let Things { one, many, of } = things.into();
    let noun = noun(count, one, many);
    let seen = match of {
        None => phrase!("{}: {} {}", whose, count, noun),
        Some(of) => phrase!("{}: {} {} {}", whose, count, noun, of),
    };
    fact(host, bound.holds(&(count as u64)), seen)
}

/// A fact about nothing, which holds neither as it is nor behind `not`.
fn open(host: impl Into<Option<HostId>>, why: Value) -> Fact {
    Fact {
        is_open: true,
        ..fact(host, false, why)
    }
}

/// As [`counted`], for a host.
fn counted_of(
    host: &dyn HostHandle,
    things: impl Into<Things>,
    count: usize,
    bound: &Bound<u64>,
) -> Fact {
    counted(host.id(), named(host), things, count, bound)
}

/// The name of a host, as a value for reports.
fn named(host: &dyn HostHandle) -> Value {
    Value::Host {
        host: host.id(),
        name: host.name(),
    }
}

/// Facts about tables, stores and modes. Those of a host that is down are open: it has
/// none, and one that is empty says nothing.
fn of_running(world: &World, facts: Vec<Fact>) -> Vec<Fact> {
    let is_down = |status| !matches!(status, HostStatus::Open | HostStatus::Closing);
    let why = "is down: it has no table, store or mode";
    open_where(world, facts, is_down, why)
}

/// Facts about connections, addresses and queries. Those of a host that has crashed are
/// open: they are gone with it. What a host that was closed has left is checked.
fn of_not_crashed(world: &World, facts: Vec<Fact>) -> Vec<Fact> {
    let has_crashed = |status| status == HostStatus::Crashed;
    let why = "has crashed: it has no connections, addresses or queries";
    open_where(world, facts, has_crashed, why)
}

/// The facts, of which those of hosts with such a status are open, for this reason.
fn open_where(
    world: &World,
    facts: Vec<Fact>,
    is_open: impl Fn(HostStatus) -> bool,
    why: &'static str,
) -> Vec<Fact> {
    let facts = facts.into_iter();
    facts
        .map(|fact| match fact.host {
            Some(host) if is_open(world.status(host)) => {
                open(host, phrase!("{} {}", Value::host(world, host), why))
            }
            _ => fact,
        })
        .collect()
}

/// The bytes of a key or a value of which a report shows no more than this.
const SHOWN: usize = 64;

/// The bytes of a key or a value, as text; of a long one the beginning and the length.
fn shown(bytes: &[u8]) -> Value {
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(SHOWN)]);
    match bytes.len() {
        0..=SHOWN => Value::id(format!("{text:?}")),
        length => Value::id(format!("{text:?}.. ({length} bytes)")),
    }
}

impl Runner {
    /// The hosts for which a condition does not hold, with what was seen. Empty if it
    /// holds.
    ///
    /// # Errors
    /// Returns an error if the condition cannot be evaluated.
    pub(super) fn unmet(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Unmet>, SimError> {
        // What cannot be evaluated is neither true nor false.
        self.is_undecided.set(true);
        let facts = self.facts(world, condition)?;
        if facts.is_empty() {
            return Err(SimError::Other(match condition.whole().query() {
                Some(query) => format!(
                    "the query `{0}` has not started: the step that should start it has failed, or its \
                     planned `start .. as={0}` is not due yet",
                    query.0
                ),
                None => format!("`{condition}` names no hosts"),
            }));
        }
        let mut unmet = facts.iter().filter(|fact| !fact.holds).peekable();
        let is_false = unmet.peek().is_some();
        self.is_undecided
            .set(is_false && unmet.all(|fact| fact.is_open));
        Ok(facts
            .into_iter()
            .filter(|fact| !fact.holds)
            .map(|fact| Unmet {
                host: fact.host,
                reason: fact.seen,
            })
            .collect())
    }

    fn facts(&self, world: &World, condition: &Condition) -> Result<Vec<Fact>, SimError> {
        if let Some(query) = condition.query() {
            return self.queried(world, query, condition);
        }
        if let Some(asked) = condition.reply() {
            return self.replied(asked, condition);
        }
        match condition {
            Condition::Not { inner } => {
                let facts = self.facts(world, inner)?;
                Ok(facts
                    .into_iter()
                    .map(|fact| Fact {
                        holds: !fact.holds && !fact.is_open,
                        ..fact
                    })
                    .collect())
            }
            Condition::ToldAddress { .. } | Condition::Diagnosis { .. } => {
                self.tables(world, condition)
            }
            Condition::Knows { .. }
            | Condition::KnowsFormer { .. }
            | Condition::Table { .. }
            | Condition::Bucket { .. }
            | Condition::Buckets { .. }
            | Condition::Pending { .. }
            | Condition::EntryConnected { .. }
            | Condition::EntryAddresses { .. }
            | Condition::EntryAddress { .. }
            | Condition::SameTable { .. } => Ok(of_running(world, self.tables(world, condition)?)),
            Condition::InMode { .. } => Ok(of_running(world, self.hosts(world, condition)?)),
            Condition::Holders { .. } => self.stores(condition),
            Condition::Stores { .. }
            | Condition::Records { .. }
            | Condition::Provider { .. }
            | Condition::Providers { .. }
            | Condition::Provides { .. } => Ok(of_running(world, self.stores(condition)?)),
            Condition::AppMetric { hosts, name, value } => self.metric(hosts, name, value),
            Condition::Fired { fault } => {
                let hits = self.hits(world, fault);
                let effects = noun(hits as usize, "effect", "effects");
                let seen = phrase!("{} has had {} {}", Value::id(&fault.0), hits, effects);
                Ok(vec![fact(None, hits > 0, seen)])
            }
            Condition::Complete { .. } | Condition::Linked { .. } => self.graph(world, condition),
            Condition::Asked {
                hosts,
                peers,
                kind,
                count,
            } => {
                if !world.tap_sees() {
                    return Err(SimError::Other(
                        "messages can only be counted on the mux transport: add transports = [\"mux\"]".to_owned(),
                    ));
                }
                let wanted = message_type(*kind);
                let mut facts = Vec::new();
                for (host, other) in self.registry.pairs(hosts, peers)? {
                    let sent = world.messages().map_or(0, |messages| {
                        messages
                            .iter()
                            .filter(|message| {
                                message.from == host.id()
                                    && message.to == other.id()
                                    && message.part == MessageRole::Request
                                    && message
                                        .message
                                        .as_ref()
                                        .is_some_and(|message| message.r#type() == wanted)
                            })
                            .count()
                    });
                    let requests = Things::of(
                        "request of this kind to",
                        "requests of this kind to",
                        named(&*other),
                    );
                    facts.push(counted_of(&*host, requests, sent, count));
                }
                Ok(facts)
            }
            Condition::Direct { .. } | Condition::Relayed { .. } => {
                Ok(of_not_crashed(world, self.traversal(world, condition)?))
            }
            Condition::Punches { .. }
            | Condition::FailedPunches { .. }
            | Condition::DialBacks { .. }
            | Condition::FailedDialBacks { .. }
            | Condition::Reachable { .. } => self.traversal(world, condition),
            Condition::Connected { .. }
            | Condition::Connections { .. }
            | Condition::UnderWay { .. }
            | Condition::Listeners { .. }
            | Condition::External { .. }
            | Condition::Queries { .. } => Ok(of_not_crashed(world, self.hosts(world, condition)?)),
            _ => self.hosts(world, condition),
        }
    }

    fn facts_of_each(
        &self,
        hosts: &Hosts,
        mut look: impl FnMut(&dyn HostHandle) -> Fact,
    ) -> Result<Vec<Fact>, SimError> {
        let handles = self.registry.all(hosts)?;
        Ok(handles.iter().map(|handle| look(&**handle)).collect())
    }

    fn each_pair(
        &self,
        hosts: &Hosts,
        peers: &Hosts,
        mut look: impl FnMut(&dyn HostHandle, &dyn HostHandle) -> Fact,
    ) -> Result<Vec<Fact>, SimError> {
        let pairs = self.registry.pairs(hosts, peers)?;
        Ok(pairs
            .iter()
            .map(|(host, other)| look(&**host, &**other))
            .collect())
    }
}
