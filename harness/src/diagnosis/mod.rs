//! Why a routing table is empty, or holds no entry that can be used.
//!
//! Answers from facts: what kad, identify and the swarm have reported, the modes
//! and protocol names of the hosts, who listens where, and which faults are in
//! force. Tables are taken as last read, so asking changes nothing in the run.
//! This module must not know what a test demands of a table.

mod cause;
mod facts;
mod judge;
mod table_diagnosis;

use libp2p::PeerId;

pub use cause::{DialObstacle, TableCause};
pub use table_diagnosis::TableDiagnosis;

use crate::{net::HostId, world::World};
use judge::Judge;

impl World {
    /// Why the routing tables of hosts are empty or hold no entry that can be
    /// used, as last read. Each cause is told once, with all hosts concerned.
    ///
    /// A table with an entry that can be used is left out, unless kad has refused
    /// a connected server because it was told no address of it. Empty when every
    /// table is well.
    pub fn explain_tables(&self) -> Vec<TableDiagnosis> {
        let judge = Judge::new(self);
        let lacks = self.hosts().flat_map(|host| judge.table(host));
        TableDiagnosis::group(self, lacks)
    }

    /// The same for one host.
    pub fn explain_table(&self, host: impl Into<HostId>) -> Vec<TableDiagnosis> {
        TableDiagnosis::group(self, Judge::new(self).table(host.into()))
    }

    /// Why hosts do not have these peers in their routing tables, or have entries
    /// for them that cannot be used. A pair without a known cause is left out, as is
    /// one whose entry can be used.
    pub fn explain_missing(
        &self,
        pairs: impl IntoIterator<Item = (HostId, PeerId)>,
    ) -> Vec<TableDiagnosis> {
        let judge = Judge::new(self);
        let lacks = pairs
            .into_iter()
            .filter_map(|(host, peer)| judge.missing(host, &peer));
        TableDiagnosis::group(self, lacks)
    }
}
