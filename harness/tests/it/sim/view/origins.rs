//! What a page tells of where things come from, and when they begin.

use std::time::Duration;

use dht_harness::{
    Sim, SimError, SimHost,
    dht::{Query, wire::MessageType},
    net::Latency,
    tap::{DropSide, MessageRole, note_delayed, note_dropped},
};
use libp2p::kad::{self, Quorum, Record, RecordKey};
use serde_json::{Value, json};

use super::{
    claims::{kind, millis, query, shown},
    list,
};
use crate::sim::{Kad, acquainted, peer};

/// The rows of one kind of message.
fn rows<'a>(shown: &'a Value, name: &str) -> Vec<&'a Value> {
    let kind = kind(shown, name);
    let rows = list(shown, "messages").iter();
    rows.filter(|row| row[6] == kind).collect()
}

fn record() -> Query {
    let record = Record::new(RecordKey::new(b"song"), b"la".to_vec());
    Query::Put(record, Quorum::One)
}

/// `a` begins to look for a key, and to bootstrap.
fn look_up_twice(sim: &mut Sim, a: &SimHost<Kad>) -> Result<(), SimError> {
    sim.start_query(a, Query::ClosestPeers(b"key".to_vec()))?;
    sim.start_query(a, Query::Bootstrap).map(drop)
}

#[test]
fn each_end_of_a_connection_is_up_at_its_own_time() {
    let shown = shown("ends", |sim| acquainted(sim).map(drop));
    let connection = &list(&shown, "connections")[0];
    let [dialled, accepted, up] =
        ["dialled", "accepted", "up"].map(|name| connection[name].as_u64().expect(name));
    assert_eq!((accepted - dialled, up - dialled), (10_000_000, 20_000_000));
}

#[test]
fn a_refused_stream_is_none_that_got_no_reply() {
    let shown = shown("refused", |sim| {
        let (a, b) = acquainted(sim)?;
        b.with(|swarm| swarm.behaviour_mut().set_mode(Some(kad::Mode::Client)))?;
        sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.run_for(Duration::from_secs(1))
    });
    assert_eq!(rows(&shown, "unopened stream").len(), 0);
    let refused = rows(&shown, "refused stream");
    assert_eq!(refused.len(), 1, "{refused:?}");
    let [sent, replied] = [0, 1].map(|column| refused[0][column].as_u64().expect("a time"));
    assert_eq!(replied - sent, 10_000_000);
    assert_eq!(refused[0][12], query(&shown, "closest-peers"));
}

#[test]
fn a_stream_that_can_be_of_two_queries_is_of_neither() {
    let shown = shown("two", |sim| {
        let (a, b) = acquainted(sim)?;
        sim.pause(&b);
        look_up_twice(sim, &a)?;
        sim.run_for(Duration::from_secs(30))
    });
    let unopened = rows(&shown, "unopened stream");
    assert_eq!(unopened.len(), 2, "{unopened:?}");
    let kinds = |row: &Value| -> Vec<String> {
        let candidates = row[12].as_array().into_iter().flatten();
        let queries =
            candidates.map(|index| &list(&shown, "queries")[index.as_u64().unwrap() as usize]);
        queries
            .map(|query| query["kind"].as_str().unwrap().to_owned())
            .collect()
    };
    for row in unopened {
        assert_eq!(kinds(row), ["closest-peers", "bootstrap"]);
    }
}

#[test]
fn requests_of_two_queries_are_told_apart_by_their_keys() {
    let shown = shown("apart", |sim| {
        let (a, _) = acquainted(sim)?;
        look_up_twice(sim, &a)?;
        sim.run_for(Duration::from_secs(1))
    });
    for kind in ["closest-peers", "bootstrap"] {
        let query = query(&shown, kind);
        let requests = rows(&shown, "find-node").into_iter();
        let mut own = requests.filter(|row| row[12] == query && row[7] == 0);
        assert!(own.next().is_some(), "{kind}");
    }
    let mut requests = list(&shown, "messages").iter();
    assert!(requests.all(|row| row[12].is_u64()));
}

#[test]
fn a_record_is_stored_from_the_begin_of_its_put_or_from_its_arrival() {
    let shown = shown("stored", |sim| {
        let (a, _) = acquainted(sim)?;
        sim.query(&a, record()).map(drop)
    });
    let put = &list(&shown, "queries")[query(&shown, "put")];
    let arrived = &rows(&shown, "put-value")[0][1];
    let begins: Vec<_> = list(&shown, "stores").iter().collect();
    assert_eq!(begins.len(), 2);
    for (host, from) in [(0, &put["from"]), (1, arrived)] {
        let bar = begins
            .iter()
            .find(|bar| bar["host"] == host)
            .expect("a bar");
        assert_eq!((&bar["from"], &bar["first_seen"]), (from, &json!(false)));
    }
}

