//! Finds the cause for one host and one peer at a time.

use std::{collections::BTreeSet, time::Duration};

use indexmap::{IndexMap, IndexSet};
use libp2p::{Multiaddr, PeerId, kad::Mode};

use super::{
    DialObstacle, TableCause,
    facts::{Facts, HostFacts},
};
use crate::{
    net::{Endpoint, HostId, IdHash, without_peer},
    world::{HostStatus, NotInserted, World},
};

/// The time for which a connection has to be up before an identify exchange counts as
/// missing.
const IDENTIFY_TIME: Duration = Duration::from_secs(2);

/// The addresses of entries. The hasher has fixed keys: drawing random keys would
/// change what the hosts draw.
type Entries = IndexMap<PeerId, Vec<Multiaddr>, IdHash>;

/// A missing entry of a table, and the reason.
pub(super) struct Lack {
    pub(super) host: HostId,
    pub(super) peer: Option<PeerId>,
    pub(super) cause: TableCause,
    pub(super) address: Option<Multiaddr>,
}

/// A cause, with the address that it concerns.
type Reason = (TableCause, Option<Multiaddr>);

pub(super) struct Judge<'w> {
    world: &'w World,
    facts: Facts<'w>,
}

impl<'w> Judge<'w> {
    pub(super) fn new(world: &'w World) -> Self {
        Judge {
            world,
            facts: Facts::new(world),
        }
    }

    /// The reasons why the table of a host contains no usable entry. Empty for a
    /// table that contains one, except for servers of which kad knows no address.
    pub(super) fn table(&self, host: HostId) -> Vec<Lack> {
        if !self.has_table(host) {
            return Vec::new();
        }
        let entries = self.entries(host);
        let mut unusable = Vec::new();
        for (peer, addresses) in &entries {
            let reasons = self.entry(host, peer, addresses);
            if reasons.is_empty() {
                return self.not_forwarded(host, &entries);
            }
            unusable.extend(lacks_of(host, Some(*peer), reasons));
        }
        let absent = self.contacts(host).into_iter();
        let absent = absent
            .filter(|peer| !entries.contains_key(peer))
            .flat_map(|peer| lacks_of(host, Some(peer), self.absent(host, &peer)));
        let mut lacks = unusable;
        lacks.extend(absent);
        lacks.extend(self.unnamed_dials(host));
        if lacks.is_empty() {
            lacks.extend(
                self.whole(host)
                    .map(|cause| lack(host, None, (cause, None))),
            );
        }
        lacks
    }

    /// The reasons why a host has no usable entry for a peer: several if its addresses have
    /// different ones.
    pub(super) fn missing(&self, host: HostId, peer: &PeerId) -> Vec<Lack> {
        if !self.has_table(host) || self.world.peer(host) == *peer {
            return Vec::new();
        }
        let entries = self.entries(host);
        let reasons = match entries.get(peer) {
            Some(addresses) => self.entry(host, peer, addresses),
            None => self.absent(host, peer),
        };
        if !reasons.is_empty() || entries.contains_key(peer) {
            return lacks_of(host, Some(*peer), reasons).collect();
        }
        // A host without any contact can neither find others nor be found.
        let remote = self
            .world
            .host_of(peer)
            .filter(|other| self.has_table(*other));
        let alone = [Some(host), remote].into_iter().flatten();
        alone
            .filter(|host| self.entries(*host).is_empty())
            .find_map(|host| Some(lack(host, None, (self.whole(host)?, None))))
            .into_iter()
            .collect()
    }

    fn has_table(&self, host: HostId) -> bool {
        self.world.status(host) == HostStatus::Open && self.facts.host(host).mode.is_some()
    }

    /// The table as last read, updated with later events of kad.
    fn entries(&self, host: HostId) -> Entries {
        let table = self.world.told_table(host).unwrap_or_default();
        let mut entries: Entries = table
            .entries()
            .map(|entry| (entry.peer, entry.addresses.clone()))
            .collect();
        let read_at = self.world.table_read_at(host);
        self.world.swarm_log(host, |log| {
            for (peer, told) in log.announced.iter() {
                if read_at.is_none_or(|read_at| told.at >= read_at) {
                    entries.insert(*peer, told.addresses.clone());
                }
            }
        });
        entries
    }

