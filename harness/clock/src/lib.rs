//! Virtual time, timers and entropy for one OS thread at a time.
//!
//! A simulation runs on one fresh OS thread. Between [`Session::enter`] and the
//! drop of the [`Session`], everything libraries read on that thread about time
//! and chance is virtual and seeded: `std::time::Instant`, `SystemTime`, the
//! generators of `rand` and `getrandom`, and the `RandomState` of std. Every
//! other thread of the process keeps the machine's clocks and entropy.
//!
//! # Responsibility
//!
//! This crate answers the C symbols from which those libraries read, holds the
//! simulation's timers, and tracks the host on whose behalf code runs
//! ([`Owner`]). It makes no decisions: the driver of the simulation moves the
//! clock ([`advance_to`]) and fires the timers ([`fire_next`]).
//!
//! It must not know of hosts, networks, tasks or libp2p: an owner is a number.
//! It is the only crate of the project with unsafe code.
//!
//! | module | responsibility | depends on |
//! |---|---|---|
//! | `instant` | instants of virtual time | |
//! | `time` | whether a thread is a simulation, and its true time | instant |
//! | `entropy` | seeded bytes | |
//! | `numbers` | renumbering of identifiers from process-wide counters | time |
//! | `owner` | the host on whose behalf code runs, and its clock | time |
//! | `misuse` | calls that have no place in a simulation | owner |
//! | `timer` | timers on virtual time | owner |
//! | `real` | the C library's own functions | |
//! | `interpose` | the C symbols | entropy, misuse, real |
//! | `session` | a simulation on a thread, from start to end | interpose, numbers, timer |
//!
//! # What it covers
//!
//! | C symbol | On a simulation's thread |
//! |---|---|
//! | `clock_gettime`, `gettimeofday`, `time` | virtual time; CPU-time clocks stay real |
//! | `getrandom`, `getentropy`, `syscall(SYS_getrandom, ..)` | seeded bytes |
//! | `nanosleep`, `clock_nanosleep`, `usleep`, `sleep` | return at once, recorded as a [`Misuse`] |
//! | `syscall(SYS_futex, ..)` with a time limit | limit taken as passed, recorded as a [`Misuse`] |
//!
//! Not covered: reading `/dev/urandom`, CPU instructions such as `rdtsc` and
//! `rdrand`, `poll` and `epoll_wait` with a time limit, and `timerfd`.
//!
//! # One fresh thread per simulation
//!
//! A thread can be entered twice, but std's `RandomState` and the thread
//! generators of `rand` seed themselves once per thread and keep their state,
//! so the second simulation on a thread does not repeat the first. Repeatable
//! runs each need a thread of their own.
//!
//! # Platforms
//!
//! Linux with glibc on x86-64 and aarch64, in an ordinary (dynamically linked)
//! executable. Elsewhere [`Session::enter`] returns [`EnterError::Unsupported`]
//! and changes nothing.

#![deny(missing_docs)]
#![deny(unsafe_op_in_unsafe_fn)]

mod entropy;
mod instant;
mod misuse;
mod numbers;
mod owner;
mod session;
mod time;
mod timer;

#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod interpose;
#[cfg(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
))]
mod real;

/// Platforms without the interposed symbols.
#[cfg(not(all(
    target_os = "linux",
    target_env = "gnu",
    target_pointer_width = "64",
    any(target_arch = "x86_64", target_arch = "aarch64")
)))]
mod interpose {
    pub(crate) fn in_force() -> bool {
        false
    }
}

pub use entropy::draws;
pub use instant::VirtualInstant;
pub use misuse::{Misuse, MisuseKind, take_misuses};
pub use numbers::{PROCESS_WIDE, forget_numbers, renumbered};
pub use owner::{Owner, OwnerGuard, Skew, owner, run_as, set_owner_resolver, set_skew};
pub use session::{EnterError, Session};
pub use time::{advance_to, is_active, now, real_now};
pub use timer::{Fired, Timer, fire_next, next_timer, timers, timers_of};
