//! Events of a swarm that a test waits for.

use std::collections::VecDeque;

use libp2p::swarm::SwarmEvent;

/// Keeps the events of a swarm while a caller waits for one of them.
///
/// What was kept and not taken stays until the swarm emits an event while no
/// caller waits: two calls with nothing in between miss no event.
pub(super) struct EventTap<E> {
    open: bool,
    kept: VecDeque<SwarmEvent<E>>,
}

impl<E> Default for EventTap<E> {
    fn default() -> Self {
        EventTap {
            open: false,
            // Allocates with the first event.
            kept: VecDeque::new(),
        }
    }
}

impl<E> EventTap<E> {
    pub(super) fn set_open(&mut self, open: bool) {
        self.open = open;
    }

    /// Whether the next event is to be [pushed](Self::push). If it is not, what was
    /// kept before it is forgotten.
    pub(super) fn wants_event(&mut self) -> bool {
        if !self.open && !self.kept.is_empty() {
            self.kept.clear();
        }
        self.open
    }

    pub(super) fn push(&mut self, event: SwarmEvent<E>) {
        self.kept.push_back(event);
    }

    pub(super) fn pop(&mut self) -> Option<SwarmEvent<E>> {
        self.kept.pop_front()
    }
}
