//! The recorder of a run.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;

use super::{
    Digest, KeptTrace, PeerTag, TraceEntry, TraceError, TraceEvent, TraceFile, digest::Hasher,
    resets::Resets,
};
use crate::net::{HostId, IdHash, RouterId};

/// How many entries are kept in memory for failure reports.
const RECENT: usize = 4096;

/// A callback that receives each event.
pub(crate) type OnEvent = Box<dyn FnMut(&TraceEntry) + Send>;

/// Records every event of a run in order: adds it to the digest, keeps the
/// latest, and writes it to the trace file if there is one.
pub(crate) struct Journal {
    hasher: Hasher,
    recorded: u64,
    /// A ring buffer: entry `n` is at index `n` modulo [`RECENT`].
    recent: Vec<TraceEntry>,
    file: Option<TraceFile>,
    on_event: Option<OnEvent>,
    kept: Option<KeptTrace>,
    failed: Option<TraceError>,
    peers: IndexMap<PeerId, HostId, IdHash>,
    /// What the test calls routers.
    routers: IndexMap<RouterId, String, IdHash>,
}

impl Journal {
    /// A journal without a trace file.
    pub(crate) fn new() -> Self {
        Journal {
            hasher: Hasher::new(),
            recorded: 0,
            recent: Vec::new(),
            file: None,
            on_event: None,
            kept: None,
            failed: None,
            peers: IndexMap::default(),
            routers: IndexMap::default(),
        }
    }

    /// Also writes each event to a file, one JSON value per line.
    pub(crate) fn write_to(&mut self, file: TraceFile) {
        self.file = Some(file);
    }

    /// Also passes each event to `on_event`, which must not access the
    /// simulation.
    pub(crate) fn show_to(&mut self, on_event: OnEvent) {
        self.on_event = Some(on_event);
    }

    /// Also keeps the events in memory, for [`take_kept`](Self::take_kept).
    pub(crate) fn keep(&mut self, kept: KeptTrace) {
        self.kept = Some(kept);
    }

    /// The events that were kept. Further events are not kept.
    pub(crate) fn take_kept(&mut self) -> KeptTrace {
        self.kept.take().unwrap_or_default()
    }

    /// Records that a host has this identity from now on.
    pub(crate) fn name_peer(&mut self, peer: PeerId, host: HostId) {
        self.peers.insert(peer, host);
    }

    /// Records what the test calls a router.
    pub(crate) fn name_router(&mut self, router: RouterId, name: String) {
        self.routers.insert(router, name);
    }

    /// What the test calls a router, if it does.
    pub(crate) fn router_name(&self, router: RouterId) -> Option<&str> {
        self.routers.get(&router).map(String::as_str)
    }

    /// The host that was given this identity last.
    pub(crate) fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        self.peers.get(peer).copied()
    }

    /// How a peer appears in the trace.
    pub(crate) fn tag(&self, peer: &PeerId) -> PeerTag {
        match self.host_of(peer) {
            Some(host) => PeerTag::Host(host.0),
            None => PeerTag::Foreign(*peer),
        }
    }

    /// Records the next event.
    pub(crate) fn record(&mut self, at: VirtualInstant, host: Option<HostId>, event: TraceEvent) {
        let entry = TraceEntry {
            seq: self.recorded,
            at: at.as_nanos(),
            host: host.map(|host| host.0),
            event,
        };
        self.recorded += 1;
        self.hasher.update(&entry);
        if let Some(Err(error)) = self.file.as_ref().map(|file| file.write(&entry)) {
            self.failed = Some(error);
            self.file = None;
        }
        if let Some(kept) = &mut self.kept {
            kept.add(&entry);
        }
        let place = entry.seq as usize % RECENT;
        match self.recent.get_mut(place) {
            Some(oldest) => *oldest = entry,
            None => self.recent.push(entry),
        }
        // Called last: it may panic, and the ring is consistent by then.
        if let Some(on_event) = &mut self.on_event {
            on_event(&self.recent[place]);
        }
    }

    /// How many events were recorded.
    pub(crate) fn recorded(&self) -> u64 {
        self.recorded
    }

    /// The digest of all events so far.
    pub(crate) fn digest_so_far(&self) -> Digest {
        self.hasher.digest()
    }

    /// The hosts of the latest entries, latest first, without duplicates, at most
    /// `count`.
    pub(crate) fn latest_hosts(&self, count: usize) -> Vec<HostId> {
        let mut hosts = Vec::new();
        for host in self.latest_first().filter_map(|entry| entry.host) {
            if hosts.len() == count {
                break;
            }
            if !hosts.contains(&HostId(host)) {
                hosts.push(HostId(host));
            }
        }
        hosts
    }

    /// Who has reset connections, as far as the latest entries tell.
    pub(crate) fn resets(&self) -> Resets {
        let latest: Vec<_> = self.latest_first().collect();
        Resets::of(latest.into_iter().rev())
    }

    /// The latest entries of a host, oldest first, at most `count`: without timers and
    /// violations, and without the tables that were read, which reports show beside them.
    pub(crate) fn latest_of(&self, host: HostId, count: usize) -> Vec<&TraceEntry> {
        let mut entries: Vec<_> = self
            .latest_first()
            .filter(|entry| entry.host == Some(host.0))
            .filter(|entry| {
                !matches!(
                    entry.event,
                    TraceEvent::Timer | TraceEvent::Violation { .. } | TraceEvent::TableRead { .. }
                )
            })
            .take(count)
            .collect();
        entries.reverse();
        entries
    }

    fn latest_first(&self) -> impl Iterator<Item = &TraceEntry> {
        // The oldest entry is at the next index to be written.
        let (newer, older) = self.recent.split_at(self.recorded as usize % RECENT);
        older.iter().chain(newer).rev()
    }

    /// Flushes the trace file.
    ///
    /// # Errors
    /// Fails if a write failed, now or earlier in the run.
    pub(crate) fn finish(&mut self) -> Result<(), TraceError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        self.file.take().map_or(Ok(()), |file| file.flush())
    }
}

