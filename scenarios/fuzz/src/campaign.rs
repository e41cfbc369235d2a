//! Many generated scenarios, one after another.

use std::{
    collections::{BTreeMap, BTreeSet},
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
    case_result::{CaseResult, run_case},
    keep::{Origin, keep, labelled, raw_name},
    known::KnownDefects,
    shrink::{ShrinkConstraint, shrink, size},
    summary::{Kept, Summary},
};
use dht_scenarios::{FailureSignature, RunFailure, Stacks, file::ScenarioFile};

/// How many runs a failure is worth while it is shrunk.
const SHRINK_RUNS: usize = 1_000;

/// How long a failure may be shrunk when the time of the campaign is over, from
/// when it was found.
const SHRINK_TIME: Duration = Duration::from_secs(60);

/// How many failures of one signature are shrunk; more of them are only counted.
const SHRUNK_PER_SYMPTOM: u64 = 8;

/// What a campaign leaves beside its findings, anew after each of them.
pub(crate) const CAMPAIGN: &str = "campaign.json";

/// What to look for, how long, and where to keep it.
#[derive(Clone)]
pub struct Campaign {
    /// Draws the scenarios.
    pub draw: Arc<dyn Fn(u64, u64) -> ScenarioFile + Send + Sync>,
    /// The stacks that their hosts have.
    pub stacks: Stacks,
    /// What is known to go wrong.
    pub known: KnownDefects,
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
    #[expect(
        clippy::disallowed_methods,
        reason = "the budget is real time, and threads run simulations of their own"
    )]
    pub fn run(
        &self,
        stop: &AtomicBool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> io::Result<Summary> {
        let run = Run {
            campaign: self,
            stop,
            progress,
            is_over: AtomicBool::new(false),
            start: Instant::now(),
            next: AtomicU64::new(0),
            state: Mutex::default(),
        };
        thread::scope(|scope| {
            for _ in 0..self.jobs.max(1) {
                scope.spawn(|| run.work());
            }
        });
        let mut state = run.state();
        if let Some(error) = state.failed.take() {
            return Err(error);
        }
        let summary = run.labelled(&state.summary);
        summary.write(&self.out.join(CAMPAIGN))?;
        Ok(summary)
    }
}

struct Run<'a> {
    campaign: &'a Campaign,
    /// Somebody wants it to end.
    stop: &'a AtomicBool,
    /// It has come to its own end.
    is_over: AtomicBool,
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
    /// How many failures of each signature were shrunk.
    shrunk: BTreeMap<FailureSignature, u64>,
    failed: Option<io::Error>,
}

