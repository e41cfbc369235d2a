//! The actions of scenario files.
//!
//! An entry declares everything that is known about an action before it is executed:
//! its syntax, its family, its trace events, the hosts that have to be up, the names
//! that it defines, and the actions that it undoes.

mod label;
mod names;
mod table;

use std::time::Duration;

use dht_harness::net::{Latency, Probability};

use crate::{
    condition::Condition,
    syntax::{
        Address, Command, DhtName, DomainName, Groups, Hosts, Key, Kind, Mode, Name, Payload, Pick,
        Quorum, RouterName, Script,
    },
};
use table::actions;

pub use label::ActionLabel;
pub(crate) use names::LAST;

actions! {
    //! The actions of steps.
    //!
    //! An action that names several hosts applies to each of them, in the order in
    //! which they are named. An action that names two lists of hosts applies to
    //! each pair, except a host and itself.

    /// Hosts dial, listen and disconnect.
    Connection ("a control event, and the events that follow from it") {
        /// Connects each of the first hosts to each of the others, at the address it listens on. Waits until the connection is up at the host that dials; over a byte stream it is up at the other side a moment later. Fails if a host is down, or if a host has no end of any connection that the other still counts.
        Connect = "connect" { #[doc = "The hosts that dial."] from: Hosts, #[doc = "The hosts that are dialled."] to: Hosts } []
            => "connect a b" { actors: from, waits: true };
        /// Starts to connect, without waiting.
        StartConnect = "start-connect" { #[doc = "The hosts that dial."] from: Hosts, #[doc = "The hosts that are dialled."] to: Hosts } []
            => "start-connect a,b c" { actors: from };
        /// Dials an address, whichever peer is there; with `peer`, the dial fails unless it is this peer. Without an address, dials each of the peers at the addresses that the behaviours of the host know, as applications do with `Swarm::dial(peer_id)`, unless they are connected. The address is `@host`; `router:NAME`, port 4001 of a router, and `router:NAME/quic-v1`, that of UDP; `@relay/p2p-circuit/p2p/HOST`, the other host by a relay, `@relay/quic-v1/p2p-circuit/p2p/HOST`, by this address of the relay, and `router:NAME/p2p/relay/p2p-circuit/p2p/HOST`, by the port that a router maps for the relay; or one that the network carries: `/ip4/A.B.C.D/tcp/PORT`, optionally with `/p2p/PEER` behind it. Any other one only together with `fails=TEXT`. A dial goes from the port of a listener, if there is one; with `new-port` from a new one, as libp2p does with `DialOpts::allocate_new_port`. Waits.
        Dial = "dial" { #[doc = "The hosts that dial."] from: Hosts, #[doc = "The address."] address: Option<Address> }
            [ #[doc = "The expected peer, or the peers."] peer "peer": Option<Hosts>, #[doc = "From a new port."] new_port "new-port": bool ]
            => "dial a /ip4/10.0.0.9/tcp/4001 peer=b" { actors: from, waits: true };
        /// Closes all connections of each of the first hosts to each of the others, gracefully. Waits.
        Disconnect = "disconnect" { #[doc = "The hosts that close."] from: Hosts, #[doc = "The other ends."] to: Hosts } []
            => "disconnect a b" { actors: from, waits: true };
        /// Makes each host listen, on its own address or on this one: `/ip4/A.B.C.D/tcp/PORT` with its own IP address or 0.0.0.0, where port 0 is any free port; or `@relay/p2p-circuit` or `router:NAME/p2p/relay/p2p-circuit`, for which the host asks the relay for a reservation. An address of another transport only together with `fails=TEXT`. Waits.
        Listen = "listen" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The address."] on "on": Option<Address> ]
            => "listen a on=/ip4/10.0.0.1/tcp/4002" { actors: hosts, waits: true, undoes: [Unlisten, Move, Relocate] };
        /// Removes all listeners of each host.
        Unlisten = "unlisten" { #[doc = "The hosts."] hosts: Hosts } []
            => "unlisten a" { actors: hosts, undoes: [Move, Relocate] };
    }

    /// The state of a swarm changes.
    Swarm ("only the events that follow from it") {
        /// Confirms an external address of each host: its own or this one, which can be any multiaddress, also of a transport that the network does not carry.
        AddExternal = "add-external" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "add-external a" { actors: hosts };
        /// Withdraws an external address of each host: its own or this one. Fails if the host has no such external address.
        RemoveExternal = "remove-external" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "remove-external a" { actors: hosts };
        /// Asks the router in front of each host for a port that leads to port 4001 of the host, of TCP, UDP or both as the host listens, and confirms the address of the router with that port as an external one, as libp2p-upnp does. Fails if the router grants no ports (`port_mapping`), if its own address is private, or if the port is mapped for another host. The port stays mapped until the router restarts; libp2p-upnp asks for it again within half an hour, and withdraws the address if that fails: write `remove-external HOSTS address=router:NAME` for that.
        MapPort = "map-port" { #[doc = "The hosts."] hosts: Hosts } []
            => "map-port a" { actors: hosts };
        /// Restarts a router: it forgets its mappings, and the ports that it has granted. Connections of TCP through it are lost as those that were idle for too long. Those of QUIC survive if the router gives the host the same port again. It takes no time: for a restart that lasts, separate its hosts from the others with `partition` before it, and heal that afterwards. With `no-port-mapping` it grants no ports from then on, as if UPnP had been switched off.
        RestartRouter = "restart-router" { #[doc = "The router."] router: RouterName }
            [ #[doc = "It grants no ports from then on."] no_port_mapping "no-port-mapping": bool ]
            => "restart-router home no-port-mapping";
        /// Restarts a router, which then has another address outside, as after a reconnection to its provider.
        RenumberRouter = "renumber-router" { #[doc = "The router."] router: RouterName } []
            => "renumber-router home";
        /// Makes a name stand for these hosts from now on, instead of what it stood for: `/dns4`, `/dns6` and `/dns` lead to their IP addresses, `/dnsaddr` to all addresses on which they listen, with their peer ids. Of several records the last one is dialled first. An answer takes the time `after`, no time by default; more than 10 s are too long. Only hosts with `names` among their `addresses` resolve names.
        SetName = "set-name" { #[doc = "The name."] name: DomainName, #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "How long an answer takes."] after "after": Option<Duration> ]
            => "set-name boot.example a,b after=2s";
        /// Removes a name, so that resolvers answer that there is none (NXDOMAIN).
        RemoveName = "remove-name" { #[doc = "The name."] name: DomainName } []
            => "remove-name boot.example";
        /// Tells all behaviours of each of the first hosts an address of each of the others, its own or this one, as `Swarm::add_peer_address` does and as a sibling behaviour does with `ToSwarm::NewExternalAddrOfPeer`.
        AddPeerAddress = "add-peer-address" { #[doc = "The hosts that are told."] hosts: Hosts, #[doc = "The peers."] peers: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "add-peer-address a b" { actors: hosts };
        /// Makes a sibling behaviour of each of the first hosts deny connections with each of the others, and close existing ones. Only hosts with the stacks kad, kad-identify, evicting and tokio support this.
        Block = "block" { #[doc = "The hosts that deny."] hosts: Hosts, #[doc = "The peers that are denied."] peers: Hosts } []
            => "block a b" { actors: hosts };
        /// Ends a block. Only hosts with the stacks kad, kad-identify, evicting and tokio support this.
        Unblock = "unblock" { #[doc = "The hosts that denied."] hosts: Hosts, #[doc = "The peers that were denied."] peers: Hosts } []
            => "unblock a b" { actors: hosts, undoes: [Block] };
    }

    /// Hosts query the DHT.
    Query ("a control event with the query, and each step of the query") {
        /// Looks up the peers closest to a key. Waits for the last step. The name of the query is `last` unless `as` is given. Several hosts query at the same time, and the name then refers to all their queries. With `in=lan`, as in all queries, it is the second DHT of a host with two that queries.
        FindPeers = "find-peers" { #[doc = "The hosts that query."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "find-peers a peer:b as=q" { actors: hosts, query: name, waits: true };
        /// Looks up the host's own id and refreshes the buckets. Waits and is named like `find-peers`.
        Bootstrap = "bootstrap" { #[doc = "The hosts that query."] hosts: Hosts }
            [ #[doc = "The query's name."] name "as": Option<Name>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "bootstrap all" { actors: hosts, query: name, waits: true };
        /// Looks for a record. Waits and is named like `find-peers`.
        Get = "get" { #[doc = "The hosts that query."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "get a song" { actors: hosts, query: name, waits: true };
        /// Stores a record at the peers closest to its key. `quorum` is the number of peers that have to confirm it; all by default. With `ttl`, the record expires after that time. Waits and is named like `find-peers`.
        Put = "put" { #[doc = "The hosts that store."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "The value."] value: Payload }
            [ #[doc = "How many peers confirm."] quorum "quorum": Option<Quorum>, #[doc = "When it expires."] ttl "ttl": Option<Duration>, #[doc = "The query's name."] name "as": Option<Name>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "put a song la quorum=one" { actors: hosts, query: name, waits: true };
        /// Announces each host as provider of a key. Waits and is named like `find-peers`.
        Provide = "provide" { #[doc = "The providers."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "provide a song" { actors: hosts, query: name, waits: true };
        /// Looks for the providers of a key. Waits and is named like `find-peers`.
        FindProviders = "find-providers" { #[doc = "The hosts that query."] hosts: Hosts, #[doc = "The key."] key: Key }
            [ #[doc = "The query's name."] name "as": Option<Name>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "find-providers a song" { actors: hosts, query: name, waits: true };
        /// Starts the following query, without waiting for it.
        Start = "start" { #[doc = "The query."] query: Box<Action> } []
            => "start get a song as=q";
        /// Waits for the last step of these queries.
        Finish = "finish" { #[doc = "The queries."] query: Name } []
            => "finish q" { waits: true };
    }

    /// The state of a DHT changes: its table, its store, its mode, its queries.
    Dht ("only the events that follow from it") {
        /// Adds each of the others to the table of each of the first hosts, at its own address or at this one, which can be any multiaddress, also of a transport that the network does not carry. With `in=lan`, to the table of the second DHT.
        AddAddress = "add-address" { #[doc = "The hosts whose tables change."] hosts: Hosts, #[doc = "The peers that are added."] peers: Hosts }
            [ #[doc = "The address."] address "address": Option<Address>, #[doc = "The DHT, on hosts with two."] dht "in": Option<DhtName> ]
            => "add-address a b" { actors: hosts };
        /// Removes an address from the table of each of the first hosts: that of each of the others, or this one.
        RemoveAddress = "remove-address" { #[doc = "The hosts whose tables change."] hosts: Hosts, #[doc = "The peers whose address is removed."] peers: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "remove-address a b" { actors: hosts };
        /// Removes each of the others from the table of each of the first hosts.
        RemovePeer = "remove-peer" { #[doc = "The hosts whose tables change."] hosts: Hosts, #[doc = "The peers that are removed."] peers: Hosts } []
            => "remove-peer a b" { actors: hosts };
        /// Sets the mode of each host's DHT.
        SetMode = "set-mode" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The mode."] mode: Mode } []
            => "set-mode a client" { actors: hosts, undoes: [SetMode] };
        /// Ends these queries early, as an application does that has found enough.
        Stop = "stop" { #[doc = "The queries."] query: Name } []
            => "stop q";
        /// Makes each host stop providing a key.
        StopProviding = "stop-providing" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "stop-providing a song" { actors: hosts };
        /// Puts a record into the store of each host, only. With `ttl`, the record expires after that time; with `publisher`, it is published by that host.
        StoreLocal = "store-local" { #[doc = "The hosts whose stores change."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "The value."] value: Payload }
            [ #[doc = "When it expires."] ttl "ttl": Option<Duration>, #[doc = "The publisher."] publisher "publisher": Option<Hosts> ]
            => "store-local a song la ttl=1h" { actors: hosts };
        /// Puts a provider record into the store of each host, only.
        StoreProviderLocal = "store-provider-local" { #[doc = "The hosts whose stores change."] hosts: Hosts, #[doc = "The key."] key: Key, #[doc = "The providers."] provider: Hosts }
            [ #[doc = "When it expires."] ttl "ttl": Option<Duration> ]
            => "store-provider-local a song b" { actors: hosts };
        /// Removes a record from the store of each host.
        RemoveLocal = "remove-local" { #[doc = "The hosts whose stores change."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "remove-local a song" { actors: hosts };
        /// Calls `remove_record` of libp2p-kad at each host: removes the record from its store if the host is the publisher, so that the host does not publish it again. Sends nothing: copies at other hosts stay, and are replicated, until they expire. Has no effect on a host that is not the publisher, nor on a record without one; `remove-local` removes those as well.
        RemoveRecord = "remove-record" { #[doc = "The hosts whose stores change."] hosts: Hosts, #[doc = "The key."] key: Key } []
            => "remove-record a song" { actors: hosts };
    }

    /// Hosts start, stop and slow down, and their clocks are skewed.
    Lifecycle ("a control event, and the events that follow from it") {
        /// Starts hosts that are declared with `later = true`.
        Spawn = "spawn" { #[doc = "The hosts."] hosts: Hosts } []
            => "spawn b";
        /// Closes each host. Waits until all are closed; they close at the same time.
        Close = "close" { #[doc = "The hosts."] hosts: Hosts } []
            => "close a,b" { waits: true };
        /// Starts to close each host, without waiting.
        StartClose = "start-close" { #[doc = "The hosts."] hosts: Hosts } []
            => "start-close a";
        /// Crashes each host: nothing is closed, and its peers are not notified.
        Crash = "crash" { #[doc = "The hosts."] hosts: Hosts } []
            => "crash a" { actors: hosts };
        /// Starts closed or crashed hosts again at their address. A host keeps its identity unless `lose-identity` is given; it loses its record store and its table unless `keep-store` and `keep-table` are given.
        Restart = "restart" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "A new identity."] lose_identity "lose-identity": bool, #[doc = "The records stay."] keep_store "keep-store": bool, #[doc = "The table stays."] keep_table "keep-table": bool ]
            => "restart a lose-identity keep-store" { undoes: [Crash, Close, StartClose, Churn] };
        /// Pauses each host as a debugger does: it neither runs nor answers, while the network continues.
        Pause = "pause" { #[doc = "The hosts."] hosts: Hosts } []
            => "pause a" { actors: hosts };
        /// Resumes paused hosts.
        Resume = "resume" { #[doc = "The hosts."] hosts: Hosts } []
            => "resume a" { undoes: [Pause] };
        /// Slows each host down: at least this time passes between two of its turns. `0s` removes the limit.
        Slow = "slow" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The least time between two turns."] pause: Duration } []
            => "slow a 50ms" { undoes: [Slow] };
        /// Skews the clocks of each host. `ahead` and `behind` shift its wall clock; `gains` and `loses` make its clocks run fast or slow by this many parts per million. Without options, its clocks are correct again.
        Skew = "skew" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "Its wall clock is ahead."] ahead "ahead": Option<Duration>, #[doc = "Its wall clock is behind."] behind "behind": Option<Duration>, #[doc = "Its clock gains."] gains "gains": Option<u64>, #[doc = "Its clock loses."] loses "loses": Option<u64> ]
            => "skew a ahead=1h gains=100" { undoes: [Skew] };
        /// Declares that these hosts answer nothing from now on, although they are up. For scripted hosts.
        DeclareDead = "declare-dead" { #[doc = "The hosts."] hosts: Hosts } []
            => "declare-dead a";
    }

    /// Hosts get another IP address.
    Move ("only the events that follow from it") {
        /// Gives each host another IP address: a fresh one, that of a host that is down as `@host`, or `/ip4/A.B.C.D`.
        Move = "move" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The IP address that it gets."] to "to": Option<Address> ]
            => "move a";
        /// Moves each host into another network, that behind a router or the `internet`, as a laptop that is carried to another place. It gets a fresh address there, and its connections and listeners are left as by a `move`: `unlisten` and `listen` follow, as an application does.
        Relocate = "relocate" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The router, or `internet`."] to: RouterName } []
            => "relocate a cafe";
    }

    /// Hosts stop and start repeatedly.
    Churn ("the plan of each stop and start, and an event when it happens") {
        /// Crashes or closes each host and restarts it, repeatedly, for this time: it is up for a time drawn from the first distribution, and down for one drawn from the second, at least two seconds. Waits until the time is over and all hosts are up again.
        Churn = "churn" { #[doc = "The hosts."] hosts: Hosts, #[doc = "How long."] time: Duration, #[doc = "The time they are up."] up: Latency, #[doc = "The time they are down."] down: Latency }
            [ #[doc = "They close instead of crashing."] close "close": bool, #[doc = "They restart with new identities."] lose_identity "lose-identity": bool ]
            => "churn h 30m exponential:10s..5m exponential:5s..1m" { waits: true };
    }

    /// The network fails, and heals.
    Fault ("the plan of the fault, its first effect, and its healing") {
        /// Splits the network: hosts of different groups cannot reach each other.
        Partition = "partition" { #[doc = "The groups."] groups: Groups }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "partition a,b | c,d id=split" { fault: id };
        /// Drops everything that the first hosts send to the others; with `dials`, only packets that open connections.
        Cut = "cut" { #[doc = "The hosts that send."] from: Hosts, #[doc = "The hosts that receive."] to: Hosts }
            [ #[doc = "Only dials."] dials "dials": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "cut a b dials" { fault: id };
        /// Drops everything between each of the first hosts and each of the others, in both directions and without notifying either.
        Blackhole = "blackhole" { #[doc = "One side."] hosts: Hosts, #[doc = "The other side."] peers: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "blackhole a b" { fault: id };
        /// Holds back the data of existing connections between each of the first hosts and each of the others, until the fault is healed. New connections are not affected. With `only=oldest` or `only=newest`, of one connection of each pair.
        Stall = "stall" { #[doc = "One side."] hosts: Hosts, #[doc = "The other side."] peers: Hosts }
            [ #[doc = "Only one of several connections."] only "only": Option<Pick>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "stall a b" { fault: id };
        /// Resets all connections of each host; with `with`, those with each of these hosts, and with `only=oldest` or `only=newest` as well, one connection of each pair.
        Reset = "reset" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The other ends."] with "with": Option<Hosts>, #[doc = "Only one of several connections."] only "only": Option<Pick>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "reset a with=b" { fault: id };
        /// Takes the network interface of each host away: nothing passes, in either direction, and neither side is told. A host that a `move` gives another address meanwhile has it when the fault is healed, and its connections never carry anything again.
        Offline = "offline" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "offline a id=away" { fault: id };
        /// Drops each packet of UDP to and from each host, as networks of offices do: connections and dials over QUIC carry nothing, and those over TCP are not affected.
        DropUdp = "drop-udp" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "drop-udp a id=office" { fault: id };
        /// Resets all streams between each of the first hosts and each of the others; their connections stay up. On the mux transport only.
        ResetStreams = "reset-streams" { #[doc = "One side."] hosts: Hosts, #[doc = "The other side."] peers: Hosts }
            [ #[doc = "The fault's name."] id "id": Option<Name> ]
            => "reset-streams a b" { fault: id };
        /// Dials to each host are refused; with `from`, only dials of these hosts.
        Refuse = "refuse" { #[doc = "The hosts that are dialled."] hosts: Hosts }
            [ #[doc = "The hosts that dial."] from "from": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "refuse b from=a" { fault: id };
        /// Dials to each host are never answered; with `from`, only dials of these hosts.
        Hang = "hang" { #[doc = "The hosts that are dialled."] hosts: Hosts }
            [ #[doc = "The hosts that dial."] from "from": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "hang b" { fault: id };
        /// Dials to each host are accepted and then reset; with `from`, only dials of these hosts.
        DialReset = "dial-reset" { #[doc = "The hosts that are dialled."] hosts: Hosts }
            [ #[doc = "The hosts that dial."] from "from": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "dial-reset b" { fault: id };
        /// Puts each host behind a firewall without state: it dials others, and cannot be dialled. Dials to it hang, or are refused, and no hole can be punched to it. A filter with state is a router, with hosts of IPv6 behind it if it is to translate nothing.
        Firewall = "firewall" { #[doc = "The hosts."] hosts: Hosts }
            [ #[doc = "Dials are refused."] refuse "refuse": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "firewall h0..h4" { fault: id };
        /// Changes the latency of all links; with `of`, of the links of each of these hosts; with `to` as well, of the links between them.
        SetLatency = "latency" { #[doc = "The latency, one way."] latency: Latency }
            [ #[doc = "The hosts whose links change."] of "of": Option<Hosts>, #[doc = "The other ends."] to "to": Option<Hosts>, #[doc = "Only from `of` to `to`."] one_way "one-way": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "latency uniform:50ms..200ms of=a" { fault: id };
        /// Changes the rate of all access links, in bytes per second; with `of`, of these hosts. With `up`, what the hosts send has this rate, and what they receive the first one, as on a DSL line. 0 is unlimited.
        SetBandwidth = "bandwidth" { #[doc = "Bytes per second."] rate: u64 }
            [ #[doc = "Bytes per second from the hosts into the network."] up "up": Option<u64>, #[doc = "The hosts whose links change."] of "of": Option<Hosts>, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "bandwidth 10000 up=1000 of=a" { fault: id };
        /// Loses packets with this probability, from 0 to 1, on all links, or on those of `of`, or between `of` and `to`. A lost packet is delayed by `delay` (default: 200 ms), or with `reset` resets its connection.
        Loss = "loss" { #[doc = "The probability."] probability: Probability }
            [ #[doc = "The hosts whose links lose packets."] of "of": Option<Hosts>, #[doc = "The other ends."] to "to": Option<Hosts>, #[doc = "The delay."] delay "delay": Option<Duration>, #[doc = "The connection is reset."] reset "reset": bool, #[doc = "The fault's name."] id "id": Option<Name> ]
            => "loss 0.05 of=a delay=300ms" { fault: id };
        /// Heals a fault by its name.
        Heal = "heal" { #[doc = "The fault."] fault: Name } []
            => "heal split";
        /// Heals every fault.
        HealAll = "heal-all" {} []
            => "heal-all";
        /// Heals every fault, and requires that the network recovers within this time: each live server is in each table that has room for it, the tables are one connected graph, and lookups have full recall.
        Recover = "recover" { #[doc = "How long it may take."] within: Duration } []
            => "recover 15m" { waits: true };
    }

    /// Messages of hosts are dropped or delayed.
    Messages ("only the events that follow from it") {
        /// Drops requests of this kind at each host; with `answers`, the answers to them. Applies to incoming messages; with `out`, to outgoing ones; with `peer`, only to messages from or to these hosts. Only hosts with the stacks kad, kad-identify, evicting and tokio support this.
        DropMessages = "drop-messages" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The kind."] kind: Kind }
            [ #[doc = "Outgoing messages."] out "out": bool, #[doc = "Answers, not requests."] answers "answers": bool, #[doc = "The other ends."] peer "peer": Option<Hosts> ]
            => "drop-messages b find-node peer=a" { actors: hosts };
        /// Delays requests of this kind at each host; with `answers`, the answers to them. Applies to incoming messages; with `out`, to outgoing ones; with `peer`, only to messages from or to these hosts. Only hosts with the stacks kad, kad-identify, evicting and tokio support this.
        DelayMessages = "delay-messages" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The kind."] kind: Kind, #[doc = "The delay."] delay: Duration }
            [ #[doc = "Outgoing messages."] out "out": bool, #[doc = "Answers, not requests."] answers "answers": bool, #[doc = "The other ends."] peer "peer": Option<Hosts> ]
            => "delay-messages b get-value 2s" { actors: hosts };
        /// Ends `drop-messages` and `delay-messages` at these hosts. Only hosts with the stacks kad, kad-identify, evicting and tokio support this.
        PassMessages = "pass-messages" { #[doc = "The hosts."] hosts: Hosts } []
            => "pass-messages b" { actors: hosts, undoes: [DropMessages, DelayMessages] };
    }

    /// Protocols beside kad act. Only hosts with the stacks kad, kad-identify, evicting and tokio support this.
    Neighbour ("only the events that follow from it") {
        /// Lets a behaviour like libp2p-mdns of each of the first hosts discover each of the others, at its own address or at this one. The application passes the address on to kad, `add_address`, as the examples of libp2p do; the sibling behaviours are told it, and dials by peer id use it.
        Discovered = "discovered" { #[doc = "The hosts that discover."] hosts: Hosts, #[doc = "The peers that are discovered."] peers: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "discovered a b" { actors: hosts };
        /// Lets what `discovered` has found expire, as libp2p-mdns does after the lifetime of its record. The application removes the address from the table, `remove_address`, and dials by peer id no longer use it.
        Expired = "expired" { #[doc = "The hosts that have discovered."] hosts: Hosts, #[doc = "The peers that were discovered."] peers: Hosts }
            [ #[doc = "The address."] address "address": Option<Address> ]
            => "expired a b" { actors: hosts, undoes: [Discovered] };
        /// Sends a request of libp2p-request-response from each of the first hosts to each of the others, which are dialled unless they are connected. Does not wait. The first hosts need the setting `neighbours = { request_response = {} }`, and the others to answer.
        Request = "request" { #[doc = "The hosts that ask."] hosts: Hosts, #[doc = "The hosts that are asked."] peers: Hosts } []
            => "request a b" { actors: hosts };
        /// Publishes a message of libp2p-gossipsub from each host, to the topic of all hosts with gossipsub. Fails if the host knows no peer that has subscribed. The hosts need the setting `neighbours = { gossipsub = true }`.
        Publish = "publish" { #[doc = "The hosts."] hosts: Hosts } []
            => "publish a" { actors: hosts };
    }

    /// Scripted hosts send what no DHT sends.
    Scripted ("only the events that follow from it") {
        /// Replaces the script of a scripted host. `honest` answers as the protocol requires and names the hosts of `peers` as closer ones; `lying` names them in every answer; `providers` names them as providers of any key. `silent`, `reset` and `close` give no answer and keep, reset or close the stream. `oversized` answers with more than the 16 KiB that kad reads, `malformed(HEX)` with these bytes, `wrong-type(KIND)` with a message of this kind, which may also be `ping`. `record(HEX)` has a record of this value under any key. `slow(DURATION, SCRIPT)` delays the other script; `flaky-every(N, SCRIPT)` resets each N-th request; both are honest without a SCRIPT, which cannot be `lying` or `providers`.
        SetScript = "script" { #[doc = "The scripted hosts."] hosts: Hosts, #[doc = "The script."] script: Script }
            [ #[doc = "The hosts that it names."] peers "peers": Option<Hosts> ]
            => "script b lying peers=c,d" { actors: hosts };
        /// Makes a scripted host send a request to each of the others. Waits for the reply, whose name is `last` unless `as` is given.
        Ask = "ask" { #[doc = "The scripted host."] host: Hosts, #[doc = "The hosts that are asked."] peers: Hosts, #[doc = "The kind of request."] kind: Kind, #[doc = "The key."] key: Key }
            [ #[doc = "The record's value, for `put-value`."] value "value": Option<Payload>, #[doc = "The record's time to live."] ttl "ttl": Option<Duration>, #[doc = "The hosts that it names as providers, for `add-provider`."] provider "provider": Option<Hosts>, #[doc = "The reply's name."] name "as": Option<Name> ]
            => "ask r a find-node peer:b as=x" { actors: host, reply: name, waits: true };
        /// Makes a scripted host send each of the others these bytes on a kad stream. Waits for the reply.
        Send = "send" { #[doc = "The scripted host."] host: Hosts, #[doc = "The hosts that receive."] peers: Hosts, #[doc = "The bytes."] bytes: Payload }
            [ #[doc = "The reply's name."] name "as": Option<Name> ]
            => "send r a hex:ffff as=x" { actors: host, reply: name, waits: true };
        /// Makes a scripted host open this many kad streams to each of the others and send nothing on them.
        HoldStreams = "hold-streams" { #[doc = "The scripted host."] host: Hosts, #[doc = "The other ends."] peers: Hosts, #[doc = "How many."] count: u64 } []
            => "hold-streams r a 32" { actors: host };
    }

    /// Applications around the DHT accept commands.
    Application ("only the events that follow from it") {
        /// Sends a command to the application around the DHT of each host. A word `@b` of the command is the address of host b with its peer id; the application interprets the other words, and the step fails if it does not know the command. Only stacks with an application accept commands.
        AppCommand = "app-command" { #[doc = "The hosts."] hosts: Hosts, #[doc = "The command."] command: Command } []
            => "app-command a \"bootnode @b\"" { actors: hosts };
    }

    /// Time passes.
    Time ("only the events that follow from it") {
        /// Lets virtual time pass.
        Run = "run" { #[doc = "How long."] time: Duration } []
            => "run 10s" { waits: true };
        /// Runs until the network is quiet: no message in flight, no dial pending, no query running. This has to happen within `within`, by default 5 minutes.
        Settle = "settle" {}
            [ #[doc = "How long it may take."] within "within": Option<Duration> ]
            => "settle" { waits: true };
    }

    /// Conditions are checked, and tables recorded.
    Observation ("the tables that it reads, if they have changed") {
        /// Requires that a condition is true now.
        Expect = "expect" { #[doc = "The condition."] condition: Condition } []
            => "expect knows a b";
        /// Runs until a condition is true, which has to happen within this time.
        Eventually = "eventually" { #[doc = "How long it may take."] within: Duration, #[doc = "The condition."] condition: Condition } []
            => "eventually 30s knows a b" { waits: true };
        /// Lets virtual time pass, and requires that a condition is true after each event.
        Always = "always" { #[doc = "How long."] time: Duration, #[doc = "The condition."] condition: Condition } []
            => "always 1m not connected a b" { waits: true };
        /// Records the tables of these hosts under a name, for `same-table`.
        Snapshot = "snapshot" { #[doc = "The hosts whose tables are recorded."] hosts: Hosts, #[doc = "The snapshot's name."] name: Name } []
            => "snapshot a before";
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_kind_has_a_verb_and_an_entry_in_the_reference() {
        let verbs: Vec<_> = ActionKind::ALL.iter().map(|kind| kind.verb()).collect();
        let entries: Vec<_> = Action::reference().iter().map(|entry| entry.verb).collect();
        assert_eq!(verbs, entries);
        for entry in Action::reference() {
            let action: Action = entry.example.parse().expect(entry.example);
            assert_eq!(action.kind().verb(), entry.verb);
        }
    }

    #[test]
    fn entries_declare_what_waits_and_what_is_undone() {
        assert!(ActionKind::Connect.waits());
        assert!(!ActionKind::StartConnect.waits());
        assert_eq!(ActionKind::Unblock.undoes(), [ActionKind::Block]);
        assert!(ActionKind::Connect.undoes().is_empty());
        assert_eq!(ActionKind::Heal.family(), Family::Fault);
    }
}
