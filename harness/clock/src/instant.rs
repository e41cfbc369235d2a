//! Instants of virtual time. Plain numbers: nothing here reads a clock.

use std::{fmt, ops::Add, time::Duration};

/// Instant on a simulation's clock: nanoseconds since the start of the simulation.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Debug)]
pub struct VirtualInstant(u64);

impl VirtualInstant {
    /// The start of the simulation.
    pub const ZERO: Self = Self(0);

    /// The end of virtual time, about 584 years after the start.
    pub const MAX: Self = Self(u64::MAX);

    /// The instant `nanos` nanoseconds after the start.
    pub const fn from_nanos(nanos: u64) -> Self {
        Self(nanos)
    }

    /// Nanoseconds since the start.
    pub const fn as_nanos(self) -> u64 {
        self.0
    }

    /// Time since the start.
    pub const fn since_start(self) -> Duration {
        Duration::from_nanos(self.0)
    }

    /// The instant `duration` later, at most [`VirtualInstant::MAX`].
    pub fn saturating_add(self, duration: Duration) -> Self {
        Self(self.0.saturating_add(saturating_nanos(duration)))
    }

    /// The instant `duration` earlier, at least [`VirtualInstant::ZERO`].
    pub fn saturating_sub(self, duration: Duration) -> Self {
        VirtualInstant(self.0.saturating_sub(saturating_nanos(duration)))
    }

    /// Time from `earlier` to this instant; zero if `earlier` is the later one.
    pub fn saturating_since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

/// # Panics
///
/// When the sum lies after [`VirtualInstant::MAX`].
impl Add<Duration> for VirtualInstant {
    type Output = Self;

    fn add(self, duration: Duration) -> Self {
        u64::try_from(duration.as_nanos())
            .ok()
            .and_then(|nanos| self.0.checked_add(nanos))
            .map(Self)
            .expect("instant after the end of virtual time")
    }
}

/// Seconds since the start with nine decimals: `12.345678901s`.
impl fmt::Display for VirtualInstant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (seconds, nanos) = (self.0 / 1_000_000_000, self.0 % 1_000_000_000);
        // Through `pad`, so that width and alignment of the caller apply.
        f.pad(&format!("{seconds}.{nanos:09}s"))
    }
}

/// Nanoseconds of a duration, at most `u64::MAX`.
pub(crate) fn saturating_nanos(duration: Duration) -> u64 {
    u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn displays_seconds_with_nine_decimals() {
        assert_eq!(
            VirtualInstant::from_nanos(12_345_678_901).to_string(),
            "12.345678901s"
        );
        assert_eq!(VirtualInstant::ZERO.to_string(), "0.000000000s");
        assert_eq!(
            format!("{:>14}", VirtualInstant::from_nanos(1)),
            "  0.000000001s"
        );
    }

    #[test]
    fn arithmetic_stays_within_virtual_time() {
        let second = VirtualInstant::ZERO + Duration::from_secs(1);
        assert_eq!(second.since_start(), Duration::from_secs(1));
        assert_eq!(second.saturating_add(Duration::MAX), VirtualInstant::MAX);
        assert_eq!(
            VirtualInstant::ZERO.saturating_since(second),
            Duration::ZERO
        );
        assert_eq!(
            second.saturating_since(VirtualInstant::ZERO),
            Duration::from_secs(1)
        );
    }

    #[test]
    #[should_panic(expected = "after the end of virtual time")]
    fn addition_past_the_end_panics() {
        let _ = VirtualInstant::MAX + Duration::from_nanos(1);
    }
}
