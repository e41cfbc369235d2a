//! Explains why tables do not satisfy a condition.

use dht_harness::{World, check::Unmet, diagnosis::TableDiagnosis, net::HostId};
use libp2p::PeerId;

use super::scenario::Runner;
use crate::{condition::Condition, step_failure::Cause, syntax::Hosts};

impl Runner {
    /// Diagnoses why tables lack the entries that a condition requires. Empty for a
    /// condition that requires none, or that is not about tables.
    pub(super) fn explain(&self, world: &World, condition: &Condition) -> Vec<TableDiagnosis> {
        match condition {
            condition if !condition.needs_entries() => Vec::new(),
            Condition::Knows { hosts, peers, .. }
            | Condition::EntryConnected { hosts, peers, .. }
            | Condition::EntryAddresses { hosts, peers, .. }
            | Condition::EntryAddress { hosts, peers, .. } => {
                world.explain_missing(self.host_peer_pairs(hosts, peers))
            }
            Condition::Table { hosts, .. }
            | Condition::Bucket { hosts, .. }
            | Condition::Complete { hosts }
            | Condition::Linked { hosts } => {
                let demanded = self.registry.reported(hosts);
                let is_demanded = |host: &HostId| demanded.iter().any(|other| other.id() == *host);
                let mut tables = world.explain_tables(world.hosts());
                tables.retain(|table| table.hosts.iter().any(is_demanded));
                tables
            }
            _ => Vec::new(),
        }
    }

    fn host_peer_pairs(&self, hosts: &Hosts, peers: &Hosts) -> Vec<(HostId, PeerId)> {
        let others = self.registry.reported(peers);
        let mut pairs = Vec::new();
        for host in self.registry.reported(hosts) {
            let others = others.iter().filter(|other| other.id() != host.id());
            pairs.extend(others.map(|other| (host.id(), other.peer())));
        }
        pairs
    }

    /// The failure of a step whose condition does not hold.
    pub(super) fn false_condition(
        &self,
        world: &World,
        condition: &Condition,
        unmet: Vec<Unmet>,
    ) -> Cause {
        Cause::ConditionUnmet {
            condition: condition.clone(),
            unmet,
            within: None,
            tables: self.explain(world, condition),
        }
    }
}
