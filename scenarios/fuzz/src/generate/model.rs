//! An estimate of the state of a case after its steps so far.
//!
//! Responsible for tracking which hosts are up, connected and querying, so that the
//! next steps have an effect. It is an estimate: the effects of the network are known
//! only during the run.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use dht_fixtures::{
    KadSettings,
    settings::{ConnectionLimits, StoreLimits},
};
use libp2p::kad::{self, BucketInserts, K_VALUE};

use super::{
    draft::Pick,
    op::FuzzOp,
    population::{CLIENTS, SCRIPTED, SERVERS},
};
use dht_harness::{TransportKind, net::AddressKinds};
use dht_scenarios::{
    StackCapabilities,
    file::{HostGroup, NetworkSettings, RouterGroup},
    syntax::{DhtName, Hosts, Mode, Name, Script},
};

/// The role of a host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostKind {
    Server,
    Client,
    Scripted,
}

/// Whether a host is running.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Liveness {
    Up,
    Paused,
    Down,
}

/// A host.
#[derive(Clone, Debug)]
pub(super) struct Member {
    pub(super) name: String,
    pub(super) kind: HostKind,
    pub(super) liveness: Liveness,
    pub(super) listens: bool,
    /// Whether it listens when it starts.
    pub(super) listens_at_start: bool,
    /// Whether the host has moved and its listener still has the previous address.
    pub(super) moved: bool,
    /// Whether it is behind a router, so that no other host can dial it.
    pub(super) is_behind: bool,
}

/// A network with more hosts than this counts as large.
pub(super) const LARGE: u32 = 10;

/// The estimated state of a case.
pub(super) struct Model {
    pub(super) members: Vec<Member>,
    pub(super) settings: KadSettings,
    /// Whether all servers know each other from the start.
    pub(super) all_known: bool,
    /// The mode in which servers start, or `None` if libp2p decides.
    pub(super) mode: Option<kad::Mode>,
    pub(super) transport: TransportKind,
    pub(super) capabilities: StackCapabilities,
    /// The approximate virtual time that has passed.
    pub(super) now: Duration,
    /// The pairs of hosts that the steps have connected, and when.
    links: BTreeMap<(usize, usize), Duration>,
    /// The queries that no step has waited for yet.
    pub(super) queries: Vec<(usize, Name)>,
    /// The faults in force.
    pub(super) faults: Vec<Name>,
    /// The pairs whose first host denies connections with the second.
    pub(super) blocks: BTreeSet<(usize, usize)>,
    /// The hosts that drop or delay messages.
    pub(super) filtered: BTreeSet<usize>,
    pub(super) slowed: BTreeSet<usize>,
    /// The hosts with a skewed clock.
    pub(super) skewed: BTreeSet<usize>,
    /// The hosts whose external addresses a step has changed.
    pub(super) externals: BTreeSet<usize>,
    /// The hosts that announce their own address: for certain, as nothing else was done to
    /// their addresses.
    pub(super) announced: BTreeSet<usize>,
    /// The hosts that announce their own address when they start.
    announced_at_start: BTreeSet<usize>,
    /// The modes that steps have set.
    pub(super) modes: BTreeMap<usize, Mode>,
    /// The scripts of scripted hosts.
    pub(super) scripts: BTreeMap<usize, Script>,
    /// The hosts behind a router that are in the internet at present.
    pub(super) abroad: BTreeSet<usize>,
    /// The hosts that were carried into another network since they started. A relay may keep
    /// their former connections, which are dead, until it uses them (U34).
    pub(super) carried: BTreeSet<usize>,
    /// Whether a host has got another address, so that its connections are dead and peers may not
    /// know it.
    pub(super) wedged: bool,
    /// The kinds of addresses of the hosts.
    pub(super) kinds: AddressKinds,
    /// The server for which the name stands; `None` if no step has dialled it.
    pub(super) name_target: Option<usize>,
    /// Whether the router in front of the clients grants ports.
    pub(super) grants: bool,
    /// Whether that router is behind the one of a provider.
    pub(super) has_provider: bool,
    /// The hosts that have asked for a port.
    pub(super) mapped: BTreeSet<usize>,
    /// The pairs whose first host has discovered the second.
    pub(super) discovered: BTreeSet<(usize, usize)>,
    /// Whether hosts have request-response.
    pub(super) asks: bool,
    /// Whether servers are relays for clients.
    pub(super) has_relays: bool,
    /// The clients with the relays that they have reserved.
    pub(super) reserved: BTreeSet<(usize, usize)>,
    /// Whether hosts limit their connections.
    pub(super) limited: bool,
    /// Whether a step has connected hosts or added an address to a table.
    pub(super) acquainted: bool,
    /// Whether a table holds a host from the start.
    knows: bool,
    /// Whether a host has restarted with a new identity.
    pub(super) identity_lost: bool,
    /// Whether a client was added to a table.
    pub(super) client_added: bool,
    /// The keys of the records stored so far.
    pub(super) records: Vec<String>,
    /// The providers announced so far, each with its key.
    pub(super) provided: Vec<(usize, String)>,
    /// The operations performed so far.
    pub(super) done: BTreeSet<FuzzOp>,
    /// The number of generated names.
    named: u32,
    /// The timeouts around which operations are placed.
    pub(super) timeouts: Vec<Duration>,
}

