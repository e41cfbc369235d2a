//! Links: ordered pairs of hosts between which data has been sent.
//!
//! Responsible for the latency and the losses of each link and for its private
//! random sources, one for each purpose, so that the draws of one link do not
//! affect another link. It must not know what travels.

use std::time::Duration;

use indexmap::IndexMap;
use rand_pcg::Pcg64Mcg;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use super::event::EventLog;
use super::fault::{FaultId, LossEffect};
use super::hash::IdHash;
use super::host::HostId;
use super::latency::Latency;
use super::rules::{LossRule, Rules};
use dht_harness_clock::VirtualInstant;

/// A link, numbered in order of first use.
#[derive(Clone, Copy, Debug)]
pub(super) struct LinkId(u32);

/// The latency and loss of one segment.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Passage {
    pub(super) latency: Duration,
    /// It is lost, and its connection is reset.
    pub(super) resets: bool,
}

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
    loss: Option<LossRule>,
    /// Created when the link first loses segments.
    loss_rng: Option<Pcg64Mcg>,
    /// The version of the rules from which `latency` and `loss` were read.
    version: u32,
}

impl Link {
    /// Updates the link to the current rules.
    fn look_up(&mut self, seed: u64, from: HostId, to: HostId, rules: &Rules) {
        (self.latency, self.fault) = rules.latency(from, to);
        self.version = rules.version();
        self.loss = rules.loss(from, to);
        if self.loss.is_some() {
            self.loss_rng
                .get_or_insert_with(|| generator(seed, "loss", from, to));
        }
    }
}

impl Links {
    pub(super) fn new(seed: u64) -> Self {
        Links {
            seed,
            links: IndexMap::default(),
        }
    }

    /// The link between two hosts, created on first use.
    pub(super) fn between(&mut self, from: HostId, to: HostId, rules: &Rules) -> LinkId {
        let entry = self.links.entry((from, to));
        let index = entry.index() as u32;
        entry.or_insert_with(|| {
            let mut link = Link {
                rng: generator(self.seed, "latency", from, to),
                latency: Latency::DEFAULT,
                fault: None,
                loss: None,
                loss_rng: None,
                version: 0,
            };
            link.look_up(self.seed, from, to, rules);
            link
        });
        LinkId(index)
    }

    /// Draws the latency and loss of the next segment.
    pub(super) fn draw(
        &mut self,
        link: LinkId,
        rules: &mut Rules,
        now: VirtualInstant,
        log: &mut EventLog,
    ) -> Passage {
        let Some((&(from, to), link)) = self.links.get_index_mut(link.0 as usize) else {
            return Passage::default();
        };
        if link.version != rules.version() {
            link.look_up(self.seed, from, to, rules);
        }
        if let Some(fault) = link.fault {
            rules.record_hit(fault, now, log);
        }
        let mut passage = Passage {
            latency: link.latency.draw(&mut link.rng),
            resets: false,
        };
        if let (Some(loss), Some(rng)) = (link.loss, &mut link.loss_rng)
            && loss.probability.happens(rng)
        {
            rules.record_hit(loss.fault, now, log);
            match loss.effect {
                LossEffect::Delay(delay) => {
                    passage.latency = passage.latency.saturating_add(delay);
                }
                LossEffect::Reset => passage.resets = true,
            }
        }
        passage
    }

    /// Links in use so far.
    #[cfg(test)]
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
