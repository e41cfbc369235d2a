//! The conditions of scenario files.

use std::time::Duration;

use crate::syntax::{
    Address, Bound, Bucket, CauseKind, DhtMode, DhtName, HostState, Hosts, Key, Kind, Name,
    Outcome, Payload, Reachability, ReplyKind, vocabulary,
};

vocabulary! {
    /// A condition on the state of the simulation.
    ///
    /// If several hosts or queries are named, it has to be true for each of them.
    pub enum Condition, ConditionKind ("CONDITION") {
        /// The following condition is false for each host or query that it names.
        Not = "not" { #[doc = "The negated condition."] inner: Box<Condition> } []
            => "not knows a b";
        /// Each of the first hosts has each of the others in its routing table; with `in=lan`, in that of its second DHT.
        Knows = "knows" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers that are in them."] peers: Hosts }
            [ #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "knows a b";
        /// Each of the first hosts has in its routing table an identity that the others have given up, by `restart` or `churn` with `lose-identity`. A host that keeps its table may know its own former identity.
        KnowsFormer = "knows-former" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers whose former identities are in them."] peers: Hosts } []
            => "not knows-former a b";
        /// The tables of these hosts hold this many entries; with `in=lan`, those of their second DHTs.
        Table = "table" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "How many entries."] size: Bound<u64> }
            [ #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "table a >=3";
        /// This bucket of each host's table, 0 to 255, holds this many entries. Bucket 255 is the farthest.
        Bucket = "bucket" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The bucket."] bucket: Bucket, #[doc = "How many entries."] size: Bound<u64> } []
            => "bucket a 255 =20";
        /// Each non-empty bucket of the tables of these hosts holds this many entries.
        Buckets = "buckets" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "How many entries."] size: Bound<u64> } []
            => "buckets a <=20";
        /// A peer waits for a place in this bucket of each host's table.
        Pending = "pending" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The bucket."] bucket: Bucket } []
            => "pending a 255";
        /// The tables of the first hosts mark the others as connected; with `in=lan`, those of their second DHTs.
        EntryConnected = "entry-connected" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers of the entries."] peers: Hosts }
            [ #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "entry-connected a b";
        /// The tables of the first hosts hold this many addresses of each of the others.
        EntryAddresses = "entry-addresses" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers of the entries."] peers: Hosts, #[doc = "How many addresses."] count: Bound<u64> } []
            => "entry-addresses a b =1";
        /// The tables of the first hosts hold this address of the others.
        EntryAddress = "entry-address" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The peers of the entries."] peers: Hosts, #[doc = "The address."] address: Address } []
            => "entry-address a b @b";
        /// A behaviour of each of the first hosts has reported this address of each of the other hosts to its sibling behaviours, as identify does with every address it learns.
        ToldAddress = "told-address" { #[doc = "The hosts with these behaviours."] hosts: Hosts, #[doc = "The peers."] peers: Hosts, #[doc = "The address."] address: Address } []
            => "told-address a b @b";
        /// The tables of these hosts are the same as in a snapshot: same peers, addresses and statuses.
        SameTable = "same-table" { #[doc = "The hosts whose tables are read."] hosts: Hosts, #[doc = "The snapshot."] snapshot: Name } []
            => "same-table a before";
        /// The report of a failure explains in this way why the tables of the first hosts have no usable entry of the others.
        Diagnosis = "diagnosis" { #[doc = "The hosts whose tables lack entries."] hosts: Hosts, #[doc = "The peers that they lack."] peers: Hosts, #[doc = "The cause."] cause: CauseKind } []
            => "not diagnosis a b no-identify";
        /// Each of the first hosts has a connection to each of the others.
        Connected = "connected" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The peers."] peers: Hosts } []
            => "connected a b";
        /// Each host has this many connections; with `to`, to each of these.
        Connections = "connections" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "To peers."] to "to": Option<Hosts> ]
            => "connections a =1 to=b";
        /// Each of the first hosts has a connection to each of the others that leads through no relay.
        Direct = "direct" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The peers."] peers: Hosts } []
            => "direct a b";
        /// Each of the first hosts has a connection to each of the others through a relay.
        Relayed = "relayed" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The peers."] peers: Hosts } []
            => "relayed a b";
        /// DCUtR of each host has reported this many holes that were punched. With `to`, those to each of these peers.
        Punches = "punches" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "To peers."] to "to": Option<Hosts> ]
            => "punches a =1 to=b";
        /// DCUtR of each host has given up this many holes, each after three attempts. With `to`, those to each of these peers.
        FailedPunches = "failed-punches" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "To peers."] to "to": Option<Hosts> ]
            => "failed-punches a =0 to=b";
        /// The client of AutoNAT, version 2, of each host has reported this many addresses at which a server has dialled the host back. With `from`, those that each of these has dialled.
        DialBacks = "dial-backs" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "The servers."] from "from": Option<Hosts> ]
            => "dial-backs a =1 from=s";
        /// The client of AutoNAT, version 2, of each host has reported this many addresses that a server has not reached, or has not dialled. With `from`, those that each of these was asked to dial.
        FailedDialBacks = "failed-dial-backs" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "The servers."] from "from": Option<Hosts> ]
            => "failed-dial-backs a =0 from=s";
        /// AutoNAT, version 1, says this of each host: `public`, `private` or `unknown`.
        Reachable = "reachability" { #[doc = "The hosts."] hosts: Hosts, #[doc = "What it says."] reachability: Reachability } []
            => "reachability a private";
        /// This many requests that each host has sent by `request` have been answered; with `from`, by each of these.
        RequestAnswers = "request-answers" { #[doc = "The hosts that ask."] hosts: Hosts, #[doc = "How many answers."] count: Bound<u64> }
            [ #[doc = "Who answers."] from "from": Option<Hosts> ]
            => "request-answers a =0 from=b";
        /// The gossipsub of each host has received this many messages that others have sent by `publish`; with `from`, those of each of these.
        Publications = "publications" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "The authors."] from "from": Option<Hosts> ]
            => "publications b =1 from=a";
        /// The connections of each scripted host have reported this many last events: each reports one when it closes. With `to`, those to each of these.
        LastEvents = "last-events" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "To peers."] to "to": Option<Hosts> ]
            => "last-events r =1 to=a";
        /// The behaviours of each host have dialled this many times, as kad does for its queries. Dials by steps do not count. With `to`, only dials to these hosts, for each of them.
        Dials = "dials" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "The peers."] to "to": Option<Hosts> ]
            => "dials a <=2 to=b";
        /// This many inbound connections of each host failed before they were established, for example because a behaviour denied them. With `from`, only those reported to come from these hosts, for each of them.
        InboundFailures = "inbound-failures" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "Who dialled."] from "from": Option<Hosts> ]
            => "inbound-failures a =1 from=b";
        /// Each host has this many dials and inbound handshakes in progress.
        UnderWay = "under-way" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "under-way a =0";
        /// Each host listens on this many addresses.
        Listeners = "listeners" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "listeners a =1";
        /// Each host has this many confirmed external addresses.
        External = "external" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "external a =1";
        /// This many external address candidates have been reported to each host, including repeated ones. An address that is already confirmed is not reported.
        Candidates = "candidates" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many candidates."] count: Bound<u64> } []
            => "candidates a =0";
        /// The network holds this many sockets of each host: listeners, dials and connections.
        Sockets = "sockets" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "sockets a =0";
        /// Each host has this many tasks.
        Tasks = "tasks" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "tasks a =0";
        /// Each host is in this state: `open`, `closing`, `closed`, `crashed`, or `dead` if it went down by itself.
        State = "state" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The state."] state: HostState } []
            => "state a closed";
        /// The DHT of each host is in this mode.
        InMode = "mode" { #[doc = "The hosts."] hosts: Hosts, #[doc = "Server or client."] mode: DhtMode } []
            => "mode a server";
        /// Each host runs this many queries.
        Queries = "queries" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "queries a =0";
        /// This many bootstraps have ended at each host, including automatic ones.
        Bootstraps = "bootstraps" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "bootstraps a >=1";
        /// The application around the DHT of each host reports this number under this name. Only stacks with an application report numbers.
        AppMetric = "app-metric" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The name of the number."] name: Name, #[doc = "The number."] value: Bound<u64> } []
            => "app-metric a pending =0";
        /// Each host holds a record under this key; with `value`, of this value. A record that has expired counts until libp2p removes it, which it does when it next runs its jobs or is asked for the key.
        Stores = "stores" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The value."] value "value": Option<Payload> ]
            => "stores a song value=la";
        /// Each host holds this many records, with those that have expired and that libp2p has not removed yet.
        Records = "records" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "How many."] count: Bound<u64> } []
            => "records a =0";
        /// This many of these hosts hold a record under this key, as `stores` counts it.
        Holders = "holders" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "How many hosts."] count: Bound<u64> } []
            => "holders all song >=3";
        /// The stores of the first hosts name the others as providers of this key.
        Provider = "provider" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "The providers."] peers: Hosts } []
            => "provider a song b";
        /// The store of each host names this many providers of this key.
        Providers = "providers" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "How many."] count: Bound<u64> } []
            => "providers a song =1";
        /// The store of each host lists the host itself as a provider of this key.
        Provides = "provides" { #[doc = "The hosts whose stores are read."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "provides a song";
        /// These queries have ended.
        Ended = "ended" { #[doc = "The queries."] query: Name } []
            => "ended q";
        /// These queries have ended successfully.
        Succeeded = "succeeded" { #[doc = "The queries."] query: Name } []
            => "succeeded q";
        /// The last step of these queries is of this kind. A `find-peers` ends with `peers`, a `bootstrap` with `bootstrapped`, a `get` with `no-more` or `not-found`, a `put` with `stored` or `quorum-failed`, a `provide` with `provided`, a `find-providers` with `no-more`, and each of them with `timed-out`.
        Answer = "answer" { #[doc = "The queries."] query: Name, #[doc = "The last step."] answer: Outcome } []
            => "answer q not-found";
        /// These queries have found these peers: a `find-peers` as closest ones, a `find-providers` as providers.
        Found = "found" { #[doc = "The queries."] query: Name, #[doc = "The peers."] peers: Hosts } []
            => "found q b";
        /// These queries, each a `get`, have ended, and report each of these peers as close to the key but without the record, so that it can be stored there.
        Caches = "caches" { #[doc = "The queries."] query: Name, #[doc = "The peers."] peers: Hosts } []
            => "caches q h0";
        /// These queries, `find-peers` or `find-providers`, have found this many peers.
        Peers = "peers" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "peers q =0";
        /// These queries, each a `get`, have found this many records; with `value`, each of this value.
        Values = "values" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> }
            [ #[doc = "The value."] value "value": Option<Payload> ]
            => "values q >=1 value=la";
        /// These queries, each a `find-peers`, have found this share of the peers that they should have found: the closest live servers, without the querying host.
        Recall = "recall" { #[doc = "The queries."] query: Name, #[doc = "The share found."] share: Bound<f64> } []
            => "recall q =1";
        /// The peers that these queries, each a `find-peers`, have found are sorted by their distance to the key.
        Sorted = "sorted" { #[doc = "The queries."] query: Name } []
            => "sorted q";
        /// These queries have sent this many requests.
        Requests = "requests" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "requests q <=60";
        /// This many requests of these queries were not answered.
        Unanswered = "unanswered" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "unanswered q =0";
        /// This many requests of these queries have failed, as counted by libp2p.
        Failures = "failures" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "failures q =1";
        /// These queries have reported this many steps.
        Steps = "steps" { #[doc = "The queries."] query: Name, #[doc = "How many."] count: Bound<u64> } []
            => "steps q =1";
        /// These queries have taken this much virtual time.
        Took = "took" { #[doc = "The queries."] query: Name, #[doc = "How long."] time: Bound<Duration> } []
            => "took q <=11s";
        /// The reply to a request of a scripted host is of this kind: `message`, `garbage`, `nothing`, `reset`, `refused` or `unanswered`.
        Reply = "reply" { #[doc = "The name of the reply."] asked: Name, #[doc = "The kind of reply."] reply: ReplyKind } []
            => "reply r message";
        /// The reply to a request of a scripted host names this many closer peers.
        ReplyPeers = "reply-peers" { #[doc = "The name of the reply."] asked: Name, #[doc = "How many."] count: Bound<u64> } []
            => "reply-peers r <=20";
        /// The reply to a request of a scripted host names these closer peers.
        ReplyNames = "reply-names" { #[doc = "The name of the reply."] asked: Name, #[doc = "The peers."] peers: Hosts } []
            => "reply-names r b";
        /// The reply to a request of a scripted host names this many providers.
        ReplyProviders = "reply-providers" { #[doc = "The name of the reply."] asked: Name, #[doc = "How many."] count: Bound<u64> } []
            => "reply-providers r =1";
        /// The reply to a request of a scripted host holds a record; with `value`, of this value.
        ReplyRecord = "reply-record" { #[doc = "The name of the reply."] asked: Name }
            [ #[doc = "The value."] value "value": Option<Payload> ]
            => "reply-record r value=la";
        /// Each of the first hosts has sent each of the others this many requests of this kind. Messages can only be counted on the mux transport.
        Asked = "asked" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The peers."] peers: Hosts, #[doc = "The kind of request."] kind: Kind, #[doc = "How many."] count: Bound<u64> } []
            => "asked a b find-node >=1";
        /// This fault has had an effect.
        Fired = "fired" { #[doc = "The fault."] fault: Name } []
            => "fired split";
        /// Each live server is in the table of each of these hosts, if its bucket has room.
        Complete = "complete" { #[doc = "The hosts whose tables are read."] hosts: Hosts } []
            => "complete all";
        /// Each of these hosts can reach every other one through the tables of live hosts.
        Linked = "linked" { #[doc = "The hosts."] hosts: Hosts } []
            => "linked all";
    }
}

impl Condition {
    /// The queries that the condition names.
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

    /// Whether the condition can be false because tables lack usable entries: those of the
    /// hosts that fail it. There is no diagnosis of a second DHT.
    pub(crate) fn needs_entries(&self) -> bool {
        match self {
            Condition::Knows { dht: Some(_), .. }
            | Condition::EntryConnected { dht: Some(_), .. }
            | Condition::Table { dht: Some(_), .. } => false,
            Condition::Knows { .. }
            | Condition::EntryConnected { .. }
            | Condition::EntryAddress { .. }
            | Condition::Complete { .. }
            | Condition::Linked { .. }
            | Condition::Succeeded { .. }
            | Condition::Found { .. } => true,
            Condition::EntryAddresses { count: wanted, .. }
            | Condition::Table { size: wanted, .. }
            | Condition::Bucket { size: wanted, .. }
            | Condition::Peers { count: wanted, .. }
            | Condition::Values { count: wanted, .. } => !wanted.holds(&0),
            Condition::Recall { share, .. } => !share.holds(&0.0),
            Condition::Answer { answer, .. } => answer.is_success(),
            _ => false,
        }
    }

    /// The hosts of which one DHT is meant, and the DHT that is named.
    pub(crate) fn of_dht(&self) -> Option<(&Hosts, Option<DhtName>)> {
        match self.whole() {
            Condition::Knows { hosts, dht, .. }
            | Condition::Table { hosts, dht, .. }
            | Condition::EntryConnected { hosts, dht, .. } => Some((hosts, *dht)),
            _ => None,
        }
    }

    /// The condition without `not` before it.
    pub(crate) fn whole(&self) -> &Condition {
        match self {
            Condition::Not { inner } => inner.whole(),
            condition => condition,
        }
    }

    /// Whether the condition is true, if it is with this value without `not` before it.
    pub(crate) fn with(&self, value: bool) -> bool {
        match self {
            Condition::Not { inner } => !inner.with(value),
            _ => value,
        }
    }

    /// The replies that the condition names.
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
