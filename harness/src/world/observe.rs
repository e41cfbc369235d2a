//! Converts swarm events to entries of the swarm log and to trace events.

use std::{
    borrow::Cow,
    sync::{Arc, Mutex, PoisonError},
};

use dht_harness_clock::{self as clock, VirtualInstant};
use libp2p::{
    Multiaddr, PeerId, Swarm, kad,
    multiaddr::Protocol,
    swarm::{DialError, NetworkBehaviour, SwarmEvent},
};

use super::{
    access::Access,
    swarm_log::{DialEnd, SwarmLog},
};
use crate::{
    engine,
    net::HostId,
    trace::{Journal, TraceEvent},
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
        let kad = match event {
            SwarmEvent::Behaviour(event) => A::kad_event(event),
            _ => None,
        };
        note(&mut swarm_log, event, kad);
        if !unordered.is_empty()
            && swarm_log.told_all_at.is_none()
            && tells_connections(&swarm_log, event, kad)
        {
            swarm_log.told_all_at = clock::now();
            tracing::warn!(
                wrap = ?unordered,
                "the order in which the behaviour tells its connections of a change depends on \
                 the process: wrap these parts of it in `DeterministicOrder`"
            );
        }
        if let SwarmEvent::OutgoingConnectionError { error, .. } = event
            && dialled_itself(swarm, error)
        {
            swarm_log.self_dials += 1;
        }
        engine::record(host, |journal| match kad {
            Some(kad) => dht_event(journal, &swarm_log, kad),
            None => swarm_event(journal, &mut swarm_log, event),
        });
    }
}

fn note<E>(swarm_log: &mut SwarmLog, event: &SwarmEvent<E>, kad: Option<&kad::Event>) {
    let now = clock::now().unwrap_or_default();
    match event {
        SwarmEvent::ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint,
            num_established,
            ..
        } => {
            let number = swarm_log.number(*connection_id);
            swarm_log.opened(number, *peer_id, endpoint.is_dialer(), now);
            swarm_log.counted(peer_id, num_established.get());
        }
        SwarmEvent::ConnectionClosed {
            peer_id,
            connection_id,
            num_established,
            ..
        } => {
            let number = swarm_log.number(*connection_id);
            swarm_log.closed(number, now);
            swarm_log.counted(peer_id, *num_established);
        }
        SwarmEvent::Dialing {
            peer_id,
            connection_id,
        } => {
            let number = swarm_log.number(*connection_id);
            swarm_log.dialing(number, *peer_id, now);
        }
        SwarmEvent::OutgoingConnectionError {
            connection_id,
            peer_id,
            error,
        } => {
            let number = swarm_log.number(*connection_id);
            swarm_log.dial_ended(number, DialEnd::Failed);
            swarm_log.dial_failed(*peer_id, error);
        }
        SwarmEvent::IncomingConnection { .. } => swarm_log.incoming += 1,
        SwarmEvent::IncomingConnectionError { peer_id, .. } => {
            swarm_log.inbound_failures.push(*peer_id);
        }
        SwarmEvent::NewExternalAddrCandidate { .. } => swarm_log.candidates += 1,
        SwarmEvent::NewExternalAddrOfPeer { peer_id, address } => {
            let told = swarm_log.told.entry(*peer_id).or_default();
            told.insert(address.clone());
        }
        _ => {}
    }
    if let Some(kad) = kad {
        note_kad(swarm_log, kad, now);
    }
}

pub(super) fn note_kad(swarm_log: &mut SwarmLog, event: &kad::Event, now: VirtualInstant) {
    swarm_log.queries.on_event(event, now);
    swarm_log.announced.on_event(event, now);
    if let kad::Event::ModeChanged { new_mode } = event {
        swarm_log.modes.push((now, *new_mode));
    }
}

/// Whether kad or identify may just have sent a message to several connections, in
/// the order of a map keyed by connections.
fn tells_connections<E>(
    swarm_log: &SwarmLog,
    event: &SwarmEvent<E>,
    kad: Option<&kad::Event>,
) -> bool {
    match (event, kad) {
        (_, Some(kad::Event::ModeChanged { .. }))
        | (SwarmEvent::ExternalAddrConfirmed { .. } | SwarmEvent::ExternalAddrExpired { .. }, _) => {
            swarm_log.open_count() > 1
        }
        // identify sends to the connections of one peer in their order.
        (SwarmEvent::NewListenAddr { .. } | SwarmEvent::ExpiredListenAddr { .. }, _) => {
            swarm_log.connected.values().any(|count| *count > 1)
        }
        _ => false,
    }
}