impl Run<'_> {
    fn work(&self) {
        while let Some(case) = self.next_case() {
            let file = Arc::new((self.campaign.draw)(self.campaign.seed, case));
            let result = run_case(&file, &self.campaign.stacks);
            let unknown = self.account(&file, &result);
            for (number, signature) in unknown.iter().enumerate() {
                let beside = [&unknown[..number], &unknown[number + 1..]].concat();
                match self.found(&file, &result, signature, beside, case) {
                    Ok(true) => break,
                    // It is kept no more, or it carries a judgement: the next one.
                    Ok(false) => {}
                    Err(error) => {
                        self.state().failed = Some(error);
                        self.is_over.store(true, Ordering::Relaxed);
                        break;
                    }
                }
            }
        }
    }

    fn next_case(&self) -> Option<u64> {
        let Campaign { shard, budget, .. } = self.campaign;
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        let is_enough = matches!(budget, Budget::Cases(cases) if number >= *cases);
        let is_over = self.is_over.load(Ordering::Relaxed) || self.stop.load(Ordering::Relaxed);
        (!is_enough && !is_over && !self.is_late()).then(|| number * shard.count + shard.index)
    }

    /// Whether the time of the campaign is over, if it has one.
    fn is_late(&self) -> bool {
        matches!(self.campaign.budget, Budget::Time(time) if self.start.elapsed() >= time)
    }

    /// Adds a run to the summary. Returns what went wrong and is not known to, each
    /// signature once, in the order of its first failure.
    fn account(&self, file: &ScenarioFile, result: &CaseResult) -> Vec<FailureSignature> {
        let mut known = BTreeSet::new();
        let mut unknown = Vec::new();
        for failure in &result.failures {
            match self.campaign.known.describes(file, result, failure) {
                Some(defect) => drop(known.insert(&defect.id)),
                None if unknown.contains(&failure.signature) => {}
                None => unknown.push(failure.signature.clone()),
            }
        }
        let mut state = self.state();
        state.virtual_time += result.virtual_time;
        let virtual_s = state.virtual_time.as_secs_f64();
        let summary = &mut state.summary;
        summary.cases += 1;
        summary.virtual_s = virtual_s;
        summary.steps += result.steps as u64;
        summary.steps_effective += result.effective as u64;
        for id in known {
            summary.met(id);
        }
        let new = summary.coverage.merge(&result.reached);
        state.nothing_new = if new > 0 { 0 } else { state.nothing_new + 1 };
        let plateau = self.campaign.plateau;
        if plateau.is_some_and(|plateau| state.nothing_new >= plateau) {
            self.is_over.store(true, Ordering::Relaxed);
        }
        let far = state.far();
        drop(state);
        (self.progress)(far);
        unknown
    }

    /// Shrinks a failure and keeps it. `beside` is what else was wrong in the run.
    /// Returns whether it is a finding of this campaign.
    fn found(
        &self,
        file: &Arc<ScenarioFile>,
        result: &CaseResult,
        signature: &FailureSignature,
        beside: Vec<FailureSignature>,
        case: u64,
    ) -> io::Result<bool> {
        let Campaign { seed, out, .. } = self.campaign;
        if *signature == FailureSignature::Run(RunFailure::Impossible) {
            return Err(io::Error::other(result.story.clone()));
        }
        let (cases, virtual_s) = {
            let mut state = self.state();
            let shrunk = state.shrunk.entry(signature.clone()).or_default();
            *shrunk += 1;
            if *shrunk > SHRUNK_PER_SYMPTOM {
                let more = state.summary.unshrunk.entry(signature.to_string());
                more.or_default().push(case);
                return Ok(false);
            }
            (state.summary.cases, state.summary.virtual_s)
        };
        let origin = Origin { seed: *seed, case };
        // On disk before anything else is done with it.
        let raw = ScenarioFile {
            name: raw_name(signature, origin),
            ..labelled(file, signature, result, origin)
        };
        let raw = keep(&raw, out)?;
        let small = Arc::new(self.shrunk(file, signature));
        let again = run_case(&small, &self.campaign.stacks);
        let small = labelled(&small, signature, &again, origin);
        let (steps_before, hosts_before) = size(file);
        let mut state = self.state();
        let place = keep(&small, out)?;
        if raw.expected.is_empty() {
            fs::remove_file(raw.file)?;
        }
        let finding = Kept {
            name: small.name.clone(),
            invariant: signature.clone(),
            beside: beside.into_iter().collect(),
            file: place.file.clone(),
            count: 1,
            case,
            cases,
            virtual_s,
            steps: place.size.0,
            hosts: place.size.1,
            steps_before,
            hosts_before,
        };
        state.summary.place(finding, &place);
        self.labelled(&state.summary).write(&out.join(CAMPAIGN))?;
        if self.campaign.first {
            self.is_over.store(true, Ordering::Relaxed);
        }
        Ok(place.expected.is_empty())
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "the budget is real time, and threads run simulations of their own"
    )]
    fn shrunk(&self, file: &ScenarioFile, signature: &FailureSignature) -> ScenarioFile {
        // Each run of a blocked one takes as long as the watchdog waits.
        if *signature == FailureSignature::Run(RunFailure::Blocked) {
            return file.clone();
        }
        let found = Instant::now();
        let is_enough = || {
            let is_late = self.is_late() && found.elapsed() >= SHRINK_TIME;
            is_late || self.stop.load(Ordering::Relaxed)
        };
        shrink(
            file,
            SHRINK_RUNS,
            ShrinkConstraint::of(signature),
            |candidate| {
                if is_enough() {
                    return None;
                }
                let result = run_case(candidate, &self.campaign.stacks);
                let mut unknown = result.failures.iter().filter(|failure| {
                    let known = self.campaign.known.describes(candidate, &result, failure);
                    failure.signature == *signature && known.is_none()
                });
                unknown.next().map(|failure| failure.step)
            },
        )
    }

    /// A summary with what it is of.
    fn labelled(&self, summary: &Summary) -> Summary {
        Summary {
            seed: self.campaign.seed,
            shard: self.campaign.shard.to_string(),
            wall_s: self.start.elapsed().as_secs_f64(),
            ..summary.clone()
        }
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
