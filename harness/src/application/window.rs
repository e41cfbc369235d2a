//! The place where a behaviour lies while its application does not use it.

use std::{
    collections::VecDeque,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::Waker,
};

use libp2p::swarm::NetworkBehaviour;

use super::order::Order;
use crate::{
    DeterministicOrder,
    dht::{AnyDht, DhtBehaviour},
};

/// The behaviour in its wrapper, as its application and the harness use it in turn.
pub(super) type Inner<B> = Box<DeterministicOrder<B>>;

/// The place where a behaviour lies while its application does not use it.
///
/// The application owns the swarm, so the harness cannot reach into it. Instead
/// [`Observed`](super::Observed) puts the behaviour here whenever the swarm has
/// polled it to the end, and takes it out before anything else touches it. Between
/// two polls of the application the harness can work on it here.
pub(super) struct Window<B: NetworkBehaviour> {
    state: Mutex<State<B>>,
}

struct State<B: NetworkBehaviour> {
    /// `None` while the application has it.
    inner: Option<Inner<B>>,
    /// Wakes the task that polls the swarm.
    swarm: Option<Waker>,
    orders: VecDeque<Order>,
}

impl<B: NetworkBehaviour> Window<B> {
    /// A window of a behaviour that its application has.
    pub(super) fn new() -> Arc<Self> {
        Arc::new(Window {
            state: Mutex::new(State {
                inner: None,
                swarm: None,
                orders: VecDeque::new(),
            }),
        })
    }

    /// Puts the behaviour where the harness can reach it.
    pub(super) fn put(&self, inner: Inner<B>, swarm: &Waker) {
        let mut state = self.state();
        state.inner = Some(inner);
        match &mut state.swarm {
            Some(waker) => waker.clone_from(swarm),
            none => *none = Some(swarm.clone()),
        }
    }

    /// Takes the behaviour for the application.
    pub(super) fn take(&self) -> Inner<B> {
        let mut state = self.state();
        state
            .inner
            .take()
            .expect("the behaviour is in the window unless its wrapper has it")
    }

    /// What the harness has ordered first.
    pub(super) fn next_order(&self) -> Option<Order> {
        self.state().orders.pop_front()
    }

    fn state(&self) -> MutexGuard<'_, State<B>> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A window, whatever the behaviour.
pub(super) trait AnyWindow: Send + Sync {
    /// Works on the DHT. `false` if the application has it: it is used outside a
    /// poll of the swarm, and the swarm was not polled since.
    fn peek(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> bool;

    /// Lets the swarm do something.
    fn order(&self, order: Order);

    /// Lets the swarm be polled.
    fn wake(&self);
}

impl<B> AnyWindow for Window<B>
where
    B: DhtBehaviour + Send,
    B::ToSwarm: Send,
{
    fn peek(&self, work: &mut dyn FnMut(&mut dyn AnyDht)) -> bool {
        match &mut self.state().inner {
            Some(inner) => {
                work(inner.kad());
                true
            }
            None => false,
        }
    }

    fn order(&self, order: Order) {
        self.state().orders.push_back(order);
        self.wake();
    }

    fn wake(&self) {
        let swarm = self.state().swarm.clone();
        if let Some(swarm) = swarm {
            swarm.wake();
        }
        crate::engine::rouse();
    }
}
