//! Performs the action of a step.

use std::{any::Any, fmt, rc::Rc, time::Duration};

use dht_fixtures::{
    Dht,
    raw::{AskError, Message, MessageType, RawPeer, Request},
};
use dht_harness::{Sim, SimError, World, dht::wire};

use super::{scenario::Runner, scripts};
use crate::{
    action::{Action, Family},
    host::HostHandle,
    step_failure::Cause,
    syntax::{Hosts, Kind, Name, Script},
};

/// The time limit of operations that should always end.
pub(super) const PATIENCE: Duration = Duration::from_secs(300);

/// How long the reply to a request of a scripted host is waited for: longer than any
/// timeout of a single request.
const HAND_PATIENCE: Duration = Duration::from_secs(30);

/// The reply to a request of a scripted host. `None` while it is pending.
pub(super) type Reply = Option<Result<Vec<u8>, AskError>>;

impl Runner {
    /// Performs an action.
    pub(super) fn act(self: &Rc<Self>, sim: &mut Sim, action: &Action) -> Result<(), Cause> {
        for label in action.labels() {
            sim.begin_action(label.to_string());
        }
        match action.family() {
            Family::Connection | Family::Swarm => self.connections(sim, action)?,
            Family::Query | Family::Dht => self.queries(sim, action)?,
            Family::Lifecycle | Family::Move | Family::Churn => self.lifecycle(sim, action)?,
            Family::Fault | Family::Messages => self.faults(sim, action)?,
            Family::Neighbour => self.neighbours(sim, action)?,
            Family::Scripted => self.by_hand(sim, action)?,
            Family::Application => self.app_command(sim, action)?,
            Family::Time | Family::Observation => self.look(sim, action)?,
        }
        Ok(())
    }

    /// Performs the actions of scripted hosts.
    fn by_hand(self: &Rc<Self>, sim: &mut Sim, action: &Action) -> Result<(), SimError> {
        match action {
            Action::SetScript {
                hosts,
                script,
                peers,
            } => self.direct(sim, &self.registry.names(hosts), script, peers.as_ref()),
            Action::Ask {
                host,
                peers,
                kind,
                key,
                value,
                ttl,
                provider,
                ..
            } => {
                let key = self.registry.key(key)?;
                let mut message = Message::of(message_type(*kind), key.clone());
                if let Some(value) = value {
                    message.record = Some(wire::Record {
                        key,
                        value: value.bytes(),
                        ttl: ttl.map_or(0, |ttl| ttl.as_secs() as u32),
                        ..wire::Record::default()
                    });
                }
                if let Some(provider) = provider {
                    message.provider_peers = self
                        .registry
                        .contacts(sim.world(), provider)?
                        .iter()
                        .map(|(peer, addresses)| wire::Peer::new(peer, addresses))
                        .collect();
                }
                self.ask(sim, host, peers, &Request::Message(message), action.reply())
            }
            Action::Send {
                host, peers, bytes, ..
            } => self.ask(
                sim,
                host,
                peers,
                &Request::Bytes(bytes.bytes()),
                action.reply(),
            ),
            Action::HoldStreams { host, peers, count } => {
                for (handle, other) in self.registry.pairs(host, peers)? {
                    let peer = other.peer();
                    let mut held = Ok(());
                    raw(&*handle, |this| {
                        held = this.kad.hold_streams(peer, *count as usize);
                    })?;
                    held.map_err(|error| SimError::Other(format!("{}: {error}", handle.name())))?;
                }
                Ok(())
            }
            _ => no_arm("by_hand", action),
        }
    }

    /// Performs the actions that let time pass or check a condition.
    fn look(self: &Rc<Self>, sim: &mut Sim, action: &Action) -> Result<(), Cause> {
        match action {
            Action::Run { time } => Ok(sim.run_for(*time)?),
            Action::Settle { within } => Ok(sim.settle(within.unwrap_or(PATIENCE))?),
            Action::Expect { condition } => {
                let unmet = self.unmet(sim.world(), condition)?;
                if unmet.is_empty() {
                    return Ok(());
                }
                Err(self.false_condition(sim.world(), condition, unmet))
            }
            Action::Eventually { within, condition } => {
                let runner = Rc::clone(self);
                // If the condition cannot be evaluated now, it never can be.
                self.unmet(sim.world(), condition)?;
                let outcome = sim.run_until(*within, move |world: &World| {
                    runner
                        .unmet(world, condition)
                        .unwrap_or_else(|error| vec![error.to_string().into()])
                });
                let Err(SimError::Unmet { unmet, .. }) = outcome else {
                    return Ok(outcome?);
                };
                Err(Cause::ConditionUnmet {
                    condition: condition.clone(),
                    unmet,
                    within: Some(*within),
                    tables: self.explain(sim.world(), condition),
                })
            }
            Action::Always { time, condition } => self.always(sim, *time, condition),
            Action::Snapshot { hosts, name } => {
                for handle in self.registry.all(hosts)? {
                    let table = sim.world().table(handle.id());
                    let key = (name.clone(), handle.id());
                    self.snapshots.borrow_mut().insert(key, table);
                }
                Ok(())
            }
            _ => no_arm("look", action),
        }
    }

