//! Diagnoses why a routing table is empty or contains no usable entry.
//!
//! The diagnosis is based on facts: the events of kad, identify and the swarm, the
//! modes and protocol names of the hosts, their listeners, and the faults in force.
//! It uses tables as last read, so it does not change the run. This module must not
//! know what a test requires of a table.

mod cause;
mod facts;
mod in_a_file;
mod judge;
mod table_diagnosis;

use libp2p::PeerId;

pub use cause::{DialObstacle, TableCause};
pub(crate) use in_a_file::{FileRemedies, FileRemedy};
pub use table_diagnosis::TableDiagnosis;

use crate::{net::HostId, world::World};
use judge::Judge;

impl World {
    /// Diagnoses why the routing tables of hosts, as last read, are empty or contain
    /// no usable entry. Each cause is reported once, with all hosts concerned.
    ///
    /// A table with a usable entry is skipped, unless kad rejected a connected server
    /// because no address of it was known. The result is empty if all tables are in
    /// order.
    pub fn explain_tables(
        &self,
        hosts: impl IntoIterator<Item = impl Into<HostId>>,
    ) -> Vec<TableDiagnosis> {
        let judge = Judge::new(self);
        let hosts = hosts.into_iter().map(Into::into);
        let lacks = hosts.flat_map(|host| judge.table(host));
        TableDiagnosis::group(self, lacks)
    }

    /// Diagnoses why hosts do not have these peers in their routing tables, or have
    /// unusable entries for them. Pairs without a known cause, or with a usable
    /// entry, are skipped.
    pub fn explain_missing(
        &self,
        pairs: impl IntoIterator<Item = (HostId, PeerId)>,
    ) -> Vec<TableDiagnosis> {
        let judge = Judge::new(self);
        let lacks = pairs
            .into_iter()
            .flat_map(|(host, peer)| judge.missing(host, &peer));
        TableDiagnosis::group(self, lacks)
    }
}
