//! What a test tells the pictures of its run.

use dht_harness_clock::Skew;

use super::control::Sim;
use crate::{
    net::HostId,
    recording::{Disturbance, MarkFailure},
    world::QueryHandle,
};

impl Sim {
    /// Marks this moment in [pictures](super::SimBuilder::view) of the run, as the start of a
    /// step with this text.
    pub fn mark(&mut self, text: impl Into<String>) {
        let now = self.now();
        self.world
            .recorder(|recorder| recorder.mark(now, text.into()));
    }

    /// Marks the step that was [marked](Self::mark) last as failed: what was expected of it, and
    /// what was seen instead.
    pub fn mark_failed(&mut self, expected: impl Into<String>, seen: impl Into<String>) {
        let failure = MarkFailure {
            at: self.now(),
            expected: expected.into(),
            seen: seen.into(),
        };
        self.world
            .recorder(|recorder| recorder.mark_failed(failure));
    }

    /// Sets what [pictures](super::SimBuilder::view) of the run call a query.
    pub fn name_query(&mut self, query: QueryHandle, name: &str) {
        self.world.name_query(query, name);
    }

    /// Shows in [pictures](super::SimBuilder::view) of the run and in the report of its failure
    /// that something hinders these hosts from now on, as faults are shown: until it
    /// [is over](Self::mark_calm), or a host is down. `kind` is its sort, such as
    /// `drop-messages`. For what is no fault of the network: those, pauses, slow hosts and wrong
    /// clocks are shown by themselves.
    pub fn mark_disturbed(
        &mut self,
        hosts: impl IntoIterator<Item = impl Into<HostId>>,
        kind: &'static str,
        says: &str,
    ) {
        let now = self.now();
        let mut disturbances = self.world.disturbances.borrow_mut();
        for host in hosts {
            disturbances.begin(host.into(), kind, says, now);
        }
    }

    /// Shows in pictures and reports that what [hinders](Self::mark_disturbed) these hosts in
    /// this way is over.
    pub fn mark_calm(&mut self, hosts: impl IntoIterator<Item = impl Into<HostId>>, kind: &str) {
        let now = self.now();
        let mut disturbances = self.world.disturbances.borrow_mut();
        for host in hosts {
            disturbances.end(host.into(), kind, now);
        }
    }

    /// Shows what a host's clock is like from now on.
    pub(super) fn note_skew(&mut self, host: HostId, skew: Skew) {
        self.mark_calm([host], Disturbance::SKEW);
        if skew != Skew::default() {
            self.mark_disturbed([host], Disturbance::SKEW, &clock(skew));
        }
    }
}

/// A wrong clock in words.
fn clock(skew: Skew) -> String {
    let mut parts = Vec::new();
    let offset = skew.wall_offset_nanos;
    if offset != 0 {
        let by = std::time::Duration::from_nanos(offset.unsigned_abs());
        let way = if offset > 0 { "ahead" } else { "behind" };
        parts.push(format!("is {by:?} {way}"));
    }
    if skew.rate_ppb != 0 {
        let millionths = skew.rate_ppb.unsigned_abs() as f64 / 1000.0;
        let way = if skew.rate_ppb > 0 { "gains" } else { "loses" };
        parts.push(format!("{way} {millionths} millionths"));
    }
    format!("the clock {}", parts.join(" and "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrong_clock_is_told() {
        for (wall_offset_nanos, rate_ppb, told) in [
            (5_000_000_000, 0, "the clock is 5s ahead"),
            (0, -1_500, "the clock loses 1.5 millionths"),
            (
                -1_000,
                1_000,
                "the clock is 1µs behind and gains 1 millionths",
            ),
        ] {
            let skew = Skew {
                wall_offset_nanos,
                rate_ppb,
            };
            assert_eq!(clock(skew), told);
        }
    }
}
