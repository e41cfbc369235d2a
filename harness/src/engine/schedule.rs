//! The order in which ready tasks run.
//!
//! Responsible for the random draws of a schedule. Each host and the events
//! have a source of their own, so that no other draw of the run depends on
//! them. It must not know what the tasks do, nor what wakes them.

use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;
use rand_pcg::Pcg64Mcg;
use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::net::HostId;

/// The order in which tasks that are ready at one instant run.
///
/// A real executor may choose either order. Both are deterministic: the same seed
/// gives the same run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// In the order in which they were woken, after each event, and only when
    /// they were woken.
    #[default]
    Arrival,
    /// In an order drawn from the seed. Several events of one instant may be
    /// delivered before the tasks that the first of them woke are polled, and a
    /// task that was polled may be polled again without being woken.
    ///
    /// Only tasks of the harness's executor can be deferred: those of
    /// [`Node::spawn`](crate::Node::spawn) and
    /// [`Node::swarm_config`](crate::Node::swarm_config), and the hosts
    /// themselves. Tasks spawned with `tokio::spawn`, as by a swarm
    /// `with_tokio`, run in tokio's order; a paused host does not run at all.
    Drawn,
}

/// How many times in a row a ready task may be deferred.
const MOST_DEFERRALS: u8 = 3;

/// How many times in a row a task has to yield so that each task that is ready
/// now has run, under any schedule.
pub(crate) const TURNS_OF_ALL: u8 = MOST_DEFERRALS + 1;

/// The random draws of a run. All clones draw from the same sources.
#[derive(Clone, Default)]
pub(super) struct Draws(Option<Arc<Mutex<Sources>>>);

struct Sources {
    seed: u64,
    events: Pcg64Mcg,
    /// One source per host, by host number.
    hosts: Vec<Pcg64Mcg>,
}

impl Draws {
    /// The draws of a schedule under this seed.
    pub(super) fn new(schedule: Schedule, seed: u64) -> Self {
        match schedule {
            Schedule::Arrival => Draws(None),
            Schedule::Drawn => Draws(Some(Arc::new(Mutex::new(Sources {
                seed,
                events: source(seed, "events", 0),
                hosts: Vec::new(),
            })))),
        }
    }

    /// Whether the order is drawn.
    pub(super) fn are_drawn(&self) -> bool {
        self.0.is_some()
    }

    /// Whether the next event of the same instant is delivered before the tasks
    /// that the previous one woke are polled.
    pub(super) fn join_events(&self) -> bool {
        self.draw(|sources| one_in(2, &mut sources.events))
    }

    /// Draws an event that happens to a task of the host once in `chances`
    /// times.
    #[inline]
    fn happens(&self, host: HostId, chances: u64) -> bool {
        self.draw(|sources| one_in(chances, sources.of(host)))
    }

    /// Called on each poll of a task; usually there is nothing to draw.
    #[inline]
    fn draw(&self, draw: impl FnOnce(&mut Sources) -> bool) -> bool {
        self.0.as_ref().is_some_and(|sources| {
            draw(&mut sources.lock().unwrap_or_else(PoisonError::into_inner))
        })
    }
}

impl Sources {
    fn of(&mut self, host: HostId) -> &mut Pcg64Mcg {
        let index = host.0 as usize;
        while self.hosts.len() <= index {
            let next = source(self.seed, "tasks", self.hosts.len() as u32);
            self.hosts.push(next);
        }
        &mut self.hosts[index]
    }
}

/// The schedule's decisions about a task since it last ran.
#[derive(Default)]
pub(super) struct Turn {
    deferrals: u8,
    /// The task was polled again without being woken; that does not happen
    /// twice in a row.
    polled_again: bool,
}

impl Turn {
    /// Whether the task, which is ready, is deferred.
    pub(super) fn is_deferred(&mut self, draws: &Draws, host: HostId) -> bool {
        let is_deferred = self.deferrals < MOST_DEFERRALS && draws.happens(host, 2);
        self.deferrals = if is_deferred { self.deferrals + 1 } else { 0 };
        is_deferred
    }

    /// Whether the task, which was polled and is pending, is polled again.
    pub(super) fn is_polled_again(&mut self, draws: &Draws, host: HostId) -> bool {
        self.polled_again = !self.polled_again && draws.happens(host, 4);
        self.polled_again
    }
}

fn one_in(chances: u64, source: &mut Pcg64Mcg) -> bool {
    source.next_u64().is_multiple_of(chances)
}

/// A source of random numbers for one purpose and host.
fn source(seed: u64, purpose: &str, host: u32) -> Pcg64Mcg {
    let mut label = b"schedule ".to_vec();
    label.extend_from_slice(purpose.as_bytes());
    label.extend_from_slice(&host.to_le_bytes());
    Pcg64Mcg::new(xxh3_128_with_seed(&label, seed))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HOST: HostId = HostId(3);

    #[test]
    fn arrival_draws_nothing() {
        let draws = Draws::new(Schedule::Arrival, 1);
        let mut turn = Turn::default();
        for _ in 0..100 {
            assert!(!turn.is_deferred(&draws, HOST));
            assert!(!turn.is_polled_again(&draws, HOST));
            assert!(!draws.join_events());
        }
    }

    #[test]
    fn a_task_is_deferred_only_so_many_times_in_a_row() {
        for seed in 0..200 {
            let draws = Draws::new(Schedule::Drawn, seed);
            let mut turn = Turn::default();
            let turns = (1..).find(|_| !turn.is_deferred(&draws, HOST));
            assert!(
                turns.is_some_and(|turns| turns <= TURNS_OF_ALL),
                "{turns:?}"
            );
        }
    }

    #[test]
    fn no_task_is_polled_again_twice_in_a_row() {
        let draws = Draws::new(Schedule::Drawn, 1);
        let mut turn = Turn::default();
        let again: Vec<_> = (0..1000)
            .map(|_| turn.is_polled_again(&draws, HOST))
            .collect();
        assert!(again.contains(&true));
        assert!(!again.windows(2).any(|pair| pair == [true, true]));
    }

    #[test]
    fn draws_of_one_host_do_not_affect_another() {
        let draw =
            |draws: &Draws, host| (0..64).map(|_| draws.happens(host, 2)).collect::<Vec<_>>();
        let alone = draw(&Draws::new(Schedule::Drawn, 7), HOST);
        let draws = Draws::new(Schedule::Drawn, 7);
        assert_ne!(draw(&draws, HostId(9)), alone);
        draws.join_events();
        assert_eq!(draw(&draws, HOST), alone);
    }
}
