//! Conditions on queries.

use std::time::Duration;

use dht_harness::{
    SimError, World,
    check::Value,
    dht::{Answer, QueryRecord},
    net::HostId,
    phrase,
    world::HostStatus,
};
use libp2p::PeerId;

use crate::runner::{perform::no_arm, queries::Asked, scenario::Runner, truth};
use crate::{
    condition::Condition,
    syntax::{Bound, Compare, Hosts, Name, Outcome, Payload, Word},
};

use super::{Fact, Things, counted, fact, named, open, shown};

impl Runner {
    /// Evaluates a condition for each query with this name.
    pub(super) fn queried(
        &self,
        world: &World,
        query: &Name,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let mut facts = Vec::new();
        for asked in self.asked(query) {
            let own = self.query_facts(world, &asked, query, condition)?;
            let has_ended = world
                .query(asked.query)
                .is_some_and(|record| record.is_finished());
            facts.extend(own.into_iter().map(|fact| match has_ended {
                true => fact,
                false => while_running(world, condition, fact),
            }));
        }
        Ok(facts)
    }

    fn query_facts(
        &self,
        world: &World,
        asked: &Asked,
        query: &Name,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let host = asked.query.host;
        let whose = || {
            let name = Value::id(&query.0);
            phrase!("{}'s query `{}`", Value::host(world, host), name)
        };
        let Some(record) = world.query(asked.query) else {
            // Not a fact, which `not` would turn into a true one.
            return Err(SimError::QueryLost {
                host: world.name(host),
            });
        };
        let one = |holds: bool, seen: Value| Ok(vec![fact(host, holds, seen)]);
        let counted = |what: Things, number: usize, bound: &Bound<u64>| {
            Ok(vec![counted(host, whose(), what, number, bound)])
        };
        match condition {
            Condition::Ended { .. } => {
                let ended = record.is_finished();
                let how = if ended { "has ended" } else { "is running" };
                one(ended, phrase!("{} {}", whose(), how))
            }
            Condition::Succeeded { .. } => {
                let ok = record.is_finished() && record.answer().is_some_and(Answer::is_ok);
                one(ok, phrase!("{}: {}", whose(), last_step(&record)))
            }
            Condition::Answer { answer, .. } => {
                let seen = record.answer().and_then(outcome);
                one(
                    record.is_finished() && seen == Some(*answer),
                    phrase!("{}: {}", whose(), last_step(&record)),
                )
            }
            Condition::Found { peers, .. } => {
                self.each_among(host, peers, &record.peers(), |there, other| {
                    let how = if there { "has found" } else { "has not found" };
                    phrase!("{} {} {}", whose(), how, other)
                })
            }
            Condition::Caches { peers, .. } => {
                let named = match record.answer() {
                    Some(Answer::NoMore { cache_at }) => cache_at.as_slice(),
                    _ => &[],
                };
                self.each_among(host, peers, named, |there, other| {
                    let how = if there { "names" } else { "does not name" };
                    phrase!("{} {} {} to store the record at", whose(), how, other)
                })
            }
            Condition::Peers { count, .. } => counted(
                ("peer found", "peers found").into(),
                record.peers().len(),
                count,
            ),
            Condition::Values { count, value, .. } => {
                let records = record.records();
                let wanted = value.as_ref().map(Payload::bytes);
                let right = records
                    .iter()
                    .all(|record| wanted.as_ref().is_none_or(|value| record.value == *value));
                let values: Vec<_> = records.iter().map(|record| shown(&record.value)).collect();
                let found = phrase!("found: [{}]", values);
                let what = Things::of("record", "records", found);
                let mut facts: Vec<Fact> = counted(what, records.len(), count)?;
                for fact in &mut facts {
                    fact.holds &= right;
                }
                Ok(facts)
            }
            Condition::Recall { .. } if asked.query.is_lan() => Err(SimError::Other(format!(
                "{} is one of the second DHT, of which no recall is computed: use `found`",
                whose()
            ))),
            Condition::Recall { share, .. } => {
                let Some(key) = &asked.key else {
                    return Err(SimError::Other(format!(
                        "{} has no key, so it has no recall",
                        whose()
                    )));
                };
                let count = self.replication(world, host).get();
                let right = truth::closest(world, host, key, count);
                let found = record.peers();
                let missed = right.iter().filter(|peer| !found.contains(peer));
                let missed: Vec<_> = missed.map(|peer| Value::peer(world, peer)).collect();
                if right.is_empty() {
                    let why = "no other host is a server, so it has no recall";
                    return Ok(vec![open(host, phrase!("{}: {}", whose(), why))]);
                }
                let recall = (right.len() - missed.len()) as f64 / right.len() as f64;
                one(
                    share.holds(&recall),
                    phrase!("{} has a recall of {}, without {}", whose(), recall, missed),
                )
            }
            Condition::Sorted { .. } => {
                let found = record.peers();
                if found.len() < 2 {
                    let why = "it has found less than two peers, which have no order";
                    return Ok(vec![open(host, phrase!("{}: {}", whose(), why))]);
                }
                let sorted = asked
                    .key
                    .as_ref()
                    .is_some_and(|key| truth::is_sorted(key, &found));
                let how = if sorted { "in" } else { "not in" };
                one(
                    sorted,
                    phrase!("{}: the peers found are {} order", whose(), how),
                )
            }
            Condition::Requests { count, .. } => counted(
                ("request", "requests").into(),
                record.requests as usize,
                count,
            ),
            Condition::Unanswered { count, .. } => counted(
                ("request unanswered", "requests unanswered").into(),
                record.unanswered() as usize,
                count,
            ),
            Condition::Failures { count, .. } => counted(
                ("failure", "failures").into(),
                record.failures as usize,
                count,
            ),
            Condition::Steps { count, .. } => {
                counted(("step", "steps").into(), record.steps.len(), count)
            }
            Condition::Took { time, .. } => {
                let took: Option<Duration> = record.latency();
                let seen = took.map_or("no time".into(), Value::from);
                one(
                    took.is_some_and(|took| time.holds(&took)),
                    phrase!("{} took {}", whose(), seen),
                )
            }
            _ => no_arm("query_facts", condition),
        }
    }

