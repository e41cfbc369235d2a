//! What hosts say to each other. All of it needs a tap.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;
use libp2p::{
    Multiaddr, PeerId,
    kad::{K_VALUE, Mode},
};

use super::{
    CatalogEntry, Invariant, Limits, Moment, Reporter, catalog::as_in_catalog, lookup::is_sorted,
    oracle,
};
use crate::{
    dht::wire::{Message, MessageType},
    net::{ConnId, HostId, IdHash},
    sim::{HostStatus, World},
    tap::{MessageRole, TappedMessage},
};

/// Whether the sender is a DHT and no scripted peer, which may say anything.
fn is_dht(world: &World, host: HostId) -> bool {
    world.mode(host).is_some()
}

/// The peers that an answer names as closer.
fn named(message: &Message) -> Vec<PeerId> {
    let peers = message.closer_peers.iter();
    peers.filter_map(|peer| peer.peer_id()).collect()
}

/// An exchange: connection and substream.
type Exchange = (ConnId, u32);

/// The requests that have no answer yet.
#[derive(Default)]
struct Requests(IndexMap<Exchange, (VirtualInstant, HostId, HostId, Vec<u8>), IdHash>);

impl Requests {
    /// Takes in a message. Returns the key that was asked for, if it is an
    /// answer to a request of somebody who has not come back since.
    fn hear(&mut self, world: &World, tapped: &TappedMessage) -> Option<Vec<u8>> {
        let exchange = (tapped.conn, tapped.substream);
        match (tapped.part, &tapped.message) {
            (MessageRole::Request, Some(message)) => {
                // Nobody answers these.
                if message.r#type() != MessageType::AddProvider {
                    let request = (tapped.at, tapped.from, tapped.to, message.key.clone());
                    self.0.insert(exchange, request);
                }
                None
            }
            (MessageRole::Request, None) => None,
            (MessageRole::Answer, _) => {
                let (at, asker, _, key) = self.0.shift_remove(&exchange)?;
                (world.started_at(asker) <= at).then_some(key)
            }
        }
    }
}

/// Answers name peers as they should.
#[derive(Default)]
pub struct AnswersWellFormed {
    requests: Requests,
}

impl AnswersWellFormed {
    pub(super) const ENTRY: CatalogEntry = CatalogEntry {
        name: "answers-well-formed",
        statement: "an answer names at most 20 peers, closest first, neither who asks nor who answers",
        moments: &[Moment::AfterMessage],
        data: "tap",
        allows: "scripted peers",
        standard: true,
        make: |_| Box::new(AnswersWellFormed::default()),
    };
}

impl Invariant for AnswersWellFormed {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, report: &mut Reporter) {
        let key = self.requests.hear(world, tapped);
        let (Some(key), Some(message)) = (key, &tapped.message) else {
            return;
        };
        if !is_dht(world, tapped.from) {
            return;
        }
        let named = named(message);
        let mut wrong = |fault: String| {
            report.violated(
                &[tapped.from, tapped.to],
                "answer",
                None,
                "at most 20 peers, closest first, neither who asks nor who answers",
                fault,
            );
        };
        if named.len() > K_VALUE.get() {
            wrong(format!("{} peers", named.len()));
        }
        if named.contains(&world.peer(tapped.to)) {
            wrong("it names who asks".to_owned());
        }
        if named.contains(&world.peer(tapped.from)) {
            wrong("it names who answers".to_owned());
        }
        if !is_sorted(&key, &named) {
            wrong("the peers are not in order".to_owned());
        }
    }
}

/// Answers are what brute force over the table of who answers gives.
#[derive(Default)]
pub struct AnswersMatchTable {
    requests: Requests,
}

impl AnswersMatchTable {
    pub(super) const ENTRY: CatalogEntry = CatalogEntry {
        name: "answers-match-table",
        statement: "an answer names the 20 peers closest to the key that the table holds",
        moments: &[Moment::AfterMessage],
        data: "tap, the table as RoutingUpdated tells it",
        allows: "scripted peers, and entries announced at this instant; not for stacks that remove \
                 entries, of which the DHT does not tell",
        standard: false,
        make: |_| Box::new(AnswersMatchTable::default()),
    };
}

impl Invariant for AnswersMatchTable {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, report: &mut Reporter) {
        let key = self.requests.hear(world, tapped);
        let (Some(key), Some(message)) = (key, &tapped.message) else {
            return;
        };
        let names_peers = matches!(
            message.r#type(),
            MessageType::FindNode | MessageType::GetValue | MessageType::GetProviders
        );
        if !names_peers || !is_dht(world, tapped.from) {
            return;
        }
        let asker = world.peer(tapped.to);
        let named = named(message);
        let (mut entries, news) = world.swarm_log(tapped.from, |swarm_log| {
            let all = swarm_log
                .announced
                .iter()
                .filter(|(peer, _)| **peer != asker);
            let mut news = Vec::new();
            let mut entries = Vec::new();
            for (peer, announced) in all {
                match announced.at == world.now() {
                    true => news.push(*peer),
                    false => entries.push(*peer),
                }
            }
            (entries, news)
        });
        entries.retain(|peer| !news.contains(peer));
        entries.sort_by_cached_key(|peer| oracle::distance(&key, peer));
        entries.truncate(K_VALUE.get());
        let just_replaced = |peer: &PeerId| {
            world.swarm_log(tapped.from, |swarm_log| {
                swarm_log.announced.replaced_at(peer) == Some(world.now())
            })
        };
        // News push others out of the answer, at most as many as they are.
        let missing = entries.iter().filter(|peer| !named.contains(peer)).count();
        let stranger = named
            .iter()
            .find(|peer| !entries.contains(peer) && !news.contains(peer) && !just_replaced(peer));
        let pushed_out = news.iter().filter(|peer| named.contains(peer)).count();
        if stranger.is_none() && missing <= pushed_out {
            return;
        }
        report.violated(
            &[tapped.from, tapped.to],
            "answer",
            None,
            format!("the {} closest entries", entries.len()),
            match stranger {
                Some(peer) => format!("{} is none of them", world.name_of(peer)),
                None => format!("{missing} of them are missing"),
            },
        );
    }
}

