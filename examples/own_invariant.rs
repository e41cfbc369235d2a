//! A custom invariant: no routing table has more than a few entries.

use std::time::Duration;

use dht_harness::{
    Sim, World,
    check::{Invariant, Reporter},
};
use dht_harness_examples::app;

/// Checks that tables stay small.
struct TablesStaySmall {
    most: usize,
}

impl Invariant for TablesStaySmall {
    fn name(&self) -> &'static str {
        "tables-stay-small"
    }

    fn statement(&self) -> &'static str {
        "no routing table has more entries than its limit"
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            let entries = world.table(host).len();
            if entries > self.most {
                report
                    .violated("too-many-entries")
                    .at(host)
                    .expected(format!("at most {} entries", self.most))
                    .seen(entries);
            }
        }
    }
}

fn main() {
    let network = |most| {
        Sim::builder()
            .seed(5)
            .check(TablesStaySmall { most })
            .run(|sim| {
                let hosts = sim.spawn_n(8, "peer", app);
                for host in &hosts[1..] {
                    sim.add_address(host, &hosts[0])?;
                    sim.add_address(&hosts[0], host)?;
                    sim.bootstrap(host)?;
                }
                sim.run_for(Duration::from_secs(60))
            })
    };
    network(7).expect("eight hosts have seven other ones");
    let failure = network(3).expect_err("their tables have more than three entries");
    assert!(failure.violates("tables-stay-small"));
    println!("{failure}");
}
