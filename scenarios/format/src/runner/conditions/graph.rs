//! Conditions on the tables of the live hosts as one graph.

use dht_harness::{
    SimError, World,
    check::Value,
    invariants::{self, oracle},
    net::HostId,
    phrase,
    world::HostStatus,
};

use crate::runner::{perform::no_arm, scenario::Runner, truth};
use crate::{
    condition::Condition,
    syntax::{Hosts, Term},
};

use super::{Fact, fact, open};

impl Runner {
    pub(super) fn graph(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Complete { hosts } => self.complete(world, hosts),
            Condition::Linked { hosts } => self.linked(world, hosts),
            _ => no_arm("graph", condition),
        }
    }

    fn complete(&self, world: &World, hosts: &Hosts) -> Result<Vec<Fact>, SimError> {
        let servers = oracle::servers(world);
        if servers.is_empty() {
            let why = "no host is a server that listens, so no table can be complete";
            return Ok(vec![open(None, why.into())]);
        }
        let ids = self.registry.ids(hosts)?;
        let mut facts = named_but_down(world, hosts, &ids);
        let live = live(world, &ids);
        if live.is_empty() && facts.is_empty() {
            let why = "none of these hosts is up, so there is no table to read";
            return Ok(vec![open(None, why.into())]);
        }
        for host in live {
            let name = Value::host(world, host);
            if servers.iter().all(|server| *server == host) {
                let why = "no other host is a server, so its table can lack none";
                facts.push(open(host, phrase!("{}: {}", name, why)));
                continue;
            }
            let missing = truth::missing_at(world, host, &servers, self.limits.bucket_size);
            let named = missing.iter().map(|peer| Value::host(world, *peer));
            let seen = if missing.is_empty() {
                phrase!("{}: no live server is missing in its table", name)
            } else {
                phrase!(
                    "{}: not in its table, although there is room: {}",
                    name,
                    Value::List(named.collect())
                )
            };
            facts.push(fact(host, missing.is_empty(), seen));
        }
        Ok(facts)
    }

    fn linked(&self, world: &World, hosts: &Hosts) -> Result<Vec<Fact>, SimError> {
        let ids = self.registry.ids(hosts)?;
        let down = named_but_down(world, hosts, &ids);
        if !down.is_empty() {
            return Ok(down);
        }
        let live = live(world, &ids);
        if live.len() < 2 {
            let why = "fewer than two of these hosts are up, so there is nothing to link";
            return Ok(vec![open(None, why.into())]);
        }
        let unlinked = invariants::unlinked(world, &live);
        if unlinked.is_empty() {
            let seen = phrase!("the tables of {} hosts are one graph", live.len());
            return Ok(vec![fact(None, true, seen)]);
        }
        let unlinked = unlinked.into_iter();
        Ok(unlinked
            .map(|unmet| fact(unmet.host, false, unmet.reason))
            .collect())
    }
}

/// The hosts that are up.
fn live(world: &World, hosts: &[HostId]) -> Vec<HostId> {
    let hosts = hosts.iter().copied();
    hosts
        .filter(|host| world.status(*host) == HostStatus::Open)
        .collect()
}

/// An open fact for each host that the list names by its own name and that is not up. Of a
/// group, of a range and of `all`, only the hosts that are up count.
fn named_but_down(world: &World, hosts: &Hosts, ids: &[HostId]) -> Vec<Fact> {
    let mut facts = Vec::new();
    for host in ids {
        let name = world.name(*host);
        let is_named = hosts
            .0
            .iter()
            .any(|term| matches!(term, Term::Named(named) if *named == name));
        if is_named && world.status(*host) != HostStatus::Open {
            let why = "is not up, so its table is not read: name hosts that are up";
            facts.push(open(
                *host,
                phrase!("{} {}", Value::host(world, *host), why),
            ));
        }
    }
    facts
}