    /// Whether each of these hosts is among the peers that a query of `asker` has
    /// found.
    fn each_among(
        &self,
        asker: HostId,
        hosts: &Hosts,
        peers: &[PeerId],
        told: impl Fn(bool, Value) -> Value,
    ) -> Result<Vec<Fact>, SimError> {
        let handles = self.registry.all(hosts)?;
        let facts = handles.iter().map(|handle| {
            let there = peers.contains(&handle.peer());
            fact(asker, there, told(there, named(&**handle)))
        });
        Ok(facts.collect())
    }
}

/// A fact about a query that has not ended. What its end decides is open until then, and
/// so is what has not happened yet; what has happened is certain.
fn while_running(world: &World, condition: &Condition, fact: Fact) -> Fact {
    let is_certain = match condition {
        Condition::Ended { .. } => true,
        Condition::Found { .. } => fact.holds,
        // The records so far are those that a caller has been given.
        Condition::Values { count, .. } => fact.holds && count.value > 0,
        Condition::Peers { count, .. }
        | Condition::Requests { count, .. }
        | Condition::Unanswered { count, .. }
        | Condition::Failures { count, .. }
        | Condition::Steps { count, .. } => match count.compare {
            Compare::AtLeast | Compare::More => fact.holds,
            Compare::AtMost | Compare::Less => !fact.holds,
            Compare::Equal => false,
        },
        _ => false,
    };
    if is_certain {
        return fact;
    }
    let why = match fact.host.map(|host| world.status(host)) {
        Some(HostStatus::Open | HostStatus::Closing) | None => "it has not ended",
        Some(_) => "it has not ended, and its host is down",
    };
    Fact {
        holds: false,
        is_open: true,
        seen: phrase!("{}: {}", fact.seen, why),
        ..fact
    }
}

/// The kind of an answer in scenario files. `None` for one that libp2p has added.
pub(in crate::runner) fn outcome(answer: &Answer) -> Option<Outcome> {
    Some(match answer {
        Answer::Peers {
            timed_out: true, ..
        }
        | Answer::Bootstrap {
            timed_out: true, ..
        }
        | Answer::TimedOut => Outcome::TimedOut,
        Answer::Peers { .. } => Outcome::Peers,
        Answer::Bootstrap { .. } => Outcome::Bootstrapped,
        Answer::Record { .. } => Outcome::Record,
        Answer::NoMore { .. } => Outcome::NoMore,
        Answer::NotFound => Outcome::NotFound,
        Answer::Stored => Outcome::Stored,
        Answer::QuorumFailed { .. } => Outcome::QuorumFailed,
        Answer::Provided => Outcome::Provided,
        Answer::Providers(_) => Outcome::Providers,
        _ => return None,
    })
}

fn last_step(record: &QueryRecord) -> String {
    let word = |answer| outcome(answer).map_or("unknown".to_owned(), |outcome| outcome.write());
    match record.answer() {
        Some(answer) if record.is_finished() => {
            format!("its last step is {} ({answer})", word(answer))
        }
        Some(answer) => format!("it is running, and its latest step is {}", word(answer)),
        None => "it has made no step".to_owned(),
    }
}
