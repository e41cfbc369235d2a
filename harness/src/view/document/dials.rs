//! The failed dials that are no attempt of the network.
//!
//! The address cannot be resolved or is of a kind that the host does not dial, it leads through a
//! relay, there is none, a behaviour denies the dial, or it leads to the host itself. The swarm
//! reports these. An address on which the network has failed is among its connections.

use indexmap::IndexMap;
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};
use serde::Serialize;

use super::{
    Connection,
    names::{Names, Peer},
};
use crate::{
    net::{Endpoint, name_in, relay_in},
    recording::{Recording, RefusedDial},
    trace::{DialAttempt, DialFailure, Labelled, OrderedDial, PeerTag, TraceEvent, why_failed},
};

/// A failed dial, of one address if it has tried some.
#[derive(Debug, Serialize)]
pub(in crate::view) struct FailedDial {
    /// The host that has dialled.
    pub(in crate::view) from: u32,
    /// The peer that the dial names.
    pub(super) peer: Option<Peer>,
    /// The relay, of an address that leads through one.
    relay: Option<Peer>,
    /// Empty if the dial has not come to an address.
    address: String,
    /// When it began, or when it failed if that is not known.
    pub(in crate::view) dialled: u64,
    pub(in crate::view) failed: u64,
    pub(in crate::view) why: String,
}

impl FailedDial {
    /// The host that the dial names.
    pub(in crate::view) fn to(&self) -> Option<u32> {
        match self.peer {
            Some(Peer::Host(host)) => Some(host),
            _ => None,
        }
    }
}

/// The dials, in the order in which they began. An attempt of the network that was given up gets
/// the reason that the swarm tells.
pub(super) fn failed(
    recording: &Recording,
    names: &Names,
    connections: &mut [Connection],
) -> Vec<FailedDial> {
    let mut finder = Finder {
        names,
        connections: &*connections,
        began: IndexMap::new(),
        ordered: Vec::new(),
        taken: IndexMap::new(),
        found: Vec::new(),
    };
    for entry in &recording.trace.entries {
        if let Some(host) = entry.host {
            finder.hear(entry.at, host, &entry.event);
        }
    }
    let (mut found, mut taken) = (finder.found, finder.taken);
    for connection in connections.iter_mut() {
        let told = taken.swap_remove(&connection.n);
        if let Some(why) = told.filter(|_| connection.why.is_empty()) {
            connection.why = why;
        }
    }
    found.extend(recording.refused.iter().map(|dial| refused(dial, names)));
    found.sort_by_key(|dial| (dial.dialled, dial.failed));
    found
}

fn refused(dial: &RefusedDial, names: &Names) -> FailedDial {
    let at = dial.at.as_nanos();
    FailedDial {
        from: dial.host.0,
        peer: dial.peer.map(|peer| names.peer(&peer)),
        relay: None,
        address: String::new(),
        dialled: at,
        failed: at,
        why: names.spelled(&dial.why),
    }
}

struct Finder<'a> {
    names: &'a Names,
    connections: &'a [Connection],
    /// When a dial began, by its host and the number that its swarm has given.
    began: IndexMap<(u32, u32), u64>,
    /// The dials that the test has ordered and that have not ended: host, target and time.
    ordered: Vec<(u32, OrderedDial, u64)>,
    /// The attempts of the network that belong to a dial, and why the swarm says they failed.
    taken: IndexMap<u32, String>,
    found: Vec<FailedDial>,
}

