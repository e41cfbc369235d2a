//! Judges what steps demand.

mod applications;
mod hosts;
mod queries;
mod replies;
mod stores;
mod tables;

use dht_harness::{
    SimError, World,
    invariants::{self, oracle},
    net::HostId,
    tap::MessageRole,
    world::HostStatus,
};

use super::{perform::message_type, scenario::Runner, truth};
use crate::{
    condition::Condition,
    host::HostHandle,
    syntax::{Bound, Hosts},
};

/// Whether something is so, and what was seen.
struct Fact {
    holds: bool,
    seen: String,
}

fn fact(holds: bool, seen: impl Into<String>) -> Fact {
    Fact {
        holds,
        seen: seen.into(),
    }
}

fn counted(whose: &str, what: &str, count: usize, bound: &Bound<u64>) -> Fact {
    fact(
        bound.holds(&(count as u64)),
        format!("{whose}: {count} {what}"),
    )
}

impl Runner {
    /// Who fails a condition, and what was seen; nobody if it is true.
    ///
    /// # Errors
    /// It cannot be judged.
    pub(super) fn unmet(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<String>, SimError> {
        let facts = self.facts(world, condition)?;
        if facts.is_empty() {
            return Err(SimError::Other(format!("`{condition}` is about nobody")));
        }
        Ok(facts
            .into_iter()
            .filter(|fact| !fact.holds)
            .map(|fact| fact.seen)
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
                        holds: !fact.holds,
                        ..fact
                    })
                    .collect())
            }
            Condition::Knows { .. }
            | Condition::Table { .. }
            | Condition::Bucket { .. }
            | Condition::Buckets { .. }
            | Condition::Pending { .. }
            | Condition::EntryConnected { .. }
            | Condition::EntryAddresses { .. }
            | Condition::EntryAddress { .. }
            | Condition::ToldAddress { .. }
            | Condition::SameTable { .. } => self.tables(world, condition),
            Condition::Stores { .. }
            | Condition::Records { .. }
            | Condition::Holders { .. }
            | Condition::Provider { .. }
            | Condition::Providers { .. }
            | Condition::Provides { .. } => self.stores(condition),
            Condition::AppMetric { hosts, name, value } => self.shown(hosts, name, value),
            Condition::Fired { fault } => {
                let hits = self.hits(world, fault);
                Ok(vec![fact(
                    hits > 0,
                    format!("{} has had {hits} effects", fault.0),
                )])
            }
            Condition::Complete { hosts } => {
                let live = oracle::servers(world);
                let mut facts = Vec::new();
                for host in self.live(world, hosts)? {
                    let missing = truth::missing_at(world, host, &live, self.limits.bucket_size);
                    let seen = if missing.is_empty() {
                        format!("{}: nobody is missing in its table", world.name(host))
                    } else {
                        missing.join("; ")
                    };
                    facts.push(fact(missing.is_empty(), seen));
                }
                Ok(facts)
            }
            Condition::Linked { hosts } => {
                let live = self.live(world, hosts)?;
                let unlinked = invariants::unlinked(world, &live);
                let seen = if unlinked.is_empty() {
                    format!("the tables of {} hosts are one graph", live.len())
                } else {
                    unlinked.join("; ")
                };
                Ok(vec![fact(unlinked.is_empty(), seen)])
            }
            Condition::Asked {
                hosts,
                whom,
                kind,
                count,
            } => {
                if !world.tap_sees() {
                    return Err(SimError::Other(
                        "messages can be counted on the mux transport only: add transports = [\"mux\"]".to_owned(),
                    ));
                }
                let wanted = message_type(*kind);
                let mut facts = Vec::new();
                for (host, other) in self.registry.pairs(hosts, whom)? {
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
                    let what = format!("requests of this kind to {}", other.name());
                    facts.push(counted(&host.name(), &what, sent, count));
                }
                Ok(facts)
            }
            _ => self.hosts(world, condition),
        }
    }

    /// Those of a list that are up.
    fn live(&self, world: &World, hosts: &Hosts) -> Result<Vec<HostId>, SimError> {
        let ids = self.registry.ids(hosts)?;
        Ok(ids
            .into_iter()
            .filter(|host| world.status(*host) == HostStatus::Open)
            .collect())
    }

    fn facts_of_each(
        &self,
        hosts: &Hosts,
        mut look: impl FnMut(&dyn HostHandle, String) -> Fact,
    ) -> Result<Vec<Fact>, SimError> {
        let actors = self.registry.all(hosts)?;
        Ok(actors
            .iter()
            .map(|handle| look(&**handle, handle.name()))
            .collect())
    }

    fn each_pair(
        &self,
        hosts: &Hosts,
        whom: &Hosts,
        mut look: impl FnMut(&dyn HostHandle, &dyn HostHandle) -> Fact,
    ) -> Result<Vec<Fact>, SimError> {
        let pairs = self.registry.pairs(hosts, whom)?;
        Ok(pairs
            .iter()
            .map(|(host, other)| look(&**host, &**other))
            .collect())
    }
}
