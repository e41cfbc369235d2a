//! The C library's own functions, behind the symbols of [`crate::interpose`].
//!
//! They are looked up once, before `main` or at the latest by the first
//! session: never from within a symbol, because the caller may be an allocator,
//! a signal handler or the lookup itself. Until then the system call is made
//! directly.

#![expect(
    unsafe_code,
    reason = "calls C functions through pointers, and the kernel"
)]

use std::{
    ffi::{CStr, c_int, c_long, c_uint, c_void},
    marker::PhantomData,
    mem, ptr,
    sync::atomic::{AtomicPtr, Ordering},
};

use libc::{clockid_t, size_t, ssize_t, time_t, timespec, timeval, useconds_t};

type ClockGettime = unsafe extern "C" fn(clockid_t, *mut timespec) -> c_int;
type Gettimeofday = unsafe extern "C" fn(*mut timeval, *mut c_void) -> c_int;
type Time = unsafe extern "C" fn(*mut time_t) -> time_t;
type Getrandom = unsafe extern "C" fn(*mut c_void, size_t, c_uint) -> ssize_t;
type Getentropy = unsafe extern "C" fn(*mut c_void, size_t) -> c_int;
type Nanosleep = unsafe extern "C" fn(*const timespec, *mut timespec) -> c_int;
type ClockNanosleep =
    unsafe extern "C" fn(clockid_t, c_int, *const timespec, *mut timespec) -> c_int;
type Usleep = unsafe extern "C" fn(useconds_t) -> c_int;
type Sleep = unsafe extern "C" fn(c_uint) -> c_uint;

// SAFETY: each type is the C declaration of the named function.
static CLOCK_GETTIME: Symbol<ClockGettime> = unsafe { Symbol::new(c"clock_gettime") };
// SAFETY: as above.
static GETTIMEOFDAY: Symbol<Gettimeofday> = unsafe { Symbol::new(c"gettimeofday") };
// SAFETY: as above.
static TIME: Symbol<Time> = unsafe { Symbol::new(c"time") };
// SAFETY: as above.
static GETRANDOM: Symbol<Getrandom> = unsafe { Symbol::new(c"getrandom") };
// SAFETY: as above.
static GETENTROPY: Symbol<Getentropy> = unsafe { Symbol::new(c"getentropy") };
// SAFETY: as above.
static NANOSLEEP: Symbol<Nanosleep> = unsafe { Symbol::new(c"nanosleep") };
// SAFETY: as above.
static CLOCK_NANOSLEEP: Symbol<ClockNanosleep> = unsafe { Symbol::new(c"clock_nanosleep") };
// SAFETY: as above.
static USLEEP: Symbol<Usleep> = unsafe { Symbol::new(c"usleep") };
// SAFETY: as above.
static SLEEP: Symbol<Sleep> = unsafe { Symbol::new(c"sleep") };

/// Looks all functions up before `main`, while there is one thread.
#[used]
// SAFETY: the section holds pointers to `extern "C"` functions, which the
// loader calls after it has relocated this object and initialised the C library.
#[unsafe(link_section = ".init_array")]
static AT_START: extern "C" fn() = look_up;

/// Looks up what has not been found yet.
pub(crate) extern "C" fn look_up() {
    CLOCK_GETTIME.look_up();
    GETTIMEOFDAY.look_up();
    TIME.look_up();
    GETRANDOM.look_up();
    GETENTROPY.look_up();
    NANOSLEEP.look_up();
    CLOCK_NANOSLEEP.look_up();
    USLEEP.look_up();
    SLEEP.look_up();
}

/// A function of the C library, of type `F`.
struct Symbol<F> {
    name: &'static CStr,
    address: AtomicPtr<c_void>,
    function: PhantomData<fn() -> F>,
}

impl<F: Copy> Symbol<F> {
    /// # Safety
    ///
    /// `F` must be the type of a pointer to the C function `name`.
    const unsafe fn new(name: &'static CStr) -> Self {
        Self {
            name,
            address: AtomicPtr::new(ptr::null_mut()),
            function: PhantomData,
        }
    }

    fn look_up(&self) {
        if self.address.load(Ordering::Relaxed).is_null() {
            // SAFETY: the name is a C string.
            let address = unsafe { libc::dlsym(libc::RTLD_NEXT, self.name.as_ptr()) };
            self.address.store(address, Ordering::Relaxed);
        }
    }

