//! The DHT messages of a run, for checks and conditions.

use std::cell::{Cell, Ref, RefCell};

use super::World;
use crate::{
    net::{ConnId, TransportKind},
    recording::Messages,
    tap::{Tap, TappedMessage},
};

/// The tap of a simulation, and how far the checks have read its messages.
pub(crate) struct Tapped {
    tap: RefCell<Tap>,
    told: Cell<usize>,
    transport: TransportKind,
    /// Whether checks and tests see the messages. If not, they are only recorded.
    is_open: bool,
}

impl Tapped {
    pub(crate) fn new(transport: TransportKind, others: Vec<String>, is_open: bool) -> Self {
        Tapped {
            tap: RefCell::new(Tap::of(others)),
            told: Cell::new(0),
            transport,
            is_open,
        }
    }
}

impl World {
    /// All DHT messages sent so far, in the order of sending. `None` unless
    /// [`SimBuilder::tap`](crate::SimBuilder::tap) was called.
    pub fn messages(&self) -> Option<Ref<'_, [TappedMessage]>> {
        let tapped = self.open_tap()?;
        self.listen(tapped);
        Some(Ref::map(tapped.tap.borrow(), Tap::messages))
    }

    /// The messages of a run that is recorded, whether or not checks see them. `None` if
    /// its transport encrypts.
    pub(crate) fn recorded_messages(&self) -> Option<Messages> {
        let tapped = self.tapped.as_ref()?;
        self.listen(tapped);
        let tap = tapped.tap.borrow();
        (tapped.transport == TransportKind::Mux).then(|| Messages {
            sent: tap.messages().to_vec(),
            under_way: self.fabric().under_way().into_iter().collect(),
            unopened: tap.unopened(),
            filtered: tap.filtered(),
        })
    }

    fn open_tap(&self) -> Option<&Tapped> {
        self.tapped.as_ref().filter(|tapped| tapped.is_open)
    }

    /// Whether the messages of this run are recorded: it has a tap, and its transport
    /// does not encrypt.
    pub fn tap_sees(&self) -> bool {
        self.open_tap()
            .is_some_and(|tapped| tapped.transport == TransportKind::Mux)
    }

    /// Whether the sender of a request on this substream still waits for the answer.
    /// `false` without a tap.
    pub(crate) fn is_waited_for(&self, conn: ConnId, substream: u32) -> bool {
        self.open_tap().is_some_and(|tapped| {
            self.listen(tapped);
            tapped.tap.borrow().is_waited_for(conn, substream)
        })
    }

    /// Whether the sender of a request on this substream has dropped it before the request
    /// arrived. `false` without a tap.
    pub(crate) fn was_abandoned(&self, conn: ConnId, substream: u32) -> bool {
        self.open_tap().is_some_and(|tapped| {
            self.listen(tapped);
            tapped.tap.borrow().was_abandoned(conn, substream)
        })
    }

    /// Calls `f` with the messages that were sent since the last call, if there are
    /// any.
    pub(crate) fn take_messages(&self, f: impl FnOnce(&[TappedMessage])) {
        let Some(tapped) = &self.tapped else { return };
        self.listen(tapped);
        if !tapped.is_open {
            return;
        }
        let tap = tapped.tap.borrow();
        let news = &tap.messages()[tapped.told.get()..];
        if news.is_empty() {
            return;
        }
        tapped.told.set(tap.messages().len());
        f(news);
    }

    /// Decodes new messages. While the list of messages is borrowed, nothing can be
    /// sent, so there are no new ones.
    fn listen(&self, tapped: &Tapped) {
        if let Ok(mut tap) = tapped.tap.try_borrow_mut() {
            self.fabric().drain_wire(&mut |event| tap.hear(event));
        }
    }
}
