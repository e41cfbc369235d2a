//! Faults are in force as long as their guards exist.

use std::time::Duration;

use dht_harness::{
    Sim, SimError, SimHost, TransportKind,
    net::{CutScope, Latency, LinkScope, NetError},
};

use super::{Kad, on, peer};

const SECOND: Duration = Duration::from_secs(1);

fn three(sim: &mut Sim) -> Vec<SimHost<Kad>> {
    sim.spawn_n(3, "h", peer)
}

fn in_force(sim: &Sim) -> usize {
    let faults = sim.world().fault_report().into_iter();
    faults.filter(|fault| fault.healed_at.is_none()).count()
}

#[test]
fn a_fault_is_healed_when_its_guard_is_dropped() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = three(sim);
        {
            let _split = sim.partition(&[&[&hosts[0], &hosts[1]], &[&hosts[2]]]);
            sim.connect(&hosts[0], &hosts[1])?;
            assert!(sim.connect(&hosts[0], &hosts[2]).is_err());
            assert_eq!(in_force(sim), 1);
        }
        assert_eq!(in_force(sim), 0);
        sim.connect(&hosts[0], &hosts[2])
    });
}

#[test]
fn a_fault_made_permanent_stays_in_force() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = three(sim);
        let fault = sim.blackhole(&hosts[0], &hosts[1]).forever();
        assert!(sim.connect(&hosts[0], &hosts[1]).is_err());
        sim.heal(fault)?;
        sim.connect(&hosts[0], &hosts[1])?;
        assert_eq!(sim.heal(fault), Err(NetError::NotInForce { fault }.into()));
        Ok(())
    });
}

#[test]
fn an_error_in_the_body_heals_the_installed_faults() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = three(sim);
        let mut fails = || -> Result<(), SimError> {
            let _cut = sim.cut([&hosts[0]], &hosts[1..], CutScope::All);
            sim.connect(&hosts[0], &hosts[1])
        };
        assert!(fails().is_err());
        assert_eq!(in_force(sim), 0);
        Ok(())
    });
}

#[test]
fn a_guard_of_a_healed_fault_does_nothing() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = three(sim);
        let stall = sim.stall(&hosts[0], &hosts[1]);
        sim.heal_all();
        let healed_at = sim.world().fault_report()[0].healed_at;
        sim.run_for(SECOND)?;
        stall.heal();
        assert_eq!(sim.world().fault_report()[0].healed_at, healed_at);
        Ok(())
    });
}

#[test]
fn a_latency_applies_to_a_pair_or_to_all_links() {
    on(TransportKind::Mux).test(|sim| {
        let hosts = three(sim);
        let dial = |sim: &mut Sim, to: usize| -> Result<Duration, SimError> {
            let start = sim.now();
            sim.connect(&hosts[0], &hosts[to])?;
            sim.disconnect(&hosts[0], &hosts[to])?;
            Ok(sim.now().saturating_since(start))
        };
        let plain = dial(sim, 1)?;
        let slow = Latency::Constant(SECOND);
        let pair = sim.set_latency((&hosts[0], &hosts[1]), slow.clone());
        assert!(dial(sim, 1)? >= 2 * SECOND);
        assert_eq!(dial(sim, 2)?, plain);
        pair.heal();
        let _all = sim.set_latency(LinkScope::All, slow);
        assert!(dial(sim, 2)? >= 2 * SECOND);
        Ok(())
    });
}
