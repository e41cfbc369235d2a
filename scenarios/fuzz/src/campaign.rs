//! Runs many generated scenarios, one after another.

use std::{
    cell::Cell,
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::PathBuf,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use super::{
    case_result::{CaseResult, run_case},
    folder,
    keep::{Origin, keep, labelled, raw_name},
    known::KnownDefects,
    shard::Shard,
    shrink::{ShrinkConstraint, shrink, size},
    summary::{CaseId, Kept, Part, Summary},
    summary_file::SummaryFile,
};
use dht_scenarios::{
    FailureSignature, RunFailure, Stacks,
    action::ActionKind,
    file::{ScenarioFile, Shrunk},
};

/// The maximum number of runs spent on shrinking one failure.
const SHRINK_RUNS: usize = 1_000;

/// How long a failure may be shrunk after the time budget of the campaign has ended,
/// counted from the moment it was found.
const SHRINK_TIME: Duration = Duration::from_secs(60);

/// How many failures with the same signature are shrunk. Further ones are only
/// counted.
const SHRUNK_PER_SIGNATURE: u64 = 8;

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
    /// The options that say what is drawn, for the summary: `--stack kad`. Empty for the
    /// standard generator.
    pub options: String,
    /// When the campaign ends.
    pub budget: Budget,
    /// How many cases run in parallel; at least one.
    pub jobs: usize,
    /// Whether to stop after the first finding.
    pub first: bool,
    /// Stop when this many cases in a row have reached no new feature.
    pub plateau: Option<u64>,
    /// The folder in which failures are kept, and a summary in a file that no other
    /// campaign writes: `campaign.json`, or `campaign-2.json` and so on.
    pub out: PathBuf,
    /// Whether the folder and the summary are written even if nothing is found.
    pub summary_if_clean: bool,
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

impl Progress {
    /// That of a campaign with these results.
    pub fn of(summary: &Summary) -> Self {
        Progress {
            cases: summary.cases,
            virtual_time: Duration::from_secs_f64(summary.virtual_s),
            features: summary.coverage.len(),
            findings: summary.findings.len(),
            known: summary.known.values().sum(),
        }
    }
}

impl Campaign {
    /// Runs the campaign. Setting `stop` ends it early. `progress` is called after
    /// each case.
    ///
    /// # Errors
    /// Returns an error before the first case if nothing can be written to the folder,
    /// and later if a failure cannot be written to disk. Failures found earlier are kept.
    #[expect(
        clippy::disallowed_methods,
        reason = "the budget is real time, and threads run simulations of their own"
    )]
    pub fn run(
        &self,
        stop: &AtomicBool,
        progress: &(dyn Fn(Progress) + Sync),
    ) -> io::Result<Summary> {
        let summary_file = match self.summary_if_clean {
            true => Some(self.claim()?),
            false => {
                folder::probe(&self.out)?;
                None
            }
        };
        let run = Run {
            campaign: self,
            stop,
            progress,
            is_over: AtomicBool::new(false),
            is_stopped: AtomicBool::new(false),
            start: Instant::now(),
            next: AtomicU64::new(0),
            state: Mutex::new(State {
                summary_file,
                ..State::default()
            }),
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
        let has_ended = true;
        let summary = run.labelled(&state.summary, has_ended);
        if let Some(file) = &state.summary_file {
            file.write(&summary)?;
        }
        Ok(summary)
    }

    /// Takes a file for the summary of this campaign. Until the campaign has ended, the
    /// file says so.
    fn claim(&self) -> io::Result<SummaryFile> {
        SummaryFile::claim(&self.out, &Summary::of(self.part()))
    }

    /// The part of this campaign, without a case.
    fn part(&self) -> Part {
        Part::new(self.seed, self.shard, &self.options)
    }
}

