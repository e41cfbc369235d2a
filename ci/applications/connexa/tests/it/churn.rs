//! An hour in which members leave, crash and come back.

use std::collections::BTreeSet;

use dht_harness::{Sim, SimError, sim::Restart};

use crate::members::{MINUTE, Member, SECOND, find, get, join, network, provide, providers, put};

const MEMBERS: usize = 12;

/// For how many minutes a member is away.
const AWAY: usize = 3;

/// The member that goes in a minute. The first one stays, so that newcomers know one.
fn goes(minute: usize) -> usize {
    1 + minute * 4 % (MEMBERS - 1)
}

/// Every minute a member leaves or crashes, and another one comes back. What a member
/// registers, each other one finds, and no record is lost.
fn an_hour_of_churn(sim: &mut Sim) -> Result<(), SimError> {
    let members = network(sim, MEMBERS)?;
    let mut away = BTreeSet::new();
    for minute in 0..60 {
        match minute % 2 {
            0 => sim.crash(&members[goes(minute)])?,
            _ => sim.close(&members[goes(minute)])?,
        }
        away.insert(goes(minute));
        if let Some(before) = minute.checked_sub(AWAY) {
            let returns = &members[goes(before)];
            away.remove(&goes(before));
            sim.restart(returns, Restart::default())?;
            sim.run_for(SECOND)?;
            join(sim, returns, &members[0])?;
        }
        sim.run_for(MINUTE)?;

        let here = here(&members, &away);
        let one = here[minute * 3 % here.len()];
        let other = here[(minute * 3 + 5) % here.len()];
        let (page, film) = (format!("page {minute}"), format!("film {minute}"));
        put(sim, one, &page, "its text")?;
        provide(sim, one, &film)?;
        sim.run_for(SECOND)?;
        assert_eq!(
            get(sim, other, &page)?,
            ["its text"],
            "{page} of {one:?} at {other:?}"
        );
        assert_eq!(
            providers(sim, other, &film)?,
            [one.peer_id()],
            "{film} of {one:?} at {other:?}"
        );
        assert_eq!(
            find(sim, other, one)?[0].peer_id,
            one.peer_id(),
            "{other:?} looks for {one:?}"
        );
    }
    let here = here(&members, &away);
    for minute in (0..60).step_by(4) {
        let (page, witness) = (format!("page {minute}"), here[minute % here.len()]);
        assert_eq!(
            get(sim, witness, &page)?,
            ["its text"],
            "{page} at {witness:?}"
        );
    }
    sim.close_all(&here)?;
    sim.run_for(MINUTE)
}

fn here<'a>(members: &'a [Member], away: &BTreeSet<usize>) -> Vec<&'a Member> {
    let here = (0..members.len()).filter(|number| !away.contains(number));
    here.map(|number| &members[number]).collect()
}

#[test]
fn an_hour_of_churn_loses_nothing() {
    Sim::builder().seed(8).test(an_hour_of_churn);
}
