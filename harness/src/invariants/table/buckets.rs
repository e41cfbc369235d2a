//! Invariants of the contents of a routing table.

use std::num::NonZeroUsize;

use libp2p::{Multiaddr, PeerId, kad::K_VALUE, multiaddr::Protocol};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    dht::EntryStatus,
    invariants::{cursor::Cursor, view::ChangedTables, view::newly_ended, view::tables},
    world::World,
};

/// The id of a host is not in its own table, query results or connections.
#[derive(Default)]
pub(crate) struct NoSelfEntry {
    seen: Cursor,
}

const IN_TABLE: FindingKind = FindingKind::new("in-own-table", "a host's own id is in its table");
const IN_CONNECTIONS: FindingKind =
    FindingKind::new("connected-to-itself", "a host is connected to its own id");
const IN_RESULTS: FindingKind =
    FindingKind::new("in-own-results", "a lookup finds the querying host");

impl NoSelfEntry {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "no-self-entry",
        statement: "a host's own id is not in its table, its query results or its connections",
        kinds: &[IN_TABLE, IN_CONNECTIONS, IN_RESULTS],
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
            let mut absent = |kind: FindingKind, place: &'static str, present: bool| {
                if present {
                    report
                        .violated(kind)
                        .at(host)
                        .subject(place)
                        .expected(phrase!("the own id is not in its {}", place))
                        .seen("it is");
                }
            };
            absent(IN_TABLE, "table", table.contains(&local));
            let connected = world.is_connected(host, &local) == Some(true);
            absent(IN_CONNECTIONS, "connections", connected);
            let ended = newly_ended(world, host, &mut self.seen);
            let answered = ended
                .iter()
                .any(|(_, query)| query.kind == "closest-peers" && query.peers().contains(&local));
            absent(IN_RESULTS, "query results", answered);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Buckets respect their size, and their entries belong to them.
pub(crate) struct BucketsHold {
    size: NonZeroUsize,
    changed: ChangedTables,
}

impl BucketsHold {
    /// Creates the invariant for tables whose buckets have `size` entries.
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

const TOO_MANY: FindingKind = FindingKind::new(
    "too-many-entries",
    "a bucket holds more entries than it may",
);
const OUT_OF_RANGE: FindingKind = FindingKind::new(
    "out-of-range",
    "an entry is in a bucket whose range does not contain its distance",
);
const TWICE: FindingKind = FindingKind::new("duplicate-entry", "a peer is in the table twice");

impl BucketsHold {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "buckets-hold",
        statement: "a bucket holds at most K entries, each in its range of distances and once in the table",
        kinds: &[TOO_MANY, OUT_OF_RANGE, TWICE],
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
                    report
                        .violated(TOO_MANY)
                        .at(host)
                        .subject("size")
                        .expected(phrase!("at most {} entries in a bucket", self.size.get()))
                        .seen(phrase!("{} entries", bucket.entries.len()));
                }
                let (lowest, highest) = bucket.range;
                for entry in &bucket.entries {
                    if entry.distance < lowest || entry.distance > highest {
                        report
                            .violated(OUT_OF_RANGE)
                            .at(host)
                            .subject("range")
                            .expected("each entry is in the range of its bucket")
                            .seen(phrase!("{} does not", Value::peer(world, &entry.peer)));
                    }
                }
            }
            let mut peers: Vec<PeerId> = table.entries().map(|entry| entry.peer).collect();
            peers.sort();
            if let Some(twice) = peers.windows(2).find(|pair| pair[0] == pair[1]) {
                report
                    .violated(TWICE)
                    .at(host)
                    .subject("twice")
                    .expected("each peer is in the table once")
                    .seen(phrase!("{} is in it twice", Value::peer(world, &twice[0])));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Every entry has addresses at which its peer can be dialled.
#[derive(Default)]
pub(crate) struct EntriesAreDialable {
    changed: ChangedTables,
}

const NO_ADDRESS: FindingKind = FindingKind::new("no-address", "an entry has no address");
const DUPLICATE: FindingKind = FindingKind::new(
    "duplicate-address",
    "an entry has an address twice: it is the same with and without the id of its peer",
);
const UNDIALABLE: FindingKind = FindingKind::new(
    "undialable-address",
    "an entry has an address that cannot be dialled",
);
const OF_ANOTHER: FindingKind =
    FindingKind::new("foreign-address", "an entry has an address of another peer");

impl EntriesAreDialable {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "entries-are-dialable",
        statement: "every entry has an address, all distinct, dialable and of that peer",
        kinds: &[NO_ADDRESS, DUPLICATE, UNDIALABLE, OF_ANOTHER],
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
                if let Some((kind, seen)) = fault_of(&entry.peer, &entry.addresses) {
                    report
                        .violated(kind)
                        .at(host)
                        .subject("address")
                        .expected("at least one address, all distinct, dialable and of that peer")
                        .seen(phrase!("{}: {}", Value::peer(world, &entry.peer), seen));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

fn fault_of(peer: &PeerId, addresses: &[Multiaddr]) -> Option<(FindingKind, Value)> {
    if addresses.is_empty() {
        return Some((NO_ADDRESS, "no address".into()));
    }
    for (position, address) in addresses.iter().enumerate() {
        // The table stores addresses with the peer id at the end. An address with and
        // without it is the same.
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
            return Some((DUPLICATE, phrase!("{} is in it twice", address.clone())));
        }
        let mut parts = address.iter();
        let host = matches!(parts.next(), Some(Protocol::Ip4(ip)) if !ip.is_unspecified());
        let port = matches!(parts.next(), Some(Protocol::Tcp(port)) if port != 0);
        if !host || !port {
            return Some((UNDIALABLE, phrase!("{} cannot be dialled", address.clone())));
        }
        if let Some(Protocol::P2p(of)) = parts.next()
            && of != *peer
        {
            return Some((OF_ANOTHER, phrase!("{} is another peer's", address.clone())));
        }
    }
    None
}

/// An entry that the table marks as connected has a live connection.
pub(crate) struct StatusMeansConnected;

const NOT_CONNECTED: FindingKind = FindingKind::new(
    "not-connected",
    "an entry is marked as connected but has no connection",
);

impl StatusMeansConnected {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "status-means-connected",
        statement: "an entry that the table marks as connected has a live connection",
        kinds: &[NOT_CONNECTED],
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
                    report
                        .violated(NOT_CONNECTED)
                        .at(host)
                        .subject("status")
                        .expected("connected entries are connected")
                        .seen(phrase!("{} is not", Value::peer(world, &entry.peer)));
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
        let kind = |addresses: &[Multiaddr]| fault_of(&peer, addresses).map(|(kind, _)| kind);
        assert_eq!(kind(std::slice::from_ref(&good)), None);
        assert_eq!(kind(&[]), Some(NO_ADDRESS));
        let with_id = good.clone().with(Protocol::P2p(peer));
        assert_eq!(kind(&[good.clone(), with_id]), Some(DUPLICATE));
        assert_eq!(kind(&[good.with(Protocol::P2p(other))]), Some(OF_ANOTHER));
        assert_eq!(kind(&[at("/ip4/10.0.0.1/tcp/0")]), Some(UNDIALABLE));
        assert_eq!(kind(&[at("/ip4/0.0.0.0/tcp/1")]), Some(UNDIALABLE));
        assert_eq!(kind(&[Multiaddr::empty()]), Some(UNDIALABLE));
    }
}
