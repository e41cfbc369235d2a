//! Numbers that look random and are the same each time.

/// A sequence of numbers, made by a linear congruential generator.
pub(crate) struct Draw(u64);

impl Draw {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        // The constants are Knuth's. The low bits are weak, so that the high ones are used.
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 33
    }

    /// A number below `limit`.
    pub(crate) fn below(&mut self, limit: usize) -> usize {
        usize::try_from(self.next()).unwrap_or(0) % limit.max(1)
    }

    /// A number of nanoseconds between two numbers of milliseconds.
    pub(crate) fn millis(&mut self, from: u64, to: u64) -> u64 {
        from * 1_000_000 + self.next() * 1_000 % ((to - from) * 1_000_000)
    }

    /// True in one of `count` cases.
    pub(crate) fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    /// 256 bits as hexadecimal digits.
    pub(crate) fn id(&mut self) -> String {
        (0..8)
            .map(|_| format!("{:08x}", (self.next() << 1) as u32 ^ self.next() as u32))
            .collect()
    }
}
