//! On whose behalf code runs, and how that host's clock differs from the
//! simulation's.
//!
//! The clock is read through plain cells because the reader may be an
//! allocator. The table of skews is consulted only when the owner or its skew
//! changes, or when a resolver has to name the owner.

#![expect(
    clippy::disallowed_types,
    reason = "its hash is not seeded, and it is never iterated"
)]

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
    fmt,
    hash::{BuildHasherDefault, Hasher},
    marker::PhantomData,
    time::Duration,
};

use crate::{
    VirtualInstant,
    instant::saturating_nanos,
    time::{self, MONOTONIC_BASE, WALL_BASE},
};

const NANOS_PER_SECOND: u128 = 1_000_000_000;

type Resolver = fn() -> Option<Owner>;

thread_local! {
    static OWNER: Cell<Option<Owner>> = const { Cell::new(None) };
    static RESOLVER: Cell<Option<Resolver>> = const { Cell::new(None) };
    static RESOLVING: Cell<bool> = const { Cell::new(false) };
    /// The clock of `OWNER`.
    static CLOCK: Cell<HostClock> = const { Cell::new(HostClock::TRUE) };
    /// Whether any host has a skew. If none has, the table need not be
    /// consulted.
    static SKEWED: Cell<bool> = const { Cell::new(false) };
    static CLOCKS: RefCell<OwnerMap<HostClock>> =
        const { RefCell::new(HashMap::with_hasher(BuildHasherDefault::new())) };
}

/// The host on whose behalf code runs: its number, counted from 0. Plain data
/// to this crate, except that there are lists indexed by these numbers.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug)]
pub struct Owner(pub u32);

/// The difference between a host's clock and the simulation's. The default is
/// no difference.
#[derive(Clone, Copy, PartialEq, Eq, Default, Debug)]
pub struct Skew {
    /// Nanoseconds the host's wall clock is ahead (negative: behind), on top of
    /// what its rate has gained or lost.
    pub wall_offset_nanos: i64,
    /// Nanoseconds the host's clocks gain in each second of true time: 0 is
    /// exact, 1,000,000 is 0.1 % fast. More than -1,000,000,000.
    pub rate_ppb: i64,
}

/// The owner of the code that runs on this thread: the one set by [`run_as`],
/// else the one named by the resolver of [`set_owner_resolver`]. `None` outside
/// a simulation.
pub fn owner() -> Option<Owner> {
    if !time::is_active() {
        return None;
    }
    OWNER.get().or_else(resolve)
}

/// Sets the owner until the guard is dropped, which restores the former one.
/// Has no effect outside a simulation.
pub fn run_as(owner: Owner) -> OwnerGuard {
    let session = time::id();
    let former = OWNER.get();
    if time::is_active() {
        switch_to(Some(owner));
    }
    OwnerGuard {
        former,
        session,
        not_send: PhantomData,
    }
}

/// Sets the function that names the owner on this thread when none is set by
/// [`run_as`]. It stays in place from session to session.
///
/// Once any host has a [`Skew`], the function is also called when the clock is
/// read, from within C symbols: it must not panic, allocate or read the clock.
pub fn set_owner_resolver(resolver: Option<fn() -> Option<Owner>>) {
    RESOLVER.set(resolver);
}

/// Sets the skew of a host's clocks from now on.
///
/// The host's monotonic time is continuous and never goes backwards; its wall
/// clock may jump. Timers that are armed keep the true instant at which they
/// are due. `Instant`s read on behalf of different owners are not comparable.
///
/// # Panics
///
/// Panics outside a simulation, and if the rate would stop or reverse the
/// clock.
pub fn set_skew(owner: Owner, skew: Skew) {
    let now = time::now()
        .expect("clocks are skewed only inside a simulation")
        .as_nanos();
    assert!(
        skew.rate_ppb > -1_000_000_000,
        "the clock would not go forward with {skew:?}"
    );
    let elapsed = clock_of(Some(owner)).elapsed_at(now);
    let clock = HostClock {
        since: now,
        elapsed,
        skew,
    };
    let _ = CLOCKS.try_with(|clocks| clocks.borrow_mut().insert(owner, clock));
    SKEWED.set(true);
    if OWNER.get() == Some(owner) {
        CLOCK.set(clock);
    }
}

