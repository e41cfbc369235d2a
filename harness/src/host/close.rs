//! The steps of closing a host.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use futures_timer::Delay;
use libp2p::{PeerId, Swarm, swarm::NetworkBehaviour};

use super::handle::Shared;

/// How long a host closes connections gracefully, in its own time, before it drops
/// the rest.
const GRACE: Duration = Duration::from_secs(1);

/// The state of a host that is closing.
pub(super) struct Closing {
    pub(super) grace: Delay,
}

impl<B: NetworkBehaviour> Shared<B> {
    /// From here on the host rejects all calls. Listeners are closed first, so that
    /// no new connection arrives, then the connections.
    pub(super) fn start_closing(&mut self) {
        if self.closing.is_some() {
            return;
        }
        let Some(swarm) = &mut self.swarm else {
            return;
        };
        self.closing = Some(Closing {
            grace: Delay::new(GRACE),
        });
        for listener in self.listeners.drain(..) {
            swarm.remove_listener(listener);
        }
        self.part_from_all();
        self.pending.close(self.peer);
    }

    /// Closes all current connections. A behaviour may have dialled in the meantime.
    pub(super) fn part_from_all(&mut self) {
        if let Some(swarm) = &mut self.swarm {
            let connected: Vec<PeerId> = swarm.connected_peers().copied().collect();
            for peer in connected {
                // An error means that no peer was connected, which is the goal.
                let _ = swarm.disconnect_peer_id(peer);
            }
        }
    }

    /// Whether no connection or listener is left to close.
    pub(super) fn parted(&self) -> bool {
        self.swarm
            .as_ref()
            .is_none_or(|swarm| swarm.network_info().num_peers() == 0)
    }

    /// Removes the swarm, so that it can be dropped without the lock. Dropping it
    /// ends its pending dials, its inbound handshakes and the tasks of connections
    /// that did not close in time.
    #[must_use]
    pub(super) fn take_swarm(&mut self) -> Option<Box<Swarm<B>>> {
        self.closing = None;
        self.pending.close(self.peer);
        self.observers.clear();
        let mut swarm = self.swarm.take();
        while let (Some(swarm), Some(last)) = (&mut swarm, self.before_drop.pop()) {
            // A hook that panics does not prevent the others. The panic hook has
            // recorded the panic.
            let _ = catch_unwind(AssertUnwindSafe(|| last(swarm)));
        }
        swarm
    }

    /// The last step: notifies all waiting callers.
    pub(super) fn finish(&mut self) {
        self.gone = true;
        for waiter in self.closed_waiters.drain(..) {
            // The caller may no longer be waiting.
            let _ = waiter.send(());
        }
    }
}
