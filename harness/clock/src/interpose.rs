//! The C symbols from which libraries read time and entropy, defined by the
//! executable in front of the C library's.
//!
//! Rule: on a simulation's thread each function answers from the session; on
//! any other thread it passes its arguments on to [`crate::real`] unchanged.
//! None of them allocates, locks or panics on the way there, because the
//! callers include allocators and threads that are starting or ending.
//!
//! The static linker binds std and all crates to these definitions, and exports
//! them for `dlsym` because the C library defines the same names.

#![expect(
    unsafe_code,
    reason = "defines C symbols and reads their callers' pointers"
)]

use std::{
    ffi::{CStr, c_int, c_long, c_uint, c_void},
    ptr, slice,
    sync::OnceLock,
    time::{Duration, SystemTime, UNIX_EPOCH},
};

use libc::{clockid_t, size_t, ssize_t, time_t, timespec, timeval, useconds_t};

use crate::{MisuseKind, entropy, misuse, owner, real, time};

const NANOS_PER_SECOND: i128 = 1_000_000_000;

/// The longest request `getentropy` accepts, in bytes.
const GETENTROPY_MAX: usize = 256;

/// Whether the process reads from the symbols below. Checked at the start of a
/// session.
#[expect(clippy::disallowed_methods, reason = "asks whether it is virtual")]
pub(crate) fn in_force() -> bool {
    static EXPORTED: OnceLock<bool> = OnceLock::new();
    let exported = *EXPORTED.get_or_init(|| {
        real::look_up();
        // Naming the functions also keeps the linker from leaving them out.
        let ours: [(&CStr, *const ()); 10] = [
            (c"clock_gettime", clock_gettime as *const ()),
            (c"gettimeofday", gettimeofday as *const ()),
            (c"time", time as *const ()),
            (c"getrandom", getrandom as *const ()),
            (c"getentropy", getentropy as *const ()),
            (c"syscall", syscall as *const ()),
            (c"nanosleep", nanosleep as *const ()),
            (c"clock_nanosleep", clock_nanosleep as *const ()),
            (c"usleep", usleep as *const ()),
            (c"sleep", sleep as *const ()),
        ];
        ours.iter().all(|&(name, function)| {
            // SAFETY: the name is a C string.
            let found = unsafe { libc::dlsym(libc::RTLD_DEFAULT, name.as_ptr()) };
            ptr::eq(found.cast(), function)
        })
    });
    exported && SystemTime::now() == UNIX_EPOCH + time::WALL_BASE
}

/// What a virtual clock shows, in nanoseconds; `None` for clocks that stay real.
fn read(clock: clockid_t) -> Option<i128> {
    match clock {
        libc::CLOCK_MONOTONIC
        | libc::CLOCK_MONOTONIC_RAW
        | libc::CLOCK_MONOTONIC_COARSE
        | libc::CLOCK_BOOTTIME
        | libc::CLOCK_BOOTTIME_ALARM => Some(owner::monotonic_nanos()),
        libc::CLOCK_REALTIME
        | libc::CLOCK_REALTIME_COARSE
        | libc::CLOCK_REALTIME_ALARM
        | libc::CLOCK_TAI => Some(owner::wall_nanos()),
        _ => None,
    }
}

/// Whole seconds and the nanoseconds of the next.
fn split(nanos: i128) -> (time_t, c_long) {
    // Libraries read the clock very often, and 128-bit division is slow.
    if let Ok(nanos) = u64::try_from(nanos) {
        let second = NANOS_PER_SECOND as u64;
        return ((nanos / second) as time_t, (nanos % second) as c_long);
    }
    // Neither cast truncates: the clocks span some hundred years around 2026.
    (
        nanos.div_euclid(NANOS_PER_SECOND) as time_t,
        nanos.rem_euclid(NANOS_PER_SECOND) as c_long,
    )
}

/// # Safety
///
/// `time` must be null or valid for reads.
unsafe fn nanos_of(time: *const timespec) -> i128 {
    if time.is_null() {
        return 0;
    }
    // SAFETY: the caller's promise.
    let time = unsafe { time.read() };
    i128::from(time.tv_sec) * NANOS_PER_SECOND + i128::from(time.tv_nsec)
}

fn duration(nanos: i128) -> Duration {
    Duration::from_nanos(u64::try_from(nanos.max(0)).unwrap_or(u64::MAX))
}

fn record_sleep(nanos: i128) {
    misuse::record(MisuseKind::Sleep(duration(nanos)));
}