/// Restores the former owner when dropped. See [`run_as`].
#[must_use = "the former owner is restored when this value is dropped"]
pub struct OwnerGuard {
    former: Option<Owner>,
    session: u64,
    not_send: PhantomData<*const ()>,
}

impl Drop for OwnerGuard {
    fn drop(&mut self) {
        // A guard that outlives its session has nothing to restore.
        if time::is_active() && self.session == time::id() {
            switch_to(self.former);
        }
    }
}

impl fmt::Debug for OwnerGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("OwnerGuard")
            .field("former", &self.former)
            .finish_non_exhaustive()
    }
}

/// What the running host's monotonic clock shows, in nanoseconds.
pub(crate) fn monotonic_nanos() -> i128 {
    let elapsed = running_clock().elapsed_at(time::true_now().as_nanos());
    MONOTONIC_BASE.as_nanos() as i128 + i128::from(elapsed)
}

/// What the running host's wall clock shows, in nanoseconds since the Unix epoch.
pub(crate) fn wall_nanos() -> i128 {
    let clock = running_clock();
    let elapsed = clock.elapsed_at(time::true_now().as_nanos());
    WALL_BASE.as_nanos() as i128 + i128::from(elapsed) + i128::from(clock.skew.wall_offset_nanos)
}

/// The true instant at which `duration` of the owner's time will have passed.
pub(crate) fn due_after(owner: Option<Owner>, duration: Duration) -> VirtualInstant {
    clock_of(owner).due_after(time::true_now(), duration)
}

pub(crate) fn clear() {
    OWNER.set(None);
    CLOCK.set(HostClock::TRUE);
    SKEWED.set(false);
    let _ = CLOCKS.try_with(|clocks| clocks.take());
}

/// The clock of the current owner. libp2p reads it very often.
#[inline]
fn running_clock() -> HostClock {
    match SKEWED.get() && OWNER.get().is_none() {
        true => clock_of(resolve()),
        false => CLOCK.get(),
    }
}

fn resolve() -> Option<Owner> {
    // A resolver that reads the clock would otherwise recurse without end.
    if RESOLVING.get() {
        return None;
    }
    let resolver = RESOLVER.get()?;
    RESOLVING.set(true);
    let owner = resolver();
    RESOLVING.set(false);
    owner
}

fn switch_to(owner: Option<Owner>) {
    OWNER.set(owner);
    if SKEWED.get() {
        CLOCK.set(clock_of(owner));
    }
}

fn clock_of(owner: Option<Owner>) -> HostClock {
    let Some(owner) = owner.filter(|_| SKEWED.get()) else {
        return HostClock::TRUE;
    };
    // `try_borrow`: the table's own allocation may read the clock.
    CLOCKS
        .try_with(|clocks| clocks.try_borrow().ok()?.get(&owner).copied())
        .ok()
        .flatten()
        .unwrap_or(HostClock::TRUE)
}

/// A straight line from true time to a host's time.
#[derive(Clone, Copy, PartialEq, Debug)]
struct HostClock {
    /// True time since which the skew applies, in nanoseconds.
    since: u64,
    /// The host's time at that moment, in nanoseconds since the start.
    elapsed: u64,
    skew: Skew,
}

impl HostClock {
    /// The clock of a host without skew.
    const TRUE: Self = Self {
        since: 0,
        elapsed: 0,
        skew: Skew {
            wall_offset_nanos: 0,
            rate_ppb: 0,
        },
    };

    /// The host's nanoseconds per second of true time.
    fn rate(self) -> u128 {
        // Positive, as `set_skew` refuses others.
        (NANOS_PER_SECOND as i128 + i128::from(self.skew.rate_ppb)) as u128
    }

    /// The host's time at the true time `now`, rounded down.
    #[inline]
    fn elapsed_at(self, now: u64) -> u64 {
        let passed = now - self.since;
        if self.skew.rate_ppb == 0 {
            return self.elapsed.saturating_add(passed);
        }
        let own = u128::from(passed) * self.rate() / NANOS_PER_SECOND;
        self.elapsed
            .saturating_add(u64::try_from(own).unwrap_or(u64::MAX))
    }

