//! Planned actions: when they are executed, and when they are cancelled.

use std::{cell::RefCell, rc::Rc, time::Duration};

use dht_harness::{Sim, SimError, TransportKind, world::HostStatus};

use super::{on, peer};

const SECOND: Duration = Duration::from_secs(1);

type Log = Rc<RefCell<Vec<(&'static str, Duration)>>>;

/// Plans an action that logs its name and the time of its execution.
fn plan_log(sim: &mut Sim, log: &Log, offset: Duration, name: &'static str) {
    let log = Rc::clone(log);
    sim.at(offset, name, move |sim| {
        log.borrow_mut().push((name, sim.now().since_start()));
        Ok(())
    });
}

#[test]
fn actions_are_executed_at_their_instants_in_order_of_planning() {
    Sim::builder().test(|sim| {
        let log = Log::default();
        plan_log(sim, &log, 3 * SECOND, "late");
        plan_log(sim, &log, SECOND, "first");
        plan_log(sim, &log, SECOND, "second");
        plan_log(sim, &log, 9 * SECOND, "never");
        sim.run_for(5 * SECOND)?;
        assert_eq!(
            *log.borrow(),
            [("first", SECOND), ("second", SECOND), ("late", 3 * SECOND)]
        );
        assert_eq!(sim.now().since_start(), 5 * SECOND);
        assert_eq!(sim.unfired(), [(9 * SECOND, "never".to_owned())]);
        Ok(())
    });
}

#[test]
fn an_action_planned_for_the_past_is_executed_at_the_next_wait() {
    Sim::builder().test(|sim| {
        sim.run_for(5 * SECOND)?;
        let log = Log::default();
        plan_log(sim, &log, SECOND, "late");
        assert!(log.borrow().is_empty());
        sim.run_for(Duration::ZERO)?;
        assert_eq!(*log.borrow(), [("late", 5 * SECOND)]);
        Ok(())
    });
}

#[test]
fn an_action_can_plan_the_next_one() {
    fn again(sim: &mut Sim, log: Log, left: u32) {
        let at = sim.now().since_start() + SECOND;
        sim.at(at, "again", move |sim| {
            log.borrow_mut().push(("again", sim.now().since_start()));
            if left > 0 {
                again(sim, log, left - 1);
            }
            Ok(())
        });
    }
    Sim::builder().test(|sim| {
        let log = Log::default();
        again(sim, Rc::clone(&log), 3);
        sim.run_for(10 * SECOND)?;
        let times: Vec<_> = log.borrow().iter().map(|(_, at)| at.as_secs()).collect();
        assert_eq!(times, [1, 2, 3, 4]);
        Ok(())
    });
}

#[test]
fn a_condition_sees_an_action_at_once() {
    Sim::builder().test(|sim| {
        let a = sim.spawn("a", peer);
        let id = a.id();
        sim.at(2 * SECOND, "crash a", move |sim| sim.crash(id));
        sim.run_until(10 * SECOND, |world| world.status(id) == HostStatus::Crashed)?;
        assert_eq!(sim.now().since_start(), 2 * SECOND);
        Ok(())
    });
}

#[test]
fn a_close_can_be_planned_and_awaited_by_the_test() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
            sim.connect(&a, &b)?;
            let id = a.id();
            sim.at(2 * SECOND, "close a", move |sim| {
                sim.start_close(id);
                Ok(())
            });
            sim.run_until(10 * SECOND, |world| world.status(id) == HostStatus::Closed)?;
            assert!(sim.now().since_start() >= 2 * SECOND);
            sim.run_for(SECOND)?;
            assert_eq!(sim.world().established(b.id()), Some(0));
            Ok(())
        });
    }
}

#[test]
fn a_waiting_action_is_an_error_that_names_it() {
    let outcome = Sim::builder().run(|sim| {
        sim.at(SECOND, "wait", |sim| sim.run_for(SECOND));
        sim.run_for(5 * SECOND)
    });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("\"wait\" waits"), "{failure}");
}

#[test]
fn an_error_of_an_action_ends_only_the_wait() {
    Sim::builder().test(|sim| {
        let log = Log::default();
        sim.at(SECOND, "fail", |_| Err("no".into()));
        plan_log(sim, &log, SECOND, "after");
        let ended = sim.run_for(5 * SECOND);
        assert_eq!(ended, Err(SimError::from("no")));
        assert_eq!(sim.now().since_start(), SECOND);
        assert!(log.borrow().is_empty());
        sim.run_for(SECOND)?;
        assert_eq!(*log.borrow(), [("after", SECOND)]);
        Ok(())
    });
}

#[test]
fn plans_are_in_the_digest() {
    let digest = |name: &'static str| {
        let run = Sim::builder().run(move |sim| {
            sim.at(SECOND, name, |_| Ok(()));
            sim.run_for(2 * SECOND)
        });
        run.unwrap().end.digest
    };
    assert_eq!(digest("one"), digest("one"));
    assert_ne!(digest("one"), digest("two"));
}
