//! What the stores of all hosts contained over time.

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::PeerId;

use crate::net::{HostId, IdHash};

/// One record in the store of a host.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) struct Stored {
    pub(crate) host: HostId,
    pub(crate) key: Vec<u8>,
    /// The provider, if it is a provider record.
    pub(crate) provider: Option<PeerId>,
    /// The value, if it is none.
    pub(crate) value: Vec<u8>,
}

/// One record in the store of a host, and when it was seen there.
#[derive(Clone, Debug)]
pub(crate) struct StoreSpan {
    pub(crate) stored: Stored,
    /// The look that saw it first.
    pub(crate) from: VirtualInstant,
    /// The first look that no longer saw it. `None` if the last look saw it.
    pub(crate) to: Option<VirtualInstant>,
}

/// Compares looks at the stores.
#[derive(Debug, Default)]
pub(super) struct StoreLog {
    /// What the latest look saw, and since when it is there.
    present: IndexMap<Stored, VirtualInstant, IdHash>,
    gone: Vec<StoreSpan>,
}

impl StoreLog {
    /// Notes what all stores contain at this time.
    pub(super) fn look(&mut self, at: VirtualInstant, contents: Vec<Stored>) {
        let mut before = std::mem::take(&mut self.present);
        for stored in contents {
            let since = before.shift_remove(&stored).unwrap_or(at);
            self.present.insert(stored, since);
        }
        let gone = before.into_iter().map(|(stored, from)| StoreSpan {
            stored,
            from,
            to: Some(at),
        });
        self.gone.extend(gone);
    }

    /// Notes that the store of a host is gone.
    pub(super) fn down(&mut self, host: HostId, at: VirtualInstant) {
        let (gone, present) = std::mem::take(&mut self.present)
            .into_iter()
            .partition(|(stored, _): &(Stored, _)| stored.host == host);
        self.present = present;
        let gone: IndexMap<_, _, IdHash> = gone;
        self.gone
            .extend(gone.into_iter().map(|(stored, from)| StoreSpan {
                stored,
                from,
                to: Some(at),
            }));
    }

    pub(super) fn into_spans(self) -> Vec<StoreSpan> {
        let present = self.present.into_iter().map(|(stored, from)| StoreSpan {
            stored,
            from,
            to: None,
        });
        let mut spans: Vec<_> = self.gone.into_iter().chain(present).collect();
        spans.sort_by_key(|span| span.from);
        spans
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_is_there_from_the_first_look_to_the_one_that_misses_it() {
        let stored = |value: &str| Stored {
            host: HostId(0),
            key: b"k".to_vec(),
            provider: None,
            value: value.as_bytes().to_vec(),
        };
        let at = VirtualInstant::from_nanos;
        let mut log = StoreLog::default();
        log.look(at(1), vec![stored("old")]);
        log.look(at(2), vec![stored("old"), stored("new")]);
        log.look(at(3), vec![stored("new")]);
        let spans = log.into_spans();
        let spans: Vec<_> = spans.iter().map(|span| (span.from, span.to)).collect();
        assert_eq!(spans, [(at(1), Some(at(3))), (at(2), None)]);
    }

    #[test]
    fn the_records_of_a_host_end_with_it() {
        let stored = |host| Stored {
            host: HostId(host),
            key: b"k".to_vec(),
            provider: None,
            value: Vec::new(),
        };
        let at = VirtualInstant::from_nanos;
        let mut log = StoreLog::default();
        log.look(at(1), vec![stored(0), stored(1)]);
        log.down(HostId(0), at(2));
        log.look(at(9), vec![stored(1)]);
        let spans = log.into_spans();
        let spans: Vec<_> = spans
            .iter()
            .map(|span| (span.stored.host.0, span.to))
            .collect();
        assert_eq!(spans, [(0, Some(at(2))), (1, None)]);
    }
}
