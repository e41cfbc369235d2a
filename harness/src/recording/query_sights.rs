//! The queries that were running, seen from outside.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use super::QueryKey;
use crate::{
    dht::QueryAim,
    net::{HostId, IdHash},
};

/// What was seen of a query while it ran. It reports nothing before its first result, and
/// some queries, which libp2p starts by itself, never do.
#[derive(Clone, Debug)]
pub(crate) struct QuerySeen {
    /// When it was first seen.
    pub(crate) from: VirtualInstant,
    /// When it was gone; `None` if it was there to the end of its host or of the run.
    pub(crate) to: Option<VirtualInstant>,
    /// Its kind, as a result names it.
    pub(crate) kind: &'static str,
    /// The keys that it has looked for. A bootstrap has several.
    pub(crate) keys: Vec<Vec<u8>>,
    /// How many peers it had wanted to ask, each time that this was seen to have grown.
    pub(crate) requests: Vec<(VirtualInstant, u32)>,
    /// Those for the keys before its present one.
    before: u32,
}

impl QuerySeen {
    /// Notes what it is after now. A bootstrap counts anew for each of its keys.
    fn look(&mut self, at: VirtualInstant, aim: &QueryAim) {
        let is_same = self.keys.last() == Some(&aim.key);
        if !self.keys.contains(&aim.key) {
            self.keys.push(aim.key.clone());
        }
        if !is_same {
            self.before = self.total();
        }
        let total = self.before + aim.requests;
        if total > self.total() {
            self.requests.push((at, total));
        }
    }

    /// How many peers it has wanted to ask.
    pub(crate) fn total(&self) -> u32 {
        self.requests.last().map_or(0, |(_, total)| *total)
    }
}

/// The queries that were seen.
#[derive(Debug, Default)]
pub(super) struct QuerySights {
    seen: IndexMap<QueryKey, QuerySeen, IdHash>,
    running: IndexMap<HostId, Vec<QueryKey>, IdHash>,
}

impl QuerySights {
    /// Notes the queries that a host is running.
    pub(super) fn look(
        &mut self,
        (host, started_at): (HostId, VirtualInstant),
        at: VirtualInstant,
        aims: Vec<QueryAim>,
    ) {
        let mut running = Vec::new();
        for aim in aims {
            let query = (host, started_at, aim.id);
            running.push(query);
            let seen = self.seen.entry(query).or_insert_with(|| QuerySeen {
                from: at,
                to: None,
                kind: aim.kind,
                keys: Vec::new(),
                requests: Vec::new(),
                before: 0,
            });
            seen.look(at, &aim);
        }
        let before = self.running.get(&host).map_or(&[][..], Vec::as_slice);
        for gone in before.iter().filter(|query| !running.contains(query)) {
            // The host has been started again meanwhile, or the query has ended.
            if let Some(seen) = self.seen.get_mut(gone).filter(|_| gone.1 == started_at) {
                seen.to = Some(at);
            }
        }
        self.running.insert(host, running);
    }

    pub(super) fn get(&self, query: &QueryKey) -> Option<&QuerySeen> {
        self.seen.get(query)
    }

    /// The queries of one life of a host.
    pub(super) fn of(
        &self,
        life: (HostId, VirtualInstant),
    ) -> impl Iterator<Item = (&QueryKey, &QuerySeen)> {
        let all = self.seen.iter();
        all.filter(move |((host, started_at, _), _)| (*host, *started_at) == life)
    }
}