    /// The peers that the host had contact with, apart from those in its table.
    fn contacts(&self, host: HostId) -> IndexSet<PeerId, IdHash> {
        self.world.swarm_log(host, |log| {
            let connected = log.connections.values().map(|record| record.peer);
            let refused = log.announced.not_inserted().map(|(peer, _)| *peer);
            let announced = log.announced.iter().map(|(peer, _)| *peer);
            let dialled = log.failed_dials.keys().copied().flatten();
            let known = connected.chain(refused).chain(announced);
            known.chain(dialled).collect()
        })
    }

    /// The reasons why an entry is not usable; none if it is.
    fn entry(&self, host: HostId, peer: &PeerId, addresses: &[Multiaddr]) -> Vec<Reason> {
        if let Some(reason) = self.remote(host, peer) {
            return vec![reason];
        }
        if self.world.is_connected(host, peer) == Some(true) {
            return Vec::new();
        }
        self.undialable(host, Some(peer), addresses)
    }

    /// The reasons why a peer is not in the table; none if they are not known.
    fn absent(&self, host: HostId, peer: &PeerId) -> Vec<Reason> {
        let remote = self.world.host_of(peer);
        if let Some(reason) = self.remote(host, peer) {
            return vec![reason];
        }
        if self.was_removed(host, peer) {
            return vec![(TableCause::Removed, None)];
        }
        let in_bucket = self.bucket(host, peer);
        if in_bucket >= self.world.bucket_size.get() {
            return vec![(TableCause::BucketFull, None)];
        }
        let refused = self.world.swarm_log(host, |log| {
            let (at, refusal) = log.announced.not_inserted_at(peer)?;
            (at < self.world.now()).then_some(refusal)
        });
        let has_met = self.has_met(host, peer);
        let cause = match refused {
            Some(NotInserted::NoAddress) if self.told(host, peer) => {
                TableCause::IdentifyNotForwarded
            }
            Some(NotInserted::NoAddress) => match remote.map(|remote| self.facts.host(remote)) {
                Some(remote) if remote.announces_nothing() => {
                    TableCause::Undialable(DialObstacle::NotListening)
                }
                _ => self.unidentified(host, peer),
            },
            Some(NotInserted::Routable) if in_bucket == 0 => TableCause::ManualInserts,
            Some(NotInserted::Routable) => TableCause::FullOrManual,
            None if has_met => {
                let remote = remote.map(|remote| self.facts.host(remote));
                let Some(remote) = remote.filter(|remote| remote.mode.is_some()) else {
                    return Vec::new();
                };
                if self.told(host, peer) || !self.had_time(host, peer) {
                    return Vec::new();
                }
                match self.unidentified(host, peer) {
                    TableCause::Undialable(_) if remote.announces_nothing() => {
                        TableCause::Undialable(DialObstacle::NotListening)
                    }
                    cause => cause,
                }
            }
            None => return self.dialled_in_vain(host, peer),
        };
        vec![(cause, None)]
    }

    /// The problem of the peer itself, or between the two hosts.
    fn remote(&self, host: HostId, peer: &PeerId) -> Option<Reason> {
        let remote = self.world.host_of(peer)?;
        let (here, there) = (self.facts.host(host), self.facts.host(remote));
        let cause = if there.is_over {
            TableCause::Undialable(DialObstacle::HostDown)
        } else if let Some(names) = differing_names(here, there) {
            names
        } else if there.mode == Some(Mode::Client) && there.router.is_some() && !there.confirmed {
            TableCause::ClientBehindRouter
        } else if there.mode == Some(Mode::Client) {
            TableCause::ClientMode {
                confirmed: there.confirmed,
            }
        } else {
            let fault = self.facts.apart(host, remote)?;
            TableCause::Undialable(DialObstacle::Fault(fault))
        };
        Some((cause, None))
    }