    fn get(&self) -> Option<F> {
        const { assert!(size_of::<F>() == size_of::<*mut c_void>()) };
        let address = self.address.load(Ordering::Relaxed);
        if address.is_null() {
            return None;
        }
        // SAFETY: by the contract of `new`, the address is a pointer of type `F`.
        Some(unsafe { mem::transmute_copy::<*mut c_void, F>(&address) })
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn clock_gettime(clock: clockid_t, out: *mut timespec) -> c_int {
    // SAFETY: the caller's promise; the kernel takes the same arguments.
    unsafe {
        match CLOCK_GETTIME.get() {
            Some(real) => real(clock, out),
            None => syscall(
                libc::SYS_clock_gettime,
                [c_long::from(clock), address(out), 0, 0, 0, 0],
            ) as c_int,
        }
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn gettimeofday(out: *mut timeval, zone: *mut c_void) -> c_int {
    // SAFETY: the caller's promise; the kernel takes the same arguments.
    unsafe {
        match GETTIMEOFDAY.get() {
            Some(real) => real(out, zone),
            None => syscall(
                libc::SYS_gettimeofday,
                [address(out), address(zone), 0, 0, 0, 0],
            ) as c_int,
        }
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn time(out: *mut time_t) -> time_t {
    let mut now = timespec {
        tv_sec: 0,
        tv_nsec: 0,
    };
    // SAFETY: the caller's promise; `now` is a timespec, and aarch64 has no
    // system call `time`.
    unsafe {
        if let Some(real) = TIME.get() {
            return real(out);
        }
        clock_gettime(libc::CLOCK_REALTIME_COARSE, &mut now);
        if !out.is_null() {
            out.write(now.tv_sec);
        }
    }
    now.tv_sec
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn getrandom(out: *mut c_void, length: size_t, flags: c_uint) -> ssize_t {
    // SAFETY: the caller's promise; the kernel takes the same arguments.
    unsafe {
        match GETRANDOM.get() {
            Some(real) => real(out, length, flags),
            None => {
                let arguments = [address(out), length as c_long, c_long::from(flags), 0, 0, 0];
                syscall(libc::SYS_getrandom, arguments) as ssize_t
            }
        }
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn getentropy(out: *mut c_void, length: size_t) -> c_int {
    // SAFETY: the caller's promise. The kernel answers up to 256 bytes, the
    // limit of `getentropy`, in one call.
    unsafe {
        match GETENTROPY.get() {
            Some(real) => real(out, length),
            None if length > 256 => fail(libc::EIO) as c_int,
            None if getrandom(out, length, 0) == length as ssize_t => 0,
            None => -1,
        }
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn nanosleep(wanted: *const timespec, left: *mut timespec) -> c_int {
    // SAFETY: the caller's promise; the kernel takes the same arguments.
    unsafe {
        match NANOSLEEP.get() {
            Some(real) => real(wanted, left),
            None => {
                let arguments = [address(wanted), address(left), 0, 0, 0, 0];
                syscall(libc::SYS_nanosleep, arguments) as c_int
            }
        }
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn clock_nanosleep(
    clock: clockid_t,
    flags: c_int,
    wanted: *const timespec,
    left: *mut timespec,
) -> c_int {
    // SAFETY: the caller's promise; the kernel takes the same arguments. The C
    // function returns the error itself, not through `errno`.
    unsafe {
        match CLOCK_NANOSLEEP.get() {
            Some(real) => real(clock, flags, wanted, left),
            None => {
                let (clock, flags) = (c_long::from(clock), c_long::from(flags));
                let arguments = [clock, flags, address(wanted), address(left), 0, 0];
                -(raw(libc::SYS_clock_nanosleep, arguments) as c_int)
            }
        }
    }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn usleep(micros: useconds_t) -> c_int {
    if let Some(real) = USLEEP.get() {
        // SAFETY: the caller's promise.
        return unsafe { real(micros) };
    }
    let wanted = timespec {
        tv_sec: time_t::from(micros / 1_000_000),
        tv_nsec: c_long::from(micros % 1_000_000) * 1000,
    };
    // SAFETY: `wanted` is a timespec and the remaining time is not requested.
    unsafe { nanosleep(&wanted, ptr::null_mut()) }
}

/// # Safety
///
/// As for the C function.
pub(crate) unsafe fn sleep(seconds: c_uint) -> c_uint {
    if let Some(real) = SLEEP.get() {
        // SAFETY: the caller's promise.
        return unsafe { real(seconds) };
    }
    let mut time = timespec {
        tv_sec: time_t::from(seconds),
        tv_nsec: 0,
    };
    let wanted = &raw mut time;
    // SAFETY: both arguments are the same timespec, as the C function permits.
    match unsafe { nanosleep(wanted, wanted) } {
        0 => 0,
        _ => c_uint::try_from(time.tv_sec).unwrap_or(seconds),
    }
}

/// The C function `syscall`: a failure is -1, with the error in `errno`.
///
/// # Safety
///
/// As for the system call.
#[inline(always)]
pub(crate) unsafe fn syscall(number: c_long, arguments: [c_long; 6]) -> c_long {
    // SAFETY: the caller's promise.
    let result = unsafe { raw(number, arguments) };
    // The kernel reserves the last 4095 values for errors.
    if (-4095..0).contains(&result) {
        fail(-result as c_int)
    } else {
        result
    }
}

fn fail(error: c_int) -> c_long {
    // SAFETY: the C library returns the address of this thread's `errno`.
    unsafe { libc::__errno_location().write(error) };
    -1
}

fn address<T>(pointer: *const T) -> c_long {
    pointer as c_long
}

/// # Safety
///
/// As for the system call.
#[inline(always)]
unsafe fn raw(number: c_long, arguments: [c_long; 6]) -> c_long {
    let [a, b, c, d, e, f] = arguments;
    let result;
    #[cfg(target_arch = "x86_64")]
    // SAFETY: the kernel's calling convention; the call itself is the caller's promise.
    unsafe {
        std::arch::asm!(
            "syscall",
            inlateout("rax") number => result,
            in("rdi") a, in("rsi") b, in("rdx") c, in("r10") d, in("r8") e, in("r9") f,
            lateout("rcx") _, lateout("r11") _,
            options(nostack),
        );
    }
    #[cfg(target_arch = "aarch64")]
    // SAFETY: the kernel's calling convention; the call itself is the caller's promise.
    unsafe {
        std::arch::asm!(
            "svc 0",
            in("x8") number,
            inlateout("x0") a => result,
            in("x1") b, in("x2") c, in("x3") d, in("x4") e, in("x5") f,
            options(nostack),
        );
    }
    result
}
