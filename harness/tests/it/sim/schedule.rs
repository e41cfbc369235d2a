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

/// Whose dial is the first at a host that two others dial at one instant.
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

/// Whose timer is heard first, of two that end at one instant.
fn first_to_hear(sim: SimBuilder) -> &'static str {
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
    assert_eq!(outcomes(Schedule::Arrival, first_to_hear).len(), 1);
    assert_eq!(outcomes(Schedule::Drawn, first_to_hear).len(), 2);
}

/// Takes any second poll for the end of its timer.
async fn hasty() {
    let mut timer = Delay::new(SECOND);
    let mut asked = false;
    poll_fn(move |cx| {
        let is_over = timer.poll_unpin(cx).is_ready();
        assert!(is_over || !asked, "polled before the time was over");
        asked = true;
        if is_over {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    })
    .await;
}

/// Whether the twin panics, as the standard invariants see it.
fn panics(sim: SimBuilder) -> bool {
    let outcome = sim.run(|sim| {
        sim.spawn("a", |node| {
            node.spawn(hasty());
            peer(node)
        });
        sim.run_for(2 * SECOND)
    });
    outcome.is_err_and(|failure| failure.violates("no-panic"))
}

#[test]
fn who_panics_when_polled_for_nothing_is_caught() {
    assert_eq!(outcomes(Schedule::Arrival, panics), [false].into());
    assert!(outcomes(Schedule::Drawn, panics).contains(&true));
}

/// Rung once, and heard by the one who waits.
#[derive(Default)]
struct Gong {
    rung: bool,
    waits: Option<Waker>,
}

/// Takes any second poll for the gong, and waits no longer.
async fn forgetful(gong: Arc<Mutex<Gong>>) {
    let mut asked = false;
    poll_fn(move |cx| {
        let mut gong = gong.lock().unwrap();
        if gong.rung {
            return Poll::Ready(());
        }
        gong.waits = (!std::mem::replace(&mut asked, true)).then(|| cx.waker().clone());
        Poll::Pending
    })
    .await;
}

/// Whether the twin hears the gong.
fn hears(sim: SimBuilder) -> bool {
    sim.test(|sim| {
        let heard = Arc::new(AtomicBool::new(false));
        let hears = Arc::clone(&heard);
        sim.spawn("a", move |node| {
            let hears = Arc::clone(&hears);
            let gong = Arc::new(Mutex::new(Gong::default()));
            let rung = Arc::clone(&gong);
            node.spawn(async move {
                forgetful(gong).await;
                hears.store(true, Ordering::Relaxed);
            });
            node.spawn(async move {
                Delay::new(SECOND).await;
                let waits = {
                    let mut gong = rung.lock().unwrap();
                    gong.rung = true;
                    gong.waits.take()
                };
                waits.into_iter().for_each(Waker::wake);
            });
            peer(node)
        });
        sim.run_for(2 * SECOND)?;
        Ok(heard.load(Ordering::Relaxed))
    })
}

#[test]
fn who_loses_a_wake_when_polled_for_nothing_is_caught() {
    assert_eq!(outcomes(Schedule::Arrival, hears), [true].into());
    assert!(outcomes(Schedule::Drawn, hears).contains(&false));
}

#[test]
fn a_host_that_is_busy_without_end_is_still_found() {
    let outcome = under(Schedule::Drawn, 1).livelock_limit(1000).run(|sim| {
        let host = sim.spawn("a", peer);
        let busy = host.clone();
        sim.spawn("b", move |node| {
            let busy = busy.clone();
            node.spawn(async move {
                loop {
                    // Each call lets the other be polled, and this one as well.
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
fn a_paused_host_is_not_polled_for_nothing() {
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
        // Now and then it is polled for nothing, and no more than that.
        let after = polls.load(Ordering::Relaxed) - before;
        assert!((62..120).contains(&after), "{after}");
        Ok(())
    });
}