    /// The reason of each of these addresses why it cannot be dialled; none if one can.
    fn undialable(
        &self,
        host: HostId,
        peer: Option<&PeerId>,
        addresses: &[Multiaddr],
    ) -> Vec<Reason> {
        if addresses.is_empty() {
            return vec![(TableCause::Undialable(DialObstacle::NoAddress), None)];
        }
        let obstacles = addresses.iter().map(|address| {
            let obstacle = self.facts.obstacle(host, peer, address)?;
            Some((TableCause::Undialable(obstacle), Some(address.clone())))
        });
        obstacles.collect::<Option<_>>().unwrap_or_default()
    }

    /// The reasons why the failed dials to a peer had to fail.
    fn failed_dial(&self, host: HostId, peer: Option<PeerId>) -> Option<Vec<Reason>> {
        let tried: Vec<_> = self.world.swarm_log(host, |log| {
            let tried = log.failed_dials.get(&peer)?;
            Some(tried.iter().cloned().collect())
        })?;
        Some(self.undialable(host, peer.as_ref(), &tried))
    }

    /// The reasons why the dials to a peer had to fail, or why those under way will.
    fn dialled_in_vain(&self, host: HostId, peer: &PeerId) -> Vec<Reason> {
        if let Some(reasons) = self.failed_dial(host, Some(*peer)) {
            return reasons;
        }
        let is_dialled = self.world.swarm_log(host, |log| {
            let mut dials = log.under_way.iter().filter_map(|dial| log.dials.get(dial));
            dials.any(|dial| dial.peer == Some(*peer))
        });
        let remote = self.world.host_of(peer).filter(|_| is_dialled);
        let Some(remote) = remote.and_then(|remote| self.world.swarm(remote)) else {
            return Vec::new();
        };
        let dialled = self.world.fabric().dialling(host);
        let announced = remote.external.into_iter().chain(remote.listeners);
        let mut seen = BTreeSet::new();
        let is_dialled = |address: &Multiaddr| {
            let endpoint = Endpoint::of(address);
            endpoint.is_some_and(|it| dialled.contains(&it) && seen.insert(it))
        };
        let under_way: Vec<_> = announced
            .map(|it| without_peer(&it))
            .filter(is_dialled)
            .collect();
        match under_way.is_empty() {
            true => Vec::new(),
            false => self.undialable(host, Some(peer), &under_way),
        }
    }

    /// The failed dials to an address without a peer id.
    fn unnamed_dials(&self, host: HostId) -> impl Iterator<Item = Lack> + use<> {
        let reasons = self.failed_dial(host, None).unwrap_or_default();
        lacks_of(host, None, reasons)
    }

    /// The diagnosis of a host with an empty table for which there is no diagnosis of
    /// a single peer.
    fn whole(&self, host: HostId) -> Option<TableCause> {
        let facts = self.facts.host(host);
        let contacts = self.contacts(host);
        let (is_alone, is_dialling) = self.world.swarm_log(host, |log| {
            let has_tried = !log.dials.is_empty() || !log.failed_dials.is_empty();
            let is_alone = contacts.is_empty() && !has_tried && log.incoming == 0;
            (is_alone, !log.under_way.is_empty())
        });
        let is_early = |peer: &PeerId| self.has_met(host, peer) && !self.had_time(host, peer);
        if is_dialling || facts.pending > 0 || contacts.iter().any(is_early) {
            return Some(TableCause::TooEarly);
        }
        is_alone.then_some(TableCause::NoPeers)
    }

