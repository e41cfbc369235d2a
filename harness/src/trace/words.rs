//! Events in words, with the names of their hosts.

use dht_harness_clock::VirtualInstant;

use super::{DialAttempt, DialFailure, Labelled, PeerTag, TraceEntry, TraceEvent};
use crate::{
    net::{CloseKind, HostId, NetEvent, described, labelled},
    noun::counted,
};

/// The most changes of a table that are told.
const CHANGES: usize = 6;

/// The names of hosts.
type Names<'a> = &'a dyn Fn(HostId) -> String;

impl TraceEntry {
    /// The event in words, such as `1.040000000s a: a connection to b is up, dialled`. `name`
    /// returns the name of a host.
    pub fn words(&self, name: &dyn Fn(HostId) -> String) -> String {
        let (at, what) = (self.instant(), self.event.words(name));
        match self.host {
            Some(host) => format!("{at} {}: {what}", name(HostId(host))),
            None => format!("{at} {what}"),
        }
    }
}

impl TraceEvent {
    /// The event in words, without its time and its host. A connection with a number is one of
    /// the network; the numbers that a swarm gives its own are left out.
    pub fn words(&self, name: &dyn Fn(HostId) -> String) -> String {
        let peer = |peer: &PeerTag| match peer {
            PeerTag::Host(host) => name(HostId(*host)),
            PeerTag::Foreign(peer) => peer.to_string(),
        };
        let perhaps = |known: &Option<PeerTag>| {
            known
                .as_ref()
                .map_or_else(|| "a peer that is not known".to_owned(), peer)
        };
        match self {
            TraceEvent::Net { net } => in_network(net, name),
            TraceEvent::Timer => "a timer fires".to_owned(),
            TraceEvent::Spawned { peer, routers, .. } => {
                let routers: Vec<_> = routers
                    .0
                    .iter()
                    .map(|router| format!(", behind {} ({})", router.label(), router.kind()))
                    .collect();
                format!("spawned as {peer}{}", routers.concat())
            }
            TraceEvent::State { state } => state.clone().into_owned(),
            TraceEvent::Dialing { peer: to, .. } => format!("dials {}", perhaps(to)),
            TraceEvent::ConnectionEstablished {
                peer: to,
                dialer,
                established,
                relay,
                ..
            } => {
                let how = if *dialer { "dialled" } else { "accepted" };
                let relay = relay.0.as_ref();
                let by = relay.map_or(String::new(), |relay| {
                    format!(", relayed by {}", peer(relay))
                });
                let more = match established {
                    0 | 1 => String::new(),
                    count => format!(", {count} to this peer"),
                };
                format!("a connection to {} is up, {how}{by}{more}", peer(to))
            }
            TraceEvent::ConnectionClosed {
                peer: to,
                remaining,
                cause,
                ..
            } => {
                let cause = cause.as_ref().map_or(String::new(), |cause| {
                    format!(": {}", cause.trim_end_matches('.'))
                });
                let more = match remaining {
                    0 => String::new(),
                    1 => ", 1 to this peer remains".to_owned(),
                    count => format!(", {count} to this peer remain"),
                };
                format!("a connection to {} is down{more}{cause}", peer(to))
            }
            TraceEvent::Incoming { .. } => "a connection comes in".to_owned(),
            TraceEvent::IncomingFailed {
                peer: from,
                error,
                cause,
                ..
            } => {
                let why = refusal(cause.0.as_deref().unwrap_or(error));
                match from {
                    Some(from) => format!("a connection from {} fails: {why}", peer(from)),
                    None => format!("a connection that comes in fails: {why}"),
                }
            }
            TraceEvent::DialFailed {
                peer: to,
                error,
                tried,
                cause,
                ..
            } => {
                let to = match to {
                    Some(to) => peer(to),
                    None => "an address".to_owned(),
                };
                format!(
                    "the dial of {to} fails: {}",
                    why_failed(error, &tried.0, &cause.0)
                )
            }
            TraceEvent::Listening { address } => format!("listens on {address}"),
            TraceEvent::NotListening { address } => format!("listens no more on {address}"),
            TraceEvent::Swarm { kind, behaviour } => match &behaviour.0 {
                Some(told) => told.words(peer),
                None => of_kind(kind),
            },
            TraceEvent::RoutingUpdated {
                peer: entry,
                new,
                addresses,
                evicted,
            } => {
                let what = if *new { "is new" } else { "has changed" };
                let evicted = evicted.as_ref().map_or(String::new(), |evicted| {
                    format!(", {} is evicted", peer(evicted))
                });
                let addresses = counted(*addresses, "address", "addresses");
                format!(
                    "{} {what} in the routing table, with {addresses}{evicted}",
                    peer(entry)
                )
            }
            TraceEvent::QueryStep {
                query,
                kind,
                step,
                last,
                ok,
                requests,
                successes,
                ..
            } => {
                let last = if *last { ", the last" } else { "" };
                let outcome = if *ok { "" } else { " failed" };
                format!(
                    "query {query} ({kind}){outcome}: step {step}{last}, {successes} of {} answered",
                    counted(*requests as usize, "request", "requests")
                )
            }
            TraceEvent::TableRead { entries, changes } => {
                let shown: Vec<_> = changes
                    .iter()
                    .map(|change| &*change.text)
                    .take(CHANGES)
                    .collect();
                let entries = counted(*entries, "entry", "entries");
                let more = match changes.len().saturating_sub(CHANGES) {
                    0 => String::new(),
                    more => format!("; and {more} more"),
                };
                match shown.is_empty() {
                    true => format!("its table has {entries}"),
                    false => format!("its table has {entries}: {}{more}", shown.join("; ")),
                }
            }
            TraceEvent::Violation { invariant } => format!("violates {invariant}"),
            TraceEvent::Planned { action, due } => {
                format!("planned for {}: {action}", VirtualInstant::from_nanos(*due))
            }
            TraceEvent::Fired { action } => format!("as planned: {action}"),
            TraceEvent::Control { action, .. } => format!("the test: {action}"),
        }
    }
}