impl Model {
    /// Creates the model of a case in which all hosts are up and no step was
    /// performed.
    pub(super) fn new(
        (hosts, routers): (&[HostGroup], &[RouterGroup]),
        settings: &KadSettings,
        network: &NetworkSettings,
        transport: TransportKind,
        capabilities: StackCapabilities,
    ) -> Self {
        let members = hosts.iter().flat_map(|group| {
            let kind = match group.name.as_str() {
                CLIENTS => HostKind::Client,
                SCRIPTED => HostKind::Scripted,
                _ => HostKind::Server,
            };
            group.members().into_iter().map(move |name| Member {
                name,
                kind,
                liveness: Liveness::Up,
                listens: !group.dial_only && group.behind.is_none(),
                listens_at_start: !group.dial_only && group.behind.is_none(),
                moved: false,
                is_behind: group.behind.is_some(),
            })
        });
        let groups = hosts
            .iter()
            .flat_map(|group| group.members().into_iter().map(move |_| group))
            .enumerate();
        let announced = groups.clone().filter(|(_, group)| {
            let listens = !group.dial_only && group.behind.is_none();
            group.script.is_none() && listens && group.settings.announces()
        });
        let announced: BTreeSet<usize> = announced.map(|(host, _)| host).collect();
        let scripts = groups.filter_map(|(host, group)| Some((host, group.script.clone()?)));
        let mut timeouts = vec![
            settings.idle_timeout,
            settings.pending_timeout,
            settings.substreams_timeout,
            network.dial_timeout,
            settings.query_timeout,
            Duration::from_millis(500),
        ];
        timeouts.extend(
            [
                settings.record_ttl,
                settings.provider_ttl,
                settings.replication_interval,
                settings.publication_interval,
                settings.provider_interval,
                settings.periodic_bootstrap,
            ]
            .into_iter()
            .flatten(),
        );
        Model {
            members: members.collect(),
            settings: settings.clone(),
            all_known: hosts[0].bootstrap == Some(Hosts::named(SERVERS)),
            mode: hosts[0].settings.mode,
            transport,
            capabilities,
            now: Duration::ZERO,
            links: BTreeMap::new(),
            queries: Vec::new(),
            faults: Vec::new(),
            blocks: BTreeSet::new(),
            filtered: BTreeSet::new(),
            slowed: BTreeSet::new(),
            skewed: BTreeSet::new(),
            externals: BTreeSet::new(),
            announced: announced.clone(),
            announced_at_start: announced,
            modes: BTreeMap::new(),
            scripts: scripts.collect(),
            abroad: BTreeSet::new(),
            carried: BTreeSet::new(),
            wedged: false,
            kinds: hosts[0].addresses.clone().unwrap_or_default(),
            name_target: None,
            grants: routers.iter().any(|router| router.port_mapping),
            has_provider: routers.len() > 1,
            mapped: BTreeSet::new(),
            discovered: BTreeSet::new(),
            asks: hosts
                .iter()
                .any(|group| group.settings.neighbours.request_response.is_some()),
            has_relays: hosts
                .iter()
                .any(|group| group.settings.traversal.relay.is_some()),
            reserved: BTreeSet::new(),
            limited: hosts
                .iter()
                .any(|group| group.settings.connection_limits != ConnectionLimits::default()),
            acquainted: false,
            knows: hosts.iter().any(|group| group.bootstrap.is_some()),
            identity_lost: false,
            client_added: false,
            records: Vec::new(),
            provided: Vec::new(),
            done: BTreeSet::new(),
            named: 0,
            timeouts,
        }
    }

