//! The timers of a simulation.
//!
//! A slab of entries and a binary heap of `(due, arming, slot)`. Arming numbers
//! are unique, so a heap record is valid exactly as long as its slot still
//! holds its arming; cancelled records stay until they surface or outnumber the
//! valid ones. Timers due at the same instant fire in the order of arming.
//!
//! Wakers are cloned, woken and dropped only while nothing is borrowed: each of
//! the three may run foreign code that comes back here.

use std::{
    cell::RefCell,
    cmp::Reverse,
    collections::BinaryHeap,
    mem::ManuallyDrop,
    task::{Poll, Waker},
    time::Duration,
};

use crate::{Owner, VirtualInstant, owner, time};

/// Below this many records, cancelled ones are not worth removing.
const SMALL_HEAP: usize = 64;

thread_local! {
    /// Emptied at the end of a session, so no destructor is needed at the end
    /// of the thread. Without a destructor, an access need not check whether it
    /// has run; each poll of a task makes several accesses.
    static TIMERS: RefCell<ManuallyDrop<Timers>> =
        const { RefCell::new(ManuallyDrop::new(Timers::new())) };
}

/// One virtual timer; what the futures-timer drop-in is made of.
///
/// A timer belongs to the session in which it was made. Used or dropped on
/// another thread or after the end of its session it is inert: it stays pending
/// and never panics. If it is dropped elsewhere while its session goes on, it
/// stays armed there until it is due.
#[derive(Debug)]
pub struct Timer {
    session: u64,
    slot: u32,
}

impl Timer {
    /// A timer due after `duration`, measured by the clock of its owner, which
    /// is [`owner()`](crate::owner()). `None` outside a simulation.
    ///
    /// A duration past the end of virtual time is due at [`VirtualInstant::MAX`].
    pub fn after(duration: Duration) -> Option<Self> {
        if !time::is_active() {
            return None;
        }
        let owner = owner::owner();
        let due = owner::due_after(owner, duration);
        let slot = TIMERS
            .try_with(|timers| timers.borrow_mut().insert(owner, due))
            .ok()?;
        Some(Self {
            session: time::id(),
            slot,
        })
    }

    /// Arms the timer again, due `duration` from now by its owner's clock.
    ///
    /// The waker of the last [`poll`](Self::poll) stays registered if it has not
    /// been woken. A timer without owner takes the current one.
    pub fn reset(&mut self, duration: Duration) {
        let current = owner::owner();
        self.with(|timers| {
            let owner = timers.slot(self.slot).owner.or(current);
            timers.rearm(self.slot, owner, owner::due_after(owner, duration));
        });
    }

    /// Returns ready once [`fire_next`] has fired the timer, until it is reset.
    /// Otherwise registers `waker` in place of the former one.
    ///
    /// Reaching the due instant is not enough: each expiry is one step of the
    /// simulation, and even a zero duration returns control to the driver
    /// first.
    pub fn poll(&mut self, waker: &Waker) -> Poll<()> {
        let known = self.with(|timers| match timers.slot(self.slot) {
            Slot { armed: None, .. } => Known::Fired,
            Slot {
                waker: Some(former),
                ..
            } if former.will_wake(waker) => Known::Registered,
            _ => Known::Other,
        });
        match known {
            Some(Known::Fired) => Poll::Ready(()),
            Some(Known::Other) => self.register(waker),
            Some(Known::Registered) | None => Poll::Pending,
        }
    }

    /// Kept out of [`poll`](Self::poll), which usually finds the waker
    /// registered already.
    #[inline(never)]
    fn register(&self, waker: &Waker) -> Poll<()> {
        let waker = waker.clone();
        let _former = self.with(|timers| timers.slot(self.slot).waker.replace(waker));
        Poll::Pending
    }

    /// Runs `f` on the timers of this thread if this timer is one of them. `f`
    /// must not run foreign code.
    fn with<R>(&self, f: impl FnOnce(&mut Timers) -> R) -> Option<R> {
        if self.session != time::id() {
            return None;
        }
        TIMERS.try_with(|timers| f(&mut timers.borrow_mut())).ok()
    }
}

impl Drop for Timer {
    fn drop(&mut self) {
        let _waker = self.with(|timers| timers.remove(self.slot));
    }
}

/// What `poll` finds in its slot.
enum Known {
    Fired,
    Registered,
    Other,
}

/// A timer that [`fire_next`] has fired.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Fired {
    /// The true instant at which the timer was due.
    pub at: VirtualInstant,
    /// The owner of the timer.
    pub owner: Option<Owner>,
}

/// When the earliest armed timer of this thread is due. The instant may be in
/// the past if the clock was moved past it. `None` without timers.
pub fn next_timer() -> Option<VirtualInstant> {
    with_active(|timers| timers.earliest().map(|record| record.due)).flatten()
}

/// Fires the earliest timer that is due by now and wakes its waker, if it has
/// one. Returns `None` when none is due.
///
/// Each call fires one timer; those due at the same instant fire in the order
/// in which they were armed.
pub fn fire_next() -> Option<Fired> {
    let (fired, waker) = with_active(|timers| timers.fire(time::true_now())).flatten()?;
    if let Some(waker) = waker {
        waker.wake();
    }
    Some(fired)
}

/// The number of armed timers of an owner.
pub fn timers_of(owner: Owner) -> usize {
    with_active(|timers| timers.armed_of.get(owner.0 as usize).copied())
        .flatten()
        .unwrap_or(0)
}

