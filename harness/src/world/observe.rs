//! Converts swarm events to entries of the swarm log and to trace events.

use std::{
    borrow::Cow,
    error::Error,
    sync::{Arc, Mutex, PoisonError},
};

use dht_harness_clock as clock;
use libp2p::{
    Multiaddr, PeerId, Swarm, kad,
    swarm::{DialError, NetworkBehaviour, SwarmEvent},
};

use super::{
    access::Access,
    reason::recorded,
    swarm_log::{DialEnd, SwarmLog},
};
use crate::{
    application::{Listener, Sighting},
    dht::BehaviourEvent,
    engine,
    host::{Notice, chain},
    net::{Endpoint, HostId, without_peer},
    trace::{BehaviourTag, DialAttempt, Journal, PeerTag, TraceEvent, Undigested},
};

/// Creates an observer that updates the swarm log and the journal for `host`.
/// `unordered` are the parts of its behaviour whose message order depends on the
/// process.
pub(crate) fn observer<B: NetworkBehaviour, A: Access<B>>(
    host: HostId,
    unordered: Vec<&'static str>,
    swarm_log: Arc<Mutex<SwarmLog>>,
) -> impl FnMut(&mut Swarm<B>, &SwarmEvent<B::ToSwarm>) + Send + use<B, A> {
    move |swarm, event| {
        let mut swarm_log = swarm_log.lock().unwrap_or_else(PoisonError::into_inner);
        let (kad, lan) = match event {
            SwarmEvent::Behaviour(event) => (A::kad_event(event), A::lan_kad_event(event)),
            _ => (None, None),
        };
        let notice = Notice::of_event(event);
        note(&mut swarm_log, &notice, *swarm.local_peer_id(), |address| {
            swarm.listeners().any(|listening| listening == address)
        });
        if let Some(kad) = kad {
            note_kad(&mut swarm_log, kad);
        }
        if let Some(lan) = lan {
            let now = clock::now().unwrap_or_default();
            let queries = swarm_log.lan_queries.get_or_insert_default();
            queries.on_event(lan, now);
        }
        if !unordered.is_empty()
            && swarm_log.told_all_at.is_none()
            && tells_connections(&swarm_log, &notice, kad)
        {
            swarm_log.told_all_at = clock::now();
            tracing::warn!(
                wrap = ?unordered,
                "the order in which the behaviour tells its connections of a change depends on \
                 the process: wrap these parts of it in `DeterministicOrder`"
            );
        }
        let other = match (kad, lan, event) {
            (None, None, SwarmEvent::Behaviour(event)) => A::other_event(event),
            _ => None,
        };
        if let Some(told) = &other {
            swarm_log.identify_told(told);
        }
        engine::record(host, |journal| match (kad, lan, event) {
            (Some(kad), ..) => dht_event(journal, &swarm_log, kad),
            (None, Some(lan), _) => telling("Behaviour", lan_event(journal, lan)),
            (None, None, SwarmEvent::Behaviour(_)) => behaviour_event(journal, other),
            (None, None, _) => swarm_event(host, journal, &mut swarm_log, &notice),
        });
    }
}

/// Creates a listener that does the same for an application.
pub(crate) fn listener(host: HostId, peer: PeerId, swarm_log: Arc<Mutex<SwarmLog>>) -> Listener {
    Box::new(move |sighting, facts| {
        let mut swarm_log = swarm_log.lock().unwrap_or_else(PoisonError::into_inner);
        match sighting {
            Sighting::Notice(notice) => {
                note(&mut swarm_log, notice, peer, |address| {
                    facts.listeners().iter().any(|(_, own)| own == address)
                });
                engine::record(host, |journal| {
                    swarm_event(host, journal, &mut swarm_log, notice)
                });
            }
            Sighting::Kad(event) => {
                note_kad(&mut swarm_log, event);
                engine::record(host, |journal| dht_event(journal, &swarm_log, event));
            }
        }
    })
}

