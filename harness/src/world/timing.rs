//! Hosts that are paused or slow.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;

use super::World;
use crate::net::HostId;

impl World {
    /// Whether the host is paused.
    pub fn is_paused(&self, host: impl Into<HostId>) -> bool {
        self.paused_since(host).is_some()
    }

    /// Since when the host is paused. A check that demands something of a host
    /// within a time cannot demand it while the host is paused.
    pub fn paused_since(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        let host = host.into();
        self.tasks().paused_since(host)
    }

    /// When a pause of the host, or its slowness, has last ended: what was to
    /// be done by then can only be demanded from then on.
    pub fn held_up_until(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        let host = host.into();
        self.tasks().held_up_until(host)
    }

    /// Since when nothing holds the host up: the start of the simulation, if
    /// nothing ever did; `None` while it is paused. What it is to do within a time
    /// it can do only from then on.
    pub fn awake_since(&self, host: impl Into<HostId>) -> Option<VirtualInstant> {
        let host = host.into();
        match self.is_paused(host) {
            true => None,
            false => Some(self.held_up_until(host).unwrap_or_default()),
        }
    }

    /// The least virtual time between two turns of a slow host.
    pub fn slowness(&self, host: impl Into<HostId>) -> Option<Duration> {
        let host = host.into();
        self.tasks().slowness(host)
    }
}
