//! Blocking on anything real is detected and reported.

use std::{thread, time::Duration};

use dht_harness::Sim;
use tokio::task;

#[test]
#[expect(clippy::disallowed_methods, reason = "the misuse to be found")]
fn a_real_sleep_is_an_error_with_a_remedy() {
    let outcome = Sim::builder().run(|sim| {
        sim.wait("the task", Duration::from_secs(1), async {
            task::spawn(async { thread::sleep(Duration::from_secs(3600)) }).await
        })
    });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("real sleep"), "{failure}");
    assert!(failure.contains("tokio::time::sleep"), "{failure}");
    assert!(failure.contains("sim.run_for"), "{failure}");
}

#[test]
fn a_task_that_always_wakes_itself_is_found_by_the_watchdog() {
    let outcome = Sim::builder()
        .wall_clock_timeout(Duration::from_millis(300))
        .run(|sim| {
            sim.wait("the task", Duration::from_secs(1), async {
                task::spawn(async {
                    loop {
                        task::yield_now().await;
                    }
                })
                .await
            })
        });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("no progress"), "{failure}");
}

#[test]
fn a_zero_timer_that_is_always_reset_is_a_livelock() {
    let outcome = Sim::builder().livelock_limit(1000).run(|sim| {
        sim.wait("the task", Duration::from_secs(1), async {
            task::spawn(async {
                loop {
                    futures_timer::Delay::new(Duration::ZERO).await;
                }
            })
            .await
        })
    });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("livelock"), "{failure}");
}

#[test]
fn a_wait_for_a_real_thread_is_abandoned_and_reported() {
    let outcome = Sim::builder()
        .wall_clock_timeout(Duration::from_millis(300))
        .run(|sim| {
            sim.wait("the thread", Duration::from_secs(1), async {
                let (sender, receiver) = std::sync::mpsc::channel::<()>();
                let blocked = task::spawn(async move { receiver.recv() });
                let _ = blocked.await;
                drop(sender);
            })
        });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("spawn_blocking"), "{failure}");
}

#[test]
fn a_panic_of_a_task_is_a_violation_with_its_location() {
    let outcome = Sim::builder().run(|sim| {
        sim.wait("the task", Duration::from_secs(1), async {
            let _ = task::spawn(async { panic!("out of cheese") }).await;
        })
    });
    let failure = outcome.unwrap_err();
    assert!(failure.violates("no-panic"));
    let text = failure.to_string();
    assert!(text.contains("out of cheese"), "{text}");
    assert!(text.contains("misuse.rs"), "{text}");
}