/// Notes what happens in the swarm of `local`, which listens on the addresses that
/// `listens` is true of.
fn note(
    swarm_log: &mut SwarmLog,
    notice: &Notice<'_>,
    local: PeerId,
    listens: impl Fn(&Multiaddr) -> bool,
) {
    let now = clock::now().unwrap_or_default();
    match *notice {
        Notice::Established {
            connection,
            peer,
            dialer,
            remote,
            relayed,
            count,
            ..
        } => {
            let number = swarm_log.number(connection);
            swarm_log.opened(number, peer, dialer, now);
            swarm_log.reached(number, remote, relayed);
            swarm_log.counted(&peer, count);
        }
        Notice::Closed {
            connection,
            peer,
            remaining,
            ..
        } => {
            let number = swarm_log.number(connection);
            swarm_log.closed(number, now);
            swarm_log.counted(&peer, remaining);
        }
        Notice::Dialing { connection, peer } => {
            let number = swarm_log.number(connection);
            swarm_log.dialing(number, peer, now);
        }
        Notice::DialFailed {
            connection,
            peer,
            error,
        } => {
            let number = swarm_log.number(connection);
            swarm_log.dial_ended(number, DialEnd::Failed);
            swarm_log.dial_failed(peer, error);
            if dialled_itself(local, listens, error) {
                swarm_log.self_dials += 1;
            }
        }
        Notice::Incoming { .. } => swarm_log.incoming += 1,
        Notice::IncomingFailed { peer, .. } => swarm_log.inbound_failures.push(peer),
        Notice::ExternalCandidate { .. } => swarm_log.candidates += 1,
        Notice::ExternalOfPeer { peer, address } => {
            let told = swarm_log.told.entry(peer).or_default();
            told.insert(address.clone());
        }
        _ => {}
    }
}

fn note_kad(swarm_log: &mut SwarmLog, event: &kad::Event) {
    let now = clock::now().unwrap_or_default();
    swarm_log.queries.on_event(event, now);
    swarm_log.announced.on_event(event, now);
    if let kad::Event::ModeChanged { new_mode } = event {
        swarm_log.modes.push((now, *new_mode));
    }
}

/// Whether kad or identify may just have sent a message to several connections, in
/// the order of a map keyed by connections.
fn tells_connections(swarm_log: &SwarmLog, notice: &Notice<'_>, kad: Option<&kad::Event>) -> bool {
    match (notice, kad) {
        (_, Some(kad::Event::ModeChanged { .. }))
        | (Notice::ExternalConfirmed { .. } | Notice::ExternalExpired { .. }, _) => {
            swarm_log.open_count() > 1
        }
        // identify sends to the connections of one peer in their order.
        (Notice::Listening { .. } | Notice::NotListening { .. }, _) => {
            swarm_log.connected.values().any(|count| *count > 1)
        }
        _ => false,
    }
}

/// Whether a failed dial reached the host itself.
fn dialled_itself(local: PeerId, listens: impl Fn(&Multiaddr) -> bool, error: &DialError) -> bool {
    match error {
        DialError::LocalPeerId { .. } => true,
        DialError::WrongPeerId { obtained, .. } => *obtained == local,
        DialError::Transport(tried) => {
            let mut tried = tried.iter();
            tried.any(|(address, _)| listens(&without_peer(address)))
        }
        _ => false,
    }
}

