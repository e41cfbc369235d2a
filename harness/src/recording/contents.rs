//! A recorded run as a value.

use std::{path::Path, rc::Rc};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexSet;
use libp2p::{PeerId, kad::Mode};

use super::{Disturbance, QuerySeen, StoreSpan, Verdict};
use crate::{
    dht::{QueryRecord, TableSnapshot},
    net::{ConnId, FaultRecord, HostId, IdHash, TransportKind},
    tap::{FilteredMessage, Opening, TappedMessage},
    trace::{Digest, KeptTrace, TraceEntry, TraceEvent, TraceReadError, TraceReader},
};

/// A run that can be shown as a picture: its events, and what else is known of it.
#[derive(Debug, Default)]
pub struct Recording {
    /// What the run is called.
    pub(crate) name: String,
    /// What it is about; empty if the test does not say.
    pub(crate) about: String,
    pub(crate) seed: Option<u64>,
    pub(crate) transport: Option<TransportKind>,
    pub(crate) digest: Option<Digest>,
    /// How to reproduce it.
    pub(crate) reproduce: String,
    pub(crate) outcome: Outcome,
    /// The end of the run.
    pub(crate) end: VirtualInstant,
    /// The number of all events.
    pub(crate) events: u64,
    pub(crate) trace: KeptTrace,
    /// The messages; `None` if they are not known.
    pub(crate) messages: Option<Messages>,
    /// Whether tables and stores were recorded. A trace has none.
    pub(crate) has_contents: bool,
    pub(crate) looks: Vec<TableLook>,
    /// When all tables and stores were read.
    pub(crate) reads: Vec<VirtualInstant>,
    pub(crate) stores: Vec<StoreSpan>,
    pub(crate) queries: Vec<QueryLife>,
    /// The faults at the end of the run, with the names that their author gave them.
    pub(crate) faults: Vec<FaultRecord>,
    pub(crate) disturbances: Vec<Disturbance>,
    /// The modes of the DHTs, each from when it was first seen.
    pub(crate) modes: Vec<ModeSeen>,
    pub(crate) marks: Vec<Mark>,
    pub(crate) checks: Vec<Check>,
    pub(crate) refused: Vec<RefusedDial>,
}

/// A dial of the test that the swarm has refused at once: no event tells of it.
#[derive(Clone, Debug)]
pub(crate) struct RefusedDial {
    pub(crate) at: VirtualInstant,
    pub(crate) host: HostId,
    /// The peer that the dial names.
    pub(crate) peer: Option<PeerId>,
    pub(crate) why: String,
}

/// The messages of a run.
#[derive(Debug, Default)]
pub(crate) struct Messages {
    pub(crate) sent: Vec<TappedMessage>,
    /// Where data was on its way at the end: the connection, the sender and the substream.
    pub(crate) under_way: IndexSet<(ConnId, HostId, u32), IdHash>,
    /// The substreams on which no request was sent.
    pub(crate) unopened: Vec<Opening>,
    /// The messages that hosts have dropped or delayed by themselves.
    pub(crate) filtered: Vec<FilteredMessage>,
}

/// The mode of a DHT, from when it was first seen.
#[derive(Clone, Copy, Debug)]
pub(crate) struct ModeSeen {
    pub(crate) host: HostId,
    pub(crate) at: VirtualInstant,
    pub(crate) mode: Mode,
}

/// How a run ended.
#[derive(Debug, Default)]
pub(crate) struct Outcome {
    /// `None` if it is not known.
    pub(crate) passed: Option<bool>,
    /// What the test says of it instead.
    pub(crate) verdict: Option<Verdict>,
    /// The whole report of a failure.
    pub(crate) report: String,
    /// The hosts that the failure concerns.
    pub(crate) hosts: Vec<HostId>,
}

/// A routing table that differed from the one before.
#[derive(Clone, Debug)]
pub(crate) struct TableLook {
    pub(crate) host: HostId,
    /// When the host was started that had this table.
    pub(crate) started_at: VirtualInstant,
    pub(crate) at: VirtualInstant,
    pub(crate) table: Rc<TableSnapshot>,
}

/// A query of a host.
#[derive(Clone, Debug)]
pub(crate) struct QueryLife {
    pub(crate) host: HostId,
    /// Its id in the behaviour, as in the trace.
    pub(crate) id: String,
    /// When its host was started.
    pub(crate) started_at: VirtualInstant,
    /// When its host went down; `None` if it is up.
    pub(crate) host_ended: Option<VirtualInstant>,
    /// What the test calls it; empty if it has no name.
    pub(crate) name: String,
    pub(crate) record: QueryRecord,
    /// What was seen of it while it ran.
    pub(crate) seen: Option<QuerySeen>,
    /// The live servers closest to its key when it ended, closest first.
    pub(crate) truth: Vec<HostId>,
}

/// A moment that the test has marked: the start of a step.
#[derive(Clone, Debug)]
pub(crate) struct Mark {
    pub(crate) at: VirtualInstant,
    pub(crate) text: String,
    pub(crate) failed: Option<MarkFailure>,
}

/// The failure of a step that the test has marked.
#[derive(Clone, Debug)]
pub(crate) struct MarkFailure {
    pub(crate) at: VirtualInstant,
    pub(crate) expected: String,
    pub(crate) seen: String,
}

/// A check that failed.
#[derive(Clone, Debug)]
pub(crate) struct Check {
    pub(crate) at: VirtualInstant,
    /// The instant from which it counts: the begin of a step, or that of an invariant.
    pub(crate) since: Option<VirtualInstant>,
    /// The index of the step that failed, if it is one.
    pub(crate) step: Option<usize>,
    pub(crate) invariant: String,
    pub(crate) kind: String,
    pub(crate) hosts: Vec<HostId>,
    pub(crate) expected: String,
    pub(crate) seen: String,
}

impl Recording {
    /// Reads a recorded trace. A trace has the hosts, connections, faults and queries of a
    /// run, and the deliveries of the network; it has neither the messages in them, nor
    /// the contents of tables and stores.
    ///
    /// # Errors
    /// Fails if the file cannot be read, or is not a trace of this version.
    pub fn of_trace(path: &Path) -> Result<Self, TraceReadError> {
        let mut recording = Recording {
            name: path.display().to_string(),
            trace: KeptTrace::new(true),
            ..Recording::default()
        };
        for entry in TraceReader::open(path)? {
            recording.add(&entry?);
        }
        if !recording.checks.is_empty() {
            recording.outcome.passed = Some(false);
        }
        Ok(recording)
    }

    fn add(&mut self, entry: &TraceEntry) {
        self.events = entry.seq + 1;
        self.end = entry.instant();
        if let TraceEvent::Violation { invariant } = &entry.event {
            let hosts = Vec::from_iter(entry.host.map(HostId));
            self.outcome.hosts.extend(&hosts);
            self.checks.push(Check {
                at: entry.instant(),
                since: None,
                step: None,
                invariant: invariant.clone().into_owned(),
                kind: String::new(),
                hosts,
                expected: String::new(),
                seen: String::new(),
            });
        }
        self.trace.add(entry);
    }
}
