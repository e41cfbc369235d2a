//! What is demanded of record stores.

use dht_harness::SimError;
use libp2p::kad::{self, RecordKey};

use crate::{condition::Condition, syntax::Payload};
use crate::{host::HostHandle, runner::scenario::Runner};

use super::{Fact, counted, fact};

impl Runner {
    pub(super) fn stores(&self, condition: &Condition) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Stores { hosts, key, value } => {
                let key = RecordKey::from(self.registry.key(key)?);
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
                let key = RecordKey::from(self.registry.key(key)?);
                let actors = self.registry.all(hosts)?;
                let holders: Vec<String> = actors
                    .iter()
                    .filter(|handle| records(&***handle).iter().any(|record| record.key == key))
                    .map(|handle| handle.name())
                    .collect();
                let whose = format!("held by {}", holders.join(", "));
                Ok(vec![counted(&whose, "hosts", holders.len(), count)])
            }
            Condition::Provider { hosts, key, whom } => {
                let key = RecordKey::from(self.registry.key(key)?);
                let whom = self.registry.all(whom)?;
                let mut facts = Vec::new();
                for host in self.registry.all(hosts)? {
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
                let key = RecordKey::from(self.registry.key(key)?);
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
                let key = RecordKey::from(self.registry.key(key)?);
                self.facts_of_each(hosts, |host, name| {
                    let mut provided = Vec::new();
                    let _ = host.dht(&mut |dht| provided = dht.store().provided);
                    let there = provided.iter().any(|record| record.key == key);
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
}

fn records(host: &dyn HostHandle) -> Vec<kad::Record> {
    let mut records = Vec::new();
    // Who is gone or scripted holds nothing.
    let _ = host.dht(&mut |dht| records = dht.store().records);
    records
}

fn providers(host: &dyn HostHandle, key: &RecordKey) -> Vec<libp2p::PeerId> {
    let mut providers = Vec::new();
    let _ = host.dht(&mut |dht| providers = dht.providers(key));
    providers.iter().map(|record| record.provider).collect()
}