    /// The servers whose addresses identify reported, but which were not passed to
    /// kad.
    fn not_forwarded(&self, host: HostId, entries: &Entries) -> Vec<Lack> {
        let refused: Vec<PeerId> = self.world.swarm_log(host, |log| {
            let refused = log.announced.not_inserted();
            refused
                .filter(|(_, (_, refusal))| *refusal == NotInserted::NoAddress)
                .map(|(peer, _)| *peer)
                .collect()
        });
        refused
            .into_iter()
            .filter(|peer| !entries.contains_key(peer))
            .flat_map(|peer| lacks_of(host, Some(peer), self.absent(host, &peer)))
            .filter(|lack| lack.cause == TableCause::IdentifyNotForwarded)
            .collect()
    }

    /// Whether kad once had an entry for the peer that is not in the table as last
    /// read.
    fn was_removed(&self, host: HostId, peer: &PeerId) -> bool {
        self.world.swarm_log(host, |log| {
            let announced = &log.announced;
            announced.get(peer).is_some() || announced.replaced_at(peer).is_some()
        })
    }

    /// Why a host that has met a peer has learnt no address of it from identify.
    fn unidentified(&self, host: HostId, peer: &PeerId) -> TableCause {
        let known = |host, peer: &PeerId| {
            self.world
                .swarm_log(host, |log| log.identified.get(peer).copied())
        };
        match known(host, peer) {
            Some(true) => TableCause::Undialable(DialObstacle::NoAddress),
            Some(false) => TableCause::IdentifyFailed,
            None => TableCause::NoIdentify,
        }
    }

    /// Whether identify has reported an address of the peer to the host.
    fn told(&self, host: HostId, peer: &PeerId) -> bool {
        self.world
            .swarm_log(host, |log| log.told.contains_key(peer))
    }

    /// Whether the two hosts were ever connected.
    fn has_met(&self, host: HostId, peer: &PeerId) -> bool {
        self.world.swarm_log(host, |log| {
            log.connections.values().any(|record| record.peer == *peer)
        })
    }

    /// Whether a connection existed long enough for an identify exchange, while both
    /// hosts were running.
    fn had_time(&self, host: HostId, peer: &PeerId) -> bool {
        let world = self.world;
        let remote = world.host_of(peer);
        let awake = [Some(host), remote]
            .into_iter()
            .flatten()
            .map(|host| world.awake_since(host))
            .collect::<Option<Vec<_>>>();
        let Some(awake) = awake.and_then(|since| since.into_iter().max()) else {
            return false;
        };
        world.swarm_log(host, |log| {
            log.connections.values().any(|record| {
                let until = record.closed_at.unwrap_or(world.now());
                let from = record.opened_at.max(awake);
                record.peer == *peer && until.saturating_since(from) >= IDENTIFY_TIME
            })
        })
    }

    /// The number of entries in the bucket for a peer.
    fn bucket(&self, host: HostId, peer: &PeerId) -> usize {
        use libp2p::kad::KBucketKey;

        let distance = KBucketKey::from(self.world.peer(host)).distance(&KBucketKey::from(*peer));
        let table = self.world.told_table(host).unwrap_or_default();
        let mut buckets = table.buckets.iter();
        let bucket =
            buckets.find(|bucket| bucket.range.0 <= distance && distance <= bucket.range.1);
        bucket.map_or(0, |bucket| bucket.entries.len())
    }
}

fn lacks_of(
    host: HostId,
    peer: Option<PeerId>,
    reasons: Vec<Reason>,
) -> impl Iterator<Item = Lack> {
    let reasons = reasons.into_iter();
    reasons.map(move |reason| lack(host, peer, reason))
}

fn lack(host: HostId, peer: Option<PeerId>, (cause, address): Reason) -> Lack {
    Lack {
        host,
        peer,
        cause,
        address,
    }
}

/// The kad protocol names, if both hosts have a DHT and no name in common.
fn differing_names(here: &HostFacts, there: &HostFacts) -> Option<TableCause> {
    let known = !here.protocols.is_empty() && !there.protocols.is_empty();
    let in_common = here
        .protocols
        .iter()
        .any(|name| there.protocols.contains(name));
    (known && !in_common).then(|| TableCause::ProtocolNames {
        here: here.protocols.clone(),
        there: there.protocols.clone(),
    })
}
