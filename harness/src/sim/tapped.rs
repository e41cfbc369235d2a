//! The messages of the DHT as checks and predicates see them.

use std::cell::{Cell, Ref, RefCell};

use super::{node::TransportKind, world::World};
use crate::{
    net::ConnId,
    tap::{Tap, TappedMessage},
};

/// The tap of a simulation, and how far the checks have listened.
pub(super) struct Tapped {
    tap: RefCell<Tap>,
    told: Cell<usize>,
    transport: TransportKind,
}

impl Tapped {
    pub(super) fn new(transport: TransportKind) -> Self {
        Tapped {
            tap: RefCell::default(),
            told: Cell::new(0),
            transport,
        }
    }
}

impl World {
    /// Every message of the DHT that was sent so far, in the order of sending.
    /// `None` unless [`SimBuilder::tap`](super::SimBuilder::tap) was called.
    pub fn messages(&self) -> Option<Ref<'_, [TappedMessage]>> {
        let tapped = self.tapped.as_ref()?;
        self.listen(tapped);
        Some(Ref::map(tapped.tap.borrow(), Tap::messages))
    }

    /// Whether the messages of this run can be seen: it has a tap, and its
    /// transport does not encrypt.
    pub fn tap_sees(&self) -> bool {
        self.tapped
            .as_ref()
            .is_some_and(|tapped| tapped.transport == TransportKind::Mux)
    }

    /// Whether who has sent a request on this substream still waits for the
    /// answer. `false` without a tap.
    pub(crate) fn is_waited_for(&self, conn: ConnId, substream: u32) -> bool {
        self.tapped.as_ref().is_some_and(|tapped| {
            self.listen(tapped);
            tapped.tap.borrow().is_waited_for(conn, substream)
        })
    }

    /// Tells the checks what was said since the last call.
    pub(super) fn tell_messages(&self) {
        let Some(tapped) = &self.tapped else { return };
        self.listen(tapped);
        let tap = tapped.tap.borrow();
        let news = &tap.messages()[tapped.told.get()..];
        if news.is_empty() {
            return;
        }
        tapped.told.set(tap.messages().len());
        self.check(|check, world, report| {
            for message in news {
                check.after_message(world, message, report);
            }
        });
    }

    /// Takes in what was sent. While somebody looks at the messages nothing can
    /// be sent, so there is nothing to take in.
    fn listen(&self, tapped: &Tapped) {
        if let Ok(mut tap) = tapped.tap.try_borrow_mut() {
            self.fabric().drain_wire(&mut |event| tap.hear(event));
        }
    }
}