fn dht_event(journal: &Journal, swarm_log: &SwarmLog, event: &kad::Event) -> TraceEvent {
    let tag = |peer: &PeerId| journal.tag(peer);
    match event {
        kad::Event::RoutingUpdated {
            peer,
            is_new_peer,
            addresses,
            old_peer,
            ..
        } => TraceEvent::RoutingUpdated {
            peer: tag(peer),
            new: *is_new_peer,
            addresses: addresses.len(),
            evicted: old_peer.as_ref().map(tag),
        },
        kad::Event::OutboundQueryProgressed {
            id, stats, step, ..
        } => {
            let record = swarm_log.queries.get(id);
            TraceEvent::QueryStep {
                query: id.to_string(),
                kind: Cow::Borrowed(record.map_or("query", |record| record.kind)),
                step: step.count.get(),
                last: step.last,
                ok: record
                    .and_then(|record| record.answer())
                    .is_some_and(|answer| answer.is_ok()),
                requests: stats.num_requests(),
                successes: stats.num_successes(),
                failures: stats.num_failures(),
            }
        }
        kad::Event::InboundRequest { .. } => named("kad::InboundRequest"),
        kad::Event::UnroutablePeer { peer } => telling(
            "kad::UnroutablePeer",
            event_tag(
                "kad",
                "no address known of a server",
                [tag(peer)],
                String::new(),
            ),
        ),
        kad::Event::RoutablePeer { peer, address } => telling(
            "kad::RoutablePeer",
            event_tag(
                "kad",
                "server not entered",
                [tag(peer)],
                address.to_string(),
            ),
        ),
        kad::Event::PendingRoutablePeer { peer, address } => telling(
            "kad::PendingRoutablePeer",
            event_tag(
                "kad",
                "server waits for a place",
                [tag(peer)],
                address.to_string(),
            ),
        ),
        kad::Event::ModeChanged { new_mode } => TraceEvent::Swarm {
            kind: Cow::Owned(format!("kad::ModeChanged to {new_mode}")),
            behaviour: Undigested::default(),
        },
    }
}

/// An event of the DHT of the local network.
fn lan_event(journal: &Journal, event: &kad::Event) -> BehaviourTag {
    let (what, peer) = match event {
        kad::Event::RoutingUpdated {
            peer, is_new_peer, ..
        } => match is_new_peer {
            true => ("peer is new in the table", Some(peer)),
            false => ("entry has changed", Some(peer)),
        },
        kad::Event::OutboundQueryProgressed { step, .. } => match step.last {
            true => ("last step of a query", None),
            false => ("step of a query", None),
        },
        kad::Event::InboundRequest { .. } => ("a request has come in", None),
        kad::Event::UnroutablePeer { peer } => ("no address known of a server", Some(peer)),
        kad::Event::RoutablePeer { peer, .. } => ("server not entered", Some(peer)),
        kad::Event::PendingRoutablePeer { peer, .. } => ("server waits for a place", Some(peer)),
        kad::Event::ModeChanged {
            new_mode: kad::Mode::Client,
        } => ("is a client from now on", None),
        kad::Event::ModeChanged {
            new_mode: kad::Mode::Server,
        } => ("is a server from now on", None),
    };
    let peer = peer.map(|peer| journal.tag(peer));
    event_tag("lan kad", what, peer, String::new())
}

/// Which router has dropped the last dial of a host to an address, and why.
fn dropped(host: HostId, journal: &Journal, address: &Multiaddr) -> Option<String> {
    let drop = engine::dropped(host, &Endpoint::of(address)?)?;
    Some(drop.told(journal.router_name(drop.router())))
}

