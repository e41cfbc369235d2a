//! The connections of a run that lead through a relay, as the swarms at their ends see them.
//!
//! For the network such a connection is a stream on the connections to the relay.

use indexmap::IndexMap;
use serde::Serialize;

use super::names::Peer;
use crate::{
    recording::Recording,
    trace::{PeerTag, TraceEvent},
};

/// The protocol that makes direct connections of relayed ones.
const DCUTR: &str = "dcutr";

/// A connection through a relay.
#[derive(Debug, Serialize)]
pub(in crate::view) struct RelayedConnection {
    /// The host that has dialled.
    pub(in crate::view) from: u32,
    /// The host that has accepted.
    pub(in crate::view) to: u32,
    relay: Peer,
    /// When the dial began, if it is known.
    dialled: Option<u64>,
    /// When it came up for the dialler, and for the listener.
    up: [Option<u64>; 2],
    /// When it ended for the dialler, and for the listener.
    down: [Option<u64>; 2],
    /// The error with which it ended; empty if there was none.
    pub(in crate::view) why: String,
    /// When a direct connection of the two came up beside it.
    direct: Option<u64>,
    /// The ends of hole punches between the two since it came up.
    punches: Vec<Punch>,
}

/// The end of a hole punch.
#[derive(Debug, Serialize)]
struct Punch {
    at: u64,
    /// The host that reports it.
    host: u32,
    ok: bool,
    says: String,
}

impl RelayedConnection {
    /// When the first of its ends came up.
    pub(in crate::view) fn began(&self) -> u64 {
        let [one, other] = self.up;
        let ups = one.into_iter().chain(other);
        ups.min().unwrap_or_default()
    }

    /// When the last of its ends went down.
    pub(in crate::view) fn ended(&self) -> Option<u64> {
        let is_over = |side: usize| self.up[side].is_none() || self.down[side].is_some();
        let [one, other] = self.down;
        (is_over(0) && is_over(1)).then(|| one.max(other)).flatten()
    }

    /// Its relay, if it is a host.
    pub(in crate::view) fn relay(&self) -> Option<u32> {
        match self.relay {
            Peer::Host(host) => Some(host),
            Peer::Foreign(_) => None,
        }
    }

    fn is_between(&self, one: u32, other: u32) -> bool {
        (self.from, self.to) == (one, other) || (self.from, self.to) == (other, one)
    }

    fn end(&mut self, side: usize, at: u64) {
        if self.up[side].is_some() {
            self.down[side].get_or_insert(at);
        }
    }
}

/// Finds the connections, and which end of one a connection of a swarm is.
#[derive(Default)]
struct Finder {
    found: Vec<RelayedConnection>,
    /// By host and the number that its swarm has given: the connection and its side.
    ends: IndexMap<(u32, u32), (usize, usize)>,
    /// When the dials began.
    dials: IndexMap<(u32, u32), u64>,
}

/// The connections, in the order in which they came up.
pub(super) fn connections(recording: &Recording) -> Vec<RelayedConnection> {
    let mut finder = Finder::default();
    for entry in &recording.trace.entries {
        if let Some(host) = entry.host {
            finder.hear(entry.at, host, &entry.event);
        }
    }
    finder.found
}

impl Finder {
    fn hear(&mut self, at: u64, host: u32, event: &TraceEvent) {
        match event {
            TraceEvent::Dialing { connection, .. } => {
                self.dials.insert((host, *connection), at);
            }
            TraceEvent::ConnectionEstablished {
                peer: PeerTag::Host(peer),
                connection,
                dialer,
                relay,
                ..
            } => {
                let dialled = self.dials.swap_remove(&(host, *connection));
                match &relay.0 {
                    Some(relay) => {
                        let place = self.up(at, (host, *peer), *dialer, relay, dialled);
                        self.ends.insert((host, *connection), place);
                    }
                    None => self.direct(at, host, *peer),
                }
            }
            TraceEvent::ConnectionClosed {
                connection, cause, ..
            } => {
                if let Some((index, side)) = self.ends.swap_remove(&(host, *connection)) {
                    let found = &mut self.found[index];
                    found.end(side, at);
                    if let Some(cause) = cause.as_ref().filter(|_| found.why.is_empty()) {
                        found.why.clone_from(cause);
                    }
                }
            }
            TraceEvent::State { state } if !matches!(&**state, "open" | "closing") => {
                self.dials.retain(|(of, _), _| *of != host);
                let of_host = self.ends.iter().filter(|((of, _), _)| *of == host);
                for (_, (index, side)) in of_host {
                    self.found[*index].end(*side, at);
                }
                self.ends.retain(|(of, _), _| *of != host);
            }
            TraceEvent::Swarm { behaviour, .. } => {
                let told = behaviour.0.as_ref();
                if let Some(told) = told.filter(|told| told.protocol == DCUTR)
                    && let Some(PeerTag::Host(peer)) = told.peers.first()
                    && let Some(ok) = told.ok
                {
                    let latest = self.found.iter_mut().rev();
                    let mut latest = latest.filter(|found| found.is_between(host, *peer));
                    if let Some(found) = latest.next() {
                        found.punches.push(Punch {
                            at,
                            host,
                            ok,
                            says: told.detail.clone(),
                        });
                    }
                }
            }
            _ => {}
        }
    }

