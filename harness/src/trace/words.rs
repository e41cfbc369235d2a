//! Events in words, with the names of their hosts.

use std::net::Ipv4Addr;

use dht_harness_clock::VirtualInstant;
use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use super::{DialAttempt, DialFailure, Labelled, PeerTag, Reset, TraceEntry, TraceEvent};
use crate::{
    net::{CloseKind, ConnError, HostId, NetEvent, described, labelled},
    noun::counted,
};

/// The most changes of a table that are told.
const CHANGES: usize = 6;

/// What is known of the hosts and routers of a run, for the words of its events.
pub(crate) trait Names {
    /// The name of a host.
    fn host(&self, host: HostId) -> String;

    /// The host with this identity, if one has it.
    fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        let _ = peer;
        None
    }

    /// The router with this address outside, if one has it.
    fn router_at(&self, ip: Ipv4Addr) -> Option<String> {
        let _ = ip;
        None
    }

    /// Who has reset the connection of which a host has learnt at an instant, if it is known.
    fn reset(&self, host: HostId, at: VirtualInstant) -> Option<Reset> {
        let _ = (host, at);
        None
    }
}

/// The names of hosts alone.
struct HostNames<'a>(&'a dyn Fn(HostId) -> String);

impl Names for HostNames<'_> {
    fn host(&self, host: HostId) -> String {
        self.0(host)
    }
}

/// Where and when an event has happened, and what is known of the run.
struct Scene<'a> {
    names: &'a dyn Names,
    /// The host, and the instant.
    place: Option<(HostId, VirtualInstant)>,
}

impl Scene<'_> {
    fn name(&self, host: HostId) -> String {
        self.names.host(host)
    }

    /// An error with the one who has reset the connection, if it is known.
    fn with_reset(&self, error: &str) -> String {
        let reset = self.place.and_then(|(host, at)| self.names.reset(host, at));
        match reset {
            Some(reset) => {
                let told = reset.words(|host| self.name(host));
                error.replace(&ConnError::Reset.to_string(), &told)
            }
            None => error.to_owned(),
        }
    }

    /// What is told of the peer that has answered a dial in place of another.
    fn answered(&self, peer: &str, place: &str) -> String {
        let known = peer.parse().ok().and_then(|peer| self.names.host_of(&peer));
        let own = self.place.map(|(host, _)| host);
        let router = place
            .parse()
            .ok()
            .and_then(|address: Multiaddr| ip_of(&address))
            .and_then(|ip| self.names.router_at(ip))
            .map_or(String::new(), |router| format!(", through {router}"));
        match known {
            Some(host) if own == Some(host) => {
                format!("the host reaches itself at {place}{router}")
            }
            Some(host) => format!(
                "another peer answers, {} at {place}{router}",
                self.name(host)
            ),
            None => format!("another peer answers, {peer} at {place}{router}"),
        }
    }

    /// An error on one line, as [`refusal`] tells it, with the names of hosts.
    fn refusal(&self, error: &str) -> String {
        match wrong_peer(&single(error)) {
            Some((peer, place)) => self.answered(&peer, &place),
            None => self.with_reset(&refusal(error)),
        }
    }
}

/// The IPv4 address that an address begins with.
fn ip_of(address: &Multiaddr) -> Option<Ipv4Addr> {
    match address.iter().next()? {
        Protocol::Ip4(ip) => Some(ip),
        _ => None,
    }
}

impl TraceEntry {
    /// The event in words, such as `1.040000000s a: a connection to b is up, dialled`. `name`
    /// returns the name of a host.
    pub fn words(&self, name: &dyn Fn(HostId) -> String) -> String {
        let (at, what) = (self.instant(), self.told(&HostNames(name)));
        match self.host {
            Some(host) => format!("{at} {}: {what}", name(HostId(host))),
            None => format!("{at} {what}"),
        }
    }
}

impl TraceEntry {
    /// The event in words, without its time and its host.
    pub(crate) fn told(&self, names: &dyn Names) -> String {
        let place = self.host.map(|host| (HostId(host), self.instant()));
        self.event.told(&Scene { names, place })
    }
}

impl TraceEvent {
    /// The event in words, without its time and its host. A connection with a number is one of
    /// the network; the numbers that a swarm gives its own are left out.
    pub fn words(&self, name: &dyn Fn(HostId) -> String) -> String {
        let scene = Scene {
            names: &HostNames(name),
            place: None,
        };
        self.told(&scene)
    }

