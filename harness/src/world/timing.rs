//! The timing of paused and slow hosts.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;

use super::World;
use crate::net::HostId;

impl World {
    /// Whether the host is paused.
    pub(crate) fn is_paused(&self, host: impl Into<HostId>) -> bool {
        self.paused_since(host).is_some()
    }

    /// The time at which the host was paused, if it is. A check cannot require
    /// anything of a host while it is paused.
    pub fn paused_since(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        let host = host.into();
        self.engine.tasks().paused_since(host)
    }

    /// The time at which the host was last paused or slow. Deadlines of the host are
    /// counted from then on.
    pub(crate) fn held_up_until(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        let host = host.into();
        self.engine.tasks().held_up_until(host)
    }

    /// The time from which the host has run without a pause or slowness: the start of
    /// the simulation if there was none. `None` while it is paused. Deadlines of the
    /// host are counted from then on.
    pub(crate) fn awake_since(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        let host = host.into();
        match self.is_paused(host) {
            true => None,
            false => Some(self.held_up_until(host).unwrap_or_default()),
        }
    }

    /// The minimum virtual time between two turns of a slow host.
    pub fn slowness(&self, host: impl Into<HostId>) -> Option<Duration> {
        let host = host.into();
        self.engine.tasks().slowness(host)
    }
}
