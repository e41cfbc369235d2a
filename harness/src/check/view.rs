//! The hosts and tables that can be judged.

use std::rc::Rc;

use crate::{
    dht::{QueryRecord, TableSnapshot},
    net::HostId,
    sim::{Life, World},
};

use super::cursor::Cursor;

/// The hosts that are up.
pub(super) fn open_hosts(world: &World) -> impl Iterator<Item = HostId> {
    world.hosts().filter(|host| world.life(*host) == Life::Open)
}

/// The hosts whose tables can be judged, with the table as just read.
pub(super) fn tables(world: &World) -> impl Iterator<Item = (HostId, Rc<TableSnapshot>)> {
    open_hosts(world)
        .filter(|host| world.table_read_at(*host) == Some(world.now()))
        .map(|host| (host, world.table_as_read(host)))
}

/// The queries of a host that have ended since the check last looked.
pub(super) fn newly_ended(
    world: &World,
    host: HostId,
    cursor: &mut Cursor,
) -> Vec<(String, QueryRecord)> {
    let length = world.ledger(host, |ledger| ledger.queries.ended().len());
    let unseen = cursor.unseen(world, host, length);
    if unseen.is_empty() {
        return Vec::new();
    }
    world.ledger(host, |ledger| {
        let ended = ledger.queries.ended()[unseen].iter();
        ended
            .filter_map(|id| Some((id.to_string(), ledger.queries.get(id)?.clone())))
            .collect()
    })
}
