//! A cause, with all hosts that it concerns.

use std::fmt;

use indexmap::{IndexMap, IndexSet};
use libp2p::{Multiaddr, PeerId};

use super::{TableCause, in_a_file, judge::Lack};
use crate::{
    net::{HostId, IdHash},
    world::World,
};

/// The maximum number of names or addresses that are shown.
const SHOWN: usize = 3;

/// The reason why routing tables contain no usable entry.
///
/// The text has two lines: the first with the hosts and the cause, the second with
/// the remedy. With [`SimBuilder::remedies`](crate::SimBuilder::remedies) there is a third one,
/// with the remedy in the terms of a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TableDiagnosis {
    /// The cause.
    pub cause: TableCause,
    /// The hosts with these tables.
    pub hosts: Vec<HostId>,
    /// The peers that the tables lack or cannot use. Empty if the cause is not about
    /// peers.
    pub peers: Vec<PeerId>,
    /// The addresses that cannot be dialled.
    pub addresses: Vec<Multiaddr>,
    host_names: Vec<String>,
    peer_names: Vec<String>,
    /// The router that the cause is about, if the test names it.
    router_name: Option<String>,
    /// The remedy in the terms of the files of the test, if it has some.
    in_a_file: Option<&'static str>,
    /// The hosts and the peers that their tables lack, if not each table lacks each
    /// peer.
    pairs: Pairs,
}

/// Which table lacks which peer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
enum Pairs {
    /// Each table lacks each peer.
    #[default]
    All,
    /// The peers are the hosts themselves, and each table lacks each other host.
    EachOther,
    /// These pairs of a host and a peer.
    These(Vec<String>),
}

/// The start of the second line.
const REMEDY: &str = "\n  remedy: ";

/// The missing entries with the same cause.
#[derive(Default)]
struct Group {
    hosts: IndexSet<HostId, IdHash>,
    peers: IndexSet<PeerId, IdHash>,
    addresses: IndexSet<Multiaddr, IdHash>,
    pairs: IndexSet<(HostId, PeerId), IdHash>,
}

impl Group {
    fn pairs(&self, world: &World) -> Pairs {
        let (hosts, peers) = (self.hosts.len(), self.peers.len());
        if self.pairs.len() == hosts * peers {
            return Pairs::All;
        }
        let is_host = |peer: &PeerId| {
            let host = world.host_of(peer);
            host.is_some_and(|host| self.hosts.contains(&host))
        };
        if hosts == peers
            && self.pairs.len() == hosts * (hosts - 1)
            && self.peers.iter().all(is_host)
        {
            return Pairs::EachOther;
        }
        let pairs = self.pairs.iter();
        Pairs::These(
            pairs
                .map(|(host, peer)| format!("{}: {}", world.name(*host), world.name_of(peer)))
                .collect(),
        )
    }
}

impl TableDiagnosis {
    /// Groups missing entries by cause, in the order of first occurrence.
    pub(super) fn group(world: &World, lacks: impl IntoIterator<Item = Lack>) -> Vec<Self> {
        let mut groups: IndexMap<TableCause, Group, IdHash> = IndexMap::default();
        for lack in lacks {
            let group = groups.entry(lack.cause).or_default();
            group.hosts.insert(lack.host);
            group.pairs.extend(lack.peer.map(|peer| (lack.host, peer)));
            group.peers.extend(lack.peer);
            group.addresses.extend(lack.address);
        }
        groups
            .into_iter()
            .map(|(cause, group)| TableDiagnosis {
                in_a_file: in_a_file::remedy(&cause),
                router_name: cause.router().and_then(|router| world.router_name(router)),
                cause,
                pairs: group.pairs(world),
                host_names: group.hosts.iter().map(|host| world.name(*host)).collect(),
                peer_names: group.peers.iter().map(|peer| world.name_of(peer)).collect(),
                hosts: group.hosts.into_iter().collect(),
                peers: group.peers.into_iter().collect(),
                addresses: group.addresses.into_iter().collect(),
            })
            .collect()
    }

    /// Whether a text already contains a diagnosis.
    pub(crate) fn is_told_in(text: &str) -> bool {
        text.contains(REMEDY)
    }
}

impl fmt::Display for TableDiagnosis {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let tables = if self.hosts.len() == 1 {
            "table"
        } else {
            "tables"
        };
        write!(f, "{tables} of {}: ", some(&self.host_names))?;
        match self.peer_names.as_slice() {
            [] => write!(f, "no usable entry: ")?,
            peers => {
                write!(f, "no usable entry for {}", some(peers))?;
                match &self.pairs {
                    Pairs::All => {}
                    Pairs::EachOther => f.write_str(" (of each other)")?,
                    Pairs::These(pairs) => write!(f, " ({})", some(pairs))?,
                }
                f.write_str(": ")?;
            }
        }
        self.cause.write(f, self.router_name.as_deref())?;
        if !self.addresses.is_empty() {
            let addresses: Vec<_> = self.addresses.iter().map(ToString::to_string).collect();
            write!(f, " ({})", some(&addresses))?;
        }
        write!(f, "{REMEDY}{}", self.cause.remedy())?;
        match self.in_a_file {
            Some(remedy) => write!(f, "\n  in a file: {remedy}"),
            None => Ok(()),
        }
    }
}

/// The first few texts, and the number of further ones.
fn some(texts: &[String]) -> String {
    let shown = texts[..texts.len().min(SHOWN)].join(", ");
    match texts.len().saturating_sub(SHOWN) {
        0 => shown,
        more => format!("{shown} and {more} more"),
    }
}
