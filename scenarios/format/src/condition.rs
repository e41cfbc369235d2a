//! What can be demanded of the hosts.

use std::time::Duration;

use crate::syntax::{Address, Bound, Hosts, Key, Kind, Mode, Name, Payload, vocabulary};

vocabulary! {
    /// Something that is true of the simulation or is not.
    ///
    /// Where several hosts or queries are named it has to be true of each.
    pub enum Condition, ConditionKind ("CONDITION") {
        /// The condition that follows is false, for each that it names.
        Not = "not" { #[doc = "What must not be true."] inner: Box<Condition> } []
            => "not knows a b";
        /// Each of the first hosts has each of the others in its routing table.
        Knows = "knows" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers that are in them."] peers: Hosts } []
            => "knows a b";
        /// The tables of these hosts hold so many entries.
        Table = "table" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "How many entries."] size: Bound<u64> } []
            => "table a >=3";
        /// This bucket of each host's table, 0 to 255, holds so many entries. Bucket 255 is the farthest.
        Bucket = "bucket" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The bucket."] bucket: u64, #[doc = "How many entries."] size: Bound<u64> } []
            => "bucket a 255 =20";
        /// No bucket of the tables of these hosts holds more or fewer entries than said, empty ones aside.
        Buckets = "buckets" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "How many entries."] size: Bound<u64> } []
            => "buckets a <=20";
        /// A peer waits for a place in this bucket of each host's table.
        Pending = "pending" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The bucket."] bucket: u64 } []
            => "pending a 255";
        /// The tables of the first hosts call the others connected.
        EntryConnected = "entry-connected" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers of the entries."] peers: Hosts } []
            => "entry-connected a b";
        /// The tables of the first hosts hold so many addresses of each of the others.
        EntryAddresses = "entry-addresses" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers of the entries."] peers: Hosts, #[doc = "How many addresses."] count: Bound<u64> } []
            => "entry-addresses a b =1";
        /// The tables of the first hosts hold this address of the others.
        EntryAddress = "entry-address" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers of the entries."] peers: Hosts, #[doc = "The address."] address: Address } []
            => "entry-address a b @b";
        /// One behaviour of each of the first hosts has told the others this address of each of the other hosts, as identify does with all it learns.
        ToldAddress = "told-address" { #[doc = "The hosts whose behaviours are told."] hosts: Hosts, #[doc = "Of peers."] peers: Hosts, #[doc = "The address."] address: Address } []
            => "told-address a b @b";
        /// The tables of these hosts are what they were at a snapshot: same peers, addresses and statuses.
        SameTable = "same-table" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The snapshot."] snapshot: Name } []
            => "same-table a before";
        /// Each of the first hosts has a connection to each of the others.
        Connected = "connected" { #[doc = "The hosts."] hosts: Hosts, #[doc = "With peers."] peers: Hosts } []
            => "connected a b";
        /// Each host has so many connections; with `to`, to each of these.
        Connections = "connections" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "To peers."] to "to": Option<Hosts> ]
            => "connections a =1 to=b";
        /// The connections of each scripted host have reported so many last events: each reports one when it closes. With `to`, those to each of these.
        LastEvents = "last-events" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "To peers."] to "to": Option<Hosts> ]
            => "last-events r =1 to=a";
        /// The behaviours of each host have dialled so often, as kad does for its queries; what steps dial does not count. With `to`, each of these.
        Dials = "dials" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "The peers."] to "to": Option<Hosts> ]
            => "dials a <=2 to=b";
        /// So many inbound connections of each host have failed before they came up, as those do that a behaviour denies. With `from`, those that are reported to be of each of these.
        InboundFailures = "inbound-failures" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "Who dialled."] from "from": Option<Hosts> ]
            => "inbound-failures a =1 from=b";
        /// Each host has so many dials and inbound handshakes under way.
        UnderWay = "under-way" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "under-way a =0";
        /// Each host listens on so many addresses.
        Listeners = "listeners" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "listeners a =1";
        /// Each host has so many confirmed external addresses.
        External = "external" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "external a =1";
        /// So many addresses have been offered to each host as external ones, repeated offers counted. One that is confirmed already is not offered.
        Candidates = "candidates" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many offers."] count: Bound<u64> } []
            => "candidates a =0";
        /// The network holds so many sockets of each host: listeners, dials and connections.
        Sockets = "sockets" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "sockets a =0";
        /// Each host has so many tasks.
        Tasks = "tasks" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "tasks a =0";
        /// Each host is open, closed, crashed or dead, as the word says.
        State = "state" { #[doc = "The hosts."] hosts: Hosts, #[doc = "Where in its life."] state: String } []
            => "state a closed";
        /// The DHT of each host is in this mode.
        InMode = "mode" { #[doc = "The hosts."] hosts: Hosts, #[doc = "Server or client."] mode: Mode } []
            => "mode a server";
        /// Each host runs so many queries.
        Queries = "queries" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "queries a =0";
        /// So many bootstraps have ended in each host, started by whomever.
        Bootstraps = "bootstraps" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "bootstraps a >=1";
        /// The application around the DHT of each host shows this number under this name. Only stacks with such an application show anything.
        AppMetric = "app-metric" { #[doc = "Whose application."] hosts: Hosts, #[doc = "What it calls the number."] name: Name, #[doc = "The number."] value: Bound<u64> } []
            => "app-metric a pending =0";
        /// Each host holds a record under this key; with `value`, of this value.
        Stores = "stores" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "What it holds."] value "value": Option<Payload> ]
            => "stores a song value=la";
        /// Each host holds so many records.
        Records = "records" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "records a =0";
        /// Of these hosts so many hold a record under this key.
        Holders = "holders" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "How many hosts."] count: Bound<u64> } []
            => "holders all song >=3";
        /// The stores of the first hosts name the others as providers of this key.
        Provider = "provider" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "The providers."] peers: Hosts } []
            => "provider a song b";
        /// The store of each host names so many providers of this key.
        Providers = "providers" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "How many."] count: Bound<u64> } []
            => "providers a song =1";
        /// The store of each host says that the host itself provides this key.
        Provides = "provides" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "provides a song";
        /// These queries have made their last step.
        Ended = "ended" { #[doc = "The queries."] query: Name } []
            => "ended q";
        /// The last step of these queries is a success of its kind.
        Succeeded = "succeeded" { #[doc = "The queries."] query: Name } []
            => "succeeded q";
        /// The last step of these queries is this one: `peers`, `bootstrapped`, `record`, `no-more`, `not-found`, `stored`, `quorum-failed`, `provided`, `providers` or `timed-out`.
        Answer = "answer" { #[doc = "The queries."] query: Name, #[doc = "The last step."] answer: String } []
            => "answer q not-found";
        /// These queries have found these peers, as closest ones or as providers.
        Found = "found" { #[doc = "The queries."] query: Name, #[doc = "The peers."] peers: Hosts } []
            => "found q b";
        /// These searches have ended, and name each of these peers as one that is close to the key and has no record: at which the record may be stored.
        Caches = "caches" { #[doc = "The queries."] query: Name, #[doc = "The peers."] peers: Hosts } []
            => "caches q h0";
        /// These queries have found so many peers.
        Peers = "peers" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "peers q =0";
        /// These queries have found so many records; with `value`, each of this value.
        Values = "values" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "What each holds."] value "value": Option<Payload> ]
            => "values q >=1 value=la";
        /// These lookups have found the closest peers there are: of those they should have found, this share. Servers that are alive count, the asking host does not.
        Recall = "recall" { #[doc = "The queries."] query: Name, #[doc = "The share found."] share: Bound<f64> } []
            => "recall q =1";
        /// The peers that these lookups have found come in the order of their distance to the key.
        Sorted = "sorted" { #[doc = "The queries."] query: Name } []
            => "sorted q";
        /// These queries have sent so many requests.
        Requests = "requests" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "requests q <=60";
        /// So many requests of these queries were not answered.
        Unanswered = "unanswered" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "unanswered q =0";
        /// So many requests of these queries have failed, as libp2p counts.
        Failures = "failures" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "failures q =1";
        /// These queries have made so many steps.
        Steps = "steps" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "steps q =1";
        /// These queries have taken so long, in virtual time.
        Took = "took" { #[doc = "The queries."] query: Name, #[doc = "How long."] time: Bound<Duration> } []
            => "took q <=11s";
        /// What was asked by hand was answered so: `message`, `garbage`, `nothing`, `reset`, `refused` or `unanswered`.
        Reply = "reply" { #[doc = "What was asked."] asked: Name, #[doc = "What came back."] reply: String } []
            => "reply r message";
        /// The answer to what was asked by hand names so many closer peers.
        ReplyPeers = "reply-peers" { #[doc = "What was asked."] asked: Name, #[doc = "How many."] count: Bound<u64> } []
            => "reply-peers r <=20";
        /// The answer to what was asked by hand names these closer peers.
        ReplyNames = "reply-names" { #[doc = "What was asked."] asked: Name, #[doc = "The peers."] peers: Hosts } []
            => "reply-names r b";
        /// The answer to what was asked by hand names so many providers.
        ReplyProviders = "reply-providers" { #[doc = "What was asked."] asked: Name, #[doc = "How many."] count: Bound<u64> } []
            => "reply-providers r =1";
        /// The answer to what was asked by hand holds a record; with `value`, of this value.
        ReplyRecord = "reply-record" { #[doc = "What was asked."] asked: Name }
            [ #[doc = "What it holds."] value "value": Option<Payload> ]
            => "reply-record r value=la";
        /// Each of the first hosts has sent each of the others so many requests of this kind. Only what goes over the mux transport can be counted.
        Asked = "asked" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The peers."] peers: Hosts, #[doc = "The kind of request."] kind: Kind, #[doc = "How many."] count: Bound<u64> } []
            => "asked a b find-node >=1";
        /// This fault has had an effect.
        Fired = "fired" { #[doc = "The fault."] fault: Name } []
            => "fired split";
        /// Each live server is in the table of each of these hosts, as far as its buckets have room.
        Complete = "complete" { #[doc = "The hosts whose tables are read."] hosts: Hosts } []
            => "complete all";
        /// From each of these hosts one comes to each other one by the tables of live hosts.
        Linked = "linked" { #[doc = "The hosts."] hosts: Hosts } []
            => "linked all";
    }
}

impl Condition {
    /// The queries that it is about.
    pub(crate) fn query(&self) -> Option<&Name> {
        match self {
            Condition::Ended { query }
            | Condition::Succeeded { query }
            | Condition::Answer { query, .. }
            | Condition::Found { query, .. }
            | Condition::Caches { query, .. }
            | Condition::Peers { query, .. }
            | Condition::Values { query, .. }
            | Condition::Recall { query, .. }
            | Condition::Sorted { query }
            | Condition::Requests { query, .. }
            | Condition::Unanswered { query, .. }
            | Condition::Failures { query, .. }
            | Condition::Steps { query, .. }
            | Condition::Took { query, .. } => Some(query),
            _ => None,
        }
    }

    /// The answers to questions by hand that it is about.
    pub(crate) fn reply(&self) -> Option<&Name> {
        match self {
            Condition::Reply { asked, .. }
            | Condition::ReplyPeers { asked, .. }
            | Condition::ReplyNames { asked, .. }
            | Condition::ReplyProviders { asked, .. }
            | Condition::ReplyRecord { asked, .. } => Some(asked),
            _ => None,
        }
    }
}
