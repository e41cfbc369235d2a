//! Hosts close and crash.

use std::task::{Context, Poll, Waker};

use futures::future::BoxFuture;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
    step_controller::Pause,
};
use crate::{net::HostId, world::HostStatus};

impl Sim {
    /// Closes a host and waits until it says that it is closed. From then on
    /// the checks hold it to that.
    ///
    /// # Errors
    /// The close was not answered.
    pub fn close(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        let answer = self.begin_close(host);
        self.wait("close", PATIENCE, answer)?;
        self.closed(host);
        Ok(())
    }

    /// Closes several hosts at one instant and waits for all of them.
    ///
    /// # Errors
    /// A close was not answered.
    pub fn close_all<H: Into<HostId>>(
        &mut self,
        hosts: impl IntoIterator<Item = H>,
    ) -> Result<(), SimError> {
        let closing: Vec<_> = hosts
            .into_iter()
            .map(|host| {
                let host = host.into();
                (host, self.begin_close(host))
            })
            .collect();
        for (host, answer) in closing {
            self.wait("close", PATIENCE, answer)?;
            self.closed(host);
        }
        Ok(())
    }

    /// Starts to close a host without waiting for the end of it.
    pub fn start_close(&mut self, host: impl Into<HostId>) {
        let answer = self.begin_close(host.into());
        drop(answer);
    }

    /// The host vanishes: nothing leaves it any more, not even a goodbye, and
    /// nothing reaches it, until it is restarted. Called by a planned action, its
    /// tasks end as the simulation goes on.
    ///
    /// # Errors
    /// The simulation cannot go on.
    pub fn crash(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        self.control(host, "crash".to_owned());
        self.network().crash(host);
        self.world.set_status(host, HostStatus::Crashed);
        self.on(host, |world| {
            // Only what is polled can end.
            world.tasks().resume(host);
            world.tasks().slow(host, None);
            world.members.borrow()[host.0 as usize].host.abort();
        });
        if self.acting.is_none() {
            // Its tasks hear of it, in no time.
            self.run(self.now(), Pause::Never)?;
            self.step();
        }
        Ok(())
    }

    /// Tells the checks that this host answers no request from now on although it
    /// lives: for scripted peers that reset, stay silent or lie.
    pub fn declare_dead(&mut self, host: impl Into<HostId>) {
        let host = host.into();
        self.control(host, "declare dead".to_owned());
        self.world.members.borrow_mut()[host.0 as usize].declared_dead = Some(self.now());
    }

    fn begin_close(&mut self, host: HostId) -> BoxFuture<'static, ()> {
        self.control(host, "close".to_owned());
        if !self.world.status(host).is_over() {
            self.world.set_status(host, HostStatus::Closing);
        }
        self.on(host, |world| {
            world.members.borrow()[host.0 as usize].host.close()
        })
    }

    /// The close was answered: hold the host to it.
    fn closed(&mut self, host: HostId) {
        if !self.world.status(host).is_over() {
            self.world.set_status(host, HostStatus::Closed);
        }
        self.probe_connect(host);
        self.step();
    }

    /// A closed host connects to nothing: asked to, it has to refuse at once.
    fn probe_connect(&mut self, host: HostId) {
        let other = self
            .world
            .hosts()
            .find(|other| *other != host && self.world.status(*other) == HostStatus::Open);
        let Some(other) = other else { return };
        let opts = DialOpts::peer_id(self.world.peer(other))
            .addresses(vec![self.address_of(other)])
            .condition(PeerCondition::Always)
            .build();
        let refused = self.on(host, |world| {
            let mut answer = world.members.borrow()[host.0 as usize].host.connect(opts);
            let polled = answer
                .as_mut()
                .poll(&mut Context::from_waker(Waker::noop()));
            matches!(polled, Poll::Ready(Err(_)))
        });
        if !refused {
            self.checker.check(|check, world, report| {
                check.connect_after_close_accepted(world, host, report);
            });
        }
    }
}
