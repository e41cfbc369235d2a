//! Which query has sent a request.
//!
//! kad's messages do not name their query. Responsible for the queries that can have sent one:
//! by its kind and key, by when they ran, and by how many peers they wanted to ask.

use indexmap::IndexMap;
use serde::{Serialize, Serializer};

use super::queries::QuerySpan;

/// For how long after its end a query may still send requests, as their streams open: the
/// time that libp2p-kad gives a query.
const LATE: u64 = 60_000_000_000;

/// The query to which a message belongs, by its index.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::view) enum Sender {
    /// No query is known to have sent it.
    #[default]
    Unknown,
    Query(usize),
    /// One of these has sent it, and nothing says which.
    OneOf(Vec<usize>),
}

impl Sender {
    fn of(mut candidates: Vec<usize>) -> Self {
        match (candidates.len(), candidates.pop()) {
            (1, Some(only)) => Sender::Query(only),
            (_, Some(last)) => {
                candidates.push(last);
                Sender::OneOf(candidates)
            }
            (_, None) => Sender::Unknown,
        }
    }

    /// The sender when only some queries are kept, which get these numbers.
    pub(super) fn renumbered(self, numbers: &[Option<usize>]) -> Self {
        match self {
            Sender::Unknown => Sender::Unknown,
            Sender::Query(index) => numbers[index].map_or(Sender::Unknown, Sender::Query),
            Sender::OneOf(all) => {
                let kept: Vec<_> = all.iter().filter_map(|index| numbers[*index]).collect();
                match kept.len() == all.len() {
                    true => Sender::OneOf(kept),
                    // It may be of one that is not shown.
                    false => Sender::Unknown,
                }
            }
        }
    }
}

/// The index, a list of several, or -1.
impl Serialize for Sender {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Sender::Unknown => serializer.serialize_i64(-1),
            Sender::Query(index) => serializer.serialize_u64(*index as u64),
            Sender::OneOf(several) => several.serialize(serializer),
        }
    }
}

/// A request, or a stream for one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sending {
    pub(super) from: u32,
    pub(super) to: u32,
    pub(super) at: u64,
    /// When the sender's end of its connection came up, if that is known.
    pub(super) up: Option<u64>,
}

/// Finds the senders of the requests of a run: first of all requests, then of the streams on
/// which none was sent.
pub(super) struct Senders<'q> {
    queries: &'q [QuerySpan],
    of_host: IndexMap<u32, Vec<usize>>,
    /// By query and host that it is known to have asked, in which way and about what.
    asked: IndexMap<(usize, u32), Vec<(&'static str, usize)>>,
    /// By query, how many requests are known to be of it.
    known: Vec<u32>,
}

impl<'q> Senders<'q> {
    pub(super) fn new(queries: &'q [QuerySpan]) -> Self {
        let mut of_host: IndexMap<u32, Vec<usize>> = IndexMap::new();
        for (index, query) in queries.iter().enumerate() {
            of_host.entry(query.host).or_default().push(index);
        }
        Senders {
            queries,
            of_host,
            asked: IndexMap::new(),
            known: vec![0; queries.len()],
        }
    }

    /// The queries of the sender that run at this time, or have ended before the stream of
    /// their request was open. With a query kad drops what it wanted to send once a dial has
    /// succeeded, so that the connection is older than the end.
    fn present(&self, sending: Sending) -> Vec<usize> {
        let own = self.of_host.get(&sending.from);
        let own = own.into_iter().flatten().copied();
        let at = sending.at;
        own.filter(|index| {
            let query = &self.queries[*index];
            let late = query.to.map_or(0, |to| at.saturating_sub(to));
            let is_older = |to: u64| sending.up.is_none_or(|up| up <= to);
            query.from <= at
                && late <= LATE
                && query.to.is_none_or(is_older)
                && query.host_ended.is_none_or(|ended| at <= ended)
        })
        .collect()
    }

    /// The sender of a request of this kind about this key.
    pub(super) fn of_request(
        &mut self,
        sending: Sending,
        kind: &'static str,
        key: Option<usize>,
    ) -> Sender {
        let Some(key) = key else {
            return Sender::Unknown;
        };
        let present = self.present(sending);
        let mut fitting: Vec<usize> = present
            .iter()
            .copied()
            .filter(|index| {
                let query = &self.queries[*index];
                query.is_about(key) && sends(&query.kind, kind)
            })
            .collect();
        if fitting.is_empty() {
            // A bootstrap of which the keys are not known may have sent any.
            fitting = present;
            fitting.retain(|index| {
                let query = &self.queries[*index];
                query.kind == "bootstrap" && query.aims.is_empty() && sends("bootstrap", kind)
            });
        }
        // A query asks no peer twice for the same, and no more peers than it has wanted to ask.
        retain_some(&mut fitting, |index| {
            let asked = self.asked.get(&(index, sending.to));
            !asked.is_some_and(|asked| asked.contains(&(kind, key)))
        });
        retain_some(&mut fitting, |index| {
            let wanted = self.queries[index].wanted_by(sending.at);
            wanted.is_none_or(|wanted| wanted > self.known[index])
        });
        let sender = Sender::of(fitting);
        if let Sender::Query(index) = sender {
            let asked = self.asked.entry((index, sending.to)).or_default();
            asked.push((kind, key));
            self.known[index] += 1;
        }
        sender
    }