    /// Sets the script of scripted hosts.
    pub(super) fn direct(
        &self,
        sim: &Sim,
        hosts: &[String],
        script: &Script,
        peers: Option<&Hosts>,
    ) -> Result<(), SimError> {
        for name in hosts {
            let named = match peers {
                Some(peers) => self.registry.contacts(sim.world(), peers)?,
                None => Vec::new(),
            };
            let script = scripts::behaviour(script, named);
            let handle = self.registry.handle(name)?;
            raw(&*handle, |peer| peer.kad.set_script(script.clone()))?;
        }
        Ok(())
    }

    fn always(
        self: &Rc<Self>,
        sim: &mut Sim,
        time: Duration,
        condition: &crate::condition::Condition,
    ) -> Result<(), Cause> {
        let broken = self.unmet(sim.world(), condition)?;
        if !broken.is_empty() {
            return Err(self.false_condition(sim.world(), condition, broken));
        }
        let runner = Rc::clone(self);
        let mut seen = Vec::new();
        let ended = sim.run_until(time, |world: &World| {
            seen = runner
                .unmet(world, condition)
                .unwrap_or_else(|error| vec![error.to_string().into()]);
            !seen.is_empty()
        });
        match ended {
            // The time has passed, and the condition held throughout.
            Err(SimError::Unmet { .. }) => Ok(()),
            Ok(()) => Err(self.false_condition(sim.world(), condition, seen)),
            Err(error) => Err(error.into()),
        }
    }

    fn ask(
        self: &Rc<Self>,
        sim: &mut Sim,
        host: &Hosts,
        peers: &Hosts,
        request: &Request,
        name: Option<Name>,
    ) -> Result<(), SimError> {
        let mut replies = Vec::new();
        for (handle, other) in self.registry.pairs(host, peers)? {
            let peer = other.peer();
            let mut number = 0;
            raw(&*handle, |this| {
                number = this.kad.ask(peer, request.clone())
            })?;
            let answer = |handle: &dyn HostHandle| -> Reply {
                let mut answer = None;
                raw(handle, |this| answer = this.kad.answer(number).cloned()).ok()?;
                answer
            };
            let answered = sim.run_until(HAND_PATIENCE, |_: &World| answer(&*handle).is_some());
            match answered {
                Ok(()) | Err(SimError::Unmet { .. }) => replies.push(answer(&*handle)),
                Err(error) => return Err(error),
            }
        }
        if let Some(name) = name {
            self.replies.borrow_mut().insert(name, replies);
        }
        Ok(())
    }
}

/// The end of a function that has no arm for an action or a condition of its family.
///
/// # Panics
/// Panics always.
pub(super) fn no_arm(function: &str, line: impl fmt::Display) -> ! {
    unreachable!("`Runner::{function}` has no arm for `{line}`: add one")
}

/// Calls `work` with the behaviour of a scripted host.
pub(super) fn raw(
    handle: &dyn HostHandle,
    mut work: impl FnMut(&mut RawPeer),
) -> Result<(), SimError> {
    typed(
        handle,
        "is not scripted: its stack has to be `raw` or `raw-announced`",
        &mut work,
    )
}

/// Calls `work` with the behaviour of a host with a stack of the fixtures.
pub(super) fn fixture(
    handle: &dyn HostHandle,
    mut work: impl FnMut(&mut Dht),
) -> Result<(), SimError> {
    typed(
        handle,
        "does not support this action: only the stacks kad, kad-identify, evicting and tokio do",
        &mut work,
    )
}

fn typed<B: Any>(
    handle: &dyn HostHandle,
    otherwise: &str,
    work: &mut dyn FnMut(&mut B),
) -> Result<(), SimError> {
    let mut fits = false;
    handle.behaviour(&mut |behaviour| {
        if let Some(behaviour) = behaviour.downcast_mut::<B>() {
            fits = true;
            work(behaviour);
        }
    })?;
    if fits {
        Ok(())
    } else {
        Err(SimError::Other(format!("{} {otherwise}", handle.name())))
    }
}

pub(super) fn message_type(kind: Kind) -> MessageType {
    match kind {
        Kind::FindNode => MessageType::FindNode,
        Kind::GetValue => MessageType::GetValue,
        Kind::PutValue => MessageType::PutValue,
        Kind::GetProviders => MessageType::GetProviders,
        Kind::AddProvider => MessageType::AddProvider,
    }
}
