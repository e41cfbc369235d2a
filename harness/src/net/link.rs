//! Links: ordered pairs of hosts between which something has travelled.
//!
//! Responsible for the latency of each link and for its private source of
//! random numbers, so that what one link draws leaves every other link as it
//! was. It must not know what travels.

use std::time::Duration;

use indexmap::IndexMap;
use rand_pcg::Pcg64Mcg;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::event::EventLog;
use super::fault::FaultId;
use super::hash::IdHash;
use super::host::HostId;
use super::latency::Latency;
use super::rules::Rules;
use dht_harness_clock::VirtualInstant;

/// A link, by the order of first use.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkId(u32);

/// Every link in use so far.
#[derive(Debug)]
pub(super) struct Links {
    seed: u64,
    links: IndexMap<(HostId, HostId), Link, IdHash>,
}

#[derive(Debug)]
struct Link {
    rng: Pcg64Mcg,
    latency: Latency,
    fault: Option<FaultId>,
    /// Of the rules, when `latency` was looked up in them.
    version: u32,
}

impl Links {
    pub(super) fn new(seed: u64) -> Self {
        Links {
            seed,
            links: IndexMap::default(),
        }
    }

    /// The link, made if this is its first use.
    pub(super) fn between(&mut self, from: HostId, to: HostId, rules: &Rules) -> LinkId {
        let entry = self.links.entry((from, to));
        let index = entry.index() as u32;
        entry.or_insert_with(|| {
            let (latency, fault) = rules.latency(from, to);
            Link {
                rng: generator(self.seed, "latency", from, to),
                latency,
                fault,
                version: rules.version(),
            }
        });
        LinkId(index)
    }

    /// The latency of the next packet.
    pub(super) fn draw(
        &mut self,
        link: LinkId,
        rules: &mut Rules,
        now: VirtualInstant,
        log: &mut EventLog,
    ) -> Duration {
        let Some((&(from, to), link)) = self.links.get_index_mut(link.0 as usize) else {
            return Duration::ZERO;
        };
        if link.version != rules.version() {
            (link.latency, link.fault) = rules.latency(from, to);
            link.version = rules.version();
        }
        if let Some(fault) = link.fault {
            rules.bite(fault, now, log);
        }
        link.latency.draw(&mut link.rng)
    }

    /// Links in use so far.
    pub(super) fn len(&self) -> usize {
        self.links.len()
    }
}

/// The generator of one link and purpose.
fn generator(seed: u64, purpose: &str, from: HostId, to: HostId) -> Pcg64Mcg {
    let mut label = [0_u8; 24];
    label[..purpose.len()].copy_from_slice(purpose.as_bytes());
    label[16..20].copy_from_slice(&from.0.to_le_bytes());
    label[20..].copy_from_slice(&to.0.to_le_bytes());
    Pcg64Mcg::new(xxh3_128_with_seed(&label, seed))
}