/// What a host sends can be read and is about something.
pub struct MessagesWellFormed;

impl MessagesWellFormed {
    pub(super) const ENTRY: CatalogEntry = CatalogEntry {
        name: "messages-well-formed",
        statement: "what a DHT sends can be decoded, and a request names its key and carries its record",
        moments: &[Moment::AfterMessage],
        data: "tap",
        allows: "scripted peers, messages cut short by the end of their stream, and pings",
        standard: true,
        make: |_| Box::new(MessagesWellFormed),
    };
}

impl Invariant for MessagesWellFormed {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, report: &mut Reporter) {
        let Some(message) = &tapped.message else {
            return;
        };
        if !is_dht(world, tapped.from) || tapped.part != MessageRole::Request {
            return;
        }
        if let Some(fault) = fault_of(message) {
            report.violated(
                &[tapped.from],
                "request",
                None,
                "a request names its key and carries its record",
                fault,
            );
        }
    }
}

fn fault_of(message: &Message) -> Option<&'static str> {
    let record = message.record.as_ref();
    match message.r#type() {
        MessageType::Ping => None,
        MessageType::PutValue => match record {
            None => Some("a PUT_VALUE without record"),
            Some(record) if record.key != message.key || record.key.is_empty() => {
                Some("a PUT_VALUE whose record has another key")
            }
            Some(_) => None,
        },
        _ if message.key.is_empty() => Some("a request without key"),
        _ => None,
    }
}

/// Requests are answered.
pub struct RequestsAnswered {
    allowed: Duration,
    requests: Requests,
}

impl RequestsAnswered {
    pub(super) const ENTRY: CatalogEntry = CatalogEntry {
        name: "requests-answered",
        statement: "a live server answers each request while the connection lives",
        moments: &[Moment::AfterMessage, Moment::AfterStep, Moment::AtEnd],
        data: "tap, lives, modes, the connections of the network",
        allows: "the time of a request and of a notice; scripted peers, requests during which the \
                 server was paused or the network kept the two apart, and ADD_PROVIDER, which \
                 nobody answers",
        standard: false,
        make: |limits| Box::new(RequestsAnswered::within(limits)),
    };

    /// For DHTs with this time for requests.
    pub fn within(limits: &Limits) -> Self {
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
        for ((conn, _), (at, from, to, _)) in due {
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
            if serves && lives && all_along(oracle::in_touch_since(world, from, to)) {
                report.violated(
                    &[to, from],
                    "request",
                    Some(at),
                    format!("an answer within {:?}", self.allowed),
                    format!("none to {}", world.name(from)),
                );
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// A connection carries no more requests than it may.
pub struct RequestsBounded {
    most: usize,
    /// The substreams of the requests without answer, by connection and asker.
    open: IndexMap<(ConnId, HostId), Vec<u32>, IdHash>,
}

impl RequestsBounded {
    pub(super) const ENTRY: CatalogEntry = CatalogEntry {
        name: "requests-bounded",
        statement: "a DHT has at most 32 requests without answer on a connection",
        moments: &[Moment::AfterMessage],
        data: "tap",
        allows: "scripted peers, and requests that were given up",
        standard: true,
        make: |limits| Box::new(RequestsBounded::of(limits)),
    };

    /// For DHTs with this bound.
    pub fn of(limits: &Limits) -> Self {
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
        // A request ends for the asker when it lets go, which the other side
        // hears of later.
        open.retain(|substream| world.is_waited_for(tapped.conn, *substream));
        open.push(tapped.substream);
        if open.len() > self.most {
            report.violated(
                &[tapped.from, tapped.to],
                "requests",
                None,
                format!("at most {} on a connection", self.most),
                format!("{} wait for an answer", open.len()),
            );
        }
    }
}

/// A host announces only addresses of its own.
pub struct OwnAddressesOffered;

impl OwnAddressesOffered {
    pub(super) const ENTRY: CatalogEntry = CatalogEntry {
        name: "own-addresses-offered",
        statement: "a host that announces itself as provider names only addresses it has",
        moments: &[Moment::AfterMessage],
        data: "tap, listeners, external_addresses",
        allows: "scripted peers",
        standard: true,
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
                    report.violated(
                        &[tapped.from],
                        "address",
                        None,
                        "an address at which the host listens or is known",
                        address.to_string(),
                    );
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dht::wire::Record;

    #[test]
    fn requests_without_key_or_record_are_found() {
        let good = Message::of(MessageType::FindNode, *b"key");
        assert_eq!(fault_of(&good), None);
        assert!(fault_of(&Message::of(MessageType::FindNode, *b"")).is_some());
        let mut put = Message::of(MessageType::PutValue, *b"key");
        assert!(fault_of(&put).is_some());
        let mut record = Record {
            key: b"key".to_vec(),
            ..Record::default()
        };
        put.record = Some(record.clone());
        assert_eq!(fault_of(&put), None);
        record.key = b"other".to_vec();
        put.record = Some(record);
        assert!(fault_of(&put).is_some());
    }
}
