//! The task that polls a host's swarm.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
};

use futures::{FutureExt, StreamExt};
use libp2p::swarm::{NetworkBehaviour, SwarmEvent};

use super::{
    handle::{Shared, lock},
    notice::Notice,
};
use crate::engine::TURNS_OF_ALL;

/// The maximum number of events of one host before other tasks run.
const BURST: usize = 64;

/// Polls the swarm until the host is closed.
pub(super) struct Driver<B: NetworkBehaviour> {
    shared: Arc<Mutex<Shared<B>>>,
    /// Once the swarm is dropped: the number of turns that its tasks still have to
    /// end.
    drained: Option<u8>,
}

impl<B: NetworkBehaviour> Driver<B> {
    pub(super) fn new(shared: Arc<Mutex<Shared<B>>>) -> Self {
        Driver {
            shared,
            drained: None,
        }
    }
}

impl<B: NetworkBehaviour> Future for Driver<B> {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut shared = lock(&self.shared);
        match self.drained {
            None => {}
            Some(0) => {
                tracing::debug!(peer = %shared.peer, "host closed");
                shared.finish();
                return Poll::Ready(());
            }
            Some(turns) => {
                drop(shared);
                self.drained = Some(turns - 1);
                cx.waker().wake_by_ref();
                return Poll::Pending;
            }
        }
        match &mut shared.driver {
            Some(waker) => waker.clone_from(cx.waker()),
            none => *none = Some(cx.waker().clone()),
        }
        // A panic in a behaviour only takes its own host down.
        let polled = catch_unwind(AssertUnwindSafe(|| shared.poll(cx)));
        if let Ok(Progress::Pending) = polled {
            return Poll::Pending;
        }
        let swarm = shared.take_swarm();
        drop(shared);
        // Dropping a swarm that panicked may panic again. The first panic is the
        // relevant one.
        let _ = catch_unwind(AssertUnwindSafe(|| drop(swarm)));
        // The drop has woken the tasks of the swarm. They run before this task runs
        // again, so `close` completes once they have ended.
        self.drained = Some(TURNS_OF_ALL - 1);
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

enum Progress {
    Pending,
    Closed,
}

impl<B: NetworkBehaviour> Shared<B> {
    fn poll(&mut self, cx: &mut Context<'_>) -> Progress {
        for _ in 0..BURST {
            let Some(swarm) = &mut self.swarm else {
                return Progress::Closed;
            };
            let polled = swarm.poll_next_unpin(cx);
            // Events are large. A reference avoids moving them again.
            match &polled {
                Poll::Ready(Some(event)) => self.on_event(event),
                Poll::Ready(None) | Poll::Pending => return self.poll_closing(cx),
            }
            if self.tap.wants_event()
                && let Poll::Ready(Some(event)) = polled
            {
                self.tap.push(event);
            }
        }
        cx.waker().wake_by_ref();
        Progress::Pending
    }

    fn poll_closing(&mut self, cx: &mut Context<'_>) -> Progress {
        let Some(closing) = &mut self.closing else {
            return Progress::Pending;
        };
        let out_of_time = closing.grace.poll_unpin(cx).is_ready();
        if out_of_time || self.parted() {
            return Progress::Closed;
        }
        Progress::Pending
    }

    fn on_event(&mut self, event: &SwarmEvent<B::ToSwarm>) {
        if let SwarmEvent::NewListenAddr { listener_id, .. } = event
            && !self.listeners.contains(listener_id)
        {
            self.listeners.push(*listener_id);
        }
        self.pending.on_notice(self.peer, &Notice::of_event(event));
        if let Some(swarm) = &mut self.swarm {
            for observer in &mut self.observers {
                observer(swarm, event);
            }
        }
        if self.closing.is_some() {
            self.close_what_came_up();
        }
    }

    /// Closes connections that were established while the host is closing.
    fn close_what_came_up(&mut self) {
        if let Some(swarm) = &mut self.swarm {
            for listener in self.listeners.drain(..) {
                swarm.remove_listener(listener);
            }
        }
        self.part_from_all();
    }
}

/// Without an owner, a swarm would stay alive. When the driver is dropped, for
/// example with its runtime, the swarm is dropped as well.
impl<B: NetworkBehaviour> Drop for Driver<B> {
    fn drop(&mut self) {
        let swarm = {
            let mut shared = lock(&self.shared);
            shared.finish();
            shared.take_swarm()
        };
        drop(swarm);
    }
}