    /// An end of a connection came up. Returns its index and its side.
    fn up(
        &mut self,
        at: u64,
        (host, peer): (u32, u32),
        dialer: bool,
        relay: &PeerTag,
        dialled: Option<u64>,
    ) -> (usize, usize) {
        let side = usize::from(!dialer);
        let (from, to) = if dialer { (host, peer) } else { (peer, host) };
        let relay = match relay {
            PeerTag::Host(host) => Peer::Host(*host),
            PeerTag::Foreign(peer) => Peer::Foreign(peer.to_string()),
        };
        // The other end has come up already, and has not gone down.
        let known = self.found.iter().rposition(|found| {
            (found.from, found.to, &found.relay) == (from, to, &relay)
                && found.up[side].is_none()
                && found.down == [None, None]
        });
        let index = known.unwrap_or_else(|| {
            self.found.push(RelayedConnection {
                from,
                to,
                relay,
                dialled: None,
                up: [None, None],
                down: [None, None],
                why: String::new(),
                direct: None,
                punches: Vec::new(),
            });
            self.found.len() - 1
        });
        let found = &mut self.found[index];
        found.up[side] = Some(at);
        found.dialled = found.dialled.or(dialled);
        (index, side)
    }

    /// A direct connection came up.
    fn direct(&mut self, at: u64, host: u32, peer: u32) {
        let open = self.found.iter_mut();
        for found in open.filter(|found| found.is_between(host, peer) && found.ended().is_none()) {
            found.direct.get_or_insert(at);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::trace::{BehaviourTag, TraceEntry, Undigested};

    /// The connections of these events, each of a host.
    fn of(events: Vec<(u64, u32, TraceEvent)>) -> Vec<RelayedConnection> {
        let mut recording = Recording::default();
        for (seq, (at, host, event)) in events.into_iter().enumerate() {
            recording.trace.add(&TraceEntry {
                seq: seq as u64,
                at,
                host: Some(host),
                event,
            });
        }
        connections(&recording)
    }

    fn up(peer: u32, connection: u32, dialer: bool, relay: Option<u32>) -> TraceEvent {
        TraceEvent::ConnectionEstablished {
            peer: PeerTag::Host(peer),
            connection,
            dialer,
            established: 1,
            relay: Undigested(relay.map(PeerTag::Host)),
        }
    }

    fn down(peer: u32, connection: u32) -> TraceEvent {
        TraceEvent::ConnectionClosed {
            peer: PeerTag::Host(peer),
            connection,
            remaining: 0,
            cause: None,
        }
    }

    fn punched(peer: u32, ok: bool) -> TraceEvent {
        TraceEvent::Swarm {
            kind: "Behaviour".into(),
            behaviour: Undigested(Some(Box::new(BehaviourTag {
                protocol: DCUTR.into(),
                what: "hole punch".into(),
                ok: Some(ok),
                peers: vec![PeerTag::Host(peer)],
                detail: String::new(),
            }))),
        }
    }

    #[test]
    fn the_two_ends_of_a_relayed_connection_are_one() {
        let dial = TraceEvent::Dialing {
            peer: Some(PeerTag::Host(2)),
            connection: 7,
        };
        let found = of(vec![
            (1, 1, dial),
            (2, 2, up(1, 3, false, Some(0))),
            (3, 1, up(2, 7, true, Some(0))),
            (5, 2, up(1, 4, false, None)),
            (6, 1, punched(2, true)),
            (8, 1, down(2, 7)),
            (9, 2, down(1, 3)),
        ]);
        let [one] = &found[..] else {
            panic!("{found:?}")
        };
        assert_eq!((one.from, one.to, one.relay()), (1, 2, Some(0)));
        assert_eq!((one.dialled, one.up), (Some(1), [Some(3), Some(2)]));
        assert_eq!((one.down, one.ended()), ([Some(8), Some(9)], Some(9)));
        assert_eq!((one.direct, one.punches.len()), (Some(5), 1));
    }

    #[test]
    fn a_second_relayed_connection_is_another_one() {
        let crashed = TraceEvent::State {
            state: "crashed".into(),
        };
        let found = of(vec![
            (1, 2, up(1, 1, false, Some(0))),
            (2, 1, up(2, 1, true, Some(0))),
            (3, 1, crashed),
            (4, 2, down(1, 1)),
            (5, 1, up(2, 1, true, Some(0))),
            (6, 1, punched(2, false)),
        ]);
        let ends: Vec<_> = found.iter().map(|one| (one.up, one.down)).collect();
        assert_eq!(
            ends,
            [
                ([Some(2), Some(1)], [Some(3), Some(4)]),
                ([Some(5), None], [None, None]),
            ]
        );
        let punches: Vec<_> = found.iter().map(|one| one.punches.len()).collect();
        assert_eq!(punches, [0, 1]);
    }
}
