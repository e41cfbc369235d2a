//! Many generated scenarios, one after another.

use std::{
    fmt, fs, io,
    path::PathBuf,
    str::FromStr,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use thiserror::Error;

use super::{
    keep::{Origin, keep, labelled},
    known::Known,
    shrink::{Premise, shrink, size},
    summary::{Kept, Summary},
    trial::{Sighting, Trial, try_out},
};
use crate::{file::ScenarioFile, stacks::Stacks, symptom::Symptom};

/// How many runs a failure is worth while it is shrunk.
const SHRINK_RUNS: usize = 600;

/// How long a failure may be shrunk when the time of the campaign is over, from
/// when it was found.
const SHRINK_TIME: Duration = Duration::from_secs(60);

/// How many failures of one symptom are shrunk; more of them are only counted.
const SHRUNK_PER_SYMPTOM: u64 = 4;

/// Draws the scenario of a seed and a number.
pub type Draw = Arc<dyn Fn(u64, u64) -> ScenarioFile + Send + Sync>;

/// What to look for, how long, and where to keep it.
#[derive(Clone)]
pub struct Campaign {
    /// Draws the scenarios.
    pub draw: Draw,
    /// The stacks that their hosts have.
    pub stacks: Stacks,
    /// What is known to go wrong.
    pub known: Known,
    /// Seeds everything.
    pub seed: u64,
    /// Which cases of the seed.
    pub shard: Shard,
    /// How long.
    pub budget: Budget,
    /// How many cases at a time; at least one.
    pub jobs: usize,
    /// Stop after the first finding.
    pub first: bool,
    /// Stop when so many cases in a row have reached nothing new.
    pub plateau: Option<u64>,
    /// Where failures are kept.
    pub out: PathBuf,
}

/// When a campaign is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// After so many cases.
    Cases(u64),
    /// After so much real time. What is found last is not shrunk to the end.
    Time(Duration),
}

/// A part of the cases of a seed: those whose number leaves `index` when it is
/// divided by `count`. Shards need not know of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// Which part, from 0.
    pub index: u64,
    /// Of how many; at least one.
    pub count: u64,
}

/// A text that names no shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is no shard: it is written `I/N`, with I from 0 to N-1, as `0/4`")]
pub struct ShardError(String);

/// How far a campaign is.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// Cases that were run.
    pub cases: u64,
    /// The virtual time that passed in them.
    pub virtual_time: Duration,
    /// Features reached.
    pub features: usize,
    /// Failures kept.
    pub findings: usize,
    /// Times that known defects were met.
    pub known: u64,
}

impl FromStr for Shard {
    type Err = ShardError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let shard = text.split_once('/').and_then(|(index, count)| {
            Some(Shard {
                index: index.parse().ok()?,
                count: count.parse().ok()?,
            })
        });
        shard
            .filter(|shard| shard.index < shard.count)
            .ok_or_else(|| ShardError(text.to_owned()))
    }
}

impl fmt::Display for Shard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}/{}", self.index, self.count)
    }
}

impl Campaign {
    /// Runs it. `stop` ends it early; `progress` is told after each case.
    ///
    /// # Errors
    /// A failure could not be kept. Those before it were.
    pub fn run(
        &self,
        stop: &AtomicBool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> io::Result<Summary> {
        let run = Run {
            campaign: self,
            stop,
            progress,
            start: Instant::now(),
            next: AtomicU64::new(0),
            state: Mutex::default(),
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| run.work());
            }
        });
        let state = run
            .state
            .into_inner()
            .unwrap_or_else(PoisonError::into_inner);
        if let Some(error) = state.failed {
            return Err(error);
        }
        Ok(Summary {
            seed: self.seed,
            shard: self.shard.to_string(),
            wall_s: run.start.elapsed().as_secs_f64(),
            ..state.summary
        })
    }
}

struct Run<'a> {
    campaign: &'a Campaign,
    stop: &'a AtomicBool,
    progress: &'a (dyn Fn(Progress) + Sync),
    start: Instant,
    next: AtomicU64,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    summary: Summary,
    virtual_time: Duration,
    /// Cases since something new was reached.
    nothing_new: u64,
    failed: Option<io::Error>,
}

