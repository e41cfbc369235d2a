//! Pausing and slowing down hosts.

use std::time::Duration;

use super::control::Sim;
use crate::{engine, net::HostId};

impl Sim {
    /// Pauses a host as SIGSTOP does: none of its tasks is polled until
    /// [`resume`](Self::resume). The network continues and keeps what arrives for it.
    /// Its timers expire, but the host does not notice. Everything that is due is
    /// handled when the host is resumed.
    ///
    /// Calls of the test on the host still take place, but their effects are delayed:
    /// a query that is started sends nothing, and a close removes the listeners at
    /// once but completes after the resume. A crash ends the pause. Tasks that were
    /// not spawned through the executor of the node, such as those of
    /// `SwarmBuilder::with_tokio()`, cannot be paused; the swarm itself can.
    pub fn pause(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        self.control(host, "pause".to_owned());
        self.mark_calm([host], "pause");
        self.mark_disturbed([host], "pause", "paused");
        self.world.engine.tasks().pause(host, self.now());
    }

    /// Resumes a paused host.
    pub fn resume(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        self.control(host, "resume".to_owned());
        self.mark_calm([host], "pause");
        self.on(host, |world| world.engine.tasks().resume(host));
        engine::rouse();
    }

    /// Slows a host down: all its tasks are polled at one instant, and then none
    /// until at least `interval` of virtual time has passed. `None` restores the
    /// normal speed, and so does a crash.
    ///
    /// As for [`pause`](Self::pause), only tasks of the node's executor and the swarm
    /// itself are affected.
    pub fn slow(&mut self, host: impl Into<HostId>, interval: impl Into<Option<Duration>>) {
        let (host, interval) = (host.into(), interval.into());
        let action = match interval {
            Some(interval) => format!("slow to one turn in {interval:?}"),
            None => "no longer slow".to_owned(),
        };
        self.mark_calm([host], "slow");
        if interval.is_some() {
            self.mark_disturbed([host], "slow", &action);
        }
        self.control(host, action);
        self.on(host, |world| world.engine.tasks().slow(host, interval));
        engine::rouse();
    }
}
