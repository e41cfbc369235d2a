//! Who has reset a connection.
//!
//! Responsible for reading it from the events before. It must not guess: where the events leave
//! it open, it says so.

use std::collections::BTreeMap;

use dht_harness_clock::VirtualInstant;

use super::{TraceEntry, TraceEvent};
use crate::net::{
    CloseKind, ConnError, ConnId, DialFault, Fault, FaultId, HostId, LossEffect, NetEvent, labelled,
};

/// Who has reset a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reset {
    /// The program on this host, which closed it with data unread or before it accepted it.
    Host(HostId),
    /// The remote, as this router has forgotten the connection and sends from another port.
    Forgotten(String),
    /// A fault.
    Fault(FaultId),
    /// The remote: no fault of the run resets.
    Remote,
    /// The remote or a fault.
    Open,
}

impl Reset {
    /// The reset in words.
    pub(crate) fn words(&self, name: impl Fn(HostId) -> String) -> String {
        match self {
            Reset::Host(host) => format!("reset by {}", name(*host)),
            Reset::Forgotten(router) => {
                format!("reset by the remote, as {router} has forgotten the connection")
            }
            Reset::Fault(fault) => format!("reset by {fault}"),
            Reset::Remote => "reset by the remote".to_owned(),
            Reset::Open => ConnError::Reset.to_string(),
        }
    }
}

/// The resets that hosts have learnt of, by host and instant.
#[derive(Debug, Default)]
pub(crate) struct Resets {
    seen: BTreeMap<(HostId, VirtualInstant), Reset>,
    /// Whether a fault of the run can reset connections later than at its installation.
    may_be_fault: bool,
}

impl Resets {
    /// Reads them from events, oldest first.
    pub(crate) fn of<'a>(entries: impl IntoIterator<Item = &'a TraceEntry>) -> Self {
        let mut resets = Resets::default();
        let mut by_host: BTreeMap<ConnId, HostId> = BTreeMap::new();
        let mut forgotten: BTreeMap<ConnId, String> = BTreeMap::new();
        let mut latest_fault = None;
        for entry in entries {
            let TraceEvent::Net { net } = &entry.event else {
                continue;
            };
            match net {
                NetEvent::Closed {
                    conn, host, how, ..
                } if *how == CloseKind::Abortive => {
                    by_host.insert(*conn, *host);
                }
                NetEvent::Forgotten {
                    conn,
                    router,
                    name,
                    dropped: false,
                    ..
                } => {
                    forgotten.insert(*conn, labelled(*router, name.as_deref()));
                }
                NetEvent::FaultPlanned { at, fault, what } => {
                    if what.is_at_once() {
                        latest_fault = Some((*at, *fault));
                    }
                    resets.may_be_fault |= resets_later(what);
                }
                NetEvent::Lost {
                    at,
                    conn,
                    host,
                    error: ConnError::Reset,
                } => {
                    let closer = by_host.get(conn).filter(|closer| *closer != host);
                    let by_fault = latest_fault.filter(|(then, _)| then == at);
                    let reset = match (closer, forgotten.get(conn), by_fault) {
                        (Some(closer), ..) => Reset::Host(*closer),
                        (None, Some(router), _) => Reset::Forgotten(router.clone()),
                        (None, None, Some((_, fault))) => Reset::Fault(fault),
                        (None, None, None) => resets.unknown(),
                    };
                    resets.seen.insert((*host, *at), reset);
                }
                _ => {}
            }
        }
        resets
    }

    /// Who has reset the connection, or the substream, of which a host has learnt at an instant.
    pub(crate) fn at(&self, host: HostId, at: VirtualInstant) -> Reset {
        let seen = self.seen.get(&(host, at));
        seen.cloned().unwrap_or_else(|| self.unknown())
    }

    fn unknown(&self) -> Reset {
        match self.may_be_fault {
            true => Reset::Open,
            false => Reset::Remote,
        }
    }
}

/// Whether a fault resets connections while it is in force, or substreams.
fn resets_later(fault: &Fault) -> bool {
    match fault {
        Fault::Loss { effect, .. } => *effect == LossEffect::Reset,
        Fault::Dial { outcome, .. } => *outcome == DialFault::ResetAfterAccept,
        fault => fault.is_at_once(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{ResetScope, RouterId};

    const A: HostId = HostId(0);
    const B: HostId = HostId(1);
    const CONN: ConnId = ConnId(1);

    fn at(secs: u64) -> VirtualInstant {
        VirtualInstant::from_nanos(secs * 1_000_000_000)
    }

    fn lost(secs: u64) -> NetEvent {
        NetEvent::Lost {
            at: at(secs),
            conn: CONN,
            host: A,
            error: ConnError::Reset,
        }
    }

    fn told(events: Vec<NetEvent>) -> String {
        let entries = events.into_iter().map(|net| TraceEntry {
            seq: 0,
            at: 0,
            host: None,
            event: TraceEvent::Net { net },
        });
        let entries: Vec<_> = entries.collect();
        let reset = Resets::of(&entries).at(A, at(2));
        reset.words(|host| format!("h{}", host.0))
    }

    #[test]
    fn the_one_who_has_reset_is_named_if_the_events_tell() {
        let closed = NetEvent::Closed {
            at: at(1),
            conn: CONN,
            host: B,
            how: CloseKind::Abortive,
        };
        assert_eq!(told(vec![closed, lost(2)]), "reset by h1");
        let forgotten = NetEvent::Forgotten {
            at: at(1),
            conn: CONN,
            from: B,
            router: RouterId(0),
            name: Some("home".to_owned()),
            dropped: false,
        };
        assert_eq!(
            told(vec![forgotten, lost(2)]),
            "reset by the remote, as router home has forgotten the connection"
        );
        let fault = |secs| NetEvent::FaultPlanned {
            at: at(secs),
            fault: FaultId(7),
            what: Fault::Reset {
                scope: ResetScope::Host(A),
            },
        };
        assert_eq!(told(vec![fault(2), lost(2)]), "reset by fault 7");
        assert_eq!(
            told(vec![fault(1), lost(2)]),
            "reset by the remote or by a fault"
        );
        assert_eq!(told(vec![lost(2)]), "reset by the remote");
        assert_eq!(told(Vec::new()), "reset by the remote");
    }
}
