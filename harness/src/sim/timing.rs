//! Hosts are paused and slowed.

use std::time::Duration;

use super::control::Sim;
use crate::{engine, net::HostId};

impl Sim {
    /// Stops a host as SIGSTOP does: none of its tasks is polled until
    /// [`resume`](Self::resume). The network goes on and keeps what arrives for
    /// it; its timers run out and it does not hear of them. What is due by then
    /// is handled when it is resumed.
    ///
    /// What the test does to the host still takes place, and what would come of
    /// it waits: a query that is started sends nothing, and a close, which takes
    /// the listeners at once, is answered after the resume. A crash ends the
    /// pause. Tasks that were spawned past the executor of the node, as those of
    /// `SwarmBuilder::with_tokio()` are, cannot be held up; the swarm itself can.
    pub fn pause(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        self.control(host, "pause".to_owned());
        self.world.tasks().pause(host, self.now());
    }

    /// Lets a paused host go on.
    pub fn resume(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        self.control(host, "resume".to_owned());
        self.on(host, |world| world.tasks().resume(host));
        engine::rouse();
    }

    /// Makes a host slow: all its tasks are polled at one instant, and then none
    /// until at least `interval` of virtual time has passed. `None` makes it as
    /// fast as it was. A crash does so, too.
    ///
    /// As with [`pause`](Self::pause), only tasks of the node's executor and the
    /// swarm itself are slow.
    pub fn slow(&mut self, host: impl Into<HostId>, interval: impl Into<Option<Duration>>) {
        let (host, interval) = (host.into(), interval.into());
        let action = match interval {
            Some(interval) => format!("slow to one turn in {interval:?}"),
            None => "no longer slow".to_owned(),
        };
        self.control(host, action);
        self.on(host, |world| world.tasks().slow(host, interval));
        engine::rouse();
    }
}
