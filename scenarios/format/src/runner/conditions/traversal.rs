//! Conditions on relayed and direct connections, hole punches and AutoNAT.

use std::collections::BTreeMap;

use dht_fixtures::traversal::{Reachability as Seen, TraversalLog};
use dht_harness::{SimError, World, check::Value, net::HostId, phrase};
use libp2p::PeerId;

use super::{Fact, fact, named};
use crate::{
    condition::Condition,
    runner::{
        perform::{fixture, no_arm},
        scenario::Runner,
    },
    syntax::{Hosts, Reachability, Word},
};

impl Runner {
    pub(super) fn traversal(
        &self,
        world: &World,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        match condition {
            Condition::Direct { hosts, peers } => self.ways(world, hosts, peers, false),
            Condition::Relayed { hosts, peers } => self.ways(world, hosts, peers, true),
            Condition::Punches { hosts, count, to } => {
                let logs = self.traversal_logs(hosts)?;
                self.tallied(
                    hosts,
                    to.as_ref(),
                    ("hole punched", "holes punched", "to"),
                    count,
                    |host, peer| ended(&logs[&host].punches, peer, true),
                )
            }
            Condition::FailedPunches { hosts, count, to } => {
                let logs = self.traversal_logs(hosts)?;
                self.tallied(
                    hosts,
                    to.as_ref(),
                    ("hole given up", "holes given up", "to"),
                    count,
                    |host, peer| ended(&logs[&host].punches, peer, false),
                )
            }
            Condition::DialBacks { hosts, count, from } => {
                let logs = self.traversal_logs(hosts)?;
                self.tallied(
                    hosts,
                    from.as_ref(),
                    ("address dialled back", "addresses dialled back", "by"),
                    count,
                    |host, peer| ended(&logs[&host].dial_backs, peer, true),
                )
            }
            Condition::FailedDialBacks { hosts, count, from } => {
                let logs = self.traversal_logs(hosts)?;
                self.tallied(
                    hosts,
                    from.as_ref(),
                    ("address not reached", "addresses not reached", "by"),
                    count,
                    |host, peer| ended(&logs[&host].dial_backs, peer, false),
                )
            }
            Condition::Reachable {
                hosts,
                reachability,
            } => {
                let logs = self.traversal_logs(hosts)?;
                self.facts_of_each(hosts, |host| {
                    let said = match logs[&host.id()].reachability {
                        Seen::Public => Reachability::Public,
                        Seen::Private => Reachability::Private,
                        Seen::Unknown => Reachability::Unknown,
                    };
                    let word = Value::id(Word::write(&said));
                    let seen = phrase!("{}: AutoNAT says {}", named(host), word);
                    fact(host.id(), said == *reachability, seen)
                })
            }
            _ => no_arm("traversal", condition),
        }
    }

    /// Whether there is a connection through a relay, or one through none.
    fn ways(
        &self,
        world: &World,
        hosts: &Hosts,
        peers: &Hosts,
        relayed: bool,
    ) -> Result<Vec<Fact>, SimError> {
        self.each_pair(hosts, peers, |host, other| {
            let (direct, by_relay) = world.connections_to(host.id(), &other.peer());
            let seen = phrase!(
                "{}: {} direct and {} relayed connections to {}",
                named(host),
                direct,
                by_relay,
                named(other)
            );
            let wanted = if relayed { by_relay } else { direct };
            fact(host.id(), wanted > 0, seen)
        })
    }

    fn traversal_logs(&self, hosts: &Hosts) -> Result<BTreeMap<HostId, TraversalLog>, SimError> {
        let mut logs = BTreeMap::new();
        for handle in self.registry.all(hosts)? {
            fixture(&*handle, |dht| {
                logs.insert(handle.id(), dht.traversal().clone());
            })?;
        }
        Ok(logs)
    }
}

/// How many attempts have ended like this, optionally only those with `peer`.
fn ended(attempts: &[(PeerId, bool)], peer: Option<PeerId>, succeeded: bool) -> usize {
    let attempts = attempts.iter();
    attempts
        .filter(|(other, end)| *end == succeeded && peer.is_none_or(|peer| peer == *other))
        .count()
}