struct Run<'a> {
    campaign: &'a Campaign,
    /// Set from outside to end the campaign early.
    stop: &'a AtomicBool,
    /// Set when the budget is used up, the plateau is reached, or an error occurred.
    is_over: AtomicBool,
    /// Set when a case is not run because of `stop`.
    is_stopped: AtomicBool,
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
    /// The file of the summary, once there is one.
    summary_file: Option<SummaryFile>,
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
        if is_enough || self.is_over.load(Ordering::Relaxed) || self.is_late() {
            return None;
        }
        if self.stop.load(Ordering::Relaxed) {
            self.is_stopped.store(true, Ordering::Relaxed);
            return None;
        }
        Some(number * shard.count + shard.index)
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
        let actions = file.steps.iter().map(|step| &step.action);
        let planned = file.faults.iter().map(|fault| &fault.action);
        let kinds: BTreeSet<ActionKind> = actions
            .chain(planned)
            .map(|it| it.started().kind())
            .collect();
        for kind in kinds {
            *summary.drawn.entry(kind.to_string()).or_default() += 1;
        }
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
                more.or_default().push(CaseId { seed: *seed, case });
                return Ok(false);
            }
            (state.summary.cases, state.summary.virtual_s)
        };
        let origin = Origin { seed: *seed, case };
        // Write the failure to disk before shrinking it, so that it survives an
        // interruption.
        let raw = ScenarioFile {
            name: raw_name(signature, origin),
            ..labelled(file, signature, result, origin, Shrunk::No)
        };
        let raw = keep(&raw, out)?;
        let shrunk = self.shrunk(file, result, signature);
        let again = shrunk
            .as_ref()
            .map(|(small, _)| run_case(small, &self.campaign.stacks));
        let (steps_before, hosts_before) = size(file);
        let mut state = self.state();
        let place = match shrunk.zip(again) {
            Some(((small, shrunk), again)) => {
                let small = labelled(&small, signature, &again, origin, shrunk);
                let place = keep(&small, out)?;
                if raw.expected.is_empty() {
                    match fs::remove_file(raw.file) {
                        // Another campaign with the same seed has shrunk the same case.
                        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                        removed => removed?,
                    }
                }
                place
            }
            None => raw,
        };
        let finding = Kept {
            name: place.name.clone(),
            invariant: signature.clone(),
            beside: beside.into_iter().collect(),
            file: place.file.clone(),
            count: 1,
            seed: *seed,
            case,
            cases,
            virtual_s,
            steps: place.size.0,
            hosts: place.size.1,
            shrunk: place.shrunk,
            steps_before,
            hosts_before,
        };
        state.summary.place(finding, &place);
        if state.summary_file.is_none() {
            state.summary_file = Some(self.campaign.claim()?);
        }
        if let Some(file) = &state.summary_file {
            let has_ended = false;
            file.write(&self.labelled(&state.summary, has_ended))?;
        }
        if self.campaign.first {
            self.is_over.store(true, Ordering::Relaxed);
        }
        Ok(place.expected.is_empty())
    }

    /// Shrinks a failing scenario. `None` if the campaign ended before it became smaller.
    #[expect(
        clippy::disallowed_methods,
        reason = "the budget is real time, and threads run simulations of their own"
    )]
    fn shrunk(
        &self,
        file: &Arc<ScenarioFile>,
        result: &CaseResult,
        signature: &FailureSignature,
    ) -> Option<(Arc<ScenarioFile>, Shrunk)> {
        // Each run of a blocked simulation takes as long as the timeout of the
        // watchdog.
        if *signature == FailureSignature::Run(RunFailure::Blocked) {
            return Some((Arc::clone(file), Shrunk::No));
        }
        let mut shown = result.failures.iter();
        let shown = shown.find(|failure| failure.signature == *signature);
        // A step that fails for another reason is another failure.
        let cause = shown.and_then(|failure| failure.cause);
        let found = Instant::now();
        let is_cut = Cell::new(false);
        let is_enough = || {
            let is_late = self.is_late() && found.elapsed() >= SHRINK_TIME;
            is_cut.set(is_late || self.stop.load(Ordering::Relaxed));
            is_cut.get()
        };
        let (small, has_ended) = shrink(
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
                    let is_same = failure.signature == *signature && failure.cause == cause;
                    is_same && known.is_none()
                });
                unknown.next().map(|failure| failure.step)
            },
        );
        match has_ended && !is_cut.get() {
            true => Some((Arc::new(small), Shrunk::Fully)),
            false if size(&small) == size(file) => None,
            false => Some((Arc::new(small), Shrunk::Partly)),
        }
    }

    /// The summary with its part and the elapsed real time filled in.
    fn labelled(&self, summary: &Summary, has_ended: bool) -> Summary {
        Summary {
            parts: vec![Part {
                cases: summary.cases,
                has_ended,
                stopped: has_ended && self.is_stopped.load(Ordering::Relaxed),
                ..self.campaign.part()
            }],
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
            virtual_time: self.virtual_time,
            ..Progress::of(&self.summary)
        }
    }
}