impl Default for Journal {
    fn default() -> Self {
        Journal::new()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::Undigested;

    fn control(text: &str) -> TraceEvent {
        TraceEvent::Control {
            action: text.to_owned(),
            dial: Undigested::default(),
        }
    }

    #[test]
    fn digest_sees_time_host_and_content() {
        let digest = |at, host, text: &str| {
            let mut journal = Journal::new();
            journal.record(VirtualInstant::from_nanos(at), host, control(text));
            journal.digest_so_far()
        };
        let base = digest(1, None, "close");
        assert_eq!(base, digest(1, None, "close"));
        assert_ne!(base, digest(2, None, "close"));
        assert_ne!(base, digest(1, Some(HostId(0)), "close"));
        assert_ne!(base, digest(1, None, "crash"));
    }

    #[test]
    fn latest_entries_come_oldest_first() {
        let mut journal = Journal::new();
        for step in 0..5 {
            journal.record(
                VirtualInstant::from_nanos(step),
                Some(HostId((step % 2) as u32)),
                control("step"),
            );
        }
        let seqs: Vec<_> = journal
            .latest_of(HostId(0), 2)
            .iter()
            .map(|entry| entry.seq)
            .collect();
        assert_eq!(seqs, [2, 4]);
    }

    #[test]
    fn violations_and_tables_are_not_among_the_latest_entries() {
        let mut journal = Journal::new();
        let violation = TraceEvent::Violation {
            invariant: "leaks".into(),
        };
        let table = TraceEvent::TableRead {
            entries: 0,
            changes: Vec::new(),
        };
        for event in [control("step"), violation, table, TraceEvent::Timer] {
            journal.record(VirtualInstant::ZERO, Some(HostId(0)), event);
        }
        let latest = journal.latest_of(HostId(0), 3);
        let seqs: Vec<_> = latest.iter().map(|entry| entry.seq).collect();
        assert_eq!(seqs, [0]);
    }

    #[test]
    fn latest_hosts_come_latest_first_and_once() {
        let mut journal = Journal::new();
        for host in [0, 1, 2, 1] {
            journal.record(VirtualInstant::ZERO, Some(HostId(host)), control("step"));
        }
        assert_eq!(journal.latest_hosts(2), [HostId(1), HostId(2)]);
        assert_eq!(journal.latest_hosts(9), [HostId(1), HostId(2), HostId(0)]);
    }

    #[test]
    fn latest_entries_of_a_long_run_are_the_latest() {
        let mut journal = Journal::new();
        let recorded = RECENT as u64 + 3;
        for _ in 0..recorded {
            journal.record(VirtualInstant::ZERO, Some(HostId(0)), control("step"));
        }
        let seqs: Vec<_> = journal
            .latest_of(HostId(0), 2 * RECENT)
            .iter()
            .map(|entry| entry.seq)
            .collect();
        assert_eq!(seqs, Vec::from_iter(3..recorded));
    }
}
