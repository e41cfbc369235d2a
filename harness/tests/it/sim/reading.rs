//! Only tests read tables from the swarm. Checks use the last read table.

use std::time::Duration;

use dht_harness::{
    Sim, SimBuilder, SimError, TransportKind, World,
    check::{Invariant, Reporter},
    net::HostId,
    trace::Digest,
};

use super::{on, peer};

/// Accesses tables at every moment, which must not change the run.
struct Curious;

impl Invariant for Curious {
    fn name(&self) -> &'static str {
        "curious"
    }

    fn statement(&self) -> &'static str {
        "a table that was just read is the one that a check sees"
    }

    fn after_event(&mut self, world: &World, touched: &[HostId], _: &mut Reporter) {
        for host in touched {
            let before = world.table_read_at(host);
            world.table(host);
            assert_eq!(world.table_read_at(host), before);
        }
    }

    fn after_step(&mut self, world: &World, _: &mut Reporter) {
        for host in world.hosts() {
            assert_eq!(world.table_read_at(host), Some(world.now()));
            if world.now().since_start() > Duration::from_secs(1) {
                assert!(!world.table(host).is_empty());
            }
        }
    }
}

fn digest(sim: SimBuilder) -> Digest {
    let body = |sim: &mut Sim| -> Result<(), SimError> {
        let hosts = sim.spawn_n(5, "h", peer);
        for pair in hosts.windows(2) {
            sim.add_address(&pair[0], &pair[1])?;
            sim.add_address(&pair[1], &pair[0])?;
        }
        sim.run_for(Duration::from_secs(30))
    };
    let run = sim.run(body);
    run.unwrap_or_else(|failure| panic!("{failure}")).end.digest
}

#[test]
fn a_check_that_accesses_tables_does_not_change_the_run() {
    for transport in TransportKind::ALL {
        assert_eq!(digest(on(transport).check(Curious)), digest(on(transport)));
    }
}

#[test]
fn a_condition_reads_the_current_table() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.add_address(&a, &b)?;
        let (host, known) = (a.id(), b.peer_id());
        sim.run_until(Duration::ZERO, |world| world.table(host).contains(&known))
    });
}