impl Finder<'_> {
    fn hear(&mut self, at: u64, host: u32, event: &TraceEvent) {
        match event {
            TraceEvent::Control { dial, .. } => {
                self.ordered.extend(dial.0.map(|target| (host, target, at)));
            }
            TraceEvent::Dialing { connection, .. } => {
                self.began.insert((host, *connection), at);
            }
            TraceEvent::ConnectionEstablished {
                peer,
                connection,
                dialer: true,
                ..
            } => {
                self.begin(host, *connection, Some(peer));
            }
            TraceEvent::DialFailed {
                peer,
                connection,
                error,
                tried,
                cause,
            } => {
                let began = self.begin(host, *connection, peer.as_ref());
                self.fail(
                    host,
                    (began.unwrap_or(at), at),
                    peer.as_ref(),
                    (error, &tried.0, &cause.0),
                );
            }
            TraceEvent::State { state } if !matches!(&**state, "open" | "closing") => {
                self.began.retain(|(of, _), _| *of != host);
                self.ordered.retain(|(of, ..)| *of != host);
            }
            _ => {}
        }
    }

    /// When a dial that ends now began. A dial that a test orders is not announced.
    fn begin(&mut self, host: u32, connection: u32, peer: Option<&PeerTag>) -> Option<u64> {
        if let Some(at) = self.began.swap_remove(&(host, connection)) {
            return Some(at);
        }
        let peer = peer.map(|peer| OrderedDial::Peer(*peer));
        let targets = [peer, Some(OrderedDial::Address)];
        let index = targets.into_iter().flatten().find_map(|target| {
            let mut ordered = self.ordered.iter();
            ordered.position(|(of, to, _)| *of == host && *to == target)
        });
        index.map(|index| self.ordered.remove(index).2)
    }

    fn fail(
        &mut self,
        host: u32,
        (began, at): (u64, u64),
        peer: Option<&PeerTag>,
        (error, tried, cause): (&Labelled<DialFailure>, &[DialAttempt], &Option<String>),
    ) {
        let mut add = |address: String, relay: Option<PeerId>, why: String| {
            self.found.push(FailedDial {
                from: host,
                peer: peer.map(|peer| match peer {
                    PeerTag::Host(host) => Peer::Host(*host),
                    PeerTag::Foreign(peer) => Peer::Foreign(peer.to_string()),
                }),
                relay: relay.map(|relay| self.names.peer(&relay)),
                address,
                dialled: began,
                failed: at,
                why: self.names.spelled(&why),
            });
        };
        // No dial has failed where one to the same peer goes on, or a connection is there.
        if error.kind == DialFailure::ConditionFalse {
            return;
        }
        let within = |connection: &&Connection| {
            connection.from == host
                && connection.up.is_none()
                && (began..=at).contains(&connection.dialled)
        };
        if tried.is_empty() {
            let given_up = self.connections.iter().filter(within);
            let mut given_up = given_up.filter(|connection| connection.end == Some("given up"));
            if error.kind == DialFailure::Aborted
                && let Some(connection) = given_up.find(|one| !self.taken.contains_key(&one.n))
            {
                self.taken.insert(connection.n, String::new());
                return;
            }
            add(String::new(), None, why_failed(error, tried, cause));
            return;
        }
        for attempt in tried {
            let address = attempt.address.parse::<Multiaddr>().ok();
            let relay = address.as_ref().and_then(relay_in);
            let is_only = tried.len() == 1;
            let mut own = self.connections.iter().filter(within);
            let own = address.as_ref().and_then(|address| {
                own.find(|connection| {
                    !self.taken.contains_key(&connection.n)
                        && is_attempt(connection, address)
                        && (!is_only
                            || name_in(address).is_none()
                            || connection.down[0] == Some(at))
                })
            });
            match own {
                Some(connection) => {
                    self.taken.insert(connection.n, attempt.reason.clone());
                }
                None => add(attempt.place().to_owned(), relay, reason(attempt)),
            }
        }
    }
}

fn reason(attempt: &DialAttempt) -> String {
    match &*attempt.reason {
        "" => "the reason is not known".to_owned(),
        reason => reason.to_owned(),
    }
}

/// Whether the network has attempted this address, or one that the name in it stands for.
fn is_attempt(connection: &Connection, address: &Multiaddr) -> bool {
    let mut parts = address.iter();
    let endpoint = connection.endpoint;
    let resolved: Multiaddr = match parts.next() {
        Some(Protocol::Dnsaddr(_)) => return true,
        Some(Protocol::Dns(_) | Protocol::Dns4(_) | Protocol::Dns6(_)) => {
            let ip = Multiaddr::from(endpoint.ip());
            ip.iter().chain(parts).collect()
        }
        _ => address.clone(),
    };
    Endpoint::of(&resolved) == Some(endpoint)
}

