//! Performs the actions that start queries or change tables and stores.

use std::{num::NonZeroUsize, time::Instant};

use dht_harness::{
    Sim, SimError, World,
    dht::{AnyDht, Query},
    net::HostId,
    world::QueryHandle,
};
use libp2p::kad::{self, ProviderRecord, Record, RecordKey, store};

use super::{addresses::first_dialled, perform::no_arm, scenario::Runner};
use crate::{
    action::Action,
    host::HostHandle,
    syntax::{DhtName, Hosts, Mode, Name, Quorum},
};

/// A query that a step has started.
#[derive(Clone, Debug)]
pub(super) struct Asked {
    pub(super) query: QueryHandle,
    /// The key of the query, if it has one.
    pub(super) key: Option<Vec<u8>>,
}

impl Runner {
    #[expect(
        clippy::disallowed_methods,
        reason = "virtual: read on behalf of the host"
    )]
    pub(super) fn queries(&self, sim: &mut Sim, action: &Action) -> Result<(), SimError> {
        match action {
            Action::Start { query } => self.ask_all(sim, query).map(|_| ()),
            Action::FindPeers { .. }
            | Action::Bootstrap { .. }
            | Action::Get { .. }
            | Action::Put { .. }
            | Action::Provide { .. }
            | Action::FindProviders { .. } => {
                let name = self.ask_all(sim, action)?;
                self.finish(sim, &name)
            }
            Action::Finish { query } => self.finish(sim, query),
            Action::Stop { query } => {
                for asked in self.asked(query) {
                    let host = sim.world().name(asked.query.host);
                    if sim.world().query(asked.query).is_none() {
                        return Err(SimError::QueryLost { host });
                    }
                    let handle = self.registry.handle(&host)?;
                    match asked.query.is_lan() {
                        true => sim.with_lan_dht(handle.id(), |dht| {
                            dht.stop_query(&asked.query.id);
                        })?,
                        false => handle.dht(&mut |dht| dht.stop_query(&asked.query.id))?,
                    }
                }
                Ok(())
            }
            Action::SetMode { hosts, mode } => {
                let mode = match mode {
                    Mode::Server => Some(kad::Mode::Server),
                    Mode::Client => Some(kad::Mode::Client),
                    Mode::Auto => None,
                };
                self.each(hosts, |host| host.dht(&mut |dht| dht.set_mode(mode)))
            }
            Action::AddAddress {
                hosts,
                peers,
                address,
                dht,
            } => {
                let pairs =
                    self.registry
                        .addressed_pairs(sim.world(), hosts, peers, address.as_ref())?;
                for ((host, other), address) in pairs {
                    match dht {
                        None => {
                            host.dht(&mut |dht| dht.add_address(&other.peer(), address.clone()))?
                        }
                        Some(DhtName::Lan) => sim.with_lan_dht(host.id(), |dht| {
                            dht.add_address(&other.peer(), address);
                        })?,
                    }
                }
                Ok(())
            }
            Action::RemoveAddress {
                hosts,
                peers,
                address,
            } => {
                let pairs =
                    self.registry
                        .addressed_pairs(sim.world(), hosts, peers, address.as_ref())?;
                for ((host, other), address) in pairs {
                    host.dht(&mut |dht| dht.remove_address(&other.peer(), &address))?;
                }
                Ok(())
            }
            Action::RemovePeer { hosts, peers } => {
                for (host, other) in self.registry.pairs(hosts, peers)? {
                    host.dht(&mut |dht| dht.remove_peer(&other.peer()))?;
                }
                Ok(())
            }
            Action::StopProviding { hosts, key } => {
                let key = RecordKey::from(self.registry.key(key)?);
                self.each(hosts, |host| host.dht(&mut |dht| dht.stop_providing(&key)))
            }
            Action::RemoveLocal { hosts, key } => {
                let key = RecordKey::from(self.registry.key(key)?);
                self.each(hosts, |host| host.dht(&mut |dht| dht.remove_local(&key)))
            }
            Action::RemoveRecord { hosts, key } => {
                let key = RecordKey::from(self.registry.key(key)?);
                self.each(hosts, |host| host.dht(&mut |dht| dht.remove_record(&key)))
            }
            Action::StoreLocal {
                hosts,
                key,
                value,
                ttl,
                publisher,
            } => {
                let record = Record {
                    key: self.registry.key(key)?.into(),
                    value: value.bytes(),
                    publisher: match publisher {
                        Some(publisher) => Some(self.registry.one(publisher)?.peer()),
                        None => None,
                    },
                    expires: ttl.map(|ttl| Instant::now() + ttl),
                };
                self.each(hosts, |host| {
                    stored(host, |dht| dht.store_local(record.clone()))
                })
            }
            Action::StoreProviderLocal {
                hosts,
                key,
                provider,
                ttl,
            } => {
                let key = RecordKey::from(self.registry.key(key)?);
                for provider in self.registry.all(provider)? {
                    let record = ProviderRecord {
                        key: key.clone(),
                        provider: provider.peer(),
                        expires: ttl.map(|ttl| Instant::now() + ttl),
                        addresses: self.registry.homes(sim.world(), provider.id()),
                    };
                    self.each(hosts, |host| {
                        stored(host, |dht| dht.store_provider_local(record.clone()))
                    })?;
                }
                Ok(())
            }
            _ => no_arm("queries", action),
        }
    }

    /// Adds the addresses of `peers` to the tables of `hosts`.
    pub(super) fn introduce(
        &self,
        sim: &Sim,
        hosts: &[String],
        peers: Option<&Hosts>,
    ) -> Result<(), SimError> {
        let Some(peers) = peers else { return Ok(()) };
        let peers: Vec<_> = self
            .registry
            .all(peers)?
            .iter()
            .map(|peer| {
                let homes = self.registry.homes(sim.world(), peer.id());
                (peer.id(), peer.peer(), homes)
            })
            .collect();
        for host in hosts {
            let host = self.registry.handle(host)?;
            // One call for all peers: thousands of hosts may know each other.
            let others = || peers.iter().filter(|(id, ..)| *id != host.id());
            if others().next().is_some() {
                let dials = sim.world().address_kinds(host.id());
                host.dht(&mut |dht| {
                    others().for_each(|(_, peer, homes)| {
                        dht.add_address(peer, first_dialled(homes, &dials).clone());
                    });
                })?;
            }
        }
        Ok(())
    }

    /// The queries with this name.
    pub(super) fn asked(&self, query: &Name) -> Vec<Asked> {
        self.queries
            .borrow()
            .get(query)
            .cloned()
            .unwrap_or_default()
    }

    fn each(
        &self,
        hosts: &Hosts,
        mut work: impl FnMut(&dyn HostHandle) -> Result<(), SimError>,
    ) -> Result<(), SimError> {
        self.registry
            .all(hosts)?
            .iter()
            .try_for_each(|host| work(&**host))
    }

    /// Starts a query on each host that the action names.
    fn ask_all(&self, sim: &mut Sim, action: &Action) -> Result<Name, SimError> {
        let (Some(name), Some(hosts)) = (action.query(), action.actors()) else {
            return Err(SimError::Other(format!("`{action}` is not a query")));
        };
        let is_named = matches!(action.own_query(), Some(Some(_)));
        let dht = action.dht();
        let mut all = Vec::new();
        for host in self.registry.all(hosts)? {
            let (query, key) = self.query(action)?;
            let query = match dht {
                None => host.start(sim, query)?,
                Some(DhtName::Lan) => sim.start_lan_query(host.id(), query)?,
            };
            // Pictures number the queries without a name of their own.
            if is_named {
                sim.name_query(query, &name.0);
            }
            all.push(Asked { query, key });
        }
        self.queries.borrow_mut().insert(name.clone(), all);
        Ok(name)
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "virtual: read on behalf of the host"
    )]
    fn query(&self, action: &Action) -> Result<(Query, Option<Vec<u8>>), SimError> {
        let key = match action {
            Action::FindPeers { key, .. }
            | Action::Get { key, .. }
            | Action::Put { key, .. }
            | Action::Provide { key, .. }
            | Action::FindProviders { key, .. } => Some(self.registry.key(key)?),
            Action::Bootstrap { .. } => None,
            _ => no_arm("query", action),
        };
        let bytes = key.clone().unwrap_or_default();
        let query = match action {
            Action::FindPeers { .. } => Query::ClosestPeers(bytes),
            Action::Get { .. } => Query::Get(bytes.into()),
            Action::Provide { .. } => Query::Provide(bytes.into()),
            Action::FindProviders { .. } => Query::GetProviders(bytes.into()),
            Action::Put {
                value, quorum, ttl, ..
            } => {
                let record = Record {
                    key: bytes.into(),
                    value: value.bytes(),
                    publisher: None,
                    expires: ttl.map(|ttl| Instant::now() + ttl),
                };
                Query::Put(record, quorum_of(*quorum))
            }
            Action::Bootstrap { .. } => Query::Bootstrap,
            _ => no_arm("query", action),
        };
        Ok((query, key))
    }

    fn finish(&self, sim: &mut Sim, name: &Name) -> Result<(), SimError> {
        for asked in self.asked(name) {
            sim.wait_query(asked.query)?;
        }
        Ok(())
    }

    /// The number of peers that a lookup of a host returns, according to its
    /// settings.
    pub(super) fn replication(&self, world: &World, host: HostId) -> NonZeroUsize {
        let name = world.name(host);
        self.file
            .hosts
            .iter()
            .find(|group| group.members().contains(&name))
            .map_or(kad::K_VALUE, |group| group.settings.replication)
    }
}

fn quorum_of(quorum: Option<Quorum>) -> kad::Quorum {
    match quorum {
        None | Some(Quorum::All) => kad::Quorum::All,
        Some(Quorum::One) => kad::Quorum::One,
        Some(Quorum::Majority) => kad::Quorum::Majority,
        Some(Quorum::Count(count)) => {
            NonZeroUsize::new(count as usize).map_or(kad::Quorum::One, kad::Quorum::N)
        }
    }
}

/// Calls `work` with the store of a host, and converts an error of the store.
fn stored(
    host: &dyn HostHandle,
    mut work: impl FnMut(&mut dyn AnyDht) -> Result<(), store::Error>,
) -> Result<(), SimError> {
    let mut refused = Ok(());
    host.dht(&mut |dht| refused = work(dht))?;
    refused.map_err(|error| SimError::Other(format!("{}: the store refuses: {error}", host.name())))
}
