//! The order in which ready tasks run.

use std::{
    collections::BTreeSet,
    future::poll_fn,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    task::{Poll, Waker},
    time::Duration,
};

use dht_harness::{Schedule, Sim, SimBuilder};
use futures::FutureExt;
use futures_timer::Delay;
use libp2p::PeerId;

use super::peer;

const SECOND: Duration = Duration::from_secs(1);

fn under(schedule: Schedule, seed: u64) -> SimBuilder {
    Sim::builder().schedule(schedule).seed(seed)
}

/// The distinct outcomes over some seeds.
fn outcomes<T: Ord>(schedule: Schedule, run: impl Fn(SimBuilder) -> T) -> BTreeSet<T> {
    (0..12).map(|seed| run(under(schedule, seed))).collect()
}

/// The first dialer to arrive at a host that two others dial at one instant.
fn first_to_arrive(sim: SimBuilder) -> PeerId {
    sim.test(|sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        let c = sim.spawn("c", peer);
        sim.run_for(SECOND)?;
        for host in [&a, &b] {
            sim.start_dial(host, c.address());
        }
        sim.run_for(SECOND)?;
        sim.world().swarm_log(c.id(), |swarm_log| {
            let first = swarm_log.connections.values().next();
            Ok(first.expect("both have connected").peer)
        })
    })
}

#[test]
fn hosts_that_are_ready_at_one_instant_race() {
    assert_eq!(outcomes(Schedule::Arrival, first_to_arrive).len(), 1);
    assert_eq!(outcomes(Schedule::Drawn, first_to_arrive).len(), 2);
}

/// The first host to be woken, of two whose timers end at one instant.
fn first_to_wake(sim: SimBuilder) -> &'static str {
    sim.test(|sim| {
        let heard = Arc::new(Mutex::new(Vec::new()));
        for name in ["a", "b"] {
            let heard = Arc::clone(&heard);
            sim.spawn(name, move |node| {
                let heard = Arc::clone(&heard);
                node.spawn(async move {
                    Delay::new(SECOND).await;
                    heard.lock().unwrap().push(name);
                });
                peer(node)
            });
        }
        sim.run_for(2 * SECOND)?;
        let heard = heard.lock().unwrap();
        assert_eq!(heard.len(), 2);
        Ok(heard[0])
    })
}

#[test]
fn events_of_one_instant_race() {
    assert_eq!(outcomes(Schedule::Arrival, first_to_wake).len(), 1);
    assert_eq!(outcomes(Schedule::Drawn, first_to_wake).len(), 2);
}

/// A faulty future that takes any second poll for the expiry of its timer.
async fn completes_on_any_second_poll() {
    let mut timer = Delay::new(SECOND);
    let mut asked = false;
    poll_fn(move |cx| {
        let is_over = timer.poll_unpin(cx).is_ready();
        assert!(is_over || !asked, "polled before the timer expired");
        asked = true;
        if is_over {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Whether the faulty host panics, according to the standard invariants.
fn panics(sim: SimBuilder) -> bool {
    let outcome = sim.run(|sim| {
        sim.spawn("a", |node| {
            node.spawn(completes_on_any_second_poll());
            peer(node)
        });
        sim.run_for(2 * SECOND)
    });
    outcome.is_err_and(|failure| failure.violates("no-panic"))
}

#[test]
fn a_future_that_panics_on_a_spurious_poll_is_caught() {
    assert_eq!(outcomes(Schedule::Arrival, panics), [false].into());
    assert!(outcomes(Schedule::Drawn, panics).contains(&true));
}

/// A flag that is set once, and the waker of the task that waits for it.
#[derive(Default)]
struct Flag {
    set: bool,
    waiting: Option<Waker>,
}

/// A faulty future that drops its waker on any second poll.
async fn loses_its_waker(flag: Arc<Mutex<Flag>>) {
    let mut asked = false;
    poll_fn(move |cx| {
        let mut flag = flag.lock().unwrap();
        if flag.set {
            return Poll::Ready(());
        }
        flag.waiting = (!std::mem::replace(&mut asked, true)).then(|| cx.waker().clone());
        Poll::Pending
    })
    .await;
}

/// Whether the faulty host notices the flag.
fn notices(sim: SimBuilder) -> bool {
    sim.test(|sim| {
        let heard = Arc::new(AtomicBool::new(false));
        let hears = Arc::clone(&heard);
        sim.spawn("a", move |node| {
            let hears = Arc::clone(&hears);
            let flag = Arc::new(Mutex::new(Flag::default()));
            let setter = Arc::clone(&flag);
            node.spawn(async move {
                loses_its_waker(flag).await;
                hears.store(true, Ordering::Relaxed);
            });
            node.spawn(async move {
                Delay::new(SECOND).await;
                let waiting = {
                    let mut flag = setter.lock().unwrap();
                    flag.set = true;
                    flag.waiting.take()
                };
                waiting.into_iter().for_each(Waker::wake);
            });
            peer(node)
        });
        sim.run_for(2 * SECOND)?;
        Ok(heard.load(Ordering::Relaxed))
    })
}

#[test]
fn a_future_that_loses_its_waker_on_a_spurious_poll_is_caught() {
    assert_eq!(outcomes(Schedule::Arrival, notices), [true].into());
    assert!(outcomes(Schedule::Drawn, notices).contains(&false));
}

#[test]
fn a_livelock_is_detected_under_a_drawn_schedule() {
    let outcome = under(Schedule::Drawn, 1).livelock_limit(1000).run(|sim| {
        let host = sim.spawn("a", peer);
        let busy = host.clone();
        sim.spawn("b", move |node| {
            let busy = busy.clone();
            node.spawn(async move {
                loop {
                    // Each call leads to a poll of the other host, and of this
                    // one.
                    let _ = busy.with(|_| ());
                    tokio::task::yield_now().await;
                }
            });
            peer(node)
        });
        sim.run_for(SECOND)
    });
    let failure = outcome.unwrap_err().to_string();
    assert!(failure.contains("livelock"), "{failure}");
}

#[test]
fn a_paused_host_gets_no_spurious_polls() {
    under(Schedule::Drawn, 1).test(|sim| {
        let polls = Arc::new(AtomicUsize::new(0));
        let counted = Arc::clone(&polls);
        let host = sim.spawn("a", move |node| {
            let counted = Arc::clone(&counted);
            node.spawn(async move {
                let mut timer = Delay::new(SECOND);
                poll_fn(move |cx| {
                    counted.fetch_add(1, Ordering::Relaxed);
                    if timer.poll_unpin(cx).is_ready() {
                        timer = Delay::new(SECOND);
                        let _ = timer.poll_unpin(cx);
                    }
                    Poll::<()>::Pending
                })
                .await;
            });
            peer(node)
        });
        sim.run_for(SECOND / 2)?;
        sim.pause(&host);
        let before = polls.load(Ordering::Relaxed);
        sim.run_for(60 * SECOND)?;
        assert_eq!(polls.load(Ordering::Relaxed), before);
        sim.resume(&host);
        sim.run_for(60 * SECOND)?;
        // It is sometimes polled without being woken, but not more than that.
        let after = polls.load(Ordering::Relaxed) - before;
        assert!((62..120).contains(&after), "{after}");
        Ok(())
    });
}
