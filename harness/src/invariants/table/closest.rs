//! Invariants of reading a table for a key.

use std::collections::BTreeSet;

use libp2p::PeerId;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, as_in_catalog, phrase,
    },
    invariants::{oracle::is_sorted, view::tables},
    net::HostId,
    noun,
    world::World,
};

/// The DHT returns all entries of its table, closest first.
pub(crate) struct LocalClosestComplete;

const UNSORTED: FindingKind = FindingKind::new(
    "unsorted-entries",
    "a table returns its entries in an order other than that of their distance",
);
const INCOMPLETE: FindingKind = FindingKind::new(
    "incomplete-entries",
    "a table does not return each of its entries once",
);

impl LocalClosestComplete {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "local-closest-complete",
        statement: "for a key, a table returns each of its entries once, closest first",
        kinds: &[UNSORTED, INCOMPLETE],
        moments: &[Moment::AtEnd],
        data: "get_closest_local_peers, tables",
        allows: "nothing; three keys for each host",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(LocalClosestComplete),
    };
}

impl Invariant for LocalClosestComplete {
    as_in_catalog!();

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in tables(world) {
            let entries: BTreeSet<PeerId> = table.entries().map(|entry| entry.peer).collect();
            for key in keys(world, host) {
                let Some(named) = world.closest_known(host, &key) else {
                    continue;
                };
                let complete =
                    named.len() == entries.len() && named.iter().all(|peer| entries.contains(peer));
                if !complete || !is_sorted(&key, &named) {
                    let (kind, seen) = match complete {
                        true => (UNSORTED, "they are not in order".into()),
                        false => (
                            INCOMPLETE,
                            phrase!("{} {}", named.len(), noun(named.len(), "peer", "peers")),
                        ),
                    };
                    report
                        .violated(kind)
                        .at(host)
                        .subject("closest")
                        .expected(phrase!(
                            "{} {}, closest first",
                            entries.len(),
                            noun(entries.len(), "entry", "entries")
                        ))
                        .seen(seen);
                }
            }
        }
    }
}

/// The keys that are tested: the id of the host, the id of the next host, and a key
/// of no host.
fn keys(world: &World, host: HostId) -> [Vec<u8>; 3] {
    let next = world
        .hosts()
        .find(|other| other.0 == host.0 + 1)
        .unwrap_or_default();
    [
        world.peer(host).to_bytes(),
        world.peer(next).to_bytes(),
        b"local-closest-complete".to_vec(),
    ]
}