    fn told(&self, scene: &Scene<'_>) -> String {
        let name = |host| scene.name(host);
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
            TraceEvent::Net { net } => in_network(net, scene),
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
                    format!(": {}", scene.with_reset(cause.trim_end_matches('.')))
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
                let why = scene.refusal(cause.0.as_deref().unwrap_or(error));
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
                let why = match error.kind {
                    DialFailure::WrongPeerId => {
                        scene.refusal(cause.0.as_deref().unwrap_or(&error.text))
                    }
                    _ => scene.with_reset(&why_failed(error, &tried.0, &cause.0)),
                };
                format!("the dial of {to} fails: {why}")
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
                    .map(|change| told_apart(&change.text))
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

fn in_network(event: &NetEvent, scene: &Scene<'_>) -> String {
    let name = &|host| scene.name(host);
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
                "the network: {conn} is dialled, to {} at {}",
                name(*to),
                address.multiaddr()
            ),
            None => {
                let place = address.multiaddr();
                match scene.names.router_at(address.host_ip()) {
                    Some(router) => {
                        format!(
                            "the network: {conn} is dialled, to {place}, the address of {router}"
                        )
                    }
                    None => format!(
                        "the network: {conn} is dialled, to {place}, which is the address of no host"
                    ),
                }
            }
        },
        NetEvent::Accepted { conn, from, .. } => {
            format!("the network: {conn} of {} is accepted", name(*from))
        }
        NetEvent::Connected { conn, to, .. } => {
            format!("the network: {conn} to {} is open", name(*to))
        }
        NetEvent::DialFailed { conn, error, .. } => {
            format!(
                "the network: {conn} fails: {}",
                scene.with_reset(&error.to_string())
            )
        }
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
        NetEvent::Lost { conn, error, .. } => {
            format!(
                "the network: {conn} ends: {}",
                scene.with_reset(&error.to_string())
            )
        }
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
        "Behaviour" => "an event of a behaviour, without its content",
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
    if let Some((peer, place)) = wrong_peer(&line) {
        return format!("another peer answers, {peer} at {place}");
    }
    if let Some(place) = reason.strip_prefix("Local peer ID at ") {
        return format!("the host dials itself, at {}", place.trim_matches('"'));
    }
    match reason {
        "Dial error" => "a behaviour of the host has denied it".to_owned(),
        reason => reason.to_owned(),
    }
}

/// The peer that has answered in place of the one that was dialled, and where.
fn wrong_peer(line: &str) -> Option<(String, String)> {
    let line = line.strip_prefix("Dial error: ").unwrap_or(line);
    let other = line.strip_prefix("Unexpected peer ID ")?;
    let (peer, place) = other.split_once(" at ")?;
    let place = place.trim_end_matches('.').trim_matches('"');
    // The peer that was dialled is known.
    let place = place.rsplit_once("/p2p/").map_or(place, |(place, _)| place);
    Some((peer.to_owned(), place.to_owned()))
}

/// A change of an entry, whose text leaves out the peer id at the end of its addresses, with what
/// tells equal addresses apart.
pub(crate) fn told_apart(change: &str) -> String {
    let sides: Vec<String> = change.split(" -> ").map(told_once).collect();
    match sides.as_slice() {
        [before, after] => {
            let first = before
                .split_once(' ')
                .and_then(|(_, rest)| rest.split_once(' '));
            match first {
                Some((_, told)) if told == after => {
                    format!("{before} -> {after} (the peer id at the end of an address differs)")
                }
                _ => sides.join(" -> "),
            }
        }
        _ => sides.join(" -> "),
    }
}

