//! The routing tables of a run over time.

use indexmap::IndexMap;
use serde::Serialize;

use super::names::{Names, Peer};
use crate::{
    dht::{EntryStatus, TableEntry, TableSnapshot},
    net::HostId,
    recording::Recording,
    trace::{PeerTag, TraceEntry, TraceEvent},
};

/// The tables of one host, as changes.
#[derive(Debug, Serialize)]
pub(super) struct TableHistory {
    host: u32,
    pub(super) looks: Vec<Look>,
}

/// A table, as its difference to the one before.
#[derive(Clone, Debug, Default, Serialize)]
pub(super) struct Look {
    pub(super) at: u64,
    /// Whether the table was empty before, because the host was started.
    #[serde(skip_serializing_if = "is_false")]
    pub(super) reset: bool,
    pub(super) put: Vec<Entry>,
    pub(super) gone: Vec<Peer>,
    /// The buckets with a pending peer.
    pub(super) pending: Vec<u32>,
}

/// A peer, its bucket, whether it is connected, the number of its addresses, and when it was
/// entered, if kad has announced that: if not, it was in the table before the look that found it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub(super) struct Entry(pub(super) Peer, u32, u8, usize, Option<u64>);

/// When kad has announced entries: by host and peer, oldest first.
type Entered = IndexMap<(u32, Peer), Vec<u64>>;

fn entered(recording: &Recording, names: &Names) -> Entered {
    let mut all = Entered::new();
    for entry in &recording.trace.entries {
        let (
            Some(host),
            TraceEvent::RoutingUpdated {
                peer, new: true, ..
            },
        ) = (entry.host, &entry.event)
        else {
            continue;
        };
        let peer = match peer {
            PeerTag::Host(host) => Peer::Host(*host),
            PeerTag::Foreign(peer) => names.peer(peer),
        };
        all.entry((host, peer)).or_default().push(entry.at);
    }
    all
}

#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "serde calls it with a reference"
)]
fn is_false(value: &bool) -> bool {
    !value
}

/// The tables of all hosts that had one.
pub(super) fn histories(recording: &Recording, names: &Names) -> Vec<TableHistory> {
    let mut all: IndexMap<HostId, (TableHistory, IndexMap<Peer, Entry>)> = IndexMap::new();
    let mut started = IndexMap::new();
    let entered = entered(recording, names);
    for look in &recording.looks {
        let (history, before) = all.entry(look.host).or_insert_with(|| {
            let host = look.host.0;
            (
                TableHistory {
                    host,
                    looks: Vec::new(),
                },
                IndexMap::new(),
            )
        });
        let reset = started.insert(look.host, look.started_at) != Some(look.started_at);
        if reset {
            before.clear();
        }
        let mut now = entries(&look.table, names);
        for entry in now.values_mut() {
            let times = entered.get(&(look.host.0, entry.0.clone()));
            let mut times = times.into_iter().flatten().rev();
            let (started, at) = (look.started_at.as_nanos(), look.at.as_nanos());
            entry.4 = times.find(|time| (started..=at).contains(time)).copied();
        }
        let put = now
            .iter()
            .filter(|(peer, entry)| before.get(*peer) != Some(entry));
        let gone = before.keys().filter(|peer| !now.contains_key(*peer));
        let next = Look {
            at: look.at.as_nanos(),
            reset,
            put: put.map(|(_, entry)| entry.clone()).collect(),
            gone: gone.cloned().collect(),
            pending: pending(&look.table),
        };
        history.looks.push(next);
        *before = now;
    }
    let mut histories: Vec<_> = all.into_values().map(|(history, _)| history).collect();
    for history in &mut histories {
        history.begin_anew(&recording.trace.entries);
    }
    histories
}

impl TableHistory {
    /// Adds an empty table at each later start of the host.
    fn begin_anew(&mut self, entries: &[TraceEntry]) {
        let starts = entries.iter().filter(|entry| {
            entry.host == Some(self.host) && matches!(entry.event, TraceEvent::Spawned { .. })
        });
        for start in starts.skip(1) {
            let place = self.looks.partition_point(|look| look.at < start.at);
            let begun = Look {
                at: start.at,
                reset: true,
                ..Look::default()
            };
            self.looks.insert(place, begun);
        }
    }
}

/// Several looks as one.
pub(super) fn joined(looks: &[Look]) -> Option<Look> {
    let last = looks.last()?;
    let mut entries: IndexMap<Peer, Entry> = IndexMap::new();
    for look in looks {
        if look.reset {
            entries.clear();
        }
        for gone in &look.gone {
            entries.shift_remove(gone);
        }
        entries.extend(
            look.put
                .iter()
                .map(|entry| (entry.0.clone(), entry.clone())),
        );
    }
    Some(Look {
        at: last.at,
        reset: true,
        put: entries.into_values().collect(),
        gone: Vec::new(),
        pending: last.pending.clone(),
    })
}

fn entries(table: &TableSnapshot, names: &Names) -> IndexMap<Peer, Entry> {
    let entries = table.entries().map(|entry| {
        let peer = names.peer(&entry.peer);
        let connected = u8::from(entry.status == EntryStatus::Connected);
        let row = Entry(
            peer.clone(),
            bucket(entry),
            connected,
            entry.addresses.len(),
            None,
        );
        (peer, row)
    });
    entries.collect()
}

/// The index of the highest bit in which the ids differ.
fn bucket(entry: &TableEntry) -> u32 {
    entry.distance.ilog2().unwrap_or(0)
}

fn pending(table: &TableSnapshot) -> Vec<u32> {
    let buckets = table.buckets.iter().filter(|bucket| bucket.has_pending);
    buckets
        .filter_map(|bucket| bucket.range.1.ilog2())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_are_joined_to_the_table_that_they_leave() {
        let entry = |host, connected| Entry(Peer::Host(host), 255, connected, 1, None);
        let looks = [
            Look {
                at: 1,
                reset: true,
                put: vec![entry(1, 1), entry(2, 1)],
                ..Look::default()
            },
            Look {
                at: 2,
                put: vec![entry(1, 0)],
                gone: vec![Peer::Host(2)],
                ..Look::default()
            },
        ];
        let joined = joined(&looks).unwrap();
        assert_eq!((joined.at, joined.reset), (2, true));
        assert_eq!(joined.put, [entry(1, 0)]);
    }
}