fn in_network(event: &NetEvent, name: Names<'_>) -> String {
    match event {
        NetEvent::ListenerOpened { address, .. } => {
            format!("opens a listener on {}", address.multiaddr())
        }
        NetEvent::ListenerClosed { port, aborted, .. } => match aborted {
            0 => format!("closes its listener on port {port}"),
            _ => format!(
                "closes its listener on port {port}, and resets {}",
                counted(*aborted as usize, "connection", "connections")
            ),
        },
        NetEvent::Dialled {
            conn, to, address, ..
        } => match to {
            Some(to) => format!(
                "the network: {conn} starts to {} at {}",
                name(*to),
                address.multiaddr()
            ),
            None => format!(
                "the network: {conn} starts to {}, which no host has",
                address.multiaddr()
            ),
        },
        NetEvent::Accepted { conn, from, .. } => {
            format!("the network: {conn} of {} is accepted", name(*from))
        }
        NetEvent::Connected { conn, to, .. } => {
            format!("the network: {conn} to {} is open", name(*to))
        }
        NetEvent::DialFailed { conn, error, .. } => format!("the network: {conn} fails: {error}"),
        NetEvent::DialMerged { conn, into, .. } => {
            format!("the network: {conn} meets a dial of the other side, and is {into} now")
        }
        NetEvent::DialAborted { conn, .. } => format!("the network: {conn} is given up"),
        NetEvent::Delivered {
            conn, from, bytes, ..
        } => match bytes {
            0 => format!("a frame from {} arrives on {conn}", name(*from)),
            _ => format!("{bytes} bytes from {} arrive on {conn}", name(*from)),
        },
        NetEvent::Closed { conn, how, .. } => {
            let how = match how {
                CloseKind::Graceful => "closes",
                CloseKind::Abortive => "resets",
                CloseKind::AfterFailure => "drops",
            };
            format!("{how} {conn} of the network")
        }
        NetEvent::Lost { conn, error, .. } => format!("the network: {conn} ends: {error}"),
        NetEvent::HostDown { .. } => "is down".to_owned(),
        NetEvent::HostUp { .. } => "is up again".to_owned(),
        NetEvent::RouterRestarted { router, outer, .. } => {
            format!("{router} restarts, with the address {outer}")
        }
        NetEvent::Forgotten {
            conn,
            router,
            name,
            dropped,
            ..
        } => {
            let router = labelled(*router, name.as_deref());
            let then = match dropped {
                true => "and drops what comes from outside",
                false => "and lets what comes from inside leave by another port",
            };
            format!("the network: {router} has forgotten {conn}, {then}")
        }
        NetEvent::AddressChanged { old, new, .. } => format!("moves from {old} to {new}"),
        NetEvent::FaultPlanned { fault, what, .. } => {
            format!("{fault} begins: {}", described(what, name))
        }
        NetEvent::FaultTriggered { fault, .. } => format!("{fault} has its first effect"),
        NetEvent::FaultHealed { fault, hits, .. } => format!(
            "{fault} is healed after {}",
            counted(*hits as usize, "effect", "effects")
        ),
    }
}

/// What an event is of which only the kind is known.
fn of_kind(kind: &str) -> String {
    if let Some(mode) = kind.strip_prefix("kad::ModeChanged to ") {
        return format!("kad: is a {mode} from now on");
    }
    let words = match kind {
        "kad::InboundRequest" => "kad: a request has come in",
        "ListenerClosed" => "swarm: a listener is closed",
        "NewListener" => "swarm: a listener is new",
        "AddressChange" => "swarm: the address of a connection has changed",
        "Behaviour" => "an event of a behaviour that does not tell it",
        kind => return format!("event {kind}"),
    };
    words.to_owned()
}

