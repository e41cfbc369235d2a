//! What is so in a case, as far as its steps tell.
//!
//! Responsible for who is up, connected and asking, so that steps do something.
//! It is a guess: what the network does in between nobody knows before the run.

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
    syntax::Hosts,
};

/// What a host is there for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum HostKind {
    Server,
    Client,
    Scripted,
}

/// Where a host is in its life.
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
    pub(super) part: HostKind,
    pub(super) life: Liveness,
    pub(super) listens: bool,
    /// Whether it listens when it comes up.
    pub(super) address: bool,
    /// Whether its listener is still where it was before it moved.
    pub(super) moved: bool,
}

/// Hosts above which a network is large.
pub(super) const LARGE: u32 = 10;

/// What is so in a case.
pub(super) struct Model {
    pub(super) members: Vec<Member>,
    pub(super) settings: KadSettings,
    /// Whether all servers know each other from the start.
    pub(super) whole: bool,
    /// In which mode servers start; none if libp2p decides.
    pub(super) mode: Option<Mode>,
    pub(super) transport: Transport,
    pub(super) capabilities: StackCapabilities,
    /// About how much virtual time has passed.
    pub(super) now: Duration,
    /// Who is connected to whom, as far as the steps did it, and since when.
    links: BTreeMap<(usize, usize), Duration>,
    /// Queries that nobody has waited for.
    pub(super) queries: Vec<(usize, String)>,
    /// Faults in force.
    pub(super) faults: Vec<String>,
    pub(super) blocks: BTreeSet<(usize, usize)>,
    /// Who has lost or late messages.
    pub(super) filtered: BTreeSet<usize>,
    /// Who is slow, or has a clock that is off.
    pub(super) slowed: BTreeSet<usize>,
    pub(super) skewed: BTreeSet<usize>,
    pub(super) externals: BTreeSet<usize>,
    /// Whose mode was set by a step.
    pub(super) modes: BTreeSet<usize>,
    /// Who has lost an entry, an address or an identity, or has moved, so that
    /// others have to learn of it anew.
    pub(super) uprooted: BTreeSet<usize>,
    /// Whether somebody has come back as somebody else.
    pub(super) reborn: bool,
    /// Whether a client was added to a table.
    pub(super) guests: bool,
    /// The keys of records and providers so far.
    pub(super) records: Vec<String>,
    pub(super) provided: Vec<(usize, String)>,
    /// All kinds of things that were done.
    pub(super) done: BTreeSet<FuzzOp>,
    named: u32,
    /// The timeouts that it is worth being around.
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
            let part = match group.name.as_str() {
                CLIENTS => HostKind::Client,
                SCRIPTED => HostKind::Scripted,
                _ => HostKind::Server,
            };
            group.members().into_iter().map(move |name| Member {
                name,
                part,
                life: Liveness::Up,
                listens: !group.dial_only,
                address: !group.dial_only,
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
            whole: hosts[0].bootstrap == Some(Hosts::named(SERVERS)),
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
            uprooted: BTreeSet::new(),
            reborn: false,
            guests: false,
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

    /// A name with this letter that nothing has yet.
    pub(super) fn fresh(&mut self, letter: char) -> String {
        self.named += 1;
        format!("{letter}{}", self.named)
    }

    /// The hosts for which something is so.
    pub(super) fn all(&self, is: impl Fn(&Member) -> bool) -> Vec<usize> {
        (0..self.members.len())
            .filter(|host| is(&self.members[*host]))
            .collect()
    }

    /// Hosts with a DHT that are up.
    pub(super) fn live(&self) -> Vec<usize> {
        self.all(|member| member.life == Liveness::Up && member.part != HostKind::Scripted)
    }

    /// One of these, the first ones most often, as what happens to one host
    /// again and again tells more than what happens to each once.
    pub(super) fn one(&self, of: &[usize], pick: Pick) -> Option<usize> {
        if of.is_empty() {
            return None;
        }
        let among = match pick.other().is(50) {
            true => of.len().min(2),
            false => of.len(),
        };
        Some(of[pick.of(among)])
    }

    /// A live host, and another one of any kind.
    pub(super) fn pair(&self, who: Pick, whom: Pick) -> Option<(usize, usize)> {
        let host = self.one(&self.live(), who)?;
        let others = self.all(|_| true);
        let others: Vec<usize> = others.into_iter().filter(|other| *other != host).collect();
        Some((host, self.one(&others, whom)?))
    }

    /// A live host and one that it is connected to, or else any.
    pub(super) fn linked_pair(&self, who: Pick, whom: Pick) -> Option<(usize, usize)> {
        let fresh = self.settings.idle_timeout + Duration::from_secs(5);
        let is_up = |host: &usize| self.members[*host].life == Liveness::Up;
        let links: Vec<(usize, usize)> = self
            .links
            .iter()
            .filter(|(_, since)| **since + fresh > self.now)
            .map(|(pair, _)| *pair)
            .filter(|(a, b)| is_up(a) && is_up(b) && self.members[*a].part != HostKind::Scripted)
            .collect();
        match links.is_empty() || who.other().is(25) {
            true => self.pair(who, whom),
            false => Some(links[whom.of(links.len())]),
        }
    }

    /// Two hosts have met, or mean to.
    pub(super) fn link(&mut self, a: usize, b: usize) {
        self.links.insert((a, b), self.now);
        self.links.insert((b, a), self.now);
    }

    pub(super) fn unlink(&mut self, a: usize, b: usize) {
        self.links.remove(&(a, b));
        self.links.remove(&(b, a));
    }

    /// A host goes, and with it whatever its application has told it.
    pub(super) fn forget(&mut self, host: usize) {
        self.links.retain(|(a, b), _| *a != host && *b != host);
        self.blocks.retain(|(a, _)| *a != host);
        self.filtered.remove(&host);
        self.externals.remove(&host);
        self.members[host].moved = false;
        self.modes.remove(&host);
        self.provided.retain(|(a, _)| *a != host);
        self.queries.retain(|(a, _)| *a != host);
    }

    /// Whether a host is as it came up, so that it makes no difference whether it
    /// has gone and come back.
    pub(super) fn is_fresh(&self, host: usize) -> bool {
        let member = &self.members[host];
        let denies = self.blocks.iter().any(|(a, _)| *a == host);
        let told = self.filtered.contains(&host)
            || self.externals.contains(&host)
            || self.modes.contains(&host);
        member.listens == member.address && !member.moved && !denies && !told
    }

    /// Whether something of this was done.
    pub(super) fn did(&self, ops: &[FuzzOp]) -> bool {
        ops.iter().any(|op| self.done.contains(op))
    }

    /// Whether there are hosts that are there for this.
    pub(super) fn has(&self, part: HostKind) -> bool {
        self.members.iter().any(|member| member.part == part)
    }

    /// Whether the stores have room for all providers of a case.
    pub(super) fn has_room_for_providers(&self) -> bool {
        let (store, default) = (&self.settings.store, StoreLimits::default());
        store.max_provided_keys == default.max_provided_keys
            && store.max_providers_per_key == default.max_providers_per_key
    }

    /// Whether the stores have room for all that a case stores.
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

    /// Whether there are so many hosts that lookups of all are dear: what they
    /// cost grows with the square of the hosts.
    pub(super) fn is_large(&self) -> bool {
        self.members.len() > LARGE as usize
    }

    /// Whether tables can be full of who is no server: of identities that nobody has
    /// any more, which nothing makes a table give up (B22), and of clients that were
    /// added, which are called connected (B21). A small bucket then may have no room
    /// for who is there.
    fn is_crowded(&self) -> bool {
        (self.reborn || self.guests) && self.settings.bucket_size < K_VALUE
    }

    /// Whether in the end every table holds every live server again, if hosts refresh
    /// their tables.
    pub(super) fn heals(&self) -> bool {
        !self.is_large() && !self.is_crowded()
    }

    /// The same without any refresh: who runs that stack gives up whom it once has
    /// not reached.
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
