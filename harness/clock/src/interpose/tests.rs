//! The C symbols as a C caller sees them.

use super::*;
use crate::{Session, VirtualInstant, advance_to, take_misuses};

fn ask(clock: clockid_t) -> Duration {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the address of a timespec.
    assert_eq!(unsafe { libc::clock_gettime(clock, &mut now) }, 0);
    Duration::new(now.tv_sec as u64, now.tv_nsec as u32)
}

#[test]
fn every_c_clock_is_virtual() {
    let _session = Session::enter(1).unwrap();
    let passed = Duration::from_nanos(1_999_999_999);
    advance_to(VirtualInstant::ZERO + passed);
    for clock in [
        libc::CLOCK_MONOTONIC,
        libc::CLOCK_MONOTONIC_RAW,
        libc::CLOCK_BOOTTIME,
    ] {
        assert_eq!(ask(clock), time::MONOTONIC_BASE + passed);
    }
    for clock in [
        libc::CLOCK_REALTIME,
        libc::CLOCK_REALTIME_COARSE,
        libc::CLOCK_TAI,
    ] {
        assert_eq!(ask(clock), time::WALL_BASE + passed);
    }
    let mut span = timeval {
        tv_sec: 0,
        tv_usec: 0,
    };
    let (mut seconds, mut spec) = (
        0,
        timespec {
            tv_sec: 0,
            tv_nsec: 0,
        },
    );
    let wall = time::WALL_BASE.as_secs() as time_t + 1;
    // SAFETY: the addresses of a timeval, a time_t and a timespec.
    unsafe {
        assert_eq!(libc::gettimeofday(&mut span, ptr::null_mut()), 0);
        assert_eq!(libc::time(&mut seconds), wall);
        let clock = libc::CLOCK_REALTIME;
        assert_eq!(
            libc::syscall(libc::SYS_clock_gettime, clock, &raw mut spec),
            0
        );
    }
    assert_eq!((span.tv_sec, span.tv_usec), (wall, 999_999));
    assert_eq!(
        (seconds, spec.tv_sec, spec.tv_nsec),
        (wall, wall, 999_999_999)
    );
}

#[test]
fn cpu_time_stays_real() {
    let _session = Session::enter(1).unwrap();
    let before = ask(libc::CLOCK_THREAD_CPUTIME_ID);
    while ask(libc::CLOCK_THREAD_CPUTIME_ID) == before {}
}

#[test]
fn other_system_calls_reach_the_kernel() {
    let calls = || {
        // SAFETY: a call without arguments, and one that the kernel refuses.
        let (process, refused) = unsafe {
            (
                libc::syscall(libc::SYS_getpid),
                libc::syscall(libc::SYS_close, -1),
            )
        };
        assert_eq!(process, c_long::from(std::process::id()));
        assert_eq!(refused, -1);
        assert_eq!(
            std::io::Error::last_os_error().raw_os_error(),
            Some(libc::EBADF)
        );
    };
    calls();
    let _session = Session::enter(1).unwrap();
    calls();
}

#[test]
fn seeded_bytes_do_not_depend_on_the_symbol() {
    let bytes = |ask: fn(&mut [u8; 16])| {
        let _session = Session::enter(1).unwrap();
        let mut bytes = [0; 16];
        ask(&mut bytes);
        bytes
    };
    // SAFETY: each call may write the sixteen bytes.
    let all = unsafe {
        [
            bytes(|out| assert_eq!(libc::getrandom(out.as_mut_ptr().cast(), 16, 0), 16)),
            bytes(|out| assert_eq!(libc::getentropy(out.as_mut_ptr().cast(), 16), 0)),
            bytes(|out| {
                assert_eq!(
                    libc::syscall(libc::SYS_getrandom, out.as_mut_ptr(), 16, 0),
                    16
                );
            }),
        ]
    };
    assert_eq!(all, [all[0]; 3]);
}

#[test]
fn c_sleeps_return_at_once() {
    let _session = Session::enter(1).unwrap();
    let hour = timespec {
        tv_sec: 3600,
        tv_nsec: 0,
    };
    let later = timespec {
        tv_sec: 1_003_600,
        tv_nsec: 0,
    };
    let (clock, flag) = (libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME);
    // SAFETY: the addresses of timespecs; the remaining time is not requested.
    unsafe {
        assert_eq!(libc::nanosleep(&hour, ptr::null_mut()), 0);
        assert_eq!(libc::clock_nanosleep(clock, 0, &hour, ptr::null_mut()), 0);
        assert_eq!(
            libc::clock_nanosleep(clock, flag, &later, ptr::null_mut()),
            0
        );
        assert_eq!(libc::usleep(3_600_000_000), 0);
        assert_eq!(libc::sleep(3600), 0);
    }
    let kinds: Vec<_> = take_misuses()
        .into_iter()
        .map(|misuse| misuse.kind)
        .collect();
    assert_eq!(kinds, [MisuseKind::Sleep(Duration::from_secs(3600)); 5]);
}