    /// The sender of a request that was not sent, as its stream was not agreed on.
    pub(super) fn of_opening(&mut self, sending: Sending) -> Sender {
        let mut present = self.present(sending);
        present.retain(|index| {
            let query = &self.queries[*index];
            let has_asked = self.asked.contains_key(&(*index, sending.to));
            let wanted = query.wanted_by(u64::MAX);
            let is_open = wanted.is_none_or(|wanted| wanted > self.known[*index]);
            is_open && query.wanted_by(sending.at) != Some(0) && !(has_asked && query.asks_once())
        });
        let sender = Sender::of(present);
        if let Sender::Query(index) = sender {
            self.known[index] += 1;
        }
        sender
    }
}

/// Keeps those of which something holds, unless it holds of none.
fn retain_some(indices: &mut Vec<usize>, holds: impl Fn(usize) -> bool) {
    if indices.iter().any(|index| holds(*index)) {
        indices.retain(|index| holds(*index));
    }
}

/// Whether a kind of query sends such requests. A query that stores first looks for the
/// closest peers.
fn sends(query: &str, request: &str) -> bool {
    match query {
        "get" => request == "get-value",
        "get-providers" => request == "get-providers",
        "replicate" => request == "put-value",
        "put" | "republish" => request == "put-value" || request == "find-node",
        "provide" | "republish-provider" => request == "add-provider" || request == "find-node",
        _ => request == "find-node",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn query(kind: &str, key: usize, from: u64, to: u64, wanted: &[(u64, u32)]) -> QuerySpan {
        QuerySpan {
            kind: kind.to_owned(),
            key: Some(key),
            from,
            to: Some(to),
            wanted: wanted.to_vec(),
            ..QuerySpan::default()
        }
    }

    fn to(to: u32, at: u64) -> Sending {
        let up = Some(0);
        Sending {
            from: 0,
            to,
            at,
            up,
        }
    }

    #[test]
    fn a_request_is_of_the_query_that_it_fits() {
        let queries = [
            query("get", 0, 0, 9, &[(1, 2)]),
            query("put", 0, 0, 9, &[(1, 2)]),
        ];
        let mut senders = Senders::new(&queries);
        let get = senders.of_request(to(1, 2), "get-value", Some(0));
        let put = senders.of_request(to(1, 2), "put-value", Some(0));
        let none = senders.of_request(to(1, 2), "get-value", Some(1));
        assert_eq!(
            (get, put, none),
            (Sender::Query(0), Sender::Query(1), Sender::Unknown)
        );
    }

    #[test]
    fn of_two_queries_alike_the_sender_is_not_known() {
        let alike = || query("get", 0, 0, 9, &[(1, 2)]);
        let queries = [alike(), alike()];
        let mut senders = Senders::new(&queries);
        let sender = senders.of_request(to(1, 2), "get-value", Some(0));
        assert_eq!(sender, Sender::OneOf(vec![0, 1]));
    }

    #[test]
    fn a_query_that_has_asked_all_that_it_wanted_sends_no_more() {
        let queries = [
            query("get", 0, 0, 5, &[(1, 1)]),
            query("get", 0, 6, 9, &[(7, 1)]),
        ];
        let mut senders = Senders::new(&queries);
        for (at, index) in [(2, 0), (8, 1)] {
            let sender = senders.of_request(to(1, at), "get-value", Some(0));
            assert_eq!(sender, Sender::Query(index));
        }
    }

    #[test]
    fn what_is_sent_on_a_newer_connection_is_not_of_a_query_that_has_ended() {
        let alike = |from, to| query("get", 0, from, to, &[(from, 2)]);
        let queries = [alike(0, 5), alike(6, 9)];
        let of = |up| {
            let sending = Sending {
                up: Some(up),
                ..to(1, 8)
            };
            Senders::new(&queries).of_request(sending, "get-value", Some(0))
        };
        assert_eq!(of(7), Sender::Query(1));
        assert_eq!(of(4), Sender::OneOf(vec![0, 1]));
    }

    #[test]
    fn a_stream_of_a_query_that_has_ended_is_not_of_the_bootstrap_beside_it() {
        // The put has asked one of two peers, the bootstrap all that it wanted.
        let queries = [
            query("put", 0, 0, 5, &[(1, 2)]),
            query("bootstrap", 1, 0, 9, &[(1, 1)]),
        ];
        let mut senders = Senders::new(&queries);
        senders.of_request(to(1, 2), "put-value", Some(0));
        senders.of_request(to(1, 2), "find-node", Some(1));
        assert_eq!(senders.of_opening(to(2, 6)), Sender::Query(0));
        assert_eq!(senders.of_opening(to(2, 7)), Sender::Unknown);
    }

    #[test]
    fn a_sender_among_queries_that_are_left_out_is_not_known() {
        let of = |sender: Sender| sender.renumbered(&[None, Some(0), Some(1)]);
        assert_eq!(of(Sender::Query(0)), Sender::Unknown);
        assert_eq!(of(Sender::Query(2)), Sender::Query(1));
        assert_eq!(of(Sender::OneOf(vec![1, 2])), Sender::OneOf(vec![0, 1]));
        assert_eq!(of(Sender::OneOf(vec![0, 2])), Sender::Unknown);
    }
}
