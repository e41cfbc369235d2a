//! Clocks and timers agree to the nanosecond.

#![expect(clippy::disallowed_methods, reason = "the clocks to be tested")]

use std::{
    sync::{Arc, Mutex},
    time::{Duration, Instant, SystemTime},
};

use dht_harness::{Sim, SimError};
use futures_timer::Delay;

/// Runs `future` in a simulation and returns what it returns.
fn simulate<T: Send + 'static>(future: impl Future<Output = T> + Send + 'static) -> T {
    Sim::builder().test(|sim| sim.wait("the future", Duration::from_secs(100_000), future))
}

const AWKWARD: Duration = Duration::from_nanos(1_234_567);

#[test]
fn all_clocks_follow_a_delay() {
    simulate(async {
        let (std, tokio, wall) = (
            Instant::now(),
            tokio::time::Instant::now(),
            SystemTime::now(),
        );
        Delay::new(AWKWARD).await;
        assert_eq!(std.elapsed(), AWKWARD);
        assert_eq!(tokio.elapsed(), AWKWARD);
        assert_eq!(wall.elapsed().unwrap(), AWKWARD);
    });
}

#[test]
fn tokio_sleeps_of_whole_milliseconds_are_exact() {
    simulate(async {
        let start = Instant::now();
        tokio::time::sleep(Duration::from_millis(250)).await;
        assert_eq!(start.elapsed(), Duration::from_millis(250));
        tokio::time::sleep(Duration::from_secs(3600)).await;
        assert_eq!(start.elapsed(), Duration::from_millis(3_600_250));
    });
}

/// tokio rounds up to its granularity of a millisecond. It is never early, and
/// all clocks agree on when it fired.
#[test]
fn tokio_sleeps_round_up_to_the_next_millisecond() {
    simulate(async {
        let start = Instant::now();
        let virtual_start = dht_harness_clock::now().unwrap();
        Delay::new(AWKWARD).await;
        tokio::time::sleep(Duration::from_millis(5)).await;
        let slept = start.elapsed() - AWKWARD;
        assert!(slept >= Duration::from_millis(5));
        assert!(slept < Duration::from_millis(6));
        let now = dht_harness_clock::now().unwrap();
        assert_eq!(now.saturating_since(virtual_start), start.elapsed());
        assert_eq!(now.as_nanos() % 1_000_000, 0);
    });
}

#[test]
fn an_interval_ticks_on_time_despite_finer_timers() {
    simulate(async {
        let noise = tokio::spawn(async {
            loop {
                Delay::new(Duration::from_nanos(333_333)).await;
            }
        });
        let mut interval = tokio::time::interval(Duration::from_millis(250));
        interval.tick().await;
        let start = tokio::time::Instant::now();
        for tick in 1..=40 {
            let due = interval.tick().await;
            assert_eq!(due - start, Duration::from_millis(250) * tick);
            assert!(start.elapsed() - Duration::from_millis(250) * tick < Duration::from_millis(1));
        }
        noise.abort();
    });
}

#[test]
fn a_timeout_fires_at_its_time_and_not_before() {
    simulate(async {
        let start = Instant::now();
        let never = tokio::time::timeout(Duration::from_secs(10), std::future::pending::<()>());
        assert!(never.await.is_err());
        assert_eq!(start.elapsed(), Duration::from_secs(10));
        let soon = Delay::new(Duration::from_secs(9));
        assert!(
            tokio::time::timeout(Duration::from_secs(10), soon)
                .await
                .is_ok()
        );
        assert_eq!(start.elapsed(), Duration::from_secs(19));
    });
}

/// Timers of both kinds, drawn at random, fire in the order of their times.
#[test]
fn timers_of_both_kinds_fire_in_order() {
    let fired = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&fired);
    simulate(async move {
        let start = Instant::now();
        let mut tasks = Vec::new();
        let mut state = 12345_u64;
        for number in 0..200 {
            state = state.wrapping_mul(6364136223846793005).wrapping_add(1);
            let log = Arc::clone(&log);
            let after = Duration::from_micros((state >> 40) % 100_000);
            tasks.push(tokio::spawn(async move {
                if number % 2 == 0 {
                    Delay::new(after).await;
                } else {
                    tokio::time::sleep(after).await;
                }
                let late = start.elapsed() - after;
                let grain = Duration::from_millis(if number % 2 == 0 { 0 } else { 1 });
                assert!(late <= grain, "{number} is {late:?} late");
                log.lock().unwrap().push(start.elapsed());
            }));
        }
        for task in tasks {
            task.await.unwrap();
        }
    });
    let fired = fired.lock().unwrap();
    assert_eq!(fired.len(), 200);
    assert!(fired.is_sorted());
}

#[test]
fn the_test_body_uses_virtual_time() {
    Sim::builder().test(|sim| {
        let start = Instant::now();
        sim.run_for(Duration::from_secs(86_400 * 365))?;
        assert_eq!(start.elapsed(), Duration::from_secs(86_400 * 365));
        Ok(())
    });
}

#[test]
fn an_unmet_condition_is_reported_with_its_virtual_time() {
    let outcome = Sim::builder().run(|sim| {
        sim.run_until(Duration::from_secs(600), |_| {
            Err::<(), _>("h3: its table is empty")
        })
    });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("600s"), "{failure}");
    assert!(failure.contains("its table is empty"), "{failure}");
}

#[test]
fn an_error_of_the_body_is_returned() {
    let outcome = Sim::builder().run(|_| Err::<(), _>(SimError::from("no")));
    let failure = outcome.unwrap_err().to_string();
    assert_eq!(failure.lines().next(), Some("no"));
}