    pub(super) fn name(&self, host: usize) -> &str {
        &self.members[host].name
    }

    /// A host set with this one host.
    pub(super) fn host(&self, host: usize) -> Hosts {
        Hosts::named(self.name(host))
    }

    /// A host set with these hosts.
    pub(super) fn hosts(&self, hosts: &[usize]) -> Hosts {
        hosts.iter().map(|host| self.name(*host)).collect()
    }

    /// A new unique name that starts with this letter.
    pub(super) fn fresh(&mut self, letter: char) -> Name {
        self.named += 1;
        Name(format!("{letter}{}", self.named))
    }

    /// The first server, for which the name stands at the start.
    pub(super) fn first_server(&self) -> usize {
        let servers = self.all(|member| member.kind == HostKind::Server);
        servers[0]
    }

    /// The server for which the name stands.
    pub(super) fn named_host(&self) -> usize {
        self.name_target.unwrap_or_else(|| self.first_server())
    }

    /// The hosts that satisfy the predicate.
    pub(super) fn all(&self, holds: impl Fn(&Member) -> bool) -> Vec<usize> {
        (0..self.members.len())
            .filter(|host| holds(&self.members[*host]))
            .collect()
    }

    /// The hosts with a DHT that are up.
    pub(super) fn live(&self) -> Vec<usize> {
        self.all(|member| member.liveness == Liveness::Up && member.kind != HostKind::Scripted)
    }

    /// The hosts of this kind that are up.
    pub(super) fn live_of(&self, kind: HostKind) -> Vec<usize> {
        self.all(|member| member.liveness == Liveness::Up && member.kind == kind)
    }

    /// Picks one of these hosts and prefers the first ones: many operations on one
    /// host find more than one operation on each of many hosts.
    pub(super) fn one(&self, of: &[usize], pick: Pick) -> Option<usize> {
        if of.is_empty() {
            return None;
        }
        let among = match pick.other().chance(50) {
            true => of.len().min(2),
            false => of.len(),
        };
        Some(of[pick.of(among)])
    }

    /// A live host and another host of any kind.
    pub(super) fn pair(&self, host: Pick, peer: Pick) -> Option<(usize, usize)> {
        let host = self.one(&self.live(), host)?;
        let mut others = self.all(|_| true);
        others.retain(|other| *other != host);
        Some((host, self.one(&others, peer)?))
    }

    /// A live host and a peer that it is connected to, or any pair if there is none.
    pub(super) fn connected_pair(&self, host: Pick, peer: Pick) -> Option<(usize, usize)> {
        let fresh = self.settings.idle_timeout + Duration::from_secs(5);
        let is_up = |host: &usize| self.members[*host].liveness == Liveness::Up;
        let links: Vec<(usize, usize)> = self
            .links
            .iter()
            .filter(|(_, since)| **since + fresh > self.now)
            .map(|(pair, _)| *pair)
            .filter(|(a, b)| is_up(a) && is_up(b) && self.members[*a].kind != HostKind::Scripted)
            .collect();
        match links.is_empty() || host.other().chance(25) {
            true => self.pair(host, peer),
            false => Some(links[peer.of(links.len())]),
        }
    }

    /// Records that two hosts are connected or dial each other.
    pub(super) fn connect(&mut self, a: usize, b: usize) {
        self.acquainted = true;
        self.links.insert((a, b), self.now);
        self.links.insert((b, a), self.now);
    }

    pub(super) fn disconnect(&mut self, a: usize, b: usize) {
        self.links.remove(&(a, b));
        self.links.remove(&(b, a));
    }

    /// Records that a host stops. It loses its connections, its queries and
    /// everything that its application has set.
    pub(super) fn lose_state(&mut self, host: usize) {
        self.links.retain(|(a, b), _| *a != host && *b != host);
        self.blocks.retain(|(a, _)| *a != host);
        self.reserved.retain(|(a, b)| *a != host && *b != host);
        self.discovered.retain(|(a, _)| *a != host);
        self.carried.remove(&host);
        self.filtered.remove(&host);
        self.externals.remove(&host);
        self.announced.remove(&host);
        self.members[host].moved = false;
        self.modes.remove(&host);
        self.provided.retain(|(a, _)| *a != host);
        self.queries.retain(|(a, _)| *a != host);
    }

