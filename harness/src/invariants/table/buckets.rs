//! What a routing table may hold.

use std::num::NonZeroUsize;

use libp2p::{Multiaddr, PeerId, kad::K_VALUE, multiaddr::Protocol};

use crate::{
    check::{CatalogEntry, Demand, Invariant, Moment, Reporter, as_in_catalog},
    dht::EntryStatus,
    invariants::{cursor::Cursor, view::ChangedTables, view::newly_ended, view::tables},
    world::World,
};

/// A host is in no table, answer or connection of its own.
#[derive(Default)]
pub(crate) struct NoSelfEntry {
    seen: Cursor,
}

impl NoSelfEntry {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "no-self-entry",
        statement: "a host's own id is not in its table, its query results or its connections",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, query results, connected_peers",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(NoSelfEntry::default()),
    };
}

impl Invariant for NoSelfEntry {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in tables(world) {
            let local = world.peer(host);
            let mut absent = |place: &'static str, present: bool| {
                if present {
                    let expected = format!("the own id is not in its {place}");
                    report.violated(&[host], place, None, expected, "it is");
                }
            };
            absent("table", table.contains(&local));
            absent(
                "connections",
                world.is_connected(host, &local) == Some(true),
            );
            let ended = newly_ended(world, host, &mut self.seen);
            let answered = ended
                .iter()
                .any(|(_, query)| query.kind == "closest-peers" && query.peers().contains(&local));
            absent("query results", answered);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Buckets hold no more than they may, and only what belongs there.
pub(crate) struct BucketsHold {
    size: NonZeroUsize,
    changed: ChangedTables,
}

impl BucketsHold {
    /// For tables whose buckets hold `size` entries.
    pub(crate) fn of_size(size: NonZeroUsize) -> Self {
        BucketsHold {
            size,
            changed: ChangedTables::default(),
        }
    }
}

/// libp2p's default of 20 entries.
impl Default for BucketsHold {
    fn default() -> Self {
        BucketsHold::of_size(K_VALUE)
    }
}

impl BucketsHold {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "buckets-hold",
        statement: "a bucket holds at most K entries, each in its range of distances and once in the table",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(BucketsHold::of_size(limits.bucket_size)),
    };
}

impl Invariant for BucketsHold {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in self.changed.take(world) {
            for bucket in &table.buckets {
                if bucket.entries.len() > self.size.get() {
                    report.violated(
                        &[host],
                        "size",
                        None,
                        format!("at most {} entries in a bucket", self.size),
                        format!("{} entries", bucket.entries.len()),
                    );
                }
                let (lowest, highest) = bucket.range;
                for entry in &bucket.entries {
                    if entry.distance < lowest || entry.distance > highest {
                        report.violated(
                            &[host],
                            "range",
                            None,
                            "each entry lies in its bucket's range",
                            format!("{} does not", world.name_of(&entry.peer)),
                        );
                    }
                }
            }
            let mut peers: Vec<PeerId> = table.entries().map(|entry| entry.peer).collect();
            peers.sort();
            if let Some(twice) = peers.windows(2).find(|pair| pair[0] == pair[1]) {
                report.violated(
                    &[host],
                    "twice",
                    None,
                    "each peer is in the table once",
                    format!("{} is there twice", world.name_of(&twice[0])),
                );
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Every entry can be dialled as that peer.
#[derive(Default)]
pub(crate) struct EntriesAreDialable {
    changed: ChangedTables,
}

impl EntriesAreDialable {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "entries-are-dialable",
        statement: "every entry has an address, all different, each dialable and of that peer",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(EntriesAreDialable::default()),
    };
}

impl Invariant for EntriesAreDialable {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in self.changed.take(world) {
            for entry in table.entries() {
                if let Some(fault) = fault_of(&entry.peer, &entry.addresses) {
                    report.violated(
                        &[host],
                        "address",
                        None,
                        "at least one address, all different, dialable and of that peer",
                        format!("{}: {fault}", world.name_of(&entry.peer)),
                    );
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

fn fault_of(peer: &PeerId, addresses: &[Multiaddr]) -> Option<String> {
    if addresses.is_empty() {
        return Some("no address".to_owned());
    }
    for (position, address) in addresses.iter().enumerate() {
        // The table keeps addresses with the peer's id at the end; with and
        // without it is the same address.
        let bare = |address: &Multiaddr| -> Multiaddr {
            address
                .iter()
                .take_while(|part| !matches!(part, Protocol::P2p(_)))
                .collect()
        };
        if addresses[..position]
            .iter()
            .any(|other| bare(other) == bare(address))
        {
            return Some(format!("{address} is there twice"));
        }
        let mut parts = address.iter();
        let host = matches!(parts.next(), Some(Protocol::Ip4(ip)) if !ip.is_unspecified());
        let port = matches!(parts.next(), Some(Protocol::Tcp(port)) if port != 0);
        if !host || !port {
            return Some(format!("{address} cannot be dialled"));
        }
        if let Some(Protocol::P2p(of)) = parts.next()
            && of != *peer
        {
            return Some(format!("{address} is another peer's"));
        }
    }
    None
}

/// An entry that the table calls connected has a live connection.
pub(crate) struct StatusMeansConnected;

impl StatusMeansConnected {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "status-means-connected",
        statement: "an entry that the table calls connected has a live connection",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, connected_peers",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(StatusMeansConnected),
    };
}

impl Invariant for StatusMeansConnected {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in tables(world) {
            for entry in table.entries() {
                let claims = entry.status == EntryStatus::Connected;
                if claims && world.is_connected(host, &entry.peer) == Some(false) {
                    report.violated(
                        &[host],
                        "status",
                        None,
                        "connected entries are connected",
                        format!("{} is not", world.name_of(&entry.peer)),
                    );
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::identity;

    #[test]
    fn faults_of_addresses_are_found() {
        let peer = identity(1).public().to_peer_id();
        let other = identity(2).public().to_peer_id();
        let at = |text: &str| -> Multiaddr { text.parse().unwrap() };
        let good = at("/ip4/10.0.0.1/tcp/4001");
        assert_eq!(fault_of(&peer, std::slice::from_ref(&good)), None);
        assert!(fault_of(&peer, &[]).is_some());
        let with_id = good.clone().with(Protocol::P2p(peer));
        assert!(fault_of(&peer, &[good.clone(), with_id]).is_some());
        assert!(fault_of(&peer, &[good.with(Protocol::P2p(other))]).is_some());
        assert!(fault_of(&peer, &[at("/ip4/10.0.0.1/tcp/0")]).is_some());
        assert!(fault_of(&peer, &[at("/ip4/0.0.0.0/tcp/1")]).is_some());
        assert!(fault_of(&peer, &[Multiaddr::empty()]).is_some());
    }
}
