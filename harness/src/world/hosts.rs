//! The identity and status of hosts.

use dht_harness_clock::VirtualInstant;
use libp2p::PeerId;

use super::{HostStatus, SwarmLog, SwarmView, World};
use crate::{application::App, net::HostId, trace::TraceEvent};

impl World {
    /// All hosts, including those that are down.
    pub fn hosts(&self) -> impl Iterator<Item = HostId> + use<> {
        (0..self.members.borrow().len() as u32).map(HostId)
    }

    /// The host that has this identity, or had it last.
    pub fn host_of(&self, peer: &PeerId) -> Option<HostId> {
        let members = self.members.borrow();
        let named = self.engine.journal(|journal| journal.host_of(peer));
        // A host that was restarted with another identity no longer matches. Another
        // host may match then, and only that case requires a search.
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

    /// The host that had this identity before a restart gave it another one. `None` if no host
    /// had it, or if one has it still.
    pub fn former_host_of(&self, peer: &PeerId) -> Option<HostId> {
        let host = self.engine.journal(|journal| journal.host_of(peer))?;
        let members = self.members.borrow();
        let is_present = members.iter().any(|member| member.peer == *peer);
        (!is_present).then_some(host)
    }

    /// The name of the host.
    pub fn name(&self, host: impl Into<HostId>) -> String {
        self.member(host, |member| member.name.clone())
    }

    /// The name of the peer's host, or the peer id if there is none.
    pub fn name_of(&self, peer: &PeerId) -> String {
        match self.host_of(peer) {
            Some(host) => self.name(host),
            None => peer.to_string(),
        }
    }

    /// The identity of the host.
    pub fn peer(&self, host: impl Into<HostId>) -> PeerId {
        self.member(host, |member| member.peer)
    }

    /// The status of the host.
    pub fn status(&self, host: impl Into<HostId>) -> HostStatus {
        self.member(host, |member| member.status)
    }

    /// The time at which the status of the host last changed.
    pub fn since(&self, host: impl Into<HostId>) -> VirtualInstant {
        self.member(host, |member| member.since)
    }

    /// The time at which the host was last started.
    pub(crate) fn started_at(&self, host: impl Into<HostId>) -> VirtualInstant {
        self.member(host, |member| member.started_at)
    }

    /// Whether the host is an application.
    pub(crate) fn is_application(&self, host: HostId) -> bool {
        self.application(host, |_| true)
    }

    /// Whether the host is an application for which this is true.
    fn application(&self, host: HostId, is_so: impl FnOnce(&App) -> bool) -> bool {
        self.member(host, |member| member.host.application().is_some_and(is_so))
    }

    /// Whether the host is an application whose swarm and DHT the harness does not see.
    pub(crate) fn is_hidden(&self, host: HostId) -> bool {
        self.application(host, |app| app.hub.is_hidden())
    }

    /// Whether the host is an application that has run, and whose DHT the harness has not
    /// seen although it should.
    pub(crate) fn lacks_dht(&self, host: HostId) -> bool {
        self.application(host, |app| app.hub.lacks_dht())
    }

    /// Whether the host is an application that has ended without having been asked
    /// to: it returned or panicked.
    pub(crate) fn ended_by_itself(&self, host: HostId) -> bool {
        self.application(host, App::ended_by_itself)
    }

    /// The time from which the test declares that the host answers no requests
    /// although it is running.
    pub(crate) fn declared_dead(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        self.member(host, |member| member.declared_dead)
    }

    /// The state that the host's swarm reports; `None` once it is dropped.
    ///
    /// The peers are sorted at each call.
    pub fn swarm(&self, host: impl Into<HostId>) -> Option<SwarmView> {
        self.member(host, |member| member.host.view())
    }

    /// The number of open connections of the host to a peer: those that lead through no
    /// relay, and those through one.
    pub fn connections_to(&self, host: impl Into<HostId>, peer: &PeerId) -> (usize, usize) {
        self.swarm_log(host, |log| {
            let open = log.open_connections();
            let open = open.filter(|(_, record)| record.peer == *peer);
            let (relayed, direct): (Vec<_>, Vec<_>) =
                open.partition(|(number, _)| log.relayed.contains(number));
            (direct.len(), relayed.len())
        })
    }

    /// The number of connections of the host's swarm; `None` once it is dropped.
    pub fn established(&self, host: impl Into<HostId>) -> Option<u32> {
        self.member(host, |member| member.host.established())
    }

    /// The number of connections and connection attempts of the host's swarm; `None`
    /// once it is dropped.
    pub(crate) fn attempts(&self, host: HostId) -> Option<u32> {
        self.member(host, |member| member.host.attempts())
    }

    /// Whether the host's swarm has a connection to `peer`; `None` once it is
    /// dropped.
    pub(crate) fn is_connected(&self, host: impl Into<HostId>, peer: &PeerId) -> Option<bool> {
        self.member(host, |member| member.host.is_connected(peer))
    }

    /// The hosts whose behaviours have parts that should be wrapped in
    /// [`DeterministicOrder`], with these parts, and the time from which their order
    /// had an effect.
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

    /// Calls `f` with the log of the host's swarm.
    pub fn swarm_log<R>(&self, host: impl Into<HostId>, f: impl FnOnce(&SwarmLog) -> R) -> R {
        self.member(host, |member| f(&member.swarm_log()))
    }

    /// Records a new status of a host.
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
            if status.is_over() {
                let now = self.engine.now();
                self.disturbances.borrow_mut().down(host, now);
                self.recorder(|recorder| recorder.down(host, now));
            }
            self.record(
                host,
                TraceEvent::State {
                    state: format!("{status:?}").to_lowercase().into(),
                },
            );
        }
    }
}