/// Fills the caller's buffer from the session; false outside a simulation.
///
/// # Safety
///
/// `out` must be valid for writes of `length` bytes.
unsafe fn fill(out: *mut c_void, length: size_t) -> bool {
    if !time::is_active() {
        return false;
    }
    if length == 0 {
        // Zero bytes may come with any address, even one that no slice may
        // have.
        return true;
    }
    let out = out.cast::<u8>();
    // SAFETY: the caller's promise; zeroing initialises what becomes a slice.
    let bytes = unsafe {
        out.write_bytes(0, length);
        slice::from_raw_parts_mut(out, length)
    };
    entropy::fill(bytes)
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_gettime(clock: clockid_t, out: *mut timespec) -> c_int {
    if time::is_active()
        && let Some(nanos) = read(clock)
    {
        let (tv_sec, tv_nsec) = split(nanos);
        // SAFETY: the caller passes the address of a timespec.
        unsafe { out.write(timespec { tv_sec, tv_nsec }) };
        return 0;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::clock_gettime(clock, out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn gettimeofday(out: *mut timeval, zone: *mut c_void) -> c_int {
    if time::is_active() && !out.is_null() {
        let (tv_sec, nanos) = split(owner::wall_nanos());
        // SAFETY: the caller passes the address of a timeval.
        unsafe {
            out.write(timeval {
                tv_sec,
                tv_usec: nanos / 1000,
            })
        };
        return 0;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::gettimeofday(out, zone) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn time(out: *mut time_t) -> time_t {
    if time::is_active() {
        let (seconds, _) = split(owner::wall_nanos());
        if !out.is_null() {
            // SAFETY: the caller passes null or the address of a time_t.
            unsafe { out.write(seconds) };
        }
        return seconds;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::time(out) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getrandom(out: *mut c_void, length: size_t, flags: c_uint) -> ssize_t {
    // SAFETY: the caller's arguments.
    unsafe {
        if fill(out, length) {
            return length as ssize_t;
        }
        real::getrandom(out, length, flags)
    }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn getentropy(out: *mut c_void, length: size_t) -> c_int {
    // SAFETY: the caller's arguments.
    unsafe {
        // Requests that are too long are an error, which the real function
        // reports.
        if length <= GETENTROPY_MAX && fill(out, length) {
            return 0;
        }
        real::getentropy(out, length)
    }
}

/// Declared variadic in C. Integers travel in the same registers and stack slots
/// whether variadic or not on both architectures; those the caller did not pass
/// are read as whatever is there and ignored by the kernel, as in the C
/// library's own implementation.
#[unsafe(no_mangle)]
#[inline(never)]
unsafe extern "C" fn syscall(
    number: c_long,
    a: c_long,
    b: c_long,
    c: c_long,
    d: c_long,
    e: c_long,
    f: c_long,
) -> c_long {
    // SAFETY: each call has the arguments of the system call it stands for.
    unsafe {
        if time::is_active() {
            match number {
                // getrandom 0.2 uses this call.
                libc::SYS_getrandom => {
                    return getrandom(a as *mut c_void, b as size_t, c as c_uint) as c_long;
                }
                libc::SYS_clock_gettime => {
                    return c_long::from(clock_gettime(a as clockid_t, b as *mut timespec));
                }
                libc::SYS_futex if d != 0 && is_futex_wait(b as c_int) => {
                    return futex_wait(a, b as c_int, c, d as *const timespec, e, f);
                }
                _ => {}
            }
        }
        real::syscall(number, [a, b, c, d, e, f])
    }
}

fn is_futex_wait(operation: c_int) -> bool {
    matches!(
        operation & libc::FUTEX_CMD_MASK,
        libc::FUTEX_WAIT | libc::FUTEX_WAIT_BITSET
    )
}

/// A futex wait with a time limit, on which std and `parking_lot` build their
/// waits. A virtual deadline means nothing to the kernel, which might wait for
/// days. So the limit is treated as expired, and the rest is a real futex call.
///
/// # Safety
///
/// As for the system call; `limit` must be valid for reads.
unsafe fn futex_wait(
    word: c_long,
    operation: c_int,
    expected: c_long,
    limit: *const timespec,
    second_word: c_long,
    bits: c_long,
) -> c_long {
    // SAFETY: the caller's promise.
    let limit = unsafe { nanos_of(limit) };
    record_sleep(match operation & libc::FUTEX_CMD_MASK {
        libc::FUTEX_WAIT => limit,
        _ if operation & libc::FUTEX_CLOCK_REALTIME != 0 => limit - owner::wall_nanos(),
        _ => limit - owner::monotonic_nanos(),
    });
    let passed = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    let arguments = [
        word,
        c_long::from(operation),
        expected,
        &raw const passed as c_long,
        second_word,
        bits,
    ];
    // SAFETY: the caller's arguments, but for the limit, which is a timespec.
    unsafe { real::syscall(libc::SYS_futex, arguments) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn nanosleep(wanted: *const timespec, left: *mut timespec) -> c_int {
    if time::is_active() {
        // SAFETY: the caller passes the address of a timespec.
        record_sleep(unsafe { nanos_of(wanted) });
        return 0;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::nanosleep(wanted, left) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    wanted: *const timespec,
    left: *mut timespec,
) -> c_int {
    if time::is_active() {
        // SAFETY: the caller passes the address of a timespec.
        let wanted = unsafe { nanos_of(wanted) };
        let absolute = flags & libc::TIMER_ABSTIME != 0;
        record_sleep(if absolute {
            wanted - read(clock).unwrap_or(wanted)
        } else {
            wanted
        });
        return 0;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::clock_nanosleep(clock, flags, wanted, left) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn usleep(micros: useconds_t) -> c_int {
    if time::is_active() {
        record_sleep(i128::from(micros) * 1000);
        return 0;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::usleep(micros) }
}

#[unsafe(no_mangle)]
unsafe extern "C" fn sleep(seconds: c_uint) -> c_uint {
    if time::is_active() {
        record_sleep(i128::from(seconds) * NANOS_PER_SECOND);
        return 0;
    }
    // SAFETY: the caller's arguments.
    unsafe { real::sleep(seconds) }
}

#[cfg(test)]
mod tests;
