//! The hosts and tables that invariants can check.

use std::rc::Rc;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;

use crate::{
    dht::{QueryRecord, TableSnapshot},
    invariants::cursor::Cursor,
    net::{HostId, IdHash},
    world::{HostStatus, World},
};

/// The hosts that are up.
pub(super) fn open_hosts(world: &World) -> impl Iterator<Item = HostId> {
    world
        .hosts()
        .filter(|host| world.status(*host) == HostStatus::Open)
}

/// The hosts whose tables can be checked, with the table as just read.
pub(super) fn tables(world: &World) -> impl Iterator<Item = (HostId, Rc<TableSnapshot>)> {
    open_hosts(world)
        .filter(|host| world.table_read_at(*host) == Some(world.now()))
        .map(|host| (host, world.latest_table(host)))
}

/// The time of the last event of a host about a connection to a peer.
pub(super) fn last_heard(world: &World, host: HostId, peer: &PeerId) -> Option<VirtualInstant> {
    world.swarm_log(host, |swarm_log| {
        let with_peer = swarm_log.connections.values().filter(|it| it.peer == *peer);
        with_peer
            .map(|it| it.closed_at.unwrap_or(it.opened_at))
            .max()
    })
}

/// The queries of a host that have ended since the last call of the check.
pub(super) fn newly_ended(
    world: &World,
    host: HostId,
    cursor: &mut Cursor,
) -> Vec<(String, QueryRecord)> {
    world.swarm_log(host, |swarm_log| {
        let ended = swarm_log.queries.ended();
        let unseen = cursor.unseen(world, host, ended.len());
        if unseen.is_empty() {
            return Vec::new();
        }
        ended[unseen]
            .iter()
            .filter_map(|id| Some((id.to_string(), swarm_log.queries.get(id)?.clone())))
            .collect()
    })
}

/// Whether a query that was running at this time or later satisfies the predicate.
pub(super) fn asked_since(
    world: &World,
    since: VirtualInstant,
    kind: impl Fn(&QueryRecord) -> bool,
) -> bool {
    world.hosts().any(|host| {
        // A host that is down runs no queries.
        let gone = world.status(host).is_over().then(|| world.since(host));
        world.swarm_log(host, |swarm_log| {
            let mut queries = swarm_log.queries.iter();
            queries.any(|(_, query)| {
                let end = query.ended().or(gone);
                end.is_none_or(|end| end >= since) && kind(query)
            })
        })
    })
}

/// The tables whose entries have changed since the last call of the check.
#[derive(Debug, Default)]
pub(super) struct ChangedTables(IndexMap<HostId, (VirtualInstant, u64), IdHash>);

impl ChangedTables {
    /// The changed tables as just read. Marks them as seen.
    pub(super) fn take(&mut self, world: &World) -> Vec<(HostId, Rc<TableSnapshot>)> {
        tables(world)
            .filter(|(host, _)| {
                let version = (world.started_at(*host), world.table_changes(*host));
                self.0.insert(*host, version) != Some(version)
            })
            .collect()
    }

    /// Returns this table again at the next call, whether it changes or not.
    pub(super) fn again(&mut self, host: HostId) {
        self.0.swap_remove(&host);
    }
}