impl Run<'_> {
    fn work(&self) {
        while let Some(case) = self.next_case() {
            let file = Arc::new((self.campaign.draw)(self.campaign.seed, case));
            let trial = try_out(&file, &self.campaign.stacks);
            let unknown = self.account(&file, &trial);
            if let Some(sighting) = unknown
                && let Err(error) = self.found(&file, &trial, &sighting, case)
            {
                self.state().failed = Some(error);
                self.stop.store(true, Ordering::Relaxed);
            }
        }
    }

    fn next_case(&self) -> Option<u64> {
        let Campaign { shard, budget, .. } = self.campaign;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let is_enough = matches!(budget, Budget::Cases(cases) if number >= *cases);
        let is_over = is_enough || self.is_late() || self.stop.load(Ordering::Relaxed);
        (!is_over).then(|| number * shard.count + shard.index)
    }

    /// Whether the time of the campaign is over, if it has one.
    fn is_late(&self) -> bool {
        matches!(self.campaign.budget, Budget::Time(time) if self.start.elapsed() >= time)
    }

    /// Adds a run to the summary. Returns the first thing that went wrong and is
    /// not known to.
    fn account(&self, file: &ScenarioFile, trial: &Trial) -> Option<Sighting> {
        let mut state = self.state();
        state.virtual_time += trial.virtual_time;
        let virtual_s = state.virtual_time.as_secs_f64();
        let summary = &mut state.summary;
        summary.cases += 1;
        summary.virtual_s = virtual_s;
        summary.steps += trial.steps as u64;
        summary.steps_effective += trial.effective as u64;
        let new = summary.coverage.merge(&trial.reached);
        let mut unknown = None;
        for sighting in &trial.sightings {
            match self.campaign.known.describes(file, sighting) {
                Some(defect) => *summary.known.entry(defect.id.clone()).or_default() += 1,
                None => unknown = unknown.or_else(|| Some(sighting.clone())),
            }
        }
        state.nothing_new = if new > 0 { 0 } else { state.nothing_new + 1 };
        let plateau = self.campaign.plateau;
        if plateau.is_some_and(|plateau| state.nothing_new >= plateau) {
            self.stop.store(true, Ordering::Relaxed);
        }
        let far = state.far();
        drop(state);
        (self.progress)(far);
        unknown
    }

    /// Shrinks a failure and keeps it.
    fn found(
        &self,
        file: &Arc<ScenarioFile>,
        trial: &Trial,
        sighting: &Sighting,
        case: u64,
    ) -> io::Result<()> {
        let Campaign { seed, out, .. } = self.campaign;
        let symptom = &sighting.symptom;
        let (cases, virtual_s, alike) = {
            let state = self.state();
            let alike = state.summary.findings.iter();
            let alike = alike.filter(|finding| finding.invariant == *symptom);
            let alike: u64 = alike.map(|finding| finding.count).sum();
            (state.summary.cases, state.summary.virtual_s, alike)
        };
        if alike >= SHRUNK_PER_SYMPTOM {
            let mut state = self.state();
            let findings = &mut state.summary.findings;
            if let Some(finding) = findings
                .iter_mut()
                .find(|known| known.invariant == *symptom)
            {
                finding.count += 1;
            }
            return Ok(());
        }
        let origin = Origin { seed: *seed, case };
        // On disk before anything else is done with it.
        let raw = ScenarioFile {
            name: format!("{}-case-{case}", symptom.slug()),
            ..labelled(file, symptom, trial, origin)
        };
        let raw_path = keep(&raw, out)?;
        let small = Arc::new(self.shrunk(file, symptom));
        let again = try_out(&small, &self.campaign.stacks);
        if let Some(seen) = again.sighting(symptom)
            && let Some(defect) = self.campaign.known.describes(&small, seen)
        {
            *self
                .state()
                .summary
                .known
                .entry(defect.id.clone())
                .or_default() += 1;
            return fs::remove_file(raw_path);
        }
        let small = labelled(&small, symptom, &again, origin);
        let path = keep(&small, out)?;
        fs::remove_file(raw_path)?;
        let ((steps, hosts), (steps_before, hosts_before)) = (size(&small), size(file));
        self.state().summary.add(Kept {
            name: small.name,
            invariant: symptom.clone(),
            file: path,
            count: 1,
            case,
            cases,
            virtual_s,
            steps,
            hosts,
            steps_before,
            hosts_before,
        });
        if self.campaign.first {
            self.stop.store(true, Ordering::Relaxed);
        }
        Ok(())
    }

    fn shrunk(&self, file: &ScenarioFile, symptom: &Symptom) -> ScenarioFile {
        // Each run of a blocked one takes as long as the watchdog waits.
        if matches!(symptom, Symptom::Run(how) if how == "blocked") {
            return file.clone();
        }
        let found = Instant::now();
        shrink(file, SHRINK_RUNS, Premise::of(symptom), |candidate| {
            if self.is_late() && found.elapsed() >= SHRINK_TIME {
                return None;
            }
            let trial = try_out(candidate, &self.campaign.stacks);
            let sighting = trial.sighting(symptom)?;
            let known = self.campaign.known.describes(candidate, sighting);
            known.is_none().then_some(sighting.step)
        })
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn far(&self) -> Progress {
        Progress {
            cases: self.summary.cases,
            virtual_time: self.virtual_time,
            features: self.summary.coverage.len(),
            findings: self.summary.findings.len(),
            known: self.summary.known.values().sum(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shards_are_parts_of_a_whole() {
        assert_eq!("1/4".parse(), Ok(Shard { index: 1, count: 4 }));
        for wrong in ["4/4", "1", "a/b", "-1/2", "0/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
