//! What is true in a case, as far as its steps tell.
//!
//! Responsible for which hosts are up, connected and querying, so that steps have an
//! effect. It is an estimate: what the network does in between is known only in the
//! run.

use std::{
    collections::{BTreeMap, BTreeSet},
    time::Duration,
};

use dht_fixtures::{KadSettings, settings::StoreLimits};
use libp2p::kad::{BucketInserts, K_VALUE, Mode};

use super::{
    capabilities::StackCapabilities,
    draft::Pick,
    op::FuzzOp,
    population::{CLIENTS, SCRIPTED, SERVERS},
};
use dht_scenarios::{
    file::{HostGroup, NetworkSettings, Transport},
    syntax::{Hosts, Name},
};

/// What a host is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostKind {
    Server,
    Client,
    Scripted,
}

/// Whether a host runs.
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
    /// Whether its listener is still at the address from before it moved.
    pub(super) moved: bool,
}

/// A network with more hosts than this is large.
pub(super) const LARGE: u32 = 10;

/// What is true in a case.
pub(super) struct Model {
    pub(super) members: Vec<Member>,
    pub(super) settings: KadSettings,
    /// Whether all servers know each other from the start.
    pub(super) all_known: bool,
    /// The mode in which servers start; none if libp2p decides.
    pub(super) mode: Option<Mode>,
    pub(super) transport: Transport,
    pub(super) capabilities: StackCapabilities,
    /// About how much virtual time has passed.
    pub(super) now: Duration,
    /// The pairs that the steps have connected, each with the time of it.
    links: BTreeMap<(usize, usize), Duration>,
    /// The queries that no step has waited for.
    pub(super) queries: Vec<(usize, Name)>,
    /// The faults in force.
    pub(super) faults: Vec<Name>,
    /// The pairs of which the first denies connections with the second.
    pub(super) blocks: BTreeSet<(usize, usize)>,
    /// The hosts that lose or delay messages.
    pub(super) filtered: BTreeSet<usize>,
    pub(super) slowed: BTreeSet<usize>,
    /// The hosts whose clocks are wrong.
    pub(super) skewed: BTreeSet<usize>,
    /// The hosts to which a step has given an external address.
    pub(super) externals: BTreeSet<usize>,
    /// The hosts whose mode a step has set.
    pub(super) modes: BTreeSet<usize>,
    /// Whether a host has restarted with a new identity.
    pub(super) identity_lost: bool,
    /// Whether a client was added to a table.
    pub(super) client_added: bool,
    /// The keys of the records so far.
    pub(super) records: Vec<String>,
    /// The providers so far, each with its key.
    pub(super) provided: Vec<(usize, String)>,
    /// The operations that were done.
    pub(super) done: BTreeSet<FuzzOp>,
    /// How many names were given.
    named: u32,
    /// The timeouts around which operations are placed.
    pub(super) timeouts: Vec<Duration>,
}

