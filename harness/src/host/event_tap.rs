//! Records the events of a swarm that a test waits for.

use std::collections::VecDeque;

use libp2p::swarm::SwarmEvent;

/// Records the events of a swarm while a caller waits for one of them.
///
/// Recorded events that were not taken are kept until the swarm emits an event while
/// no caller waits. Two consecutive calls therefore miss no event.
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

    /// Whether the next event should be [pushed](Self::push). If not, the recorded
    /// events are discarded.
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
