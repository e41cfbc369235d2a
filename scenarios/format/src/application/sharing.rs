//! The node of `dht_fixtures::applications::file_sharing`, which has its own event
//! loop.

use std::{
    cell::RefCell,
    future::Future,
    pin::Pin,
    rc::Rc,
    task::{Context, Poll, Waker},
};

use dht_fixtures::{
    KadSettings,
    applications::file_sharing::{self, Client, Config, Mistake, SharingError},
};
use dht_harness::{App, Node};

use super::{Application, contact::split, refusal::refused};

const FORMS: [(&str, &str); 3] = [
    ("dial", "dial @HOST"),
    ("share", "share NAME CONTENT"),
    ("fetch", "fetch NAME"),
];

/// The answer to a command, whose content is not needed.
type Answer = Pin<Box<dyn Future<Output = Result<(), SharingError>>>>;

/// The handle to a node with the answers that it owes.
#[derive(Clone)]
pub(crate) struct Sharing {
    client: Client,
    answers: Rc<RefCell<Answers>>,
}

#[derive(Default)]
struct Answers {
    pending: Vec<Answer>,
    done: u64,
    failed: u64,
}

/// The node as a host of a scenario.
pub(crate) fn app(node: &Node, settings: &KadSettings, mistake: Option<Mistake>) -> App<Sharing> {
    let (client, event_loop) = file_sharing::start(node, Config::from((node, settings)), mistake);
    let sharing = Sharing {
        client,
        answers: Rc::default(),
    };
    App::new(sharing, event_loop).on_close(|sharing| sharing.client.shutdown())
}

/// `dial @b` connects to a node, `share NAME CONTENT` publishes a file, and `fetch NAME`
/// fetches one. The node reports how many answers are `pending`, and how many commands
/// are `done` and have `failed`.
impl Application for Sharing {
    const COMMANDS: &'static [&'static str] = &["dial", "share", "fetch"];
    const METRICS: &'static [&'static str] = &["pending", "done", "failed"];

    fn command(&mut self, words: &[&str]) -> Result<(), String> {
        let answer: Answer = match words {
            ["dial", contact] => {
                let (peer, address) = split(contact)?;
                Box::pin(self.client.dial(peer, address))
            }
            ["share", name, content] => Box::pin(self.client.share(name, content.as_bytes())),
            ["fetch", name] => {
                let fetched = self.client.fetch(name);
                Box::pin(async { fetched.await.map(drop) })
            }
            _ => return Err(refused(words, &FORMS)),
        };
        self.answers.borrow_mut().pending.push(answer);
        Ok(())
    }

    fn readings(&self) -> Vec<(&'static str, u64)> {
        let mut answers = self.answers.borrow_mut();
        answers.collect();
        vec![
            ("pending", answers.pending.len() as u64),
            ("done", answers.done),
            ("failed", answers.failed),
        ]
    }
}

impl Answers {
    /// Counts the answers that have come.
    fn collect(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        let (mut done, mut failed) = (0, 0);
        self.pending
            .retain_mut(|answer| match answer.as_mut().poll(&mut cx) {
                Poll::Pending => true,
                Poll::Ready(Ok(())) => {
                    done += 1;
                    false
                }
                Poll::Ready(Err(_)) => {
                    failed += 1;
                    false
                }
            });
        self.done += done;
        self.failed += failed;
    }
}
