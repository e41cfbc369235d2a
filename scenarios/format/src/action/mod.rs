//! What can be done to the hosts and to the network between them.

mod family;

pub use family::Family;

use std::time::Duration;

use dht_harness::net::{Latency, Probability};

use crate::{
    condition::Condition,
    syntax::{Address, Command, Groups, Hosts, Key, Kind, Mode, Name, Payload, Quorum, vocabulary},
};

vocabulary! {
    /// What a step does.
    ///
    /// Where several hosts are named, it is done to each, in the order in which
    /// they are named. Where two lists are named, to each pair but a host and
    /// itself.
    pub enum Action ("ACTION") {
        /// Connects each of the first hosts to each of the others, at the address it listens on. Waits until the connection is up.
        Connect = "connect" { #[doc = "Who dials."] from: Hosts, #[doc = "Whom."] to: Hosts } []
            => "connect a b";
        /// Starts to connect, and does not wait.
        StartConnect = "start-connect" { #[doc = "Who dials."] from: Hosts, #[doc = "Whom."] to: Hosts } []
            => "start-connect a,b c";
        /// Dials an address, whoever is there; with `peer`, only that peer will do. Waits.
        Dial = "dial" { #[doc = "Who dials."] from: Hosts, #[doc = "Where."] address: Address }
            [ #[doc = "Who has to be there."] peer "peer": Option<Hosts> ]
            => "dial a /ip4/10.0.0.9/tcp/4001 peer=b";
        /// Closes all connections of each of the first hosts to each of the others, orderly. Waits.
        Disconnect = "disconnect" { #[doc = "Who closes."] from: Hosts, #[doc = "Which connections."] to: Hosts } []
            => "disconnect a b";
        /// Makes each host listen, on its own address or this one. Waits.
        Listen = "listen" { #[doc = "Who."] hosts: Hosts }
            [ #[doc = "Where."] on "on": Option<Address> ]
            => "listen a on=/ip4/10.0.0.1/tcp/4002";
        /// Removes all listeners of each host.
        Unlisten = "unlisten" { #[doc = "Who."] hosts: Hosts } []
            => "unlisten a";
        /// Confirms an external address of each host: its own or this one.
        AddExternal = "add-external" { #[doc = "Whose."] hosts: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "add-external a";
        /// Takes an external address back: the host's own or this one.
        RemoveExternal = "remove-external" { #[doc = "Whose."] hosts: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "remove-external a";
        /// Makes a sibling behaviour of each of the first hosts deny connections with each of the others, and close those there are. Only hosts with the stacks kad, kad-identify, evicting and tokio can do this.
        Block = "block" { #[doc = "Who denies."] hosts: Hosts, #[doc = "Whom."] whom: Hosts } []
            => "block a b";
        /// Ends a block. Only hosts with the stacks kad, kad-identify, evicting and tokio can do this.
        Unblock = "unblock" { #[doc = "Who denied."] hosts: Hosts, #[doc = "Whom."] whom: Hosts } []
            => "unblock a b";
        /// Adds each of the others to the table of each of the first hosts, at its own address or this one.
        AddAddress = "add-address" { #[doc = "Whose tables."] hosts: Hosts, #[doc = "Who is added."] whom: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "add-address a b";
        /// Removes an address from the table of each of the first hosts: the own one of each of the others, or this one.
        RemoveAddress = "remove-address" { #[doc = "Whose tables."] hosts: Hosts, #[doc = "Whose address."] whom: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "remove-address a b";
        /// Removes each of the others from the table of each of the first hosts.
        RemovePeer = "remove-peer" { #[doc = "Whose tables."] hosts: Hosts, #[doc = "Who is removed."] whom: Hosts } []
            => "remove-peer a b";
        /// Sets the mode of each host's DHT.
        SetMode = "set-mode" { #[doc = "Whose."] hosts: Hosts, #[doc = "The mode."] mode: Mode } []
            => "set-mode a client";

        /// Looks up the peers closest to a key. Waits for the last step. The query is called `last`, or by `as`; several hosts ask at the same time, and then the name means all their queries.
        FindPeers = "find-peers" { #[doc = "Who asks."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name> ]
            => "find-peers a peer:b as=q";
        /// Looks up the own neighbourhood and refreshes the buckets. Waits, and is named, as `find-peers`.
        Bootstrap = "bootstrap" { #[doc = "Who asks."] hosts: Hosts }
            [ #[doc = "The query's name."] name "as": Option<Name> ]
            => "bootstrap all";
        /// Looks for a record. Waits, and is named, as `find-peers`.
        Get = "get" { #[doc = "Who asks."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name> ]
            => "get a song";
        /// Stores a record at the peers closest to its key, of which so many have to confirm; all, if nothing is said. With `ttl`, it expires then. Waits, and is named, as `find-peers`.
        Put = "put" { #[doc = "Who stores."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "What."] value: Payload }
            [ #[doc = "How many confirm."] quorum "quorum": Option<Quorum>, #[doc = "When it expires."] ttl "ttl": Option<Duration>, #[doc = "The query's name."] name "as": Option<Name> ]
            => "put a song la quorum=one";
        /// Announces each host as provider of a key. Waits, and is named, as `find-peers`.
        Provide = "provide" { #[doc = "Who provides."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name> ]
            => "provide a song";
        /// Looks for the providers of a key. Waits, and is named, as `find-peers`.
        FindProviders = "find-providers" { #[doc = "Who asks."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name> ]
            => "find-providers a song";
        /// Does the query that follows, and does not wait for it.
        Start = "start" { #[doc = "The query."] query: Box<Action> } []
            => "start get a song as=q";
        /// Waits for the last step of these queries.
        Finish = "finish" { #[doc = "The queries."] query: Name } []
            => "finish q";
        /// Ends these queries, as an application does that has what it wants.
        Stop = "stop" { #[doc = "The queries."] query: Name } []
            => "stop q";
        /// Makes each host provide a key no longer.
        StopProviding = "stop-providing" { #[doc = "Who."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "stop-providing a song";
        /// Puts a record into the store of each host, and nowhere else. With `ttl`, it expires then; with `publisher`, it is that host's.
        StoreLocal = "store-local" { #[doc = "Whose stores."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "What."] value: Payload }
            [ #[doc = "When it expires."] ttl "ttl": Option<Duration>, #[doc = "Whose it is."] publisher "publisher": Option<Hosts> ]
            => "store-local a song la ttl=1h";
        /// Puts a provider record into the store of each host, and nowhere else.
        StoreProviderLocal = "store-provider-local" { #[doc = "Whose stores."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "Who provides."] provider: Hosts }
            [ #[doc = "When it expires."] ttl "ttl": Option<Duration> ]
            => "store-provider-local a song b";
        /// Removes a record from the store of each host.
        RemoveLocal = "remove-local" { #[doc = "Whose stores."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "remove-local a song";

        /// Brings hosts up that are declared with `later = true`.
        Spawn = "spawn" { #[doc = "Who."] hosts: Hosts } []
            => "spawn b";
        /// Closes each host. Waits until all have answered; they close at the same time.
        Close = "close" { #[doc = "Who."] hosts: Hosts } []
            => "close a,b";
        /// Begins to close each host, and does not wait.
        StartClose = "start-close" { #[doc = "Who."] hosts: Hosts } []
            => "start-close a";
        /// Each host vanishes: no goodbye leaves it.
        Crash = "crash" { #[doc = "Who."] hosts: Hosts } []
            => "crash a";
        /// Brings closed or crashed hosts back at their address. The identity is kept unless it is said to be lost; the record store and the table are lost unless they are said to be kept.
        Restart = "restart" { #[doc = "Who."] hosts: Hosts }
            [ #[doc = "A new identity."] lose_identity "lose-identity": bool, #[doc = "The records stay."] keep_store "keep-store": bool, #[doc = "The table stays."] keep_table "keep-table": bool ]
            => "restart a lose-identity keep-store";
        /// Stops each host as a debugger does: it neither runs nor answers, and the network goes on.
        Pause = "pause" { #[doc = "Who."] hosts: Hosts } []
            => "pause a";
        /// Lets paused hosts go on.
        Resume = "resume" { #[doc = "Who."] hosts: Hosts } []
            => "resume a";
        /// Makes each host slow: at least so long passes between two times that it runs. `0s` ends it.
        Slow = "slow" { #[doc = "Who."] hosts: Hosts, #[doc = "How long."] pause: Duration } []
            => "slow a 50ms";
        /// Sets the clock of each host off, and makes it run fast or slow. `ahead` and `behind` move its wall clock; `gains` and `loses` say by how many millionths its clocks run fast or slow.
        Skew = "skew" { #[doc = "Whose."] hosts: Hosts }
            [ #[doc = "Its wall clock is ahead."] ahead "ahead": Option<Duration>, #[doc = "Its wall clock is behind."] behind "behind": Option<Duration>, #[doc = "Its clock gains."] gains "gains": Option<u64>, #[doc = "Its clock loses."] loses "loses": Option<u64> ]
            => "skew a ahead=1h gains=100";
        /// Gives each host another ip: a fresh one, or the ip of a host that is gone.
        Move = "move" { #[doc = "Who."] hosts: Hosts }
            [ #[doc = "The ip of this host."] to "to": Option<Address> ]
            => "move a";
        /// Says that these hosts answer nothing from now on, though they are alive: for scripted ones.
        DeclareDead = "declare-dead" { #[doc = "Who."] hosts: Hosts } []
            => "declare-dead a";
        /// Crashes or closes each host and brings it back, again and again, for so long: it is up for a time drawn from the first distribution, and down for one drawn from the second, but for two seconds at least. Waits until the time is over and all are back.
        Churn = "churn" { #[doc = "Who."] hosts: Hosts, #[doc = "How long."] time: Duration, #[doc = "The time they are up."] up: Latency, #[doc = "The time they are down."] down: Latency }
            [ #[doc = "They close instead of crashing."] close "close": bool, #[doc = "They come back as somebody else."] lose_identity "lose-identity": bool ]
            => "churn h 30m exponential:10s..5m exponential:5s..1m";

        /// Splits the network: hosts of different groups do not reach each other.
        Partition = "partition" { #[doc = "The groups."] groups: Groups }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "partition a,b | c,d id=split";
        /// Drops all that the first hosts send to the others; with `dials`, only what opens connections.
        Cut = "cut" { #[doc = "Who sends."] from: Hosts, #[doc = "To whom."] to: Hosts }
            [ #[doc = "Only dials."] dials "dials": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "cut a b dials";
        /// Drops all between each of the first hosts and each of the others, both ways, without a word to either.
        Blackhole = "blackhole" { #[doc = "One side."] hosts: Hosts, #[doc = "The other side."] whom: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "blackhole a b";
        /// Holds back what connections between each of the first hosts and each of the others carry, until it is healed. New connections come up.
        Stall = "stall" { #[doc = "One side."] hosts: Hosts, #[doc = "The other side."] whom: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "stall a b";
        /// Resets all connections of each host; with `with`, those with each of these.
        Reset = "reset" { #[doc = "Whose."] hosts: Hosts }
            [ #[doc = "With whom."] with "with": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "reset a with=b";
        /// Resets all streams between each of the first hosts and each of the others; their connections live on. On the mux transport only.
        ResetStreams = "reset-streams" { #[doc = "One side."] hosts: Hosts, #[doc = "The other side."] whom: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "reset-streams a b";
        /// Dials to each host are refused; with `from`, only dials of these.
        Refuse = "refuse" { #[doc = "Who is dialled."] hosts: Hosts }
            [ #[doc = "Who dials."] from "from": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "refuse b from=a";
        /// Dials to each host are never answered; with `from`, only dials of these.
        Hang = "hang" { #[doc = "Who is dialled."] hosts: Hosts }
            [ #[doc = "Who dials."] from "from": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "hang b";
        /// Dials to each host are accepted and then reset; with `from`, only dials of these.
        DialReset = "dial-reset" { #[doc = "Who is dialled."] hosts: Hosts }
            [ #[doc = "Who dials."] from "from": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "dial-reset b";
        /// Puts each host behind a firewall or NAT: it dials, and nobody can dial it. Dials to it hang, or are refused.
        Firewall = "firewall" { #[doc = "Who."] hosts: Hosts }
            [ #[doc = "Dials are refused."] refuse "refuse": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "firewall h0..h4";
        /// Changes the latency of all links; with `of`, of those of each of these hosts; with `to` as well, of those between them.
        SetLatency = "latency" { #[doc = "The latency, one way."] latency: Latency }
            [ #[doc = "Whose links."] of "of": Option<Hosts>, #[doc = "To whom."] to "to": Option<Hosts>, #[doc = "Only from `of` to `to`."] one_way "one-way": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "latency uniform:50ms..200ms of=a";
        /// Changes the rate of all access links, in bytes a second, both ways; with `of`, of these hosts. 0 is unlimited.
        SetBandwidth = "bandwidth" { #[doc = "Bytes a second."] rate: u64 }
            [ #[doc = "Whose link."] of "of": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "bandwidth 10000 of=a";
        /// Loses packets with this probability, from 0 to 1, on all links, or on those of `of`, or between `of` and `to`. A lost packet arrives later by `delay` (200 ms if nothing is said), or resets its connection.
        Loss = "loss" { #[doc = "The probability."] probability: Probability }
            [ #[doc = "Whose links."] of "of": Option<Hosts>, #[doc = "To whom."] to "to": Option<Hosts>, #[doc = "How much later."] delay "delay": Option<Duration>, #[doc = "The connection is reset."] reset "reset": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "loss 0.05 of=a delay=300ms";
        /// Each host loses requests of this kind, or with `answers` the answers to them: those that come in, or with `out` those that go out. With `peer`, only from or to these. Only hosts with the stacks kad, kad-identify, evicting and tokio can do this.
        DropMessages = "drop-messages" { #[doc = "Who."] hosts: Hosts, #[doc = "The kind."] kind: Kind }
            [ #[doc = "Those that go out."] out "out": bool, #[doc = "Answers, not requests."] answers "answers": bool, #[doc = "Of whom."] peer "peer": Option<Hosts> ]
            => "drop-messages b find-node peer=a";
        /// Each host delays requests of this kind, or with `answers` the answers to them: those that come in, or with `out` those that go out. With `peer`, only from or to these. Only hosts with the stacks kad, kad-identify, evicting and tokio can do this.
        DelayMessages = "delay-messages" { #[doc = "Who."] hosts: Hosts, #[doc = "The kind."] kind: Kind, #[doc = "How much later."] delay: Duration }
            [ #[doc = "Those that go out."] out "out": bool, #[doc = "Answers, not requests."] answers "answers": bool, #[doc = "Of whom."] peer "peer": Option<Hosts> ]
            => "delay-messages b get-value 2s";
        /// Ends what `drop-messages` and `delay-messages` do to these hosts. Only hosts with the stacks kad, kad-identify, evicting and tokio can do this.
        PassMessages = "pass-messages" { #[doc = "Who."] hosts: Hosts } []
            => "pass-messages b";
        /// Heals a fault by its name.
        Heal = "heal" { #[doc = "The fault."] fault: Name } []
            => "heal split";
        /// Heals every fault.
        HealAll = "heal-all" {} []
            => "heal-all";
        /// Heals every fault, and demands that the network is well again within this time: each live server in each table that has room for it, the tables one connected graph, lookups with full recall.
        Recover = "recover" { #[doc = "How long it may take."] within: Duration } []
            => "recover 15m";

        /// Gives a scripted host another script. `honest` answers as the protocol asks and names the hosts of `peers` as closer ones; `lying` names them whatever it is asked; `providers` names them as providers of any key. `silent`, `reset` and `close` give no answer and keep, reset or close the stream. `oversized` answers with more than the 16 KiB that kad reads, `malformed(HEX)` with these bytes, `wrong-type(KIND)` with a message of this kind, which may also be `ping`. `record(HEX)` has a record of this value under any key. `slow(DURATION, SCRIPT)` does what the other script does so much later; `flaky-every(N, SCRIPT)` resets each N-th request; both are honest without a SCRIPT, which cannot be `lying` or `providers`.
        SetScript = "script" { #[doc = "Who."] hosts: Hosts, #[doc = "The script."] script: String }
            [ #[doc = "Whom it names."] peers "peers": Option<Hosts> ]
            => "script b lying peers=c,d";
        /// Makes a scripted host ask each of the others by hand. Waits for the answer, which is called `last`, or by `as`.
        Ask = "ask" { #[doc = "The scripted host."] host: Hosts, #[doc = "Who is asked."] whom: Hosts, #[doc = "The kind of request."] kind: Kind, #[doc = "The key."] key: Key }
            [ #[doc = "The record's value, for `put-value`."] value "value": Option<Payload>, #[doc = "The record's life."] ttl "ttl": Option<Duration>, #[doc = "Whom it names as provider, for `add-provider`."] provider "provider": Option<Hosts>, #[doc = "The answer's name."] name "as": Option<Name> ]
            => "ask r a find-node peer:b as=x";
        /// Makes a scripted host send each of the others these bytes on a kad stream. Waits for what comes back.
        Send = "send" { #[doc = "The scripted host."] host: Hosts, #[doc = "To whom."] whom: Hosts, #[doc = "The bytes."] bytes: Payload }
            [ #[doc = "The answer's name."] name "as": Option<Name> ]
            => "send r a hex:ffff as=x";
        /// Makes a scripted host open so many kad streams to each of the others and say nothing on them.
        HoldStreams = "hold-streams" { #[doc = "The scripted host."] host: Hosts, #[doc = "To whom."] whom: Hosts, #[doc = "How many."] count: u64 } []
            => "hold-streams r a 32";

        /// Tells the application around the DHT of each host something. A word `@b` of the command is the address of a host with its peer id; all else the application reads itself, and one that is told what it does not know says what it does. Only stacks with such an application can be told anything.
        AppCommand = "app-command" { #[doc = "Whose application."] hosts: Hosts, #[doc = "What it is told."] command: Command } []
            => "app-command a \"bootnode @b\"";

        /// Lets virtual time pass.
        Run = "run" { #[doc = "How long."] time: Duration } []
            => "run 10s";
        /// Runs until nothing is under way: no message in flight, no dial pending, no query running. That has to happen within `within`, 5 minutes if nothing is said.
        Settle = "settle" {}
            [ #[doc = "How long it may take."] within "within": Option<Duration> ]
            => "settle";
        /// Demands that something is true now.
        Expect = "expect" { #[doc = "What."] condition: Condition } []
            => "expect knows a b";
        /// Runs until something is true, which has to happen within this time.
        Eventually = "eventually" { #[doc = "How long it may take."] within: Duration, #[doc = "What."] condition: Condition } []
            => "eventually 30s knows a b";
        /// Lets virtual time pass, and demands that something is true after each event of it.
        Always = "always" { #[doc = "How long."] time: Duration, #[doc = "What."] condition: Condition } []
            => "always 1m not connected a b";
        /// Keeps the tables of these hosts under a name, for `same-table`.
        Snapshot = "snapshot" { #[doc = "Whose tables."] hosts: Hosts, #[doc = "The snapshot's name."] name: Name } []
            => "snapshot a before";
    }
}
