//! Judges what steps demand.

use std::time::Duration;

use dht_fixtures::raw::{AskError, Message};
use dht_harness::{
    SimError,
    dht::{Answer, EntryStatus, QueryRecord, TableSnapshot},
    net::HostId,
    sim::{Life, World},
    tap::Part,
};
use libp2p::kad::{self, RecordKey};

use super::{
    Actor, oracle,
    perform::{Reply, message_type},
    play::Stage,
    queries::Asked,
};
use crate::{
    condition::Condition,
    words::{Bound, Hosts, Mode, Name, Payload},
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

impl Stage {
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
            | Condition::SameTable { .. } => self.tables(world, condition),
            Condition::Stores { .. }
            | Condition::Records { .. }
            | Condition::Holders { .. }
            | Condition::Provider { .. }
            | Condition::Providers { .. }
            | Condition::Provides { .. } => self.stores(condition),
            Condition::Ended { query }
            | Condition::Succeeded { query }
            | Condition::Answer { query, .. }
            | Condition::Found { query, .. }
            | Condition::Peers { query, .. }
            | Condition::Values { query, .. }
            | Condition::Recall { query, .. }
            | Condition::Sorted { query }
            | Condition::Requests { query, .. }
            | Condition::Unanswered { query, .. }
            | Condition::Failures { query, .. }
            | Condition::Steps { query, .. }
            | Condition::Took { query, .. } => {
                let mut facts = Vec::new();
                for asked in self.asked(query) {
                    facts.extend(self.query_facts(world, &asked, query, condition)?);
                }
                Ok(facts)
            }
            Condition::Reply { asked, .. }
            | Condition::ReplyPeers { asked, .. }
            | Condition::ReplyNames { asked, .. }
            | Condition::ReplyProviders { asked, .. }
            | Condition::ReplyRecord { asked, .. } => {
                let replies = self
                    .replies
                    .borrow()
                    .get(asked)
                    .cloned()
                    .unwrap_or_default();
                let mut facts = Vec::new();
                for reply in replies {
                    facts.extend(self.reply_facts(&reply, asked, condition)?);
                }
                Ok(facts)
            }
            Condition::Fired { fault } => {
                let ids = self.faults.borrow().get(fault).cloned().unwrap_or_default();
                let bites: u64 = world
                    .fabric()
                    .faults()
                    .iter()
                    .filter(|record| ids.contains(&record.id))
                    .map(|record| record.bites)
                    .sum();
                Ok(vec![fact(
                    bites > 0,
                    format!("{} has had {bites} effects", fault.0),
                )])
            }
            Condition::Complete { hosts } => {
                let live = oracle::servers(world);
                let mut facts = Vec::new();
                for host in self.live(world, hosts)? {
                    let missing = oracle::missing_at(world, host, &live, self.limits.bucket_size);
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
                let unlinked = oracle::unlinked(world, &live);
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
                for (host, other) in self.cast.pairs(hosts, whom)? {
                    let sent = world.messages().map_or(0, |messages| {
                        messages
                            .iter()
                            .filter(|message| {
                                message.from == host.id()
                                    && message.to == other.id()
                                    && message.part == Part::Request
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
        let ids = self.cast.ids(hosts)?;
        Ok(ids
            .into_iter()
            .filter(|host| world.life(*host) == Life::Open)
            .collect())
    }

    fn facts_of_each(
        &self,
        hosts: &Hosts,
        mut look: impl FnMut(&dyn Actor, String) -> Fact,
    ) -> Result<Vec<Fact>, SimError> {
        let actors = self.cast.all(hosts)?;
        Ok(actors
            .iter()
            .map(|actor| look(&**actor, actor.name()))
            .collect())
    }

    fn each_pair(
        &self,
        hosts: &Hosts,
        whom: &Hosts,
        mut look: impl FnMut(&dyn Actor, &dyn Actor) -> Fact,
    ) -> Result<Vec<Fact>, SimError> {
        let pairs = self.cast.pairs(hosts, whom)?;
        Ok(pairs
            .iter()
            .map(|(host, other)| look(&**host, &**other))
            .collect())
    }

    fn tables(&self, world: &World, condition: &Condition) -> Result<Vec<Fact>, SimError> {
        let is = |truth: bool| if truth { "is" } else { "is not" };
        match condition {
            Condition::Knows { hosts, whom } => self.each_pair(hosts, whom, |host, other| {
                let knows = world.knows(host.id(), &other.peer());
                fact(
                    knows,
                    format!(
                        "{}: {} {} in its table",
                        host.name(),
                        other.name(),
                        is(knows)
                    ),
                )
            }),
            Condition::Table { hosts, size } => self.facts_of_each(hosts, |host, name| {
                counted(
                    &name,
                    "entries in its table",
                    world.table(host.id()).len(),
                    size,
                )
            }),
            Condition::Bucket {
                hosts,
                bucket,
                size,
            } => self.facts_of_each(hosts, |host, name| {
                let table = world.table(host.id());
                let entries = bucket_of(&table, *bucket).map_or(0, |bucket| bucket.entries.len());
                counted(&name, &format!("entries in bucket {bucket}"), entries, size)
            }),
            Condition::Buckets { hosts, size } => self.facts_of_each(hosts, |host, name| {
                let table = world.table(host.id());
                let sizes: Vec<usize> = table
                    .buckets
                    .iter()
                    .map(|bucket| bucket.entries.len())
                    .filter(|entries| *entries > 0)
                    .collect();
                let all = sizes.iter().all(|entries| size.holds(&(*entries as u64)));
                fact(all, format!("{name}: buckets of {sizes:?} entries"))
            }),
            Condition::Pending { hosts, bucket } => self.facts_of_each(hosts, |host, name| {
                let table = world.table(host.id());
                let waits = bucket_of(&table, *bucket).is_some_and(|bucket| bucket.has_pending);
                let who = if waits { "somebody" } else { "nobody" };
                fact(
                    waits,
                    format!("{name}: {who} waits for a place in bucket {bucket}"),
                )
            }),
            Condition::EntryConnected { hosts, whom } => {
                self.each_pair(hosts, whom, |host, other| {
                    let table = world.table(host.id());
                    let status = table.entry(&other.peer()).map(|entry| entry.status);
                    let seen = match status {
                        None => "is not in the table".to_owned(),
                        Some(status) => format!("is {status:?} in the table").to_lowercase(),
                    };
                    fact(
                        status == Some(EntryStatus::Connected),
                        format!("{}: {} {seen}", host.name(), other.name()),
                    )
                })
            }
            Condition::EntryAddresses { hosts, whom, count } => {
                self.each_pair(hosts, whom, |host, other| {
                    let table = world.table(host.id());
                    let addresses = table
                        .entry(&other.peer())
                        .map_or(0, |entry| entry.addresses.len());
                    counted(
                        &host.name(),
                        &format!("addresses of {}", other.name()),
                        addresses,
                        count,
                    )
                })
            }
            Condition::EntryAddress {
                hosts,
                whom,
                address,
            } => {
                let address = self.cast.address(world, address)?;
                self.each_pair(hosts, whom, |host, other| {
                    let table = world.table(host.id());
                    let wanted = address.to_string();
                    let known: Vec<String> = table
                        .entry(&other.peer())
                        .map(|entry| entry.addresses.iter().map(ToString::to_string).collect())
                        .unwrap_or_default();
                    let there = known
                        .iter()
                        .any(|known| known.split("/p2p/").next() == Some(&wanted));
                    fact(
                        there,
                        format!("{}: of {} it has {known:?}", host.name(), other.name()),
                    )
                })
            }
            Condition::SameTable { hosts, snapshot } => self.facts_of_each(hosts, |host, name| {
                let snapshots = self.snapshots.borrow();
                let Some(before) = snapshots.get(&(snapshot.clone(), host.id())) else {
                    return fact(false, format!("{name}: no snapshot of its table"));
                };
                let lines = before
                    .diff(&world.table(host.id()))
                    .lines(|peer| world.name_of(peer));
                let seen = if lines.is_empty() {
                    "the same".to_owned()
                } else {
                    lines.join("; ")
                };
                fact(
                    lines.is_empty(),
                    format!("{name}: its table against `{}`: {seen}", snapshot.0),
                )
            }),
            _ => Ok(Vec::new()),
        }
    }

    fn hosts(&self, world: &World, condition: &Condition) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Connected { hosts, whom } => self.each_pair(hosts, whom, |host, other| {
                let peer = other.peer();
                let connected = world
                    .swarm(host.id())
                    .is_some_and(|swarm| swarm.connected.contains(&peer));
                let how = if connected {
                    "connected"
                } else {
                    "not connected"
                };
                fact(
                    connected,
                    format!("{}: {how} to {}", host.name(), other.name()),
                )
            }),
            Condition::Connections { hosts, count, to } => {
                self.connections_of(world, hosts, to.as_ref(), count)
            }
            Condition::Dials { hosts, count, to } => {
                self.dials_of(world, hosts, to.as_ref(), count)
            }
            Condition::UnderWay { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let pending = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.pending as usize);
                counted(&name, "dials and handshakes under way", pending, count)
            }),
            Condition::Listeners { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let listeners = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.listeners.len());
                counted(&name, "addresses listened on", listeners, count)
            }),
            Condition::External { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let external = world
                    .swarm(host.id())
                    .map_or(0, |swarm| swarm.external.len());
                counted(&name, "external addresses", external, count)
            }),
            Condition::Sockets { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(&name, "sockets", sockets(world, host.id()), count)
            }),
            Condition::Tasks { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(&name, "tasks", world.tasks().alive(host.id()), count)
            }),
            Condition::State { hosts, state } => self.facts_of_each(hosts, |host, name| {
                let life = format!("{:?}", world.life(host.id())).to_lowercase();
                fact(life == *state, format!("{name} is {life}"))
            }),
            Condition::InMode { hosts, mode } => self.facts_of_each(hosts, |host, name| {
                let seen = world.mode(host.id());
                let holds = match mode {
                    Mode::Server => seen == Some(kad::Mode::Server),
                    Mode::Client => seen == Some(kad::Mode::Client),
                    Mode::Auto => false,
                };
                let seen = seen.map_or("without a DHT".to_owned(), |mode| format!("a {mode}"));
                fact(holds, format!("{name} is {seen}"))
            }),
            Condition::Queries { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(
                    &name,
                    "queries running",
                    world.running_queries(host.id()).len(),
                    count,
                )
            }),
            Condition::Bootstraps { hosts, count } => self.facts_of_each(hosts, |host, name| {
                let ended = world.ledger(host.id(), |ledger| {
                    let queries = ledger.queries.iter();
                    queries
                        .filter(|(_, query)| query.kind == "bootstrap" && query.is_finished())
                        .count()
                });
                counted(&name, "bootstraps ended", ended, count)
            }),
            _ => Ok(Vec::new()),
        }
    }

    fn connections_of(
        &self,
        world: &World,
        hosts: &Hosts,
        to: Option<&Hosts>,
        count: &Bound<u64>,
    ) -> Result<Vec<Fact>, SimError> {
        let Some(to) = to else {
            return self.facts_of_each(hosts, |host, name| {
                let open = world.established(host.id()).unwrap_or(0) as usize;
                counted(&name, "connections", open, count)
            });
        };
        self.each_pair(hosts, to, |host, other| {
            let peer = other.peer();
            let open = match world.established(host.id()) {
                None => 0,
                Some(_) => world.ledger(host.id(), |ledger| {
                    ledger
                        .open_connections()
                        .filter(|(_, record)| record.peer == peer)
                        .count()
                }),
            };
            counted(
                &host.name(),
                &format!("connections to {}", other.name()),
                open,
                count,
            )
        })
    }

    fn dials_of(
        &self,
        world: &World,
        hosts: &Hosts,
        to: Option<&Hosts>,
        count: &Bound<u64>,
    ) -> Result<Vec<Fact>, SimError> {
        let Some(to) = to else {
            return self.facts_of_each(hosts, |host, name| {
                let dials = world.ledger(host.id(), |ledger| ledger.dials.len());
                counted(&name, "dials", dials, count)
            });
        };
        self.each_pair(hosts, to, |host, other| {
            let peer = Some(other.peer());
            let dials = world.ledger(host.id(), |ledger| {
                ledger
                    .dials
                    .values()
                    .filter(|record| record.peer == peer)
                    .count()
            });
            counted(
                &host.name(),
                &format!("dials of {}", other.name()),
                dials,
                count,
            )
        })
    }

    fn stores(&self, condition: &Condition) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Stores { hosts, key, value } => {
                let key = RecordKey::from(self.cast.key(key)?);
                let value = value.as_ref().map(Payload::bytes);
                self.facts_of_each(hosts, |host, name| {
                    let records = records(host);
                    let found = records.iter().find(|record| record.key == key);
                    let holds = found.is_some_and(|record| {
                        value.as_ref().is_none_or(|value| record.value == *value)
                    });
                    let seen = match found {
                        None => "no record under this key".to_owned(),
                        Some(record) => {
                            format!("a record of {:?}", String::from_utf8_lossy(&record.value))
                        }
                    };
                    fact(holds, format!("{name} holds {seen}"))
                })
            }
            Condition::Records { hosts, count } => self.facts_of_each(hosts, |host, name| {
                counted(&name, "records", records(host).len(), count)
            }),
            Condition::Holders { hosts, key, count } => {
                let key = RecordKey::from(self.cast.key(key)?);
                let actors = self.cast.all(hosts)?;
                let holders: Vec<String> = actors
                    .iter()
                    .filter(|actor| records(&***actor).iter().any(|record| record.key == key))
                    .map(|actor| actor.name())
                    .collect();
                let whose = format!("held by {}", holders.join(", "));
                Ok(vec![counted(&whose, "hosts", holders.len(), count)])
            }
            Condition::Provider { hosts, key, whom } => {
                let key = RecordKey::from(self.cast.key(key)?);
                let whom = self.cast.all(whom)?;
                let mut facts = Vec::new();
                for host in self.cast.all(hosts)? {
                    let known = providers(&*host, &key);
                    for other in &whom {
                        let there = known.contains(&other.peer());
                        let how = if there { "names" } else { "does not name" };
                        facts.push(fact(
                            there,
                            format!("{}: its store {how} {}", host.name(), other.name()),
                        ));
                    }
                }
                Ok(facts)
            }
            Condition::Providers { hosts, key, count } => {
                let key = RecordKey::from(self.cast.key(key)?);
                self.facts_of_each(hosts, |host, name| {
                    counted(
                        &name,
                        "providers of the key",
                        providers(host, &key).len(),
                        count,
                    )
                })
            }
            Condition::Provides { hosts, key } => {
                let key = RecordKey::from(self.cast.key(key)?);
                self.facts_of_each(hosts, |host, name| {
                    let mut provided = Vec::new();
                    let _ = host.dht(&mut |dht| provided = dht.provided());
                    let there = provided.contains(&key);
                    let how = if there {
                        "provides"
                    } else {
                        "does not provide"
                    };
                    fact(there, format!("{name} {how} the key"))
                })
            }
            _ => Ok(Vec::new()),
        }
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
        let record = world.ledger(host, |ledger| ledger.queries.get(&asked.ticket.id).cloned());
        let Some(record) = record else {
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
                let found = record.peers();
                let actors = self.cast.all(whom)?;
                Ok(actors
                    .iter()
                    .map(|other| {
                        let there = found.contains(&other.peer());
                        let how = if there { "has found" } else { "has not found" };
                        fact(there, format!("{whose} {how} {}", other.name()))
                    })
                    .collect())
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
                let right = oracle::closest(world, host, key, count);
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
                    .is_some_and(|key| oracle::is_sorted(key, &found));
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

    fn reply_facts(
        &self,
        reply: &Reply,
        name: &Name,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let whose = format!("the answer to `{}`", name.0);
        let message = match reply {
            Some(Ok(bytes)) => Message::from_wire(bytes),
            _ => None,
        };
        let one = |fact: Fact| Ok(vec![fact]);
        match condition {
            Condition::Reply { reply: wanted, .. } => {
                let seen = match reply {
                    None => "unanswered",
                    Some(Ok(bytes)) if bytes.is_empty() => "nothing",
                    Some(Ok(_)) if message.is_some() => "message",
                    Some(Ok(_)) => "garbage",
                    Some(Err(AskError::Broken(_))) => "reset",
                    Some(Err(AskError::NotConnected | AskError::NoStream(_))) => "refused",
                    Some(Err(_)) => "unanswered",
                };
                one(fact(seen == wanted, format!("{whose}: {seen}")))
            }
            Condition::ReplyPeers { count, .. } => {
                let peers = message.map_or(0, |message| message.closer_peers.len());
                one(counted(&whose, "closer peers", peers, count))
            }
            Condition::ReplyProviders { count, .. } => {
                let peers = message.map_or(0, |message| message.provider_peers.len());
                one(counted(&whose, "providers", peers, count))
            }
            Condition::ReplyNames { whom, .. } => {
                let named: Vec<_> = message
                    .iter()
                    .flat_map(|message| &message.closer_peers)
                    .filter_map(|peer| peer.peer_id())
                    .collect();
                let actors = self.cast.all(whom)?;
                Ok(actors
                    .iter()
                    .map(|other| {
                        let there = named.contains(&other.peer());
                        let how = if there { "names" } else { "does not name" };
                        fact(there, format!("{whose} {how} {}", other.name()))
                    })
                    .collect())
            }
            Condition::ReplyRecord { value, .. } => {
                let record = message.and_then(|message| message.record);
                let wanted = value.as_ref().map(Payload::bytes);
                let holds = record.as_ref().is_some_and(|record| {
                    wanted.as_ref().is_none_or(|value| record.value == *value)
                });
                let seen = record.map_or("no record".to_owned(), |record| {
                    format!("a record of {:?}", String::from_utf8_lossy(&record.value))
                });
                one(fact(holds, format!("{whose} holds {seen}")))
            }
            _ => Ok(Vec::new()),
        }
    }
}

/// The bucket of this number, if it is not empty: 255 is the farthest.
fn bucket_of(table: &TableSnapshot, number: u64) -> Option<&dht_harness::dht::BucketView> {
    table
        .buckets
        .iter()
        .find(|bucket| bucket.range.1.ilog2().map(u64::from) == Some(number))
}

/// What the network holds of a host, substreams aside.
fn sockets(world: &World, host: HostId) -> usize {
    let census = world.census(host);
    (census.listeners + census.dials + census.accepts + census.connections) as usize
}

fn records(host: &dyn Actor) -> Vec<kad::Record> {
    let mut records = Vec::new();
    // Who is gone or scripted holds nothing.
    let _ = host.dht(&mut |dht| records = dht.records());
    records
}

fn providers(host: &dyn Actor, key: &RecordKey) -> Vec<libp2p::PeerId> {
    let mut providers = Vec::new();
    let _ = host.dht(&mut |dht| providers = dht.providers(key));
    providers.iter().map(|record| record.provider).collect()
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
        Answer::NoMore => "no-more",
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
