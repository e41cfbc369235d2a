//! Waiting for events of a host's swarm, as in libp2p-swarm-test.

use std::{collections::VecDeque, fmt::Debug, panic::Location};

use libp2p::swarm::{NetworkBehaviour, SwarmEvent};

use super::{
    control::{PATIENCE, Sim},
    error::SimError,
    peer::SimHost,
    step_controller::Pause,
};

/// The maximum number of recent events shown if none of them was the expected one.
const SHOWN: usize = 6;

/// The maximum number of characters shown of an event.
const WIDTH: usize = 160;

/// Each call sees the events that the swarm emits during the call. Consecutive calls
/// for one host miss no event between them, because no time passes. Events during
/// other calls, such as [`connect`](Sim::connect), are not recorded: to see them,
/// start the operation without waiting ([`start_dial`](Sim::start_dial)), and then
/// wait for the event.
impl Sim {
    /// Runs until the host's swarm emits an event for which `predicate` returns
    /// `Some`.
    ///
    /// ```
    /// use dht_harness::{Node, Sim};
    /// use libp2p::{Swarm, kad, swarm::SwarmEvent, swarm::dial_opts::DialOpts};
    ///
    /// Sim::builder().test(|sim| {
    ///     let hosts = sim.spawn_n(2, "h", |node: &Node| {
    ///         let store = kad::store::MemoryStore::new(node.peer_id());
    ///         let kad = kad::Behaviour::new(node.peer_id(), store);
    ///         Swarm::new(node.transport(), kad, node.peer_id(), node.swarm_config())
    ///     });
    ///     sim.start_dial(&hosts[0], DialOpts::from(hosts[1].address()));
    ///     let dialler = sim.wait_for(&hosts[1], |event| match event {
    ///         SwarmEvent::ConnectionEstablished { peer_id, .. } => Some(peer_id),
    ///         _ => None,
    ///     })?;
    ///     assert_eq!(dialler, hosts[0].peer_id());
    ///     Ok(())
    /// });
    /// ```
    ///
    /// # Errors
    /// Returns [`SimError::NoEvent`] if there was no such event within 300 s of
    /// virtual time, and [`SimError::InvalidState`] if the host is down.
    #[track_caller]
    pub fn wait_for<B, T>(
        &mut self,
        host: &SimHost<B>,
        predicate: impl FnMut(SwarmEvent<B::ToSwarm>) -> Option<T>,
    ) -> Result<T, SimError>
    where
        B: NetworkBehaviour,
        B::ToSwarm: Debug,
    {
        self.wait_at(host, Location::caller(), predicate)
    }

    /// Runs until the host's swarm emits an event.
    ///
    /// # Errors
    /// As for [`wait_for`](Self::wait_for).
    #[track_caller]
    pub fn next_swarm_event<B>(
        &mut self,
        host: &SimHost<B>,
    ) -> Result<SwarmEvent<B::ToSwarm>, SimError>
    where
        B: NetworkBehaviour,
        B::ToSwarm: Debug,
    {
        self.wait_at(host, Location::caller(), Some)
    }

    /// Runs until the host's behaviour emits an event; other events of the swarm are
    /// skipped.
    ///
    /// # Errors
    /// As for [`wait_for`](Self::wait_for).
    #[track_caller]
    pub fn next_behaviour_event<B>(&mut self, host: &SimHost<B>) -> Result<B::ToSwarm, SimError>
    where
        B: NetworkBehaviour,
        B::ToSwarm: Debug,
    {
        self.wait_at(host, Location::caller(), |event| match event {
            SwarmEvent::Behaviour(event) => Some(event),
            _ => None,
        })
    }

    fn wait_at<B, T>(
        &mut self,
        host: &SimHost<B>,
        caller: &Location<'_>,
        mut predicate: impl FnMut(SwarmEvent<B::ToSwarm>) -> Option<T>,
    ) -> Result<T, SimError>
    where
        B: NetworkBehaviour,
        B::ToSwarm: Debug,
    {
        let deadline = self.now() + PATIENCE;
        let mut seen = Seen::default();
        let _open = OpenTap::new(host);
        loop {
            while let Some(event) = host.host().next_tapped() {
                let shown = shown(&event);
                if let Some(found) = predicate(event) {
                    self.step();
                    return Ok(found);
                }
                seen.note(format!("{}: {shown}", self.now()));
            }
            let status = self.world.status(host.id);
            if status.is_over() && self.plans.next().is_none() {
                self.step();
                return Err(SimError::InvalidState {
                    host: host.name().to_owned(),
                    status: format!("{status:?}").to_lowercase(),
                    wanted: "emit an event",
                });
            }
            if self.now() >= deadline {
                self.step();
                return Err(SimError::NoEvent {
                    host: host.name().to_owned(),
                    caller: caller.to_string(),
                    within: PATIENCE,
                    seen: seen.count,
                    latest: seen.latest.into(),
                });
            }
            self.run(deadline, Pause::Progress)?;
        }
    }
}

/// Records the events of a host until it is dropped.
struct OpenTap<'a, B: NetworkBehaviour>(&'a SimHost<B>);

impl<'a, B: NetworkBehaviour> OpenTap<'a, B> {
    fn new(host: &'a SimHost<B>) -> Self {
        host.host().tap_events(true);
        OpenTap(host)
    }
}

impl<B: NetworkBehaviour> Drop for OpenTap<'_, B> {
    fn drop(&mut self) {
        self.0.host().tap_events(false);
    }
}

/// The events that were not the expected one.
#[derive(Default)]
struct Seen {
    count: usize,
    latest: VecDeque<String>,
}

impl Seen {
    fn note(&mut self, event: String) {
        self.count += 1;
        if self.latest.len() == SHOWN {
            self.latest.pop_front();
        }
        self.latest.push_back(event);
    }
}

fn shown<E: Debug>(event: &SwarmEvent<E>) -> String {
    let mut text = without_numbers(&format!("{event:?}"));
    if let Some((end, _)) = text.char_indices().nth(WIDTH) {
        text.truncate(end);
        text.push('…');
    }
    text
}

/// The ids that libp2p numbers across the whole process, so that they differ from run
/// to run.
const PROCESS_IDS: [&str; 2] = ["ConnectionId(", "ListenerId("];

/// Replaces the numbers of [`PROCESS_IDS`] by `_`.
fn without_numbers(text: &str) -> String {
    let mut text = text.to_owned();
    for id in PROCESS_IDS {
        let mut parts = text.split(id);
        let mut shown = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            shown.push_str(id);
            shown.push('_');
            shown.push_str(part.trim_start_matches(|char: char| char.is_ascii_digit()));
        }
        text = shown;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_of_the_process_are_not_shown() {
        let text = "Dialing { peer: 7, connection_id: ConnectionId(65545) }, ListenerId(3)";
        assert_eq!(
            without_numbers(text),
            "Dialing { peer: 7, connection_id: ConnectionId(_) }, ListenerId(_)"
        );
    }
}
