//! Invariants of requests: they are answered and bounded, and providers announce
//! their own addresses.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{Multiaddr, kad::Mode};

use super::exchange::{Requests, is_dht};
use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::{wire::Message, wire::MessageType},
    invariants::oracle,
    net::{ConnId, HostId, IdHash},
    tap::{MessageRole, TappedMessage},
    world::{HostStatus, World},
};

/// Requests are answered.
pub(crate) struct RequestsAnswered {
    allowed: Duration,
    requests: Requests,
}

const UNANSWERED: FindingKind = FindingKind::new(
    "unanswered-request",
    "a live server has not answered a request",
);

impl RequestsAnswered {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "requests-answered",
        statement: "a live server answers each request while the connection lives",
        kinds: &[UNANSWERED],
        moments: &[Moment::AfterMessage, Moment::AfterStep, Moment::AtEnd],
        data: "tap, the states and modes of hosts, the connections of the network",
        allows: "the time of a request and of a notice; scripted peers, requests during which the \
                 server was paused or the network separated the two, requests that their sender \
                 gave up before they arrived, and ADD_PROVIDER, which no host answers",
        standard: false,
        demand: Demand::Always,
        // A full store resets the stream.
        requires: &[
            Requirement::RoomForRecords,
            Requirement::NoSlowHosts,
            Requirement::NoSlowLinks,
            Requirement::NoMessageFaults,
        ],
        make: |limits| Box::new(RequestsAnswered::within(limits)),
    };

    /// Creates the invariant for DHTs with this request timeout.
    pub(crate) fn within(limits: &Limits) -> Self {
        RequestsAnswered {
            allowed: limits.request_timeout + limits.notice,
            requests: Requests::default(),
        }
    }
}

impl Invariant for RequestsAnswered {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, _: &mut Reporter) {
        self.requests.hear(world, tapped);
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let now = world.now();
        let is_due = |at: VirtualInstant| now.saturating_since(at) > self.allowed;
        let due: Vec<_> = self
            .requests
            .0
            .extract_if(.., |_, (at, ..)| is_due(*at))
            .collect();
        for ((conn, substream), (at, from, to, _)) in due {
            let all_along = |since: Option<VirtualInstant>| since.is_some_and(|since| since <= at);
            let serves = world.status(to) == HostStatus::Open
                && all_along(world.awake_since(to))
                && world.started_at(to) <= at
                && world.mode(to) == Some(Mode::Server);
            let lives = world
                .fabric()
                .connections_between(from, to)
                .iter()
                .any(|info| info.conn == conn && info.dialer_alive && info.listener_alive);
            let waits = !world.was_abandoned(conn, substream);
            if serves && lives && waits && all_along(oracle::in_touch_since(world, from, to)) {
                report
                    .violated(UNANSWERED)
                    .hosts([to, from])
                    .subject("request")
                    .since(at)
                    .expected(phrase!("an answer within {}", self.allowed))
                    .seen(phrase!("none to {}", Value::host(world, from)));
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// A connection has a limited number of pending requests.
pub(crate) struct RequestsBounded {
    most: usize,
    /// The substreams of pending requests, by connection and requesting host.
    open: IndexMap<(ConnId, HostId), Vec<u32>, IdHash>,
}

const TOO_MANY: FindingKind = FindingKind::new(
    "too-many-requests",
    "too many requests on a connection are unanswered",
);

impl RequestsBounded {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "requests-bounded",
        statement: "a DHT has at most 32 requests without answer on a connection",
        kinds: &[TOO_MANY],
        moments: &[Moment::AfterMessage],
        data: "tap",
        allows: "scripted peers, and requests that were abandoned",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(RequestsBounded::of(limits)),
    };

    /// Creates the invariant for DHTs with this limit.
    pub(crate) fn of(limits: &Limits) -> Self {
        RequestsBounded {
            most: limits.streams,
            open: IndexMap::default(),
        }
    }
}

impl Invariant for RequestsBounded {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, report: &mut Reporter) {
        if tapped.part == MessageRole::Answer {
            if let Some(open) = self.open.get_mut(&(tapped.conn, tapped.to)) {
                open.retain(|substream| *substream != tapped.substream);
            }
            return;
        }
        let has_answer = |message: &Message| message.r#type() != MessageType::AddProvider;
        if !tapped.message.as_ref().is_some_and(has_answer) || !is_dht(world, tapped.from) {
            return;
        }
        let open = self.open.entry((tapped.conn, tapped.from)).or_default();
        // A request ends for the requesting host when it drops the substream. The
        // other side notices that later.
        open.retain(|substream| world.is_waited_for(tapped.conn, *substream));
        open.push(tapped.substream);
        if open.len() > self.most {
            report
                .violated(TOO_MANY)
                .hosts([tapped.from, tapped.to])
                .subject("requests")
                .expected(phrase!("at most {} on a connection", self.most))
                .seen(phrase!("{} are unanswered", open.len()));
        }
    }
}

/// A host announces only its own addresses.
pub(crate) struct OwnAddressesOffered;

const FOREIGN: FindingKind = FindingKind::new(
    "foreign-address",
    "a provider announces an address that is neither a listen nor an external address",
);

impl OwnAddressesOffered {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "own-addresses-offered",
        statement: "a host that announces itself as a provider only names its own addresses",
        kinds: &[FOREIGN],
        moments: &[Moment::AfterMessage],
        data: "tap, listeners, external_addresses",
        allows: "scripted peers",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(OwnAddressesOffered),
    };
}

impl Invariant for OwnAddressesOffered {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, report: &mut Reporter) {
        let Some(message) = &tapped.message else {
            return;
        };
        if message.r#type() != MessageType::AddProvider || !is_dht(world, tapped.from) {
            return;
        }
        let Some(swarm) = world.swarm(tapped.from) else {
            return;
        };
        let local = world.peer(tapped.from);
        for provider in &message.provider_peers {
            if provider.peer_id() != Some(local) {
                continue;
            }
            for address in provider
                .addrs
                .iter()
                .cloned()
                .filter_map(|address| Multiaddr::try_from(address).ok())
            {
                let bare = address.clone().with_p2p(local).unwrap_or(address.clone());
                let own = swarm.listeners.iter().chain(&swarm.external);
                let is_own = own
                    .clone()
                    .any(|own| own.clone().with_p2p(local).is_ok_and(|own| own == bare));
                if !is_own {
                    report
                        .violated(FOREIGN)
                        .at(tapped.from)
                        .subject("address")
                        .expected("a listen address or an external address of the host")
                        .seen(address);
                }
            }
        }
    }
}