/// Whether a failed dial reached the host itself.
fn dialled_itself<B: NetworkBehaviour>(swarm: &Swarm<B>, error: &DialError) -> bool {
    let own = |address: &Multiaddr| {
        let bare = bare(address);
        swarm.listeners().any(|listening| *listening == bare)
    };
    match error {
        DialError::LocalPeerId { .. } => true,
        DialError::WrongPeerId { obtained, .. } => obtained == swarm.local_peer_id(),
        DialError::Transport(tried) => tried.iter().any(|(address, _)| own(address)),
        _ => false,
    }
}

/// The address without its peer id.
pub(super) fn bare(address: &Multiaddr) -> Multiaddr {
    let parts = address.iter();
    parts
        .take_while(|part| !matches!(part, Protocol::P2p(_)))
        .collect()
}

pub(super) fn dht_event(journal: &Journal, swarm_log: &SwarmLog, event: &kad::Event) -> TraceEvent {
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
        kad::Event::UnroutablePeer { .. } => named("kad::UnroutablePeer"),
        kad::Event::RoutablePeer { .. } => named("kad::RoutablePeer"),
        kad::Event::PendingRoutablePeer { .. } => named("kad::PendingRoutablePeer"),
        kad::Event::ModeChanged { new_mode } => TraceEvent::Swarm {
            kind: Cow::Owned(format!("kad::ModeChanged to {new_mode}")),
        },
    }
}

fn swarm_event<E>(
    journal: &Journal,
    swarm_log: &mut SwarmLog,
    event: &SwarmEvent<E>,
) -> TraceEvent {
    let tag = |peer: &PeerId| journal.tag(peer);
    match event {
        SwarmEvent::ConnectionEstablished {
            peer_id,
            connection_id,
            endpoint,
            num_established,
            ..
        } => TraceEvent::ConnectionEstablished {
            peer: tag(peer_id),
            connection: swarm_log.number(*connection_id),
            dialer: endpoint.is_dialer(),
            established: num_established.get(),
        },
        SwarmEvent::ConnectionClosed {
            peer_id,
            connection_id,
            num_established,
            cause,
            ..
        } => TraceEvent::ConnectionClosed {
            peer: tag(peer_id),
            connection: swarm_log.number(*connection_id),
            remaining: *num_established,
            cause: cause.as_ref().map(ToString::to_string),
        },
        SwarmEvent::Dialing {
            peer_id,
            connection_id,
        } => TraceEvent::Dialing {
            peer: peer_id.as_ref().map(tag),
            connection: swarm_log.number(*connection_id),
        },
        SwarmEvent::IncomingConnection { connection_id, .. } => TraceEvent::Incoming {
            connection: swarm_log.number(*connection_id),
        },
        SwarmEvent::IncomingConnectionError {
            connection_id,
            peer_id,
            error,
            ..
        } => TraceEvent::IncomingFailed {
            peer: peer_id.as_ref().map(tag),
            connection: swarm_log.number(*connection_id),
            error: error.to_string(),
        },
        SwarmEvent::OutgoingConnectionError {
            connection_id,
            peer_id,
            error,
        } => TraceEvent::DialFailed {
            peer: peer_id.as_ref().map(tag),
            connection: swarm_log.number(*connection_id),
            error: error.into(),
        },
        SwarmEvent::NewListenAddr { address, .. } => TraceEvent::Listening {
            address: address.to_string(),
        },
        SwarmEvent::ExpiredListenAddr { address, .. } => TraceEvent::NotListening {
            address: address.to_string(),
        },
        SwarmEvent::ListenerClosed { addresses, .. } => TraceEvent::NotListening {
            address: addresses
                .first()
                .map_or_else(|| "no address".to_owned(), ToString::to_string),
        },
        SwarmEvent::ListenerError { .. } => named("ListenerError"),
        SwarmEvent::NewExternalAddrCandidate { .. } => named("NewExternalAddrCandidate"),
        SwarmEvent::ExternalAddrConfirmed { .. } => named("ExternalAddrConfirmed"),
        SwarmEvent::ExternalAddrExpired { .. } => named("ExternalAddrExpired"),
        SwarmEvent::NewExternalAddrOfPeer { .. } => named("NewExternalAddrOfPeer"),
        SwarmEvent::Behaviour(_) => named("Behaviour"),
        _ => named("unknown"),
    }
}

pub(super) fn named(kind: &'static str) -> TraceEvent {
    TraceEvent::Swarm {
        kind: Cow::Borrowed(kind),
    }
}