    /// Records that a host that was down is up again.
    pub(super) fn restarted(&mut self, host: usize) {
        let member = &mut self.members[host];
        member.liveness = Liveness::Up;
        member.listens = member.listens_at_start;
        if self.announced_at_start.contains(&host) {
            self.announced.insert(host);
        }
    }

    /// The mode that the settings of a server, or a later step, say.
    pub(super) fn mode_of(&self, host: usize) -> Mode {
        let at_start = match self.mode {
            Some(kad::Mode::Server) => Mode::Server,
            Some(kad::Mode::Client) => Mode::Client,
            None => Mode::Auto,
        };
        self.modes.get(&host).copied().unwrap_or(at_start)
    }

    /// Whether a table may hold a host by now: hosts know each other from the start, and time
    /// has passed, or a step has made them acquainted.
    pub(super) fn may_hold_entries(&self) -> bool {
        self.acquainted || (self.knows && !self.now.is_zero())
    }

    /// Whether a host is in its initial state, so that a restart changes nothing.
    pub(super) fn is_fresh(&self, host: usize) -> bool {
        let member = &self.members[host];
        let denies = self.blocks.iter().any(|(a, _)| *a == host);
        let is_set = self.filtered.contains(&host)
            || self.externals.contains(&host)
            || self.modes.contains_key(&host);
        member.listens == member.listens_at_start && !member.moved && !denies && !is_set
    }

    /// Whether one of these operations was performed.
    pub(super) fn did(&self, ops: &[FuzzOp]) -> bool {
        ops.iter().any(|op| self.done.contains(op))
    }

    /// Whether there are hosts of this kind.
    pub(super) fn has(&self, kind: HostKind) -> bool {
        self.members.iter().any(|member| member.kind == kind)
    }

    /// Whether the stores have room for all providers of the case.
    pub(super) fn has_room_for_providers(&self) -> bool {
        let (store, default) = (&self.settings.store, StoreLimits::default());
        store.max_provided_keys == default.max_provided_keys
            && store.max_providers_per_key == default.max_providers_per_key
    }

    /// Whether the stores have room for all records of the case.
    pub(super) fn has_room(&self) -> bool {
        let store = &self.settings.store;
        let default = StoreLimits::default();
        store.max_records == default.max_records && store.max_value_bytes == default.max_value_bytes
    }

    /// Whether no key was stored more than once.
    pub(super) fn stores_once(&self) -> bool {
        let keys: BTreeSet<&String> = self.records.iter().collect();
        keys.len() == self.records.len()
    }

    /// Whether lookups on all hosts are too expensive: their cost grows with the
    /// square of the number of hosts.
    pub(super) fn is_large(&self) -> bool {
        self.members.len() > LARGE as usize
    }

    /// Whether tables can be filled with entries that are not servers: identities
    /// that no host has any more, which no table removes (B22), and clients that were
    /// added, which count as connected (B21). A small bucket may then have no room
    /// for the live servers.
    pub(super) fn is_crowded(&self) -> bool {
        (self.identity_lost || self.client_added) && self.settings.bucket_size < K_VALUE
    }

    /// Whether every table contains every live server in the end, provided that hosts
    /// refresh their tables.
    pub(super) fn heals(&self) -> bool {
        !self.is_large() && !self.is_crowded()
    }

    /// As [`heals`](Self::heals), but without any refresh. A stack that evicts
    /// removes a peer after one failed dial and learns of it again only through a
    /// refresh.
    pub(super) fn heals_by_itself(&self) -> bool {
        self.heals() && !self.capabilities.evicts
    }

    /// The second DHT in some of the lines, if there is one.
    pub(super) fn which_dht(&self, pick: Pick) -> Option<DhtName> {
        (self.capabilities.has_lan && pick.chance(40)).then_some(DhtName::Lan)
    }

    /// Whether hosts exchange their addresses.
    pub(super) fn identifies(&self) -> bool {
        self.capabilities.identifies
    }

    /// Whether connected peers are added to tables automatically.
    pub(super) fn inserts(&self) -> bool {
        self.settings.inserts == BucketInserts::OnConnected
    }
}
