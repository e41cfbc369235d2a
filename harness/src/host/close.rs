//! What closing means, step by step.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    time::Duration,
};

use futures_timer::Delay;
use libp2p::{PeerId, Swarm, swarm::NetworkBehaviour};

use super::handle::Shared;

/// How long a host says goodbye, in its own time, before it drops what is left.
const GRACE: Duration = Duration::from_secs(1);

/// A host that says goodbye.
pub(super) struct Closing {
    pub(super) grace: Delay,
}

impl<B: NetworkBehaviour> Shared<B> {
    /// From here on the host takes no order. Listeners go first, so that
    /// no new connection comes in, then the connections.
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

    /// Closes whatever is connected now: a behaviour may have dialled since.
    pub(super) fn part_from_all(&mut self) {
        if let Some(swarm) = &mut self.swarm {
            let connected: Vec<PeerId> = swarm.connected_peers().copied().collect();
            for peer in connected {
                // The error says that no peer was connected, which is the aim.
                let _ = swarm.disconnect_peer_id(peer);
            }
        }
    }

    /// Whether nothing is left to say goodbye to.
    pub(super) fn parted(&self) -> bool {
        self.swarm
            .as_ref()
            .is_none_or(|swarm| swarm.network_info().num_peers() == 0)
    }

    /// Takes the swarm out, to be dropped without the lock. Dropping it ends its
    /// pending dials, its inbound handshakes and the tasks of connections that
    /// did not close in time.
    #[must_use]
    pub(super) fn take_swarm(&mut self) -> Option<Swarm<B>> {
        self.closing = None;
        self.pending.close(self.peer);
        self.observers.clear();
        let mut swarm = self.swarm.take();
        while let (Some(swarm), Some(last)) = (&mut swarm, self.before_drop.pop()) {
            // One that panics, which the panic hook has told, stops no other.
            let _ = catch_unwind(AssertUnwindSafe(|| last(swarm)));
        }
        swarm
    }

    /// The last step: answers all who wait.
    pub(super) fn finish(&mut self) {
        self.gone = true;
        for waiter in self.closed_waiters.drain(..) {
            // A caller that no longer waits is no error.
            let _ = waiter.send(());
        }
    }
}
