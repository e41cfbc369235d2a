//! Outside a simulation delays follow the machine's clock. No test limits how
//! long a delay takes; a delay that never fires hangs its test.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    task::{Context, Poll, Wake, Waker},
    thread::{self, Thread},
    time::{Duration, Instant},
};

use dht_harness_clock::Session;
use futures_timer::Delay;

fn millis(millis: u64) -> Duration {
    Duration::from_millis(millis)
}

struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let waker = Waker::from(Arc::new(Unpark(thread::current())));
    loop {
        match future.as_mut().poll(&mut Context::from_waker(&waker)) {
            Poll::Ready(output) => return output,
            Poll::Pending => thread::park(),
        }
    }
}

fn poll(delay: &mut Delay, waker: &Waker) -> Poll<()> {
    pin!(delay).poll(&mut Context::from_waker(waker))
}

/// Sends its number when woken.
struct Notify(usize, Mutex<mpsc::Sender<usize>>);

impl Wake for Notify {
    fn wake(self: Arc<Self>) {
        // The receiver may be gone.
        let _ = self.1.lock().unwrap().send(self.0);
    }
}

fn notify(number: usize, to: &mpsc::Sender<usize>) -> Waker {
    Waker::from(Arc::new(Notify(number, Mutex::new(to.clone()))))
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a delay on the real clock")]
fn a_delay_fires_after_its_duration_and_stays_complete() {
    let start = Instant::now();
    let mut delay = Delay::new(millis(20));
    block_on(&mut delay);
    assert!(start.elapsed() >= millis(20));
    assert_eq!(poll(&mut delay, Waker::noop()), Poll::Ready(()));
    delay.reset(millis(20));
    block_on(&mut delay);
    assert!(start.elapsed() >= millis(40));
}

#[test]
fn delays_fire_in_the_order_of_their_instants() {
    let (sender, receiver) = mpsc::channel();
    let mut delays: Vec<_> = (0..10).map(|n| Delay::new(millis(200 - 10 * n))).collect();
    for (number, delay) in delays.iter_mut().enumerate() {
        assert_eq!(poll(delay, &notify(number, &sender)), Poll::Pending);
    }
    let order: Vec<_> = receiver.iter().take(10).collect();
    assert_eq!(order, (0..10).rev().collect::<Vec<_>>());
}

#[test]
fn thousands_of_delays_fire() {
    let (sender, receiver) = mpsc::channel();
    let mut kept = Vec::new();
    let mut pending = 0;
    for number in 0..5000_u64 {
        let mut delay = Delay::new(millis(number % 50));
        if poll(&mut delay, &notify(number as usize, &sender)).is_pending() {
            pending += 1;
        }
        kept.push(delay);
    }
    assert_eq!(receiver.iter().take(pending).count(), pending);
    assert!(
        kept.iter_mut()
            .all(|delay| poll(delay, Waker::noop()).is_ready())
    );
}

#[test]
fn a_reset_keeps_the_registered_task() {
    let (sender, receiver) = mpsc::channel();
    let mut delay = Delay::new(Duration::from_secs(3600));
    assert_eq!(poll(&mut delay, &notify(1, &sender)), Poll::Pending);
    delay.reset(millis(1));
    assert_eq!(receiver.recv(), Ok(1));
    assert_eq!(poll(&mut delay, Waker::noop()), Poll::Ready(()));
    delay.reset(Duration::MAX);
    assert_eq!(poll(&mut delay, Waker::noop()), Poll::Pending);
}

#[test]
fn a_dropped_delay_drops_its_waker_and_does_not_wake() {
    struct Count(AtomicUsize);
    impl Wake for Count {
        fn wake(self: Arc<Self>) {
            self.0.fetch_add(1, Ordering::SeqCst);
        }
    }
    let count = Arc::new(Count(AtomicUsize::new(0)));
    let mut delay = Delay::new(Duration::from_secs(3600));
    assert_eq!(
        poll(&mut delay, &Waker::from(Arc::clone(&count))),
        Poll::Pending
    );
    assert_eq!(Arc::strong_count(&count), 2);
    drop(delay);
    assert_eq!(Arc::strong_count(&count), 1);
    assert_eq!(count.0.load(Ordering::SeqCst), 0);
}

#[test]
fn a_panicking_waker_does_not_stop_the_others() {
    struct Panic;
    impl Wake for Panic {
        fn wake(self: Arc<Self>) {
            panic!("on purpose");
        }
    }
    let mut panics = Delay::new(millis(10));
    assert_eq!(
        poll(&mut panics, &Waker::from(Arc::new(Panic))),
        Poll::Pending
    );
    block_on(Delay::new(millis(20)));
    block_on(Delay::new(millis(20)));
}

#[test]
fn a_waker_may_own_its_delay() {
    struct Owns(Mutex<Option<Delay>>);
    impl Wake for Owns {
        fn wake(self: Arc<Self>) {
            *self.0.lock().unwrap() = Some(Delay::new(Duration::from_secs(3600)));
        }
    }
    let owns = Arc::new(Owns(Mutex::new(None)));
    let mut delay = Delay::new(millis(10));
    assert_eq!(
        poll(&mut delay, &Waker::from(Arc::clone(&owns))),
        Poll::Pending
    );
    *owns.0.lock().unwrap() = Some(delay);
    drop(owns);
    block_on(Delay::new(millis(30)));
}

#[test]
#[expect(clippy::disallowed_methods, reason = "a delay on the real clock")]
fn a_real_delay_stays_real_inside_a_simulation() {
    let start = Instant::now();
    let mut delay = Delay::new(Duration::from_secs(3600));
    {
        let _session = Session::enter(1).unwrap();
        delay.reset(millis(20));
        block_on(&mut delay);
    }
    assert!(start.elapsed() >= millis(20));
}

#[test]
fn the_interface_is_that_of_the_original() {
    fn auto_traits<T: Send + Sync + Unpin + Future<Output = ()>>() {}
    auto_traits::<Delay>();
    assert_eq!(format!("{:?}", Delay::new(millis(1))), "Delay");
}