/// The number of armed timers of this thread.
pub fn timers() -> usize {
    with_active(|timers| timers.armed).unwrap_or(0)
}

/// Drops all wakers. Returns false if there were none.
pub(crate) fn release_wakers() -> bool {
    let wakers: Vec<Waker> = with_active(|timers| {
        timers
            .slots
            .iter_mut()
            .filter_map(|slot| slot.waker.take())
            .collect()
    })
    .unwrap_or_default();
    !wakers.is_empty()
}

/// Forgets all timers.
pub(crate) fn clear() {
    let timers = TIMERS.replace(ManuallyDrop::new(Timers::new()));
    drop(ManuallyDrop::into_inner(timers));
}

fn with_active<R>(f: impl FnOnce(&mut Timers) -> R) -> Option<R> {
    if !time::is_active() {
        return None;
    }
    TIMERS.try_with(|timers| f(&mut timers.borrow_mut())).ok()
}

/// The heap's record of an armed timer; ordered as timers fire.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Record {
    due: VirtualInstant,
    arming: u64,
    slot: u32,
}

struct Slot {
    /// The number of the arming that has not fired yet.
    armed: Option<u64>,
    owner: Option<Owner>,
    waker: Option<Waker>,
}

struct Timers {
    slots: Vec<Slot>,
    free: Vec<u32>,
    heap: BinaryHeap<Reverse<Record>>,
    next_arming: u64,
    /// Armed timers, which is also the number of valid records in the heap.
    armed: usize,
    /// The same by owner number.
    armed_of: Vec<usize>,
}

impl Timers {
    const fn new() -> Self {
        Self {
            slots: Vec::new(),
            free: Vec::new(),
            heap: BinaryHeap::new(),
            next_arming: 0,
            armed: 0,
            armed_of: Vec::new(),
        }
    }

    fn slot(&mut self, slot: u32) -> &mut Slot {
        &mut self.slots[slot as usize]
    }

    fn insert(&mut self, owner: Option<Owner>, due: VirtualInstant) -> u32 {
        let slot = self.free.pop().unwrap_or_else(|| {
            let slot = u32::try_from(self.slots.len()).expect("fewer than 2^32 timers");
            self.slots.push(Slot {
                armed: None,
                owner: None,
                waker: None,
            });
            slot
        });
        self.rearm(slot, owner, due);
        slot
    }

    /// Arms a slot, armed or not, for `owner`.
    fn rearm(&mut self, slot: u32, owner: Option<Owner>, due: VirtualInstant) {
        self.disarm(slot);
        let arming = self.next_arming;
        self.next_arming += 1;
        let entry = self.slot(slot);
        entry.armed = Some(arming);
        entry.owner = owner;
        self.armed += 1;
        if let Some(Owner(number)) = owner {
            let index = number as usize;
            if self.armed_of.len() <= index {
                self.armed_of.resize(index + 1, 0);
            }
            self.armed_of[index] += 1;
        }
        self.heap.push(Reverse(Record { due, arming, slot }));
        self.compact();
    }

    /// Leaves the slot's heap record, if any, behind as a cancelled one.
    fn disarm(&mut self, slot: u32) {
        let entry = self.slot(slot);
        if entry.armed.take().is_none() {
            return;
        }
        let owner = entry.owner;
        self.armed -= 1;
        if let Some(Owner(number)) = owner {
            self.armed_of[number as usize] -= 1;
        }
    }

    fn remove(&mut self, slot: u32) -> Option<Waker> {
        self.disarm(slot);
        self.free.push(slot);
        self.compact();
        self.slot(slot).waker.take()
    }

    /// The first valid record; removes the cancelled ones before it.
    fn earliest(&mut self) -> Option<Record> {
        while let Some(&Reverse(record)) = self.heap.peek() {
            if self.slot(record.slot).armed == Some(record.arming) {
                return Some(record);
            }
            self.heap.pop();
        }
        None
    }

    fn fire(&mut self, now: VirtualInstant) -> Option<(Fired, Option<Waker>)> {
        let record = self.earliest().filter(|record| record.due <= now)?;
        self.heap.pop();
        self.disarm(record.slot);
        let entry = self.slot(record.slot);
        Some((
            Fired {
                at: record.due,
                owner: entry.owner,
            },
            entry.waker.take(),
        ))
    }

    /// Removes the cancelled records once they are the majority: in place, and
    /// rarely enough to cost each arming a constant.
    fn compact(&mut self) {
        if self.heap.len() > SMALL_HEAP && self.heap.len() > 2 * self.armed {
            let slots = &self.slots;
            self.heap
                .retain(|Reverse(record)| slots[record.slot as usize].armed == Some(record.arming));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_resets_keep_the_memory_as_it_is() {
        let _session = crate::Session::enter(1).unwrap();
        let second = Duration::from_secs(1);
        let mut kept: Vec<_> = (0..100).filter_map(|_| Timer::after(second)).collect();
        let size =
            || TIMERS.with_borrow(|timers| (timers.slots.capacity(), timers.heap.capacity()));
        for round in 0..1000 {
            kept[round % 100].reset(second);
        }
        let steady = size();
        for round in 0..10_000 {
            kept[round % 100].reset(second);
            drop(Timer::after(second));
        }
        assert_eq!(size().1, steady.1);
        assert_eq!(timers(), 100);
        TIMERS.with_borrow(|timers| {
            assert_eq!(timers.slots.len(), 101);
            assert!(timers.heap.len() <= 2 * 100 + 1);
        });
    }
}
