//! In which order ready tasks run.
//!
//! Responsible for the draws of a schedule, one source of random numbers a host
//! and one for the events, so that no other draw of the run depends on them.
//! It must not know what the tasks do, nor who wakes them.

use std::sync::{Arc, Mutex, PoisonError};

use rand::Rng;
use rand_pcg::Pcg64Mcg;
use xxhash_rust::xxh3::xxh3_128_with_seed;

use crate::net::HostId;

/// In which order the tasks of hosts run that are ready at one instant.
///
/// Either order is one that a real executor may choose, and both are exact: the
/// same seed gives the same run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Schedule {
    /// In the order in which they were woken, after each event, and only when
    /// they were woken.
    #[default]
    Arrival,
    /// In an order drawn from the seed. Events of one instant may take place
    /// before anybody runs whom the first of them has woken, and a task that
    /// was polled may be polled once more for nothing.
    ///
    /// Only tasks of the harness's executor can be put off:
    /// [`Node::spawn`](crate::Node::spawn),
    /// [`Node::swarm_config`](crate::Node::swarm_config) and the hosts
    /// themselves. What is spawned with `tokio::spawn`, as by a swarm
    /// `with_tokio`, runs in tokio's order; a paused host does not run at all.
    Drawn,
}

/// How often a task that is ready lets the others go first.
const MOST_STEPS_BACK: u8 = 3;

/// How many turns in a row somebody has to let pass so that each task which is
/// ready now has run, whatever the schedule.
pub(crate) const TURNS_OF_ALL: u8 = MOST_STEPS_BACK + 1;

/// The draws of a run; all clones draw from the same sources.
#[derive(Clone, Default)]
pub(super) struct Draws(Option<Arc<Mutex<Sources>>>);

struct Sources {
    seed: u64,
    events: Pcg64Mcg,
    /// By host number.
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

    /// Whether anything is drawn.
    pub(super) fn are_drawn(&self) -> bool {
        self.0.is_some()
    }

    /// Whether an event takes place before those run whom the one before it at
    /// the same instant has woken.
    pub(super) fn join_events(&self) -> bool {
        self.draw(|sources| one_in(2, &mut sources.events))
    }

    /// Something that one time in `chances` happens to a task of the host.
    #[inline]
    fn strikes(&self, host: HostId, chances: u64) -> bool {
        self.draw(|sources| one_in(chances, sources.of(host)))
    }

    /// Asked at each turn of a task, and as a rule there is nothing to draw.
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

/// What the schedule has done with a task since it last ran.
#[derive(Default)]
pub(super) struct Turn {
    steps_back: u8,
    /// It was woken for nothing, and that is not done twice in a row.
    roused: bool,
}

impl Turn {
    /// Whether the task, which is ready, has to let the others go first.
    pub(super) fn steps_back(&mut self, draws: &Draws, host: HostId) -> bool {
        let back = self.steps_back < MOST_STEPS_BACK && draws.strikes(host, 2);
        self.steps_back = if back { self.steps_back + 1 } else { 0 };
        back
    }

    /// Whether the task, which was polled and waits, is polled once more.
    pub(super) fn is_roused(&mut self, draws: &Draws, host: HostId) -> bool {
        self.roused = !self.roused && draws.strikes(host, 4);
        self.roused
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
            assert!(!turn.steps_back(&draws, HOST));
            assert!(!turn.is_roused(&draws, HOST));
            assert!(!draws.join_events());
        }
    }

    #[test]
    fn a_task_runs_at_the_latest_when_it_has_stepped_back_so_often() {
        for seed in 0..200 {
            let draws = Draws::new(Schedule::Drawn, seed);
            let mut turn = Turn::default();
            let turns = (1..).find(|_| !turn.steps_back(&draws, HOST));
            assert!(
                turns.is_some_and(|turns| turns <= TURNS_OF_ALL),
                "{turns:?}"
            );
        }
    }

    #[test]
    fn nobody_is_roused_twice_in_a_row() {
        let draws = Draws::new(Schedule::Drawn, 1);
        let mut turn = Turn::default();
        let roused: Vec<_> = (0..1000).map(|_| turn.is_roused(&draws, HOST)).collect();
        assert!(roused.contains(&true));
        assert!(!roused.windows(2).any(|pair| pair == [true, true]));
    }

    #[test]
    fn what_one_host_draws_leaves_the_others_as_they_were() {
        let draw =
            |draws: &Draws, host| (0..64).map(|_| draws.strikes(host, 2)).collect::<Vec<_>>();
        let alone = draw(&Draws::new(Schedule::Drawn, 7), HOST);
        let draws = Draws::new(Schedule::Drawn, 7);
        assert_ne!(draw(&draws, HostId(9)), alone);
        draws.join_events();
        assert_eq!(draw(&draws, HOST), alone);
    }
}
