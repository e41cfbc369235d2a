//! Invariants of answers: their form, and the peers that they name.

use libp2p::{PeerId, kad::K_VALUE};

use super::exchange::{Requests, is_dht, named};
use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::wire::MessageType,
    invariants::{oracle, oracle::is_sorted},
    tap::TappedMessage,
    world::World,
};

/// The peers of an answer are valid.
#[derive(Default)]
pub(crate) struct AnswersWellFormed {
    requests: Requests,
}

const TOO_MANY: FindingKind =
    FindingKind::new("too-many-peers", "an answer names more peers than it may");
const NAMES_ASKER: FindingKind =
    FindingKind::new("names-asker", "an answer names the requesting host");
const NAMES_ITSELF: FindingKind =
    FindingKind::new("names-itself", "an answer names the answering host");
const UNSORTED: FindingKind = FindingKind::new(
    "unsorted-peers",
    "the peers of an answer are not sorted by distance, or not unique",
);

impl AnswersWellFormed {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "answers-well-formed",
        statement: "an answer names at most 20 peers, closest first, without the requesting and the answering host",
        kinds: &[TOO_MANY, NAMES_ASKER, NAMES_ITSELF, UNSORTED],
        moments: &[Moment::AfterMessage],
        data: "tap",
        allows: "scripted peers",
        standard: true,
        demand: Demand::Always,
        requires: &[],
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
        let mut wrong = |kind: FindingKind, seen: Value| {
            report
                .violated(kind)
                .hosts([tapped.from, tapped.to])
                .subject("answer")
                .expected("at most 20 peers, closest first, without the requesting and the answering host")
                .seen(seen);
        };
        if named.len() > K_VALUE.get() {
            wrong(TOO_MANY, phrase!("{} peers", named.len()));
        }
        if named.contains(&world.peer(tapped.to)) {
            wrong(NAMES_ASKER, "it names the requesting host".into());
        }
        if named.contains(&world.peer(tapped.from)) {
            wrong(NAMES_ITSELF, "it names the answering host".into());
        }
        if !is_sorted(&key, &named) {
            wrong(UNSORTED, "the peers are not in order".into());
        }
    }
}

/// Answers name the closest peers, computed by brute force from the table of the
/// answering host.
#[derive(Default)]
pub(crate) struct AnswersMatchTable {
    requests: Requests,
}

const NO_ENTRY: FindingKind = FindingKind::new(
    "names-no-entry",
    "an answer names a peer that is not one of the closest entries",
);
const LACKS_ENTRY: FindingKind = FindingKind::new(
    "lacks-entry",
    "an answer does not name all of the closest entries",
);

impl AnswersMatchTable {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "answers-match-table",
        statement: "an answer names the 20 entries of the table that are closest to the key",
        kinds: &[NO_ENTRY, LACKS_ENTRY],
        moments: &[Moment::AfterMessage],
        data: "tap, the table according to RoutingUpdated events",
        allows: "scripted peers, and entries announced at this instant",
        standard: false,
        demand: Demand::Always,
        // The DHT does not report entries that are removed, and an answer that is delayed is
        // older than the table.
        requires: &[
            Requirement::NoEvictions,
            Requirement::NoRemovedEntries,
            Requirement::NoMessageFaults,
        ],
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
        // Entries announced just now may displace others from the answer, at most one
        // each.
        let missing = entries.iter().filter(|peer| !named.contains(peer)).count();
        let stranger = named
            .iter()
            .find(|peer| !entries.contains(peer) && !news.contains(peer) && !just_replaced(peer));
        let pushed_out = news.iter().filter(|peer| named.contains(peer)).count();
        if stranger.is_none() && missing <= pushed_out {
            return;
        }
        let (kind, seen) = match stranger {
            Some(peer) => (
                NO_ENTRY,
                phrase!("{} is none of them", Value::peer(world, peer)),
            ),
            None => (LACKS_ENTRY, phrase!("{} of them are missing", missing)),
        };
        report
            .violated(kind)
            .hosts([tapped.from, tapped.to])
            .subject("answer")
            .expected(phrase!("the {} closest entries", entries.len()))
            .seen(seen);
    }
}
