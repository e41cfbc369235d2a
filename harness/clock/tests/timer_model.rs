//! Random operations on timers, compared with a naive model.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    task::{Wake, Waker},
    time::Duration,
};

use dht_harness_clock::{
    Fired, Owner, Session, Timer, VirtualInstant, advance_to, fire_next, next_timer, now, run_as,
    timers, timers_of,
};
use proptest::prelude::*;

fn nanos(nanos: u64) -> Duration {
    Duration::from_nanos(nanos)
}

fn at(nanos: u64) -> VirtualInstant {
    VirtualInstant::from_nanos(nanos)
}

/// Counts its wake-ups.
#[derive(Default)]
struct Counter(AtomicUsize);

impl Wake for Counter {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

impl Counter {
    fn new() -> (Arc<Self>, Waker) {
        let counter = Arc::new(Self::default());
        (Arc::clone(&counter), Waker::from(counter))
    }

    fn count(&self) -> usize {
        self.0.load(Ordering::Relaxed)
    }
}

#[derive(Clone, Debug)]
enum Step {
    New {
        host: u32,
        nanos: u64,
    },
    Reset {
        which: prop::sample::Index,
        nanos: u64,
    },
    Drop {
        which: prop::sample::Index,
    },
    Advance {
        nanos: u64,
    },
}

fn step() -> impl Strategy<Value = Step> {
    let which = any::<prop::sample::Index>;
    prop_oneof![
        3 => (0..4_u32, 0..50_u64).prop_map(|(host, nanos)| Step::New { host, nanos }),
        6 => (which(), 0..50_u64).prop_map(|(which, nanos)| Step::Reset { which, nanos }),
        2 => which().prop_map(|which| Step::Drop { which }),
        2 => (0..20_u64).prop_map(|nanos| Step::Advance { nanos }),
    ]
}

/// Every timer, armed or not, in plain collections.
struct Model {
    timers: Vec<(Timer, u32, Arc<Counter>, Waker)>,
    /// `(due, arming)` to host and waking counter.
    armed: BTreeMap<(u64, u64), (u32, Arc<Counter>)>,
    next: u64,
}

impl Model {
    fn arm(&mut self, nanos: u64, host: u32, counter: &Arc<Counter>) {
        self.armed
            .retain(|_, (_, other)| !Arc::ptr_eq(other, counter));
        let due = now().unwrap().as_nanos() + nanos;
        self.armed
            .insert((due, self.next), (host, Arc::clone(counter)));
        self.next += 1;
    }

    fn apply(&mut self, step: &Step) {
        match step {
            Step::New { host, nanos: due } => {
                let _host = run_as(Owner(*host));
                let timer = Timer::after(nanos(*due)).unwrap();
                let (counter, waker) = Counter::new();
                self.arm(*due, *host, &counter);
                self.timers.push((timer, *host, counter, waker));
            }
            Step::Reset { which, nanos: due } if !self.timers.is_empty() => {
                let which = which.index(self.timers.len());
                let (timer, host, counter, _) = &mut self.timers[which];
                timer.reset(nanos(*due));
                let (host, counter) = (*host, Arc::clone(counter));
                self.arm(*due, host, &counter);
            }
            Step::Drop { which } if !self.timers.is_empty() => {
                let (_, _, counter, _) = self.timers.swap_remove(which.index(self.timers.len()));
                self.armed
                    .retain(|_, (_, other)| !Arc::ptr_eq(other, &counter));
            }
            Step::Advance { nanos } => self.advance(now().unwrap().as_nanos() + nanos),
            Step::Reset { .. } | Step::Drop { .. } => {}
        }
    }

    fn advance(&mut self, to: u64) {
        for (timer, _, counter, waker) in &mut self.timers {
            let armed = self
                .armed
                .values()
                .any(|(_, other)| Arc::ptr_eq(other, counter));
            assert_eq!(timer.poll(waker).is_pending(), armed);
        }
        while let Some(next) = next_timer().filter(|next| next.as_nanos() <= to) {
            advance_to(next.max(now().unwrap()));
            let ((due, _), (host, counter)) = self.armed.pop_first().unwrap();
            let before = counter.count();
            assert_eq!(
                fire_next(),
                Some(Fired {
                    at: at(due),
                    owner: Some(Owner(host))
                })
            );
            assert_eq!(counter.count(), before + 1);
        }
        advance_to(at(to));
        assert_eq!(fire_next(), None);
    }

    fn check(&self) {
        assert_eq!(
            next_timer(),
            self.armed.keys().next().map(|(due, _)| at(*due))
        );
        assert_eq!(timers(), self.armed.len());
        for host in 0..4 {
            let expected = self
                .armed
                .values()
                .filter(|(owner, _)| *owner == host)
                .count();
            assert_eq!(timers_of(Owner(host)), expected);
        }
    }
}

proptest! {
    // Twenty runs of five hundred steps.
    #![proptest_config(ProptestConfig { cases: 20, failure_persistence: None, ..Default::default() })]
    #[test]
    fn timers_behave_as_a_naive_model(steps in prop::collection::vec(step(), 500)) {
        let _session = Session::enter(1).unwrap();
        let mut model = Model { timers: Vec::new(), armed: BTreeMap::new(), next: 0 };
        for step in &steps {
            model.apply(step);
            model.check();
        }
    }
}
