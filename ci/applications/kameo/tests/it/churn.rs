//! An hour in which nodes leave, crash and come back.

use std::collections::BTreeSet;

use dht_harness::{Sim, SimError, sim::Restart};

use crate::nodes::{MINUTE, Member, SECOND, actor, dial, lookup, mesh, try_register};

const NODES: usize = 15;

/// For how many minutes a node is away.
const AWAY: usize = 3;

/// The node that goes in a minute. The first one stays.
fn goes(minute: usize) -> usize {
    1 + minute * 5 % (NODES - 1)
}

#[derive(Clone, Copy)]
enum Going {
    Leaves,
    Crashes,
}

/// Every minute a node goes, and another one comes back and dials all. Then one registers
/// an actor, and another one looks it up. Returns how many registrations have failed.
fn an_hour_of_churn(sim: &mut Sim, going: Going) -> Result<usize, SimError> {
    let nodes = mesh(sim, NODES)?;
    let mut away = BTreeSet::new();
    let mut failed = 0;
    for minute in 0..60 {
        let goes_now = &nodes[goes(minute)];
        match going {
            Going::Leaves => sim.close(goes_now)?,
            Going::Crashes => sim.crash(goes_now)?,
        }
        away.insert(goes(minute));
        if let Some(before) = minute.checked_sub(AWAY) {
            let returns = &nodes[goes(before)];
            sim.restart(returns, Restart::default())?;
            sim.run_for(SECOND)?;
            away.remove(&goes(before));
            for other in here(&nodes, &away) {
                if other.id() != returns.id() {
                    dial(sim, returns, other)?.expect("a connection");
                }
            }
        }
        sim.run_for(MINUTE)?;

        let here = here(&nodes, &away);
        let one = here[minute * 3 % here.len()];
        let other = here[(minute * 3 + 5) % here.len()];
        let name = format!("printer {minute}");
        match try_register(sim, one, &name, minute as u64)? {
            Ok(()) => {
                sim.run_for(SECOND)?;
                let found = lookup(sim, other, &name)?;
                let printer = actor(one, minute as u64);
                assert_eq!(
                    found.actors,
                    [printer],
                    "{name} of {one:?} at {other:?}: {found:?}"
                );
            }
            Err(error) => {
                assert_eq!(error, "the request timed out");
                failed += 1;
            }
        }
    }
    sim.close_all(here(&nodes, &away))?;
    sim.run_for(MINUTE)?;
    Ok(failed)
}

fn here<'a>(nodes: &'a [Member], away: &BTreeSet<usize>) -> Vec<&'a Member> {
    let here = (0..nodes.len()).filter(|number| !away.contains(number));
    here.map(|number| &nodes[number]).collect()
}

/// The port of a node that has left refuses connections.
#[test]
fn in_an_hour_in_which_nodes_leave_each_registration_succeeds() {
    let failed = Sim::builder()
        .seed(9)
        .test(|sim| an_hour_of_churn(sim, Going::Leaves));
    assert_eq!(failed, 0);
}

/// A node that has crashed is silent: finding 7.
#[test]
fn in_an_hour_in_which_nodes_crash_each_registration_that_succeeds_is_found() {
    let failed = Sim::builder()
        .seed(9)
        .test(|sim| an_hour_of_churn(sim, Going::Crashes));
    // Correct would be none.
    assert_eq!(failed, 3);
}