fn swarm_event(
    host: HostId,
    journal: &Journal,
    swarm_log: &mut SwarmLog,
    notice: &Notice<'_>,
) -> TraceEvent {
    let tag = |peer: &PeerId| journal.tag(peer);
    match notice {
        Notice::Established {
            connection,
            peer,
            dialer,
            relay,
            count,
            ..
        } => TraceEvent::ConnectionEstablished {
            peer: tag(peer),
            connection: swarm_log.number(*connection),
            dialer: *dialer,
            established: *count,
            relay: Undigested(relay.as_ref().map(tag)),
        },
        Notice::Closed {
            connection,
            peer,
            remaining,
            cause,
        } => TraceEvent::ConnectionClosed {
            peer: tag(peer),
            connection: swarm_log.number(*connection),
            remaining: *remaining,
            cause: cause.map(recorded),
        },
        Notice::Dialing { connection, peer } => TraceEvent::Dialing {
            peer: peer.as_ref().map(tag),
            connection: swarm_log.number(*connection),
        },
        Notice::Incoming { connection } => TraceEvent::Incoming {
            connection: swarm_log.number(*connection),
        },
        Notice::IncomingFailed {
            connection,
            peer,
            error,
        } => TraceEvent::IncomingFailed {
            peer: peer.as_ref().map(tag),
            connection: swarm_log.number(*connection),
            error: error.to_string(),
            cause: Undigested(cause(*error)),
        },
        Notice::DialFailed {
            connection,
            peer,
            error,
        } => TraceEvent::DialFailed {
            peer: peer.as_ref().map(tag),
            connection: swarm_log.number(*connection),
            error: (*error).into(),
            tried: Undigested(DialAttempt::of(error, |address| {
                dropped(host, journal, address)
            })),
            cause: Undigested(match error {
                // They are those of the attempts.
                DialError::Transport(_) => None,
                error => cause(*error),
            }),
        },
        Notice::Listening { address, .. } => TraceEvent::Listening {
            address: address.to_string(),
        },
        Notice::NotListening { address, .. } => TraceEvent::NotListening {
            address: address.to_string(),
        },
        Notice::ListenerClosed {
            addresses: Some(addresses),
            ..
        } => TraceEvent::NotListening {
            address: addresses
                .first()
                .map_or_else(|| "no address".to_owned(), ToString::to_string),
        },
        Notice::ListenerClosed {
            addresses: None, ..
        } => named("ListenerClosed"),
        Notice::ListenerError { error, .. } => telling(
            "ListenerError",
            event_tag("swarm", "listener error", [], recorded(&chain(*error))),
        ),
        Notice::ExternalCandidate { address } => telling(
            "NewExternalAddrCandidate",
            event_tag(
                "swarm",
                "may have an external address",
                [],
                address.to_string(),
            ),
        ),
        Notice::ExternalConfirmed { address } => telling(
            "ExternalAddrConfirmed",
            event_tag(
                "swarm",
                "external address confirmed",
                [],
                address.to_string(),
            ),
        ),
        Notice::ExternalExpired { address } => telling(
            "ExternalAddrExpired",
            event_tag("swarm", "external address expired", [], address.to_string()),
        ),
        Notice::ExternalOfPeer { peer, address } => telling(
            "NewExternalAddrOfPeer",
            event_tag(
                "swarm",
                "learns an address of a peer",
                [tag(peer)],
                without_peer(address).to_string(),
            ),
        ),
        Notice::Other(name) => named(name),
    }
}

/// An event of a behaviour beside the DHT.
fn behaviour_event(journal: &Journal, told: Option<BehaviourEvent>) -> TraceEvent {
    let tagged = told.map(|told| {
        Box::new(BehaviourTag {
            protocol: Cow::Borrowed(told.protocol),
            what: Cow::Borrowed(told.what),
            ok: told.ok,
            peers: told.peers.iter().map(|peer| journal.tag(peer)).collect(),
            detail: told.detail,
        })
    });
    TraceEvent::Swarm {
        kind: Cow::Borrowed("Behaviour"),
        behaviour: Undigested(tagged),
    }
}

/// The causes of an error, if its own text does not name all of them.
fn cause(error: &(dyn Error + 'static)) -> Option<String> {
    let text = error.to_string();
    let whole = recorded(&chain(error));
    (whole.len() > text.len()).then_some(whole)
}

/// An event that says something of a peer or an address.
fn telling(kind: &'static str, told: BehaviourTag) -> TraceEvent {
    TraceEvent::Swarm {
        kind: Cow::Borrowed(kind),
        behaviour: Undigested(Some(Box::new(told))),
    }
}

/// What an event says of these peers.
fn event_tag(
    protocol: &'static str,
    what: &'static str,
    peers: impl IntoIterator<Item = PeerTag>,
    detail: String,
) -> BehaviourTag {
    BehaviourTag {
        protocol: Cow::Borrowed(protocol),
        what: Cow::Borrowed(what),
        ok: None,
        peers: peers.into_iter().collect(),
        detail,
    }
}

fn named(kind: &'static str) -> TraceEvent {
    TraceEvent::Swarm {
        kind: Cow::Borrowed(kind),
        behaviour: Undigested::default(),
    }
}
