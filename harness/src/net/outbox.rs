//! Tokens of those who wait for the network, on their way out of it.
//!
//! The core does not know what a token is. Whoever waits leaves one, and gets
//! it back when the wait is over; the caller acts on it, or drops it, once it
//! no longer holds the core, because both may call back into the core.

/// What a waiting party leaves with the core.
pub(super) trait Token: Clone {
    /// Whether the two lead to the same party, so that one will do.
    fn same(&self, other: &Self) -> bool;
}

/// Tokens that leave the core.
#[derive(Debug)]
pub(super) struct Outbox<T> {
    // Nearly every event frees one waiter at most: no allocation for it.
    first: Option<T>,
    more: Vec<T>,
    /// Tokens nobody needs any more: to be dropped, not to be woken.
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
    /// Hands out the token in the slot, if there is one.
    pub(super) fn wake(&mut self, slot: &mut Option<T>) {
        let Some(token) = slot.take() else { return };
        if self.first.is_none() {
            self.first = Some(token);
        } else {
            self.more.push(token);
        }
    }

    /// Empties the slot without waking anybody.
    pub(super) fn discard(&mut self, slot: &mut Option<T>) {
        self.discarded.extend(slot.take());
    }

    /// Leaves a token in the slot.
    pub(super) fn park(&mut self, slot: &mut Option<T>, token: &T) {
        match slot {
            Some(parked) if parked.same(token) => {}
            _ => {
                self.discard(slot);
                *slot = Some(token.clone());
            }
        }
    }

    /// Whether somebody is to be woken.
    pub(super) fn wakes(&self) -> bool {
        self.first.is_some()
    }

    /// Takes everything out: those to wake one by one, then the rest to drop.
    /// None, and no work, if there is nothing, as after most calls.
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
