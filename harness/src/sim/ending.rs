//! Closing and crashing hosts.

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
    /// Closes a host and waits until the close has completed. From then on the checks
    /// require that the host is closed.
    ///
    /// # Errors
    /// Returns an error if the close did not complete.
    pub fn close(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        let answer = self.begin_close(host);
        self.wait("close", PATIENCE, answer)?;
        self.closed(host);
        Ok(())
    }

    /// Closes several hosts at the same instant and waits for all of them.
    ///
    /// # Errors
    /// Returns an error if a close did not complete.
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

    /// Starts to close a host without waiting for the result.
    pub fn start_close(&mut self, host: impl Into<HostId>) {
        let answer = self.begin_close(host.into());
        drop(answer);
    }

    /// Crashes a host: it sends nothing more, and nothing reaches it, until it is
    /// restarted. If a planned action calls this, the tasks of the host end as the
    /// simulation continues.
    ///
    /// # Errors
    /// Returns an error if the simulation cannot continue.
    pub fn crash(&mut self, host: impl Into<HostId>) -> Result<(), SimError> {
        let host = host.into();
        self.control(host, "crash".to_owned());
        self.network().crash(host);
        self.world.set_status(host, HostStatus::Crashed);
        self.on(host, |world| {
            // A task only ends when it is polled.
            world.engine.tasks().resume(host);
            world.engine.tasks().slow(host, None);
            world.members.borrow()[host.0 as usize].host.abort();
        });
        if self.acting.is_none() {
            // Let its tasks end, without letting time pass.
            self.run(self.now(), Pause::Never)?;
            self.step();
        }
        Ok(())
    }

    /// Declares to the checks that a running host answers no requests from now on.
    /// For scripted peers that reset, stay silent or send false answers.
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

    /// The close has completed: the checks require from now on that the host is
    /// closed.
    fn closed(&mut self, host: HostId) {
        if !self.world.status(host).is_over() {
            self.world.set_status(host, HostStatus::Closed);
        }
        self.probe_connect(host);
        self.step();
    }

    /// A closed host has to reject a request to connect at once.
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