/// Why a dial has failed: for each address that it has tried, or for all of it.
pub(crate) fn why_failed(
    error: &Labelled<DialFailure>,
    tried: &[DialAttempt],
    cause: &Option<String>,
) -> String {
    if !tried.is_empty() {
        let tried = tried.iter().map(|attempt| match &*attempt.reason {
            "" => attempt.place().to_owned(),
            reason => format!("{}: {reason}", attempt.place()),
        });
        return tried.collect::<Vec<_>>().join("; ");
    }
    match error.kind {
        DialFailure::LocalPeerId => "it is a dial to the host itself".to_owned(),
        DialFailure::NoAddresses => "no address of the peer is known".to_owned(),
        DialFailure::ConditionFalse => "the peer is connected, or is being dialled".to_owned(),
        DialFailure::Aborted => "it was given up".to_owned(),
        DialFailure::WrongPeerId | DialFailure::Denied | DialFailure::Transport => {
            refusal(cause.as_deref().unwrap_or(&error.text))
        }
    }
}

/// An error on one line, without what libp2p writes before the reason.
pub(crate) fn refusal(error: &str) -> String {
    let line = single(error);
    let reason = ["Dial error: ", "Listen error: ", "Denied: "]
        .iter()
        .fold(&*line, |rest, begin| {
            rest.strip_prefix(begin).unwrap_or(rest)
        });
    let reason = reason.trim_end_matches('.');
    if let Some(other) = reason.strip_prefix("Unexpected peer ID ") {
        let other = other.replace(" at \"/", " at /");
        let other = other.trim_matches('"');
        // The peer that was dialled is known.
        let place = other.rsplit_once("/p2p/").map_or(other, |(place, _)| place);
        return format!("another peer answers, {place}");
    }
    match reason {
        "Dial error" => "a behaviour of the host has denied it".to_owned(),
        reason => reason.to_owned(),
    }
}

/// An error on one line. libp2p separates the empty text of an error like others.
fn single(error: &str) -> String {
    let line: Vec<_> = error.split_whitespace().collect();
    line.join(" ").replace(": : ", ": ")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        net::Nat,
        trace::{BehaviourTag, EntryChange, Labelled, RouterTag, Undigested},
    };

    #[test]
    fn an_event_is_told_with_the_names_of_its_hosts() {
        let name = |host: HostId| ["a", "b"][host.0 as usize].to_owned();
        let event = |event| TraceEntry {
            seq: 0,
            at: 1_500_000_000,
            host: Some(0),
            event,
        };
        let up = event(TraceEvent::ConnectionEstablished {
            peer: PeerTag::Host(1),
            connection: 3,
            dialer: true,
            established: 1,
            relay: Undigested(None),
        });
        assert_eq!(
            up.words(&name),
            "1.500000000s a: a connection to b is up, dialled"
        );
        let relayed = event(TraceEvent::ConnectionEstablished {
            peer: PeerTag::Host(1),
            connection: 3,
            dialer: false,
            established: 2,
            relay: Undigested(Some(PeerTag::Host(0))),
        });
        assert_eq!(
            relayed.words(&name),
            "1.500000000s a: a connection to b is up, accepted, relayed by a, 2 to this peer"
        );
        let accepted = event(TraceEvent::Swarm {
            kind: "Behaviour".into(),
            behaviour: Undigested(Some(Box::new(BehaviourTag {
                protocol: "relay".into(),
                what: "circuit denied".into(),
                ok: Some(false),
                peers: vec![PeerTag::Host(0), PeerTag::Host(1)],
                detail: "NoReservation".to_owned(),
            }))),
        });
        assert_eq!(
            accepted.words(&name),
            "1.500000000s a: relay: circuit denied, a to b, NoReservation"
        );
        let home = event(TraceEvent::Spawned {
            name: "a".to_owned(),
            peer: "p".to_owned(),
            routers: Undigested(vec![RouterTag {
                router: 0,
                name: Some("home".to_owned()),
                nat: Nat::default(),
            }]),
        });
        assert_eq!(
            home.words(&name),
            "1.500000000s a: spawned as p, behind home (port-restricted cone)"
        );
        let step = event(TraceEvent::QueryStep {
            query: "0".to_owned(),
            kind: "get".into(),
            step: 1,
            last: true,
            ok: false,
            requests: 1,
            successes: 0,
            failures: 1,
        });
        assert_eq!(
            step.words(&name),
            "1.500000000s a: query 0 (get) failed: step 1, the last, 0 of 1 request answered"
        );
    }

    #[test]
    fn of_many_changes_of_a_table_the_first_are_told() {
        let read = |count: usize| TraceEvent::TableRead {
            entries: count,
            changes: (1..=count)
                .map(|number| Labelled {
                    kind: EntryChange::Added,
                    text: format!("+ h{number}"),
                })
                .collect(),
        };
        let words = |count| read(count).words(&|host| host.to_string());
        assert_eq!(words(0), "its table has 0 entries");
        assert_eq!(words(2), "its table has 2 entries: + h1; + h2");
        let six = "+ h1; + h2; + h3; + h4; + h5; + h6";
        assert_eq!(words(6), format!("its table has 6 entries: {six}"));
        assert_eq!(
            words(60),
            format!("its table has 60 entries: {six}; and 54 more")
        );
    }
}