#[cfg(test)]
mod tests {
    use dht_harness_clock::VirtualInstant;
    use libp2p::{core::transport::TransportError, swarm::DialError};

    use super::*;
    use crate::{
        net::{ConnError, ConnId, ConnKind, HostId, NetEvent},
        trace::{TraceEntry, Undigested},
    };

    const REFUSED: &str = "/ip4/10.0.0.2/tcp/7";

    /// What is found in these events of host 0: when each dial began and failed, its address, and
    /// why it has failed.
    fn of(events: Vec<(u64, TraceEvent)>) -> Vec<(u64, u64, String, String)> {
        let recording = recording(events);
        let mut connections =
            super::super::connections::connections(&recording, &Names::of(&recording));
        let found = failed(&recording, &Names::of(&recording), &mut connections);
        let found = found.into_iter();
        found
            .map(|dial| (dial.dialled, dial.failed, dial.address, dial.why))
            .collect()
    }

    fn recording(events: Vec<(u64, TraceEvent)>) -> Recording {
        let mut recording = Recording::default();
        for (seq, (at, event)) in events.into_iter().enumerate() {
            recording.trace.add(&TraceEntry {
                seq: seq as u64,
                at,
                host: Some(0),
                event,
            });
        }
        recording
    }

    fn dialing(connection: u32) -> TraceEvent {
        TraceEvent::Dialing {
            peer: Some(PeerTag::Host(1)),
            connection,
        }
    }

    fn ends(connection: u32, error: &DialError) -> TraceEvent {
        TraceEvent::DialFailed {
            peer: Some(PeerTag::Host(1)),
            connection,
            error: error.into(),
            tried: Undigested(DialAttempt::of(error, |_| None)),
            cause: Undigested(None),
        }
    }

    fn transport(tried: &[(&str, &str)]) -> DialError {
        let tried = tried.iter().map(|(address, why)| {
            let error = std::io::Error::other((*why).to_owned());
            (address.parse().unwrap(), TransportError::Other(error))
        });
        DialError::Transport(tried.collect())
    }

    /// An attempt of the network at an address, from one time to another.
    fn attempt(address: &str, (from, to): (u64, u64)) -> [(u64, TraceEvent); 2] {
        let address = Endpoint::of(&address.parse().unwrap()).unwrap();
        let (conn, host) = (ConnId(from as u32), HostId(0));
        let dialled = NetEvent::Dialled {
            at: VirtualInstant::from_nanos(from),
            conn,
            from: host,
            to: None,
            address,
            kind: ConnKind::Mux,
        };
        let failed = NetEvent::DialFailed {
            at: VirtualInstant::from_nanos(to),
            conn,
            from: host,
            error: ConnError::Refused,
        };
        [(from, dialled), (to, failed)].map(|(at, net)| (at, TraceEvent::Net { net }))
    }

    #[test]
    fn an_address_that_the_network_has_attempted_is_none_of_them() {
        let [begins, fails] = attempt(REFUSED, (2, 4));
        let error = transport(&[(REFUSED, "refused"), ("/memory/1", "not for this host")]);
        let found = of(vec![(2, dialing(1)), begins, fails, (5, ends(1, &error))]);
        let other = ("/memory/1".to_owned(), "not for this host".to_owned());
        assert_eq!(found, [(2, 5, other.0, other.1)]);
    }

