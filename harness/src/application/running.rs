//! An application while it runs.

use std::{
    future::Future,
    panic::{AssertUnwindSafe, catch_unwind},
    pin::Pin,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    task::{Context, Poll, Waker},
};

use futures::{channel::oneshot, future::BoxFuture};

use super::hub::Hub;
use crate::{
    engine::{self, TURNS_OF_ALL},
    host::HostState,
    net::HostId,
};

/// The handle of the harness to an application that runs. Clones are handles to the
/// same one.
#[derive(Clone)]
pub(crate) struct App {
    pub(crate) hub: Arc<Hub>,
    shared: Arc<Mutex<Shared>>,
}

struct Shared {
    /// `None` while it is polled, and once it has ended.
    future: Option<BoxFuture<'static, ()>>,
    /// Whether the application was asked to end.
    closing: bool,
    /// Whether it is to be dropped as soon as its poll returns.
    aborted: bool,
    /// Whether its future has ended or was dropped.
    ended: bool,
    /// Whether the tasks of its swarm have had their turn to end, too.
    gone: bool,
    ended_by_itself: bool,
    close_waiters: Vec<oneshot::Sender<()>>,
    driver: Option<Waker>,
}

/// Prepares to run an application: it runs as long as the returned future is polled.
pub(crate) fn run(
    hub: Arc<Hub>,
    host: HostId,
    future: BoxFuture<'static, ()>,
) -> (App, impl Future<Output = ()> + Send + 'static) {
    let shared = Arc::new(Mutex::new(Shared {
        future: Some(future),
        closing: false,
        aborted: false,
        ended: false,
        gone: false,
        ended_by_itself: false,
        close_waiters: Vec::new(),
        driver: None,
    }));
    let app = App { hub, shared };
    let driver = Driver {
        app: app.clone(),
        host,
        turns: None,
    };
    (app, driver)
}

impl App {
    pub(crate) fn state(&self) -> HostState {
        let shared = self.shared();
        match (shared.gone, shared.ended || shared.closing) {
            (true, _) => HostState::Closed,
            (false, true) => HostState::Closing,
            (false, false) => HostState::Open,
        }
    }

    /// Whether it has ended without having been asked to: it returned or panicked.
    pub(crate) fn ended_by_itself(&self) -> bool {
        self.shared().ended_by_itself
    }

    /// Says that it is asked to end.
    pub(crate) fn start_closing(&self) {
        self.shared().closing = true;
    }

    /// Answers when it has ended, with the tasks of its swarm.
    pub(crate) fn ended(&self) -> impl Future<Output = ()> + Send + 'static {
        let mut shared = self.shared();
        let waiter = (!shared.gone).then(|| {
            let (sender, receiver) = oneshot::channel();
            shared.close_waiters.push(sender);
            receiver
        });
        async move {
            if let Some(waiter) = waiter {
                // The sender is dropped only with the application itself.
                let _ = waiter.await;
            }
        }
    }

    /// Drops its future.
    pub(crate) fn abort(&self) {
        let (future, driver) = {
            let mut shared = self.shared();
            shared.aborted = true;
            shared.closing = true;
            (shared.future.take(), shared.driver.clone())
        };
        self.hub.enter(|| drop_quietly(future));
        if let Some(driver) = driver {
            driver.wake();
        }
        engine::rouse();
    }

    fn shared(&self) -> MutexGuard<'_, Shared> {
        self.shared.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Dropping an application runs arbitrary code, which may panic: the panic is noted
/// by the engine.
fn drop_quietly(future: Option<BoxFuture<'static, ()>>) {
    let _ = catch_unwind(AssertUnwindSafe(|| drop(future)));
}

/// Polls an application until it ends.
struct Driver {
    app: App,
    host: HostId,
    /// Once it has ended: how many turns the tasks of its swarm still have to end.
    turns: Option<u8>,
}

impl Driver {
    fn poll_application(&self, cx: &mut Context<'_>) -> Poll<()> {
        let future = {
            let mut shared = self.app.shared();
            match &mut shared.driver {
                Some(waker) => waker.clone_from(cx.waker()),
                none => *none = Some(cx.waker().clone()),
            }
            shared.future.take()
        };
        let Some(mut future) = future else {
            return Poll::Ready(());
        };
        self.app.hub.polled();
        let polled = self.app.hub.enter(|| {
            engine::attribute(self.host, || {
                catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(cx)))
            })
        });
        let mut shared = self.app.shared();
        if let Ok(Poll::Pending) = polled
            && !shared.aborted
        {
            shared.future = Some(future);
            return Poll::Pending;
        }
        shared.ended_by_itself = !shared.closing;
        drop(shared);
        self.app
            .hub
            .enter(|| engine::attribute(self.host, || drop_quietly(Some(future))));
        Poll::Ready(())
    }
}

impl Future for Driver {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        if !engine::touch(self.host) {
            return Poll::Pending;
        }
        match self.turns {
            None => {
                if self.poll_application(cx).is_pending() {
                    return Poll::Pending;
                }
                self.app.shared().ended = true;
                self.turns = Some(TURNS_OF_ALL - 1);
            }
            Some(0) => {
                self.app.shared().finish();
                return Poll::Ready(());
            }
            Some(turns) => self.turns = Some(turns - 1),
        }
        cx.waker().wake_by_ref();
        Poll::Pending
    }
}

impl Drop for Driver {
    fn drop(&mut self) {
        let future = {
            let mut shared = self.app.shared();
            shared.aborted = true;
            shared.future.take()
        };
        self.app.hub.enter(|| drop_quietly(future));
        self.app.shared().finish();
    }
}

impl Shared {
    fn finish(&mut self) {
        self.ended = true;
        self.gone = true;
        for waiter in self.close_waiters.drain(..) {
            // A caller that no longer waits is no error.
            let _ = waiter.send(());
        }
    }
}
