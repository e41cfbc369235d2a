//! Hosts: who they are, and where they are in their lives.

use dht_harness_clock::VirtualInstant;
use libp2p::{PeerId, swarm::ConnectionCounters};

use super::{HostStatus, SwarmLog, SwarmView, World};
use crate::{net::HostId, trace::TraceEvent};

impl World {
    /// All hosts, those that are gone among them.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.members.borrow().len() as u32).map(HostId)
    }

    /// The host that has, or last had, this identity.
    pub fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        let members = self.members.borrow();
        let named = self.engine.journal(|journal| journal.host_of(peer));
        // A host that came back with another identity is no longer that one, and
        // then another may be: only that is worth a search.
        named
            .filter(|host| {
                members
                    .get(host.0 as usize)
                    .is_some_and(|member| member.peer == *peer)
            })
            .or_else(|| {
                named?;
                let mut latest_first = members.iter().rev();
                Some(latest_first.find(|member| member.peer == *peer)?.id)
            })
    }

    /// The name the test gave the host.
    pub fn name(&self, host: impl Into<HostId>) -> String {
        self.member(host, |member| member.name.clone())
    }

    /// A peer by the name of its host, or by its id.
    pub fn name_of(&self, peer: &PeerId) -> String {
        match self.host_of(peer) {
            Some(host) => self.name(host),
            None => peer.to_string(),
        }
    }

    /// The host's identity.
    pub fn peer(&self, host: impl Into<HostId>) -> PeerId {
        self.member(host, |member| member.peer)
    }

    /// Where the host is in its status.
    pub fn status(&self, host: impl Into<HostId>) -> HostStatus {
        self.member(host, |member| member.status)
    }

    /// Since when the host is where it is in its status.
    pub fn since(&self, host: impl Into<HostId>) -> VirtualInstant {
        self.member(host, |member| member.since)
    }

    /// When the host came up, for the latest time.
    pub fn started_at(&self, host: impl Into<HostId>) -> VirtualInstant {
        self.member(host, |member| member.started_at)
    }

    /// Since when the test says that the host answers no request although it
    /// lives.
    pub fn declared_dead(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        self.member(host, |member| member.declared_dead)
    }

    /// What the host's swarm says about itself; `None` once it is gone.
    ///
    /// This puts its peers in order: who wants to know about one of them asks
    /// [`is_connected`](Self::is_connected).
    pub fn swarm(&self, host: impl Into<HostId>) -> Option<SwarmView> {
        self.member(host, |member| member.host.view())
    }

    /// How many connections the host's swarm counts; `None` once it is gone.
    pub fn established(&self, host: impl Into<HostId>) -> Option<u32> {
        Some(self.counters(host)?.num_established())
    }

    /// How many connections and attempts the host's swarm counts; `None` once it
    /// is gone.
    pub fn counters(&self, host: impl Into<HostId>) -> Option<ConnectionCounters> {
        self.member(host, |member| member.host.counters())
    }

    /// Whether the host's swarm has a connection to `peer`; `None` once it is
    /// gone.
    pub fn is_connected(&self, host: impl Into<HostId>, peer: &PeerId) -> Option<bool> {
        self.member(host, |member| member.host.is_connected(peer))
    }

    /// The hosts whose behaviour has parts that [`DeterministicOrder`] should wrap,
    /// each with these parts, and since when their order has mattered.
    ///
    /// [`DeterministicOrder`]: crate::DeterministicOrder
    pub(crate) fn unordered(&self) -> Vec<(HostId, Vec<&'static str>, Option<VirtualInstant>)> {
        let members = self.members.borrow();
        let unordered = members.iter().filter(|member| !member.unordered.is_empty());
        unordered
            .map(|member| {
                let since = member.swarm_log().told_all_at;
                (member.id, member.unordered.clone(), since)
            })
            .collect()
    }

    /// Works on what the host's swarm has said so far.
    pub fn swarm_log<R>(&self, host: impl Into<HostId>, f: impl FnOnce(&SwarmLog) -> R) -> R {
        self.member(host, |member| f(&member.swarm_log()))
    }

    /// Notes that a host is at another point of its status.
    pub(crate) fn set_status(&self, host: HostId, status: HostStatus) {
        let changed = {
            let mut members = self.members.borrow_mut();
            let member = &mut members[host.0 as usize];
            let changed = member.status != status;
            if changed {
                member.status = status;
                member.since = self.engine.now();
            }
            changed
        };
        if changed {
            self.record(
                host,
                TraceEvent::State {
                    state: format!("{status:?}").to_lowercase().into(),
                },
            );
        }
    }
}
