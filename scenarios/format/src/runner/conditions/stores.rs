//! Conditions on record stores.

use dht_harness::{SimError, check::Value, phrase};
use libp2p::kad::{self, RecordKey};

use crate::{condition::Condition, syntax::Payload};
use crate::{
    host::HostHandle,
    runner::{perform::no_arm, scenario::Runner},
};

use super::{Fact, counted, counted_of, fact, named, open, shown};

impl Runner {
    pub(super) fn stores(&self, condition: &Condition) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Stores { hosts, key, value } => {
                let key = RecordKey::from(self.registry.key(key)?);
                let value = value.as_ref().map(Payload::bytes);
                self.facts_of_each(hosts, |host| {
                    let records = records(host);
                    let found = records.iter().find(|record| record.key == key);
                    let holds = found.is_some_and(|record| {
                        value.as_ref().is_none_or(|value| record.value == *value)
                    });
                    let seen = match found {
                        None => "no record under this key".into(),
                        Some(record) => phrase!("a record of {}", shown(&record.value)),
                    };
                    let seen = phrase!("{} holds {}", named(host), seen);
                    fact(host.id(), holds, seen)
                })
            }
            Condition::Records { hosts, count } => self.facts_of_each(hosts, |host| {
                counted_of(host, ("record", "records"), records(host).len(), count)
            }),
            Condition::Holders { hosts, key, count } => {
                let key = RecordKey::from(self.registry.key(key)?);
                let handles = self.registry.all(hosts)?;
                // Hosts that are down hold nothing, and the others are counted.
                if !handles.iter().any(|handle| has_store(&**handle)) {
                    let why = "none of these hosts has a store: they are down";
                    return Ok(vec![open(None, why.into())]);
                }
                let holders: Vec<Value> = handles
                    .iter()
                    .filter(|handle| records(&***handle).iter().any(|record| record.key == key))
                    .map(|handle| named(&**handle))
                    .collect();
                let number = holders.len();
                let whose = phrase!("held by {}", holders);
                Ok(vec![counted(None, whose, ("host", "hosts"), number, count)])
            }
            Condition::Provider { hosts, key, peers } => {
                let key = RecordKey::from(self.registry.key(key)?);
                let peers = self.registry.all(peers)?;
                let mut facts = Vec::new();
                for host in self.registry.all(hosts)? {
                    let known = providers(&*host, &key);
                    for other in &peers {
                        let there = known.contains(&other.peer());
                        let how = if there { "names" } else { "does not name" };
                        let seen =
                            phrase!("{}: its store {} {}", named(&*host), how, named(&**other));
                        facts.push(fact(host.id(), there, seen));
                    }
                }
                Ok(facts)
            }
            Condition::Providers { hosts, key, count } => {
                let key = RecordKey::from(self.registry.key(key)?);
                self.facts_of_each(hosts, |host| {
                    let number = providers(host, &key).len();
                    counted_of(
                        host,
                        ("provider of the key", "providers of the key"),
                        number,
                        count,
                    )
                })
            }
            Condition::Provides { hosts, key } => {
                let key = RecordKey::from(self.registry.key(key)?);
                self.facts_of_each(hosts, |host| {
                    let mut provided = Vec::new();
                    let _ = host.read_dht(&mut |dht| provided = dht.store().provided);
                    let there = provided.iter().any(|record| record.key == key);
                    let how = if there {
                        "provides"
                    } else {
                        "does not provide"
                    };
                    fact(host.id(), there, phrase!("{} {} the key", named(host), how))
                })
            }
            _ => no_arm("stores", condition),
        }
    }
}

fn has_store(host: &dyn HostHandle) -> bool {
    host.read_dht(&mut |_| {}).is_ok()
}

fn records(host: &dyn HostHandle) -> Vec<kad::Record> {
    let mut records = Vec::new();
    // A host that is down or scripted has no records.
    let _ = host.read_dht(&mut |dht| records = dht.store().records);
    records
}

fn providers(host: &dyn HostHandle, key: &RecordKey) -> Vec<libp2p::PeerId> {
    let mut providers = Vec::new();
    let _ = host.read_dht(&mut |dht| providers = dht.providers(key));
    providers.iter().map(|record| record.provider).collect()
}
