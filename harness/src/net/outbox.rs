//! Tokens of waiting tasks, on their way out of the core.
//!
//! The core does not know what a token is. A waiting task leaves one with the
//! core, which hands it out when the wait is over. The caller wakes or drops it
//! after it has released the core, because both may call back into the core.

/// A handle to a waiting task.
pub(super) trait Token: Clone {
    /// Whether both wake the same task, so that one of them suffices.
    fn same(&self, other: &Self) -> bool;
}

/// Tokens to be handed out by the core.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    // Nearly every event wakes at most one task, which needs no allocation.
    first: Option<T>,
    more: Vec<T>,
    /// Tokens that are no longer needed: to be dropped, not woken.
    discarded: Vec<T>,
}

impl<T> Default for Outbox<T> {
    fn default() -> Self {
        Outbox {
            first: None,
            more: Vec::new(),
            discarded: Vec::new(),
        }
    }
}

impl<T: Token> Outbox<T> {
    /// Hands out the token in the slot, if there is one, to be woken.
    pub(super) fn wake(&mut self, slot: &mut Option<T>) {
        let Some(token) = slot.take() else { return };
        if self.first.is_none() {
            self.first = Some(token);
        } else {
            self.more.push(token);
        }
    }

    /// Empties the slot without waking its task.
    pub(super) fn discard(&mut self, slot: &mut Option<T>) {
        self.discarded.extend(slot.take());
    }

    /// Stores a token in the slot.
    pub(super) fn park(&mut self, slot: &mut Option<T>, token: &T) {
        match slot {
            Some(parked) if parked.same(token) => {}
            _ => {
                self.discard(slot);
                *slot = Some(token.clone());
            }
        }
    }

    /// Whether any task is to be woken.
    pub(super) fn wakes(&self) -> bool {
        self.first.is_some()
    }

    /// Takes all tokens out: first those to wake one by one, then the rest to
    /// drop. Returns `None` if there are none, as after most calls.
    pub(super) fn take(&mut self) -> Option<Self> {
        (self.wakes() || !self.discarded.is_empty()).then(|| std::mem::take(self))
    }

    /// Calls `wake` for each token handed out, in order, and drops the rest.
    pub(super) fn flush(self, mut wake: impl FnMut(T)) {
        if let Some(first) = self.first {
            wake(first);
            self.more.into_iter().for_each(wake);
        }
    }
}