    /// The first true instant at which the host's clock shows `duration` more
    /// than it does at `now`: the exact inverse of `elapsed_at`.
    fn due_after(self, now: VirtualInstant, duration: Duration) -> VirtualInstant {
        if self.skew.rate_ppb == 0 {
            return now.saturating_add(duration);
        }
        let wanted = self
            .elapsed_at(now.as_nanos())
            .saturating_add(saturating_nanos(duration));
        let own = u128::from(wanted - self.elapsed);
        let passed = (own * NANOS_PER_SECOND).div_ceil(self.rate());
        let due = u128::from(self.since).saturating_add(passed);
        VirtualInstant::from_nanos(u64::try_from(due).unwrap_or(u64::MAX)).max(now)
    }
}

/// A map whose order never matters and whose hashing takes no entropy, as that
/// would change the bytes the simulation sees.
type OwnerMap<V> = HashMap<Owner, V, BuildHasherDefault<OwnerHasher>>;

#[derive(Default)]
struct OwnerHasher(u64);

impl Hasher for OwnerHasher {
    fn write(&mut self, bytes: &[u8]) {
        for &byte in bytes {
            self.write_u32(u32::from(byte));
        }
    }

    fn write_u32(&mut self, number: u32) {
        // Fibonacci hashing: consecutive numbers spread over the high bits.
        self.0 = (self.0 ^ u64::from(number)).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }

    fn finish(&self) -> u64 {
        // The table takes its bucket from the low bits.
        self.0.rotate_left(32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_due_instant_is_the_first_at_which_the_duration_has_passed() {
        for rate_ppb in [1_000_000, -1_000_000, 7, -7, 999_999_937, -999_999_937] {
            let skew = Skew {
                wall_offset_nanos: 0,
                rate_ppb,
            };
            let clock = HostClock {
                since: 17,
                elapsed: 5,
                skew,
            };
            for (now, nanos) in [(17, 0), (17, 1), (1_000_003, 999_999_999), (123_456_789, 1)] {
                let due =
                    clock.due_after(VirtualInstant::from_nanos(now), Duration::from_nanos(nanos));
                let wanted = clock.elapsed_at(now) + nanos;
                assert!(
                    clock.elapsed_at(due.as_nanos()) >= wanted,
                    "{rate_ppb} {now} {nanos}"
                );
                let before = due.as_nanos().saturating_sub(1).max(now);
                assert!(
                    before == due.as_nanos() || clock.elapsed_at(before) < wanted,
                    "{rate_ppb} {now} {nanos}"
                );
            }
        }
    }

    #[test]
    fn extremes_saturate() {
        for rate_ppb in [i64::MAX, -999_999_999] {
            let skew = Skew {
                wall_offset_nanos: i64::MIN,
                rate_ppb,
            };
            let clock = HostClock {
                since: 0,
                elapsed: 0,
                skew,
            };
            clock.elapsed_at(u64::MAX);
            clock.due_after(VirtualInstant::MAX, Duration::MAX);
            assert_eq!(
                clock.due_after(VirtualInstant::ZERO, Duration::ZERO),
                VirtualInstant::ZERO
            );
        }
    }

    #[test]
    fn owners_nest_and_the_resolver_is_asked_last() {
        assert_eq!(owner(), None);
        drop(run_as(Owner(9)));
        let session = crate::Session::enter(1).unwrap();
        set_owner_resolver(Some(|| Some(Owner(7))));
        assert_eq!(owner(), Some(Owner(7)));
        let outer = run_as(Owner(1));
        {
            let _inner = run_as(Owner(2));
            assert_eq!(owner(), Some(Owner(2)));
        }
        assert_eq!(owner(), Some(Owner(1)));
        drop(session);
        assert_eq!(owner(), None);
        let _next = crate::Session::enter(1).unwrap();
        set_owner_resolver(None);
        drop(outer);
        assert_eq!(owner(), None);
    }
}
