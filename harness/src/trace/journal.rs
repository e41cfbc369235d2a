//! The recorder of a run.

use std::{
    fs::File,
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;
use thiserror::Error;

use super::{Digest, PeerTag, TraceEntry, TraceEvent, digest::Hasher};
use crate::net::{HostId, IdHash};

/// How many entries are kept in memory for failure reports.
const RECENT: usize = 4096;

/// Why a trace could not be written.
#[derive(Debug, Error)]
#[error("cannot write the trace to {path}: {source}; choose a writable path")]
pub struct TraceError {
    /// The file.
    pub path: PathBuf,
    /// What the system said.
    pub source: io::Error,
}

/// Somebody who is shown each event.
pub type OnEvent = Box<dyn FnMut(&TraceEntry) + Send>;

/// Takes every event of a run in order: digests it, keeps the latest, and
/// writes it out where a trace file was asked for.
pub struct Journal {
    hasher: Hasher,
    recorded: u64,
    /// A ring: entry number n is at n modulo [`RECENT`].
    recent: Vec<TraceEntry>,
    file: Option<(PathBuf, BufWriter<File>)>,
    on_event: Option<OnEvent>,
    failed: Option<TraceError>,
    peers: IndexMap<PeerId, HostId, IdHash>,
}

impl Journal {
    /// A journal without a trace file.
    pub fn new() -> Self {
        Journal {
            hasher: Hasher::new(),
            recorded: 0,
            recent: Vec::new(),
            file: None,
            on_event: None,
            failed: None,
            peers: IndexMap::default(),
        }
    }

    /// Also writes each event to `path`, a JSON value a line.
    ///
    /// # Errors
    /// The file cannot be created.
    pub fn write_to(&mut self, path: &Path) -> Result<(), TraceError> {
        let file = File::create(path).map_err(|source| TraceError {
            path: path.to_owned(),
            source,
        })?;
        self.file = Some((path.to_owned(), BufWriter::new(file)));
        Ok(())
    }

    /// Also shows each event to `on_event`, which must not touch the simulation.
    pub fn show_to(&mut self, on_event: OnEvent) {
        self.on_event = Some(on_event);
    }

    /// Notes that a host has this identity from now on.
    pub fn name_peer(&mut self, peer: PeerId, host: HostId) {
        self.peers.insert(peer, host);
    }

    /// The host that was last named with this identity.
    pub fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        self.peers.get(peer).copied()
    }

    /// How a peer appears in the trace.
    pub fn tag(&self, peer: &PeerId) -> PeerTag {
        match self.host_of(peer) {
            Some(host) => PeerTag::Host(host.0),
            None => PeerTag::Foreign(*peer),
        }
    }

    /// Takes the next event.
    pub fn record(&mut self, at: VirtualInstant, host: Option<HostId>, event: TraceEvent) {
        let entry = TraceEntry {
            seq: self.recorded,
            at: at.as_nanos(),
            host: host.map(|host| host.0),
            event,
        };
        self.recorded += 1;
        self.hasher.update(&entry);
        if let Some((path, file)) = &mut self.file {
            let line = serde_json::to_writer(&mut *file, &entry)
                .map_err(io::Error::from)
                .and_then(|()| file.write_all(b"\n"));
            if let Err(source) = line {
                self.failed = Some(TraceError {
                    path: path.clone(),
                    source,
                });
                self.file = None;
            }
        }
        if let Some(on_event) = &mut self.on_event {
            on_event(&entry);
        }
        match self.recent.get_mut(entry.seq as usize % RECENT) {
            Some(oldest) => *oldest = entry,
            None => self.recent.push(entry),
        }
    }

    /// How many events were recorded.
    pub fn recorded(&self) -> u64 {
        self.recorded
    }

    /// The digest of all events so far.
    pub fn digest_so_far(&self) -> Digest {
        self.hasher.digest()
    }

    /// The latest entries of a host, oldest first, at most `count`.
    pub fn latest_of(&self, host: HostId, count: usize) -> Vec<&TraceEntry> {
        // The oldest comes next.
        let (newer, older) = self.recent.split_at(self.recorded as usize % RECENT);
        let mut entries: Vec<_> = older
            .iter()
            .chain(newer)
            .rev()
            .filter(|entry| entry.host == Some(host.0))
            .take(count)
            .collect();
        entries.reverse();
        entries
    }

    /// Ends the trace file.
    ///
    /// # Errors
    /// A write failed, now or earlier in the run.
    pub fn finish(&mut self) -> Result<(), TraceError> {
        if let Some(error) = self.failed.take() {
            return Err(error);
        }
        let Some((path, mut file)) = self.file.take() else {
            return Ok(());
        };
        file.flush().map_err(|source| TraceError { path, source })
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

    fn control(text: &str) -> TraceEvent {
        TraceEvent::Control {
            action: text.to_owned(),
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