    #[test]
    fn an_attempt_that_was_given_up_has_the_reason_of_the_swarm() {
        let [begins, _] = attempt(REFUSED, (2, 4));
        let given_up = NetEvent::DialAborted {
            at: VirtualInstant::from_nanos(5),
            conn: ConnId(2),
            from: HostId(0),
        };
        let error = transport(&[(REFUSED, "Timeout has been reached")]);
        let recording = recording(vec![
            (2, dialing(1)),
            begins,
            (5, ends(1, &error)),
            (5, TraceEvent::Net { net: given_up }),
        ]);
        let names = Names::of(&recording);
        let mut connections = super::super::connections::connections(&recording, &names);
        assert!(failed(&recording, &names, &mut connections).is_empty());
        assert_eq!(connections[0].end, Some("given up"));
        assert_eq!(connections[0].why, "Timeout has been reached");
    }

    #[test]
    fn a_name_that_is_not_resolved_is_one_of_them() {
        let name = "/dns4/boot.example/tcp/7";
        let found = of(vec![
            (1, dialing(1)),
            (9, ends(1, &transport(&[(name, "no name")]))),
        ]);
        assert_eq!(found, [(1, 9, name.to_owned(), "no name".to_owned())]);
        // The attempt of another dial has ended before this one, the one of the same dial with it.
        for (ended, count) in [(4, 1), (9, 0)] {
            let [begins, fails] = attempt(REFUSED, (2, ended));
            let failed = ends(1, &transport(&[(name, "refused")]));
            let found = of(vec![(1, dialing(1)), begins, fails, (9, failed)]);
            assert_eq!(found.len(), count, "{found:?}");
        }
    }

    #[test]
    fn a_dial_that_has_come_to_no_address_is_one_of_them() {
        let ordered = TraceEvent::Control {
            action: "start to dial an address".to_owned(),
            dial: Undigested(Some(OrderedDial::Address)),
        };
        let found = of(vec![(3, ordered), (4, ends(1, &DialError::NoAddresses))]);
        let why = "no address of the peer is known".to_owned();
        assert_eq!(found, [(3, 4, String::new(), why)]);
    }

    #[test]
    fn a_dial_of_the_test_began_when_it_was_ordered() {
        let ordered = |target| TraceEvent::Control {
            // The text is for people alone.
            action: String::new(),
            dial: Undigested(target),
        };
        let peer = Some(OrderedDial::Peer(PeerTag::Host(1)));
        let other = Some(OrderedDial::Peer(PeerTag::Host(2)));
        for (target, began) in [(peer, 3), (other, 9), (None, 9)] {
            let found = of(vec![
                (3, ordered(target)),
                (9, ends(1, &DialError::NoAddresses)),
            ]);
            assert_eq!((found[0].0, found[0].1), (began, 9), "{target:?}");
        }
    }

    #[test]
    fn a_relayed_dial_names_its_relay() {
        let keypair = libp2p::identity::Keypair::ed25519_from_bytes([1; 32]).unwrap();
        let relay = keypair.public().to_peer_id();
        let address = format!("/ip4/11.0.0.1/tcp/1/p2p/{relay}/p2p-circuit");
        let failed_dial = ends(1, &transport(&[(&address, "denied")]));
        let recording = recording(vec![(2, failed_dial)]);
        let found = failed(&recording, &Names::of(&recording), &mut []);
        assert_eq!(found[0].relay, Some(Peer::Foreign(relay.to_string())));
        assert_eq!((found[0].to(), &*found[0].address), (Some(1), &*address));
    }

    #[test]
    fn a_dial_that_another_one_makes_needless_has_not_failed() {
        use libp2p::swarm::dial_opts::PeerCondition;
        let error = DialError::DialPeerConditionFalse(PeerCondition::NotDialing);
        assert!(of(vec![(2, ends(1, &error))]).is_empty());
    }

    #[test]
    fn a_dial_that_the_swarm_has_refused_at_once_is_one_of_them() {
        let mut recording = recording(Vec::new());
        recording.refused.push(RefusedDial {
            at: VirtualInstant::from_nanos(7),
            host: HostId(0),
            peer: None,
            why: "a limit".to_owned(),
        });
        let found = failed(&recording, &Names::of(&recording), &mut []);
        assert_eq!((found[0].dialled, &*found[0].why), (7, "a limit"));
    }
}