impl Model {
    /// All hosts are up and nothing was done.
    pub(super) fn new(
        hosts: &[HostGroup],
        settings: &KadSettings,
        network: &NetworkSettings,
        transport: Transport,
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
                listens: !group.dial_only,
                listens_at_start: !group.dial_only,
                moved: false,
            })
        });
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
            modes: BTreeSet::new(),
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

    /// One host, as steps name it.
    pub(super) fn host(&self, host: usize) -> Hosts {
        Hosts::named(self.name(host))
    }

    /// Several hosts, as steps name them.
    pub(super) fn hosts(&self, hosts: &[usize]) -> Hosts {
        hosts.iter().map(|host| self.name(*host)).collect()
    }

    /// A name with this letter that nothing has yet.
    pub(super) fn fresh(&mut self, letter: char) -> Name {
        self.named += 1;
        Name(format!("{letter}{}", self.named))
    }

    /// The hosts for which this holds.
    pub(super) fn all(&self, holds: impl Fn(&Member) -> bool) -> Vec<usize> {
        (0..self.members.len())
            .filter(|host| holds(&self.members[*host]))
            .collect()
    }

    /// The hosts with a DHT that are up.
    pub(super) fn live(&self) -> Vec<usize> {
        self.all(|member| member.liveness == Liveness::Up && member.kind != HostKind::Scripted)
    }

    /// One of these hosts, the first ones most often: many operations on one host
    /// show more than one operation on each of many.
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

    /// A live host, and another one of any kind.
    pub(super) fn pair(&self, host: Pick, peer: Pick) -> Option<(usize, usize)> {
        let host = self.one(&self.live(), host)?;
        let mut others = self.all(|_| true);
        others.retain(|other| *other != host);
        Some((host, self.one(&others, peer)?))
    }

    /// A live host and a peer that it is connected to, or else any pair.
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

    /// Two hosts are connected, or dial each other.
    pub(super) fn connect(&mut self, a: usize, b: usize) {
        self.links.insert((a, b), self.now);
        self.links.insert((b, a), self.now);
    }

    pub(super) fn disconnect(&mut self, a: usize, b: usize) {
        self.links.remove(&(a, b));
        self.links.remove(&(b, a));
    }

    /// A host stops, and loses its connections, its queries and all that its
    /// application has set.
    pub(super) fn lose_state(&mut self, host: usize) {
        self.links.retain(|(a, b), _| *a != host && *b != host);
        self.blocks.retain(|(a, _)| *a != host);
        self.filtered.remove(&host);
        self.externals.remove(&host);
        self.members[host].moved = false;
        self.modes.remove(&host);
        self.provided.retain(|(a, _)| *a != host);
        self.queries.retain(|(a, _)| *a != host);
    }

    /// A host that was down is up again.
    pub(super) fn restarted(&mut self, host: usize) {
        let member = &mut self.members[host];
        member.liveness = Liveness::Up;
        member.listens = member.listens_at_start;
    }

    /// Whether a host is in the state in which it started, so that it makes no
    /// difference whether it was restarted.
    pub(super) fn is_fresh(&self, host: usize) -> bool {
        let member = &self.members[host];
        let denies = self.blocks.iter().any(|(a, _)| *a == host);
        let is_set = self.filtered.contains(&host)
            || self.externals.contains(&host)
            || self.modes.contains(&host);
        member.listens == member.listens_at_start && !member.moved && !denies && !is_set
    }

    /// Whether one of these operations was done.
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

    /// Whether no key was stored twice.
    pub(super) fn stores_once(&self) -> bool {
        let keys: BTreeSet<&String> = self.records.iter().collect();
        keys.len() == self.records.len()
    }

    /// Whether there are so many hosts that lookups of all hosts are too expensive:
    /// their cost grows with the square of the hosts.
    pub(super) fn is_large(&self) -> bool {
        self.members.len() > LARGE as usize
    }

    /// Whether tables can be full of entries that are no servers: of identities that
    /// no host has any more, which no table ever removes (B22), and of clients that
    /// were added, which are called connected (B21). A small bucket then may have no
    /// room for the live servers.
    pub(super) fn is_crowded(&self) -> bool {
        (self.identity_lost || self.client_added) && self.settings.bucket_size < K_VALUE
    }

    /// Whether in the end every table holds every live server again, if hosts refresh
    /// their tables.
    pub(super) fn heals(&self) -> bool {
        !self.is_large() && !self.is_crowded()
    }

    /// The same without any refresh: a stack that evicts removes a peer that it has
    /// once failed to reach.
    pub(super) fn heals_by_itself(&self) -> bool {
        self.heals() && !self.capabilities.evicts
    }

    /// Whether hosts tell each other their addresses.
    pub(super) fn identifies(&self) -> bool {
        self.capabilities.identifies
    }

    /// Whether connected peers get into tables by themselves.
    pub(super) fn inserts(&self) -> bool {
        self.settings.inserts == BucketInserts::OnConnected
    }
}
