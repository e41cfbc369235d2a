//! Time, tasks, timers, panics and the journal.

use std::{cell::OnceCell, net::Ipv4Addr};

use dht_harness_clock::{self as clock, Owner, VirtualInstant};
use libp2p::PeerId;

use super::World;
use crate::{
    engine::PanicNote,
    net::HostId,
    trace::{Names, Reset, Resets, TraceEntry},
};

/// What is known of the hosts and routers now.
struct NamesNow<'w> {
    world: &'w World,
    resets: OnceCell<Resets>,
}

impl Names for NamesNow<'_> {
    fn host(&self, host: HostId) -> String {
        match self.world.hosts().any(|known| known == host) {
            true => self.world.name(host),
            false => host.to_string(),
        }
    }

    fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        self.world.host_of(peer)
    }

    fn router_at(&self, ip: Ipv4Addr) -> Option<String> {
        self.world.router_at(ip)
    }

    fn reset(&self, host: HostId, at: VirtualInstant) -> Option<Reset> {
        let resets = || self.world.engine.journal(|journal| journal.resets());
        Some(self.resets.get_or_init(resets).at(host, at))
    }
}

impl World {
    /// The current virtual time.
    pub fn now(&self) -> VirtualInstant {
        self.engine.now()
    }

    /// How many tasks of the host are alive.
    pub fn tasks(&self, host: impl Into<HostId>) -> usize {
        self.engine.tasks().alive(host.into())
    }

    /// The number of tasks of the runtime that were not spawned by an executor of the
    /// harness.
    pub(crate) fn foreign_tasks(&self) -> usize {
        self.engine.enter(|| self.engine.tasks().foreign_alive())
    }

    /// The number of active timers of the host.
    pub(crate) fn timers(&self, host: impl Into<HostId>) -> usize {
        let host = host.into();
        clock::timers_of(Owner(host.0))
    }

    /// The number of active timers of tasks that were not spawned by an executor of
    /// the harness.
    pub(crate) fn foreign_timers(&self) -> usize {
        let owned: usize = self.hosts().map(|host| self.timers(host)).sum();
        clock::timers().saturating_sub(owned)
    }

    /// The panics inside the simulation so far.
    pub(crate) fn panics(&self) -> Vec<PanicNote> {
        self.noted_panics.borrow().clone()
    }

    /// The latest events of a host in words, oldest first, one per line: without timers, and
    /// without the tables that were read.
    pub(crate) fn recent(&self, host: impl Into<HostId>, count: usize) -> Vec<String> {
        let host = host.into();
        let latest: Vec<_> = self.engine.journal(|journal| {
            let latest = journal.latest_of(host, count).into_iter();
            latest.cloned().collect()
        });
        let names = NamesNow {
            world: self,
            resets: OnceCell::new(),
        };
        let told = latest
            .iter()
            .map(|entry: &TraceEntry| format!("{} {}", entry.instant(), entry.told(&names)));
        told.collect()
    }

    /// The hosts with the most recent events, latest first.
    pub(crate) fn latest_hosts(&self, count: usize) -> Vec<HostId> {
        let mut hosts = self.engine.journal(|journal| journal.latest_hosts(count));
        // The network knows a host before it is spawned.
        hosts.retain(|host| self.hosts().any(|known| known == *host));
        hosts
    }

    /// The number of events recorded so far.
    pub fn events(&self) -> u64 {
        self.engine.journal(|journal| journal.recorded())
    }
}
