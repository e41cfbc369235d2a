//! Runs many generated scenarios, one after another.

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

/// The maximum number of runs spent on shrinking one failure.
const SHRINK_RUNS: usize = 1_000;

/// How long a failure may be shrunk after the time budget of the campaign has ended,
/// counted from the moment it was found.
const SHRINK_TIME: Duration = Duration::from_secs(60);

/// How many failures with the same signature are shrunk. Further ones are only
/// counted.
const SHRUNK_PER_SIGNATURE: u64 = 8;

/// The name of the summary file in the output folder. It is rewritten after each
/// finding.
pub(crate) const SUMMARY_FILE: &str = "campaign.json";

/// The configuration of a campaign: what is drawn, for how long, and where failures
/// are kept.
#[derive(Clone)]
pub struct Campaign {
    /// Draws the scenario of a seed and a case number.
    pub draw: Arc<dyn Fn(u64, u64) -> ScenarioFile + Send + Sync>,
    /// The stacks that the hosts of a scenario may use.
    pub stacks: Stacks,
    /// The known defects, which are counted and not kept.
    pub known: KnownDefects,
    /// The seed of the campaign. It determines every case.
    pub seed: u64,
    /// The part of the cases that this process runs.
    pub shard: Shard,
    /// When the campaign ends.
    pub budget: Budget,
    /// How many cases run in parallel; at least one.
    pub jobs: usize,
    /// Whether to stop after the first finding.
    pub first: bool,
    /// Stop when this many cases in a row have reached no new feature.
    pub plateau: Option<u64>,
    /// The folder in which failures are kept.
    pub out: PathBuf,
}

/// When a campaign ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Budget {
    /// After this many cases.
    Cases(u64),
    /// After this much real time. A failure that is found near the end is not shrunk
    /// completely.
    Time(Duration),
}

/// A part of the cases of a seed: those whose number modulo `count` equals `index`.
/// Shards are independent of each other.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Shard {
    /// The index of this part, from 0.
    pub index: u64,
    /// The number of parts; at least one.
    pub count: u64,
}

/// The error for a text that is not a shard.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a shard: write `I/N` with I from 0 to N-1, for example `0/4`")]
pub struct ShardError(String);

/// The progress of a campaign.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Progress {
    /// The number of cases run.
    pub cases: u64,
    /// The total virtual time of these cases.
    pub virtual_time: Duration,
    /// The number of features reached.
    pub features: usize,
    /// The number of failures kept.
    pub findings: usize,
    /// How often a known defect was met.
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
    /// Runs the campaign. Setting `stop` ends it early. `progress` is called after
    /// each case.
    ///
    /// # Errors
    /// Returns an error if a failure cannot be written to disk. Failures found
    /// earlier are kept.
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
        summary.write(&self.out.join(SUMMARY_FILE))?;
        Ok(summary)
    }
}

struct Run<'a> {
    campaign: &'a Campaign,
    /// Set from outside to end the campaign early.
    stop: &'a AtomicBool,
    /// Set when the budget is used up, the plateau is reached, or an error occurred.
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
    /// The number of cases since a new feature was reached.
    nothing_new: u64,
    /// The number of failures shrunk for each signature.
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
                match self.keep_failure(&file, &result, signature, beside, case) {
                    Ok(true) => break,
                    // This signature is only counted, or its file already declares it
                    // expected: try the next one.
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

    /// Whether the time budget, if there is one, is used up.
    fn is_late(&self) -> bool {
        matches!(self.campaign.budget, Budget::Time(time) if self.start.elapsed() >= time)
    }

    /// Adds a run to the summary. Returns the signatures of the failures that no
    /// known defect describes, without duplicates, in the order of their first
    /// failure.
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
        let progress = state.progress();
        drop(state);
        (self.progress)(progress);
        unknown
    }

    /// Shrinks a failure and keeps it. `beside` lists the other unknown failures of
    /// the run. Returns whether the failure is a finding of this campaign.
    fn keep_failure(
        &self,
        file: &Arc<ScenarioFile>,
        result: &CaseResult,
        signature: &FailureSignature,
        beside: Vec<FailureSignature>,
        case: u64,
    ) -> io::Result<bool> {
        let Campaign { seed, out, .. } = self.campaign;
        if *signature == FailureSignature::Run(RunFailure::Impossible) {
            return Err(io::Error::other(result.report.clone()));
        }
        let (cases, virtual_s) = {
            let mut state = self.state();
            let shrunk = state.shrunk.entry(signature.clone()).or_default();
            *shrunk += 1;
            if *shrunk > SHRUNK_PER_SIGNATURE {
                let more = state.summary.unshrunk.entry(signature.to_string());
                more.or_default().push(case);
                return Ok(false);
            }
            (state.summary.cases, state.summary.virtual_s)
        };
        let origin = Origin { seed: *seed, case };
        // Write the failure to disk before shrinking it, so that it survives an
        // interruption.
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
        self.labelled(&state.summary)
            .write(&out.join(SUMMARY_FILE))?;
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
        // Each run of a blocked simulation takes as long as the timeout of the
        // watchdog.
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

    /// The summary with the seed, the shard and the elapsed real time filled in.
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
    fn progress(&self) -> Progress {
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
    fn a_shard_is_parsed_and_must_be_below_its_count() {
        assert_eq!("1/4".parse(), Ok(Shard { index: 1, count: 4 }));
        for wrong in ["4/4", "1", "a/b", "-1/2", "0/0"] {
            assert!(wrong.parse::<Shard>().is_err(), "{wrong}");
        }
    }
}
