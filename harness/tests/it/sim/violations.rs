//! The text of a violation.

use std::time::Duration;

use dht_harness::{
    Sim, TransportKind, World,
    check::{Invariant, Reporter},
};

use super::{on, peer};

/// An invariant that is violated by the second entry of a table.
struct AtMostOneEntry;

impl Invariant for AtMostOneEntry {
    fn name(&self) -> &'static str {
        "lonely-tables"
    }

    fn statement(&self) -> &'static str {
        "no table has two entries"
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            let seen = world.table(host).len();
            if seen > 1 {
                report.violated(&[host], "table", None, "at most one", seen.to_string());
            }
        }
    }
}

#[test]
fn the_table_changes_between_two_reads_are_shown() {
    let outcome = on(TransportKind::Mux)
        .check(AtMostOneEntry)
        .run(|sim: &mut Sim| {
            let (a, b, c) = (
                sim.spawn("a", peer),
                sim.spawn("b", peer),
                sim.spawn("c", peer),
            );
            for (known, wait) in [(&b, 1), (&c, 2)] {
                sim.add_address(&a, known)?;
                sim.run_for(Duration::from_secs(wait))?;
            }
            Ok(())
        });
    let failure = outcome.unwrap_err().to_string();
    for line in [
        "violated: lonely-tables",
        "  table of a, read at 1.000000000s and at 3.000000000s:\n    + c connected /ip4/",
    ] {
        assert!(failure.contains(line), "{line:?} is missing in\n{failure}");
    }
    assert!(!failure.contains("+ b"), "{failure}");
}
