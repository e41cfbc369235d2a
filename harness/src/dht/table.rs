//! Routing tables as values.

use std::fmt::{self, Write};

use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId,
    kad::{self, KBucketDistance, KBucketKey, NodeStatus, store::RecordStore},
    multiaddr::Protocol,
};

use crate::net::{AddressKinds, Dialability, IdHash};

/// The connection status of an entry, according to the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum EntryStatus {
    /// Connected and confirmed to speak the protocol.
    Connected,
    /// Not connected, as far as the table knows.
    Disconnected,
}

/// One entry of a routing table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableEntry {
    /// The peer.
    pub peer: PeerId,
    /// Its addresses, in the table's order.
    pub addresses: Vec<Multiaddr>,
    /// Connected or not.
    pub status: EntryStatus,
    /// Its distance to the local id.
    pub distance: KBucketDistance,
}

/// A non-empty bucket.
#[derive(Clone, Debug)]
pub struct BucketView {
    /// The smallest and the largest distance in the bucket's range.
    pub range: (KBucketDistance, KBucketDistance),
    /// The entries, least recently connected first.
    pub entries: Vec<TableEntry>,
    /// Whether a pending peer waits to replace the least recently connected entry.
    pub has_pending: bool,
}

/// A routing table at one instant.
#[derive(Clone, Debug, Default)]
pub struct TableSnapshot {
    /// The non-empty buckets, nearest first.
    pub buckets: Vec<BucketView>,
}

impl TableSnapshot {
    /// Reads the table.
    ///
    /// Reading changes the table: `kbuckets()` inserts pending entries that are due,
    /// without waking the task that would report them. The caller therefore has to
    /// poll the swarm afterwards, and to record that the table was read.
    pub(crate) fn read<S>(local: PeerId, kad: &mut kad::Behaviour<S>) -> Self
    where
        S: RecordStore + Send + 'static,
    {
        let local = KBucketKey::from(local);
        let mut buckets = Vec::new();
        for bucket in kad.kbuckets() {
            let range = bucket.range();
            let has_pending = bucket.has_pending();
            let entries = bucket
                .iter()
                .map(|entry| TableEntry {
                    peer: *entry.node.key.preimage(),
                    addresses: entry.node.value.iter().cloned().collect(),
                    status: match entry.status {
                        NodeStatus::Connected => EntryStatus::Connected,
                        NodeStatus::Disconnected => EntryStatus::Disconnected,
                    },
                    distance: local.distance(entry.node.key),
                })
                .collect();
            buckets.push(BucketView {
                range,
                entries,
                has_pending,
            });
        }
        TableSnapshot { buckets }
    }

    /// All entries, nearest bucket first.
    pub fn entries(&self) -> impl Iterator<Item = &TableEntry> {
        self.buckets.iter().flat_map(|bucket| &bucket.entries)
    }

    /// The entry of a peer.
    pub fn entry(&self, peer: &PeerId) -> Option<&TableEntry> {
        self.entries().find(|entry| entry.peer == *peer)
    }

    /// Whether a peer is in the table.
    pub fn contains(&self, peer: &PeerId) -> bool {
        self.entry(peer).is_some()
    }

    /// How many peers the table holds.
    pub fn len(&self) -> usize {
        self.buckets.iter().map(|bucket| bucket.entries.len()).sum()
    }

    /// Whether a bucket has a pending peer.
    pub(crate) fn has_pending(&self) -> bool {
        self.buckets.iter().any(|bucket| bucket.has_pending)
    }

    /// How many addresses its entries have that a host with these kinds of addresses does not
    /// dial: for one over IPv4 and TCP those of QUIC, WebSocket or IPv6, by a relay, or with a
    /// name to be resolved.
    pub fn addresses_of_other_kinds(&self, kinds: &AddressKinds) -> usize {
        self.addresses_not_dialled(|address| kinds.dial(address))
    }

    /// How many addresses its entries have that a host could dial, and that this one does not.
    pub(crate) fn addresses_not_dialled(&self, dials: impl Fn(&Multiaddr) -> bool) -> usize {
        let addresses = self.entries().flat_map(|entry| &entry.addresses);
        addresses
            .filter(|address| Dialability::of(address) != Dialability::Undialable)
            .filter(|address| !dials(address))
            .count()
    }

    /// Whether the table has no entries.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The changes from `self` to `later`, one line each; `name` gives the display
    /// name of a peer. Added entries come first, then removed ones, then changed ones.
    pub fn changes(&self, later: &TableSnapshot, name: impl Fn(&PeerId) -> String) -> Vec<String> {
        self.diff(later).lines(name)
    }

    /// The changes from `self` to `later`.
    pub(crate) fn diff(&self, later: &TableSnapshot) -> TableDiff {
        let mut diff = TableDiff::default();
        let (before, after) = (self.by_peer(), later.by_peer());
        for entry in later.entries() {
            match before.get(&entry.peer) {
                None => diff.added.push(entry.clone()),
                Some(before) if *before != entry => {
                    diff.changed.push(((*before).clone(), entry.clone()));
                }
                Some(_) => {}
            }
        }
        for entry in self.entries() {
            if !after.contains_key(&entry.peer) {
                diff.removed.push(entry.clone());
            }
        }
        diff
    }

    fn by_peer(&self) -> IndexMap<&PeerId, &TableEntry, IdHash> {
        let mut by_peer = IndexMap::with_capacity_and_hasher(self.len(), IdHash::default());
        by_peer.extend(self.entries().map(|entry| (&entry.peer, entry)));
        by_peer
    }
}

/// The difference of two snapshots of one table.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct TableDiff {
    /// Entries that were added.
    pub added: Vec<TableEntry>,
    /// Entries that were removed.
    pub removed: Vec<TableEntry>,
    /// Entries whose status or addresses changed: before and after.
    pub changed: Vec<(TableEntry, TableEntry)>,
}

impl TableDiff {
    /// Whether nothing changed.
    pub(crate) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.removed.is_empty() && self.changed.is_empty()
    }

    /// One line per change; `name` gives the display name of a peer. Added entries
    /// come first, then removed ones, then changed ones.
    pub(crate) fn lines(&self, name: impl Fn(&PeerId) -> String) -> Vec<String> {
        let added = self
            .added
            .iter()
            .map(|entry| line(format_args!("+ {} {entry}", name(&entry.peer))));
        let removed = self
            .removed
            .iter()
            .map(|entry| line(format_args!("- {} {entry}", name(&entry.peer))));
        let changed = self.changed.iter().map(|(before, after)| {
            let name = name(&after.peer);
            line(format_args!("~ {name} {before} -> {after}"))
        });
        added.chain(removed).chain(changed).collect()
    }
}

/// Formats a line with capacity for an entry of one address: reallocating costs
/// more than formatting.
fn line(text: fmt::Arguments<'_>) -> String {
    let mut line = String::with_capacity(96);
    line.write_fmt(text)
        .expect("writing to a string cannot fail");
    line
}

/// The status and addresses. Peer ids are omitted, here and at the end of each
/// address, because callers show the name of the peer.
impl fmt::Display for TableEntry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let status = match self.status {
            EntryStatus::Connected => "connected",
            EntryStatus::Disconnected => "disconnected",
        };
        f.write_str(status)?;
        for address in &self.addresses {
            f.write_str(" ")?;
            address
                .iter()
                .filter(|part| *part != Protocol::P2p(self.peer))
                .try_for_each(|part| fmt::Display::fmt(&part, f))?;
        }
        Ok(())
    }
}
