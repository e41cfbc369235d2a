//! What is demanded of queries.

use std::time::Duration;

use dht_harness::{
    SimError, World,
    dht::{Answer, QueryRecord},
};
use libp2p::PeerId;

use crate::runner::{queries::Asked, scenario::Runner, truth};
use crate::{
    condition::Condition,
    syntax::{Hosts, Name, Payload},
};

use super::{Fact, counted, fact};

impl Runner {
    /// What is to be said of each query of this name.
    pub(super) fn queried(
        &self,
        world: &World,
        query: &Name,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let mut facts = Vec::new();
        for asked in self.asked(query) {
            facts.extend(self.query_facts(world, &asked, query, condition)?);
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
        let host = asked.ticket.host;
        let whose = format!("{}'s query `{}`", world.name(host), query.0);
        let Some(record) = world.query(asked.ticket) else {
            return Ok(vec![fact(
                false,
                format!("{whose} is gone: its host has come back since"),
            )]);
        };
        let one = |fact: Fact| Ok(vec![fact]);
        match condition {
            Condition::Ended { .. } => {
                let ended = record.is_finished();
                let how = if ended { "has ended" } else { "is running" };
                one(fact(ended, format!("{whose} {how}")))
            }
            Condition::Succeeded { .. } => {
                let ok = record.is_finished() && record.answer().is_some_and(Answer::is_ok);
                one(fact(ok, format!("{whose}: {}", last_step(&record))))
            }
            Condition::Answer { answer, .. } => {
                let seen = record.answer().map_or("none", kind_of);
                one(fact(
                    record.is_finished() && seen == answer,
                    format!("{whose}: {}", last_step(&record)),
                ))
            }
            Condition::Found { whom, .. } => {
                self.each_among(whom, &record.peers(), |there, other| {
                    let how = if there { "has found" } else { "has not found" };
                    format!("{whose} {how} {other}")
                })
            }
            Condition::Caches { whom, .. } => {
                let named = match record.answer() {
                    Some(Answer::NoMore { cache_at }) => cache_at.as_slice(),
                    _ => &[],
                };
                self.each_among(whom, named, |there, other| {
                    let how = if there { "names" } else { "does not name" };
                    format!("{whose} {how} {other} to store the record at")
                })
            }
            Condition::Peers { count, .. } => {
                one(counted(&whose, "peers found", record.peers().len(), count))
            }
            Condition::Values { count, value, .. } => {
                let records = record.records();
                let wanted = value.as_ref().map(Payload::bytes);
                let right = records
                    .iter()
                    .all(|record| wanted.as_ref().is_none_or(|value| record.value == *value));
                let texts: Vec<_> = records
                    .iter()
                    .map(|record| String::from_utf8_lossy(&record.value).into_owned())
                    .collect();
                let number = counted(
                    &whose,
                    &format!("records found: {texts:?}"),
                    records.len(),
                    count,
                );
                one(Fact {
                    holds: number.holds && right,
                    ..number
                })
            }
            Condition::Recall { share, .. } => {
                let Some(key) = &asked.key else {
                    return Err(SimError::Other(format!(
                        "{whose} is about no key, so there is nothing to recall"
                    )));
                };
                let count = self.replication(world, host).get();
                let right = truth::closest(world, host, key, count);
                let found = record.peers();
                let missed: Vec<String> = right
                    .iter()
                    .filter(|peer| !found.contains(peer))
                    .map(|peer| world.name_of(peer))
                    .collect();
                let recall = match right.len() {
                    0 => 1.0,
                    all => (all - missed.len()) as f64 / all as f64,
                };
                one(fact(
                    share.holds(&recall),
                    format!(
                        "{whose} has a recall of {recall:.3}, without {}",
                        missed.join(", ")
                    ),
                ))
            }
            Condition::Sorted { .. } => {
                let found = record.peers();
                let sorted = asked
                    .key
                    .as_ref()
                    .is_some_and(|key| truth::is_sorted(key, &found));
                let how = if sorted { "in" } else { "not in" };
                one(fact(
                    sorted,
                    format!("{whose}: the peers found are {how} order"),
                ))
            }
            Condition::Requests { count, .. } => {
                one(counted(&whose, "requests", record.requests as usize, count))
            }
            Condition::Unanswered { count, .. } => one(counted(
                &whose,
                "requests unanswered",
                record.unanswered() as usize,
                count,
            )),
            Condition::Failures { count, .. } => {
                one(counted(&whose, "failures", record.failures as usize, count))
            }
            Condition::Steps { count, .. } => {
                one(counted(&whose, "steps", record.steps.len(), count))
            }
            Condition::Took { time, .. } => {
                let took: Option<Duration> = record.latency();
                let seen = took.map_or("no time: it has not ended".to_owned(), |took| {
                    format!("{took:?}")
                });
                one(fact(
                    took.is_some_and(|took| time.holds(&took)),
                    format!("{whose} took {seen}"),
                ))
            }
            _ => Ok(Vec::new()),
        }
    }

    /// Whether each of these hosts is among the peers, told by its name.
    fn each_among(
        &self,
        whom: &Hosts,
        peers: &[PeerId],
        told: impl Fn(bool, &str) -> String,
    ) -> Result<Vec<Fact>, SimError> {
        let actors = self.registry.all(whom)?;
        let facts = actors.iter().map(|handle| {
            let there = peers.contains(&handle.peer());
            fact(there, told(there, &handle.name()))
        });
        Ok(facts.collect())
    }
}

/// The word for a step.
fn kind_of(answer: &Answer) -> &'static str {
    match answer {
        Answer::Peers {
            timed_out: true, ..
        }
        | Answer::Bootstrap {
            timed_out: true, ..
        }
        | Answer::TimedOut => "timed-out",
        Answer::Peers { .. } => "peers",
        Answer::Bootstrap { .. } => "bootstrapped",
        Answer::Record { .. } => "record",
        Answer::NoMore { .. } => "no-more",
        Answer::NotFound => "not-found",
        Answer::Stored => "stored",
        Answer::QuorumFailed { .. } => "quorum-failed",
        Answer::Provided => "provided",
        Answer::Providers(_) => "providers",
        _ => "unknown",
    }
}

fn last_step(record: &QueryRecord) -> String {
    match record.answer() {
        Some(answer) if record.is_finished() => {
            format!("its last step is {} ({answer:?})", kind_of(answer))
        }
        Some(answer) => format!("it is running, and its latest step is {}", kind_of(answer)),
        None => "it has made no step".to_owned(),
    }
}