#[test]
fn a_record_of_unknown_origin_is_first_seen() {
    let shown = shown("first-seen", |sim| {
        let (a, _) = acquainted(sim)?;
        a.with(|swarm| {
            let record = Record::new(RecordKey::new(b"song"), b"la".to_vec());
            let store = swarm.behaviour_mut().store_mut();
            kad::store::RecordStore::put(store, record).expect("there is room");
        })?;
        sim.run_for(Duration::from_secs(1))
    });
    assert_eq!(list(&shown, "stores")[0]["first_seen"], true);
}

#[test]
fn an_entry_is_as_old_as_kad_says() {
    let shown = shown("entered", |sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.run_for(Duration::from_secs(1))?;
        sim.add_address(&a, &b)?;
        sim.run_for(Duration::from_secs(5))
    });
    let look = &list(&shown, "tables")[0]["looks"][0];
    assert_eq!(look["put"][0][4], 1_000_000_000, "{look}");
}

#[test]
fn a_message_that_its_host_drops_is_marked() {
    let shown = shown("dropped", |sim| {
        let (a, b) = acquainted(sim)?;
        sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.run_for(millis(35))?;
        let from = a.peer_id();
        b.with(|_| {
            let kind = MessageType::FindNode;
            note_dropped(from, DropSide::In, MessageRole::Request, kind);
        })?;
        sim.run_for(Duration::from_secs(1))
    });
    let all = list(&shown, "messages").iter();
    let dropped: Vec<_> = all.filter(|row| row[13] != -1).collect();
    assert_eq!(dropped.len(), 1, "{dropped:?}");
    let key = dropped[0][8].as_u64().expect("a key") as usize;
    assert_eq!(list(&shown, "keys")[key]["text"], "key");
    assert_eq!((&dropped[0][7], &dropped[0][13]), (&json!(0), &json!(1)));
}

/// The columns of a message that say by how much it is late, and because of what.
fn late(row: &Value) -> Option<(i64, i64)> {
    let [by, because] = [14, 15].map(|column| row[column].as_i64().expect("a number"));
    (by != 0).then_some((by, because))
}

#[test]
fn a_message_that_its_host_holds_back_is_marked() {
    let shown = shown("held", |sim| {
        let (a, b) = acquainted(sim)?;
        sim.start_query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        sim.run_for(millis(35))?;
        let [from, to] = [a.peer_id(), b.peer_id()];
        let kind = MessageType::FindNode;
        // The request has come in; the answer that is sent now was held back.
        b.with(|_| note_delayed(from, DropSide::In, MessageRole::Request, kind, millis(5)))?;
        a.with(|_| note_delayed(to, DropSide::Out, MessageRole::Request, kind, millis(7)))?;
        sim.run_for(Duration::from_secs(1))?;
        sim.start_query(&a, Query::ClosestPeers(b"other".to_vec()))?;
        sim.run_for(Duration::from_secs(1))
    });
    let rows = rows(&shown, "find-node").into_iter();
    let late: Vec<_> = rows
        .filter_map(|row| Some((row[7].clone(), late(row)?)))
        .collect();
    assert_eq!(
        late,
        [(json!(0), (5_000_000, -2)), (json!(0), (7_000_000, -1))]
    );
}

#[test]
fn a_message_that_a_fault_delays_is_marked_with_the_fault() {
    let shown = shown("slow", |sim| {
        let (a, b) = acquainted(sim)?;
        sim.query(&a, Query::ClosestPeers(b"key".to_vec()))?;
        let slow = Latency::Constant(millis(60));
        sim.set_latency((&a, &b), slow).forever();
        sim.query(&a, Query::ClosestPeers(b"other".to_vec()))
            .map(drop)
    });
    let rows = rows(&shown, "find-node").into_iter();
    let late: Vec<_> = rows.map(late).collect();
    let slow = Some((50_000_000, 0));
    let (others, last) = late.split_at(late.len() - 2);
    assert_eq!(last, [slow, slow], "{:?}", list(&shown, "faults"));
    assert!(others.iter().all(Option::is_none), "{others:?}");
}