/// The status and the addresses of an entry, each address once.
fn told_once(entry: &str) -> String {
    let words: Vec<&str> = entry.split(' ').collect();
    let mut told: Vec<String> = Vec::new();
    for (position, word) in words.iter().enumerate() {
        let is_address = word.starts_with('/');
        if is_address && words[..position].contains(word) {
            continue;
        }
        told.push(match is_address && words[position + 1..].contains(word) {
            true => format!("{word} (with and without the peer id)"),
            false => (*word).to_owned(),
        });
    }
    told.join(" ")
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
        net::{Carrier, ConnId, ConnKind, Endpoint, IpVersion, Nat},
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

    /// Hosts `a` and `b`, of which `b` has the identity of the test, behind a router.
    struct Home(PeerId);

    impl Names for Home {
        fn host(&self, host: HostId) -> String {
            ["a", "b"][host.0 as usize].to_owned()
        }

        fn host_of(&self, peer: &PeerId) -> Option<HostId> {
            (*peer == self.0).then_some(HostId(1))
        }

        fn router_at(&self, ip: Ipv4Addr) -> Option<String> {
            (ip == Ipv4Addr::new(12, 0, 0, 2)).then(|| "router fine".to_owned())
        }

        fn reset(&self, _: HostId, _: VirtualInstant) -> Option<Reset> {
            Some(Reset::Host(HostId(1)))
        }
    }

    fn at_host(host: u32, event: TraceEvent) -> TraceEntry {
        TraceEntry {
            seq: 0,
            at: 0,
            host: Some(host),
            event,
        }
    }

    #[test]
    fn another_peer_that_answers_is_told_by_its_name() {
        let peer = |byte| crate::identity(byte).public().to_peer_id();
        let (known, unknown) = (peer(1), peer(2));
        let home = Home(known);
        let failed = |host, obtained: PeerId, place: &str| {
            let error = Labelled {
                kind: DialFailure::WrongPeerId,
                text: format!(
                    "Dial error: Unexpected peer ID {obtained} at \"{place}/p2p/{unknown}\"."
                ),
            };
            let event = TraceEvent::DialFailed {
                peer: None,
                connection: 1,
                error,
                tried: Undigested::default(),
                cause: Undigested::default(),
            };
            at_host(host, event).told(&home)
        };
        let (inside, outside) = ("/ip4/10.0.0.2/tcp/1", "/ip4/12.0.0.2/tcp/1");
        let told = "the dial of an address fails:";
        for (host, obtained, place, why) in [
            (
                1,
                known,
                outside,
                format!("the host reaches itself at {outside}, through router fine"),
            ),
            (
                0,
                known,
                inside,
                format!("another peer answers, b at {inside}"),
            ),
            (
                0,
                unknown,
                inside,
                format!("another peer answers, {unknown} at {inside}"),
            ),
        ] {
            assert_eq!(failed(host, obtained, place), format!("{told} {why}"));
        }
        let own = TraceEvent::IncomingFailed {
            peer: None,
            connection: 1,
            error: format!("Listen error: Local peer ID at \"{outside}\"."),
            cause: Undigested::default(),
        };
        assert_eq!(
            at_host(1, own).told(&home),
            format!("a connection that comes in fails: the host dials itself, at {outside}")
        );
    }

    #[test]
    fn a_dial_of_a_router_names_it() {
        let home = Home(crate::identity(1).public().to_peer_id());
        let dialled = |ip| {
            let net = NetEvent::Dialled {
                at: VirtualInstant::ZERO,
                conn: ConnId(3),
                from: HostId(0),
                to: None,
                address: Endpoint::new(ip, 1, IpVersion::V4, Carrier::Tcp),
                kind: ConnKind::Mux,
            };
            at_host(0, TraceEvent::Net { net }).told(&home)
        };
        assert_eq!(
            dialled(Ipv4Addr::new(12, 0, 0, 2)),
            "the network: connection 3 is dialled, to /ip4/12.0.0.2/tcp/1, the address of router fine"
        );
        assert_eq!(
            dialled(Ipv4Addr::new(9, 0, 0, 2)),
            "the network: connection 3 is dialled, to /ip4/9.0.0.2/tcp/1, which is the address of no \
             host"
        );
    }

    #[test]
    fn a_reset_is_told_with_the_one_who_has_reset() {
        let home = Home(crate::identity(1).public().to_peer_id());
        let net = NetEvent::Lost {
            at: VirtualInstant::ZERO,
            conn: ConnId(3),
            host: HostId(0),
            error: ConnError::Reset,
        };
        assert_eq!(
            at_host(0, TraceEvent::Net { net }).told(&home),
            "the network: connection 3 ends: reset by b"
        );
        let closed = TraceEvent::ConnectionClosed {
            peer: PeerTag::Host(1),
            connection: 1,
            remaining: 0,
            cause: Some(format!("Connection error: I/O error: {}", ConnError::Reset)),
        };
        assert_eq!(
            at_host(0, closed).told(&home),
            "a connection to b is down: Connection error: I/O error: reset by b"
        );
    }

    #[test]
    fn equal_addresses_are_told_with_what_differs() {
        let place = "/ip4/10.0.0.2/tcp/4001";
        let both = format!("{place} (with and without the peer id)");
        for (change, told) in [
            (
                format!("~ b disconnected {place} -> disconnected {place} {place}"),
                format!("~ b disconnected {place} -> disconnected {both}"),
            ),
            (
                format!("~ b connected {place} -> connected {place}"),
                format!(
                    "~ b connected {place} -> connected {place} (the peer id at the end of an \
                     address differs)"
                ),
            ),
            (
                format!("~ b disconnected {place} -> connected {place}"),
                format!("~ b disconnected {place} -> connected {place}"),
            ),
            (
                format!("  b connected {place} /ip4/10.0.0.3/tcp/4001 {place}"),
                format!("  b connected {both} /ip4/10.0.0.3/tcp/4001"),
            ),
        ] {
            assert_eq!(told_apart(&change), told);
        }
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
