//! A scenario, and one run of it.

use std::{
    fmt,
    path::PathBuf,
    str::FromStr,
    sync::Arc,
    time::{Duration, Instant},
};

use dht_harness::{
    Schedule, Sim, SimBuilder, SimError, TransportKind, check::Violation, sim::Failure,
};

use crate::{
    file::{Allow, Problems, ScenarioFile, Transport},
    stacks::Stacks,
    stage::{Attempt, Play, STEP_HOLDS, failed_step},
    symptom::Symptom,
    verdict::{CaseReport, Verdict},
};

/// What is to come of a scenario on one stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Every step and every invariant holds.
    Pass,
    /// All of this goes wrong, and nothing else: rust-libp2p differs from
    /// go-libp2p, or has a defect. When something of it no longer does, the
    /// scenario is stale.
    Known(Vec<Known>),
    /// The host is broken on purpose, and these invariants have to find it.
    Caught {
        /// Each of them is violated.
        invariants: Vec<String>,
    },
    /// Fuzzing has found that this goes wrong, and nobody has mended it: red for
    /// as long as it does, and stale when it no longer does.
    Found(Symptom),
}

/// Something that is known to go wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its entry in the list of differences (`D1`) or of upstream defects.
    pub id: String,
    /// What it violates.
    pub wrong: Wrong,
}

/// How something goes wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wrong {
    /// This invariant is violated.
    Invariant(String),
    /// This step of a scenario file fails.
    Step(String),
}

impl Expect {
    /// A difference from go-libp2p: this invariant is violated.
    pub fn difference(id: &str, invariant: &str) -> Self {
        Expect::Known(vec![Known {
            id: id.to_owned(),
            wrong: Wrong::Invariant(invariant.to_owned()),
        }])
    }

    /// These invariants find what is broken.
    pub fn caught(invariants: &[&str]) -> Self {
        Expect::Caught {
            invariants: invariants.iter().map(ToString::to_string).collect(),
        }
    }
}

impl Known {
    fn describes(&self, violation: &Violation) -> bool {
        match &self.wrong {
            Wrong::Invariant(name) => violation.invariant == name,
            Wrong::Step(text) => violation.invariant == STEP_HOLDS && violation.subject == *text,
        }
    }
}

impl fmt::Display for Wrong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Wrong::Invariant(name) => write!(f, "the violation of {name}"),
            Wrong::Step(text) => write!(f, "the failure of the step {text:?}"),
        }
    }
}

/// How a scenario is run once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The stack, by the name that the scenario knows it by.
    pub stack: String,
    /// What lies under the swarms.
    pub transport: TransportKind,
    /// Seeds every draw.
    pub seed: u64,
    /// In which order ready tasks run.
    pub schedule: Schedule,
    /// Where to write the trace, if anywhere.
    pub trace: Option<PathBuf>,
}

impl Setting {
    /// A simulation set up for this run, to be completed by the scenario.
    pub fn sim(&self) -> SimBuilder {
        let sim = Sim::builder()
            .seed(self.seed)
            .schedule(self.schedule)
            .transport(self.transport);
        match &self.trace {
            Some(path) => sim.trace(path),
            None => sim,
        }
    }

    /// The stack as a value.
    ///
    /// # Errors
    /// The scenario was given a stack that it does not know.
    pub fn stack<S: FromStr<Err: fmt::Display>>(&self) -> Result<S, SimError> {
        self.stack
            .parse()
            .map_err(|error: S::Err| SimError::Other(error.to_string()))
    }
}

/// What a run reports when all went well.
pub type Ran = dht_harness::sim::Report<()>;

/// The steps of a scenario: sets the simulation up by the setting, and runs it.
type Body = Arc<dyn Fn(&Setting, &Expect) -> Result<Ran, Failure> + Send + Sync>;

/// Something that hosts have to live through.
#[derive(Clone)]
pub struct Scenario {
    /// Family and name, for example `founding/double-close`.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The tests elsewhere that it covers, for example
    /// `go-libp2p:TestMultipleClose`.
    pub covers: Vec<String>,
    /// The file it was read from, if it was.
    pub file: Option<Arc<ScenarioFile>>,
    /// What is wrong with the file.
    unreadable: Option<String>,
    variants: Vec<Variant>,
    schedule: Schedule,
    only: Option<TransportKind>,
    body: Body,
    /// The file as something that tells what came of each step.
    play: Option<Play>,
}

#[derive(Clone)]
struct Variant {
    stack: String,
    transport: TransportKind,
    expect: Expect,
}

impl Scenario {
    /// A scenario that runs on the stacks that [`on`](Self::on) adds.
    pub fn new(
        name: &str,
        about: &str,
        body: impl Fn(&Setting) -> Result<Ran, Failure> + Send + Sync + 'static,
    ) -> Self {
        Scenario {
            name: name.to_owned(),
            about: about.to_owned(),
            covers: Vec::new(),
            file: None,
            unreadable: None,
            variants: Vec::new(),
            schedule: Schedule::default(),
            only: None,
            body: Arc::new(move |setting, _| body(setting)),
            play: None,
        }
    }

    /// A scenario of a file, of this family; its hosts may have these stacks.
    pub fn of_file(family: &str, file: ScenarioFile, stacks: &Stacks) -> Self {
        let file = Arc::new(file);
        let play = Play::new(Arc::clone(&file), stacks.clone());
        Scenario {
            name: format!("{family}/{}", file.name),
            about: file.about.clone(),
            covers: file.covers.clone(),
            variants: variants(&file),
            schedule: file.schedule.into(),
            only: None,
            file: Some(file),
            unreadable: None,
            play: Some(play.clone()),
            body: Arc::new(move |setting, expect| play.run(setting, may_fail(expect))),
        }
    }

    /// A file that cannot be read as a scenario: it fails wherever it is run.
    pub fn unreadable(name: &str, problems: &Problems) -> Self {
        let mut scenario = Scenario::new(name, "It cannot be read", |setting| {
            setting.sim().run(|_| Ok(()))
        });
        scenario.unreadable = Some(problems.to_string());
        scenario
            .on("unreadable", Expect::Pass)
            .only(TransportKind::Mux)
    }

    /// Names the tests elsewhere that it covers.
    pub fn covers(mut self, covers: &[&str]) -> Self {
        self.covers = covers.iter().map(ToString::to_string).collect();
        self
    }

    /// Also runs on this stack, to this end, on both transports.
    pub fn on(mut self, stack: &str, expect: Expect) -> Self {
        for transport in TransportKind::ALL {
            self.variants.push(Variant {
                stack: stack.to_owned(),
                transport,
                expect: expect.clone(),
            });
        }
        self
    }

    /// Lets ready tasks run in this order.
    pub fn scheduled(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Runs on this transport only.
    pub fn only(mut self, transport: TransportKind) -> Self {
        self.only = Some(transport);
        self
    }

    /// Each combination of stack and transport, in a fixed order.
    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        let is_meant = |variant: &&Variant| self.only.is_none_or(|only| only == variant.transport);
        self.variants.iter().filter(is_meant).map(|variant| Case {
            scenario: self,
            stack: &variant.stack,
            expect: &variant.expect,
            transport: variant.transport,
        })
    }
}

/// The steps whose failure is known.
fn may_fail(expect: &Expect) -> Vec<String> {
    let Expect::Known(known) = expect else {
        return Vec::new();
    };
    let steps = known.iter().filter_map(|known| match &known.wrong {
        Wrong::Step(text) => Some(text.clone()),
        Wrong::Invariant(_) => None,
    });
    steps.collect()
}

/// The family of failures that were found by fuzzing and kept.
pub const REGRESSIONS: &str = "regressions";

/// The stack of hosts in files that name none.
pub(crate) const DEFAULT_STACK: &str = "kad-identify";

fn variants(file: &ScenarioFile) -> Vec<Variant> {
    let stacks = match file.stacks.as_slice() {
        [] => vec![DEFAULT_STACK.to_owned()],
        stacks => stacks.to_vec(),
    };
    let mut variants = Vec::new();
    for stack in stacks {
        for transport in [Transport::Mux, Transport::Stream] {
            if !file.transports.is_empty() && !file.transports.contains(&transport) {
                continue;
            }
            let known: Vec<Known> = file
                .allow
                .iter()
                .filter(|allow| allow.stacks.is_empty() || allow.stacks.contains(&stack))
                .filter(|allow| {
                    allow.transports.is_empty() || allow.transports.contains(&transport)
                })
                .map(known)
                .collect();
            let found = file
                .found
                .as_ref()
                .and_then(|found| found.violates.parse().ok());
            let expect = match (found, known.is_empty(), file.violates.is_empty()) {
                (_, false, _) => Expect::Known(known),
                (Some(symptom), true, _) => Expect::Found(symptom),
                (None, true, false) => Expect::Caught {
                    invariants: file.violates.clone(),
                },
                (None, true, true) => Expect::Pass,
            };
            variants.push(Variant {
                stack: stack.clone(),
                transport: transport.into(),
                expect,
            });
        }
    }
    variants
}

fn known(allow: &Allow) -> Known {
    Known {
        id: allow.id.clone(),
        wrong: match (&allow.violates, &allow.step) {
            (Some(invariant), _) => Wrong::Invariant(invariant.clone()),
            (None, step) => Wrong::Step(step.clone().unwrap_or_default()),
        },
    }
}

/// A scenario on one stack and one transport.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The stack.
    pub stack: &'a str,
    /// What is to come of it.
    pub expect: &'a Expect,
    /// The transport.
    pub transport: TransportKind,
}

impl Case<'_> {
    /// The name of the scenario, the stack and the transport.
    pub fn path(&self) -> String {
        format!("{}/{}/{}", self.scenario.name, self.stack, self.transport)
    }

    /// Runs the case under a seed, with a trace if asked for.
    ///
    /// # Panics
    /// Passes on a panic of the scenario's own code, as a failed `assert!`.
    pub fn run(&self, seed: u64, trace: Option<PathBuf>) -> CaseReport {
        if let Some(problems) = &self.scenario.unreadable {
            return CaseReport {
                verdict: self.judge_unreadable(problems),
                ..CaseReport::failed(self.path(), String::new())
            };
        }
        let setting = Setting {
            stack: self.stack.to_owned(),
            transport: self.transport,
            seed,
            schedule: self.scenario.schedule,
            trace,
        };
        let start = Instant::now();
        let (outcome, verdict) = match (self.expect, &self.scenario.play) {
            (Expect::Found(symptom), Some(play)) => {
                let attempt = play.attempt(&setting, |_| {});
                let verdict = self.judge_found(symptom, &attempt);
                (attempt.outcome, verdict)
            }
            (expect, _) => {
                let outcome = (self.scenario.body)(&setting, expect);
                let verdict = self.judge(outcome.as_ref().err());
                (outcome, verdict)
            }
        };
        let wall = start.elapsed();
        let end = match &outcome {
            Ok(ran) => Some(&ran.end),
            Err(failure) => failure.end(),
        };
        let file = self.scenario.file.as_deref();
        CaseReport {
            name: self.path(),
            violated: self.violated(&verdict, outcome.as_ref().err()),
            verdict,
            steps: file.map(|file| file.steps.len() + file.faults.len()),
            hosts: file.map(ScenarioFile::size),
            virtual_time: end.map_or(Duration::ZERO, |end| end.virtual_time),
            wall,
            events: end.map_or(0, |end| end.events),
            digest: end.map(|end| end.digest),
        }
    }

    /// What makes the case red, in the terms of a report.
    fn violated(&self, verdict: &Verdict, failure: Option<&Failure>) -> Vec<String> {
        let known = match self.expect {
            Expect::Known(known) => known.as_slice(),
            _ => &[],
        };
        match (verdict, failure) {
            (Verdict::Passed | Verdict::Known(_), _) => Vec::new(),
            (Verdict::Stale(_), _) => known
                .iter()
                .map(|known| format!("stale: {} of {}", known.wrong, known.id))
                .collect(),
            (Verdict::Failed(story), None) => vec![format!("run: {story}")],
            (Verdict::Failed(_), Some(failure)) => {
                let violations = failure.violations().iter();
                let mut list: Vec<String> = violations
                    .filter(|violation| !known.iter().any(|known| known.describes(violation)))
                    .map(|violation| violation.invariant.to_owned())
                    .collect();
                list.dedup();
                match failure {
                    Failure::Violations { .. } => {}
                    Failure::Body { error, .. } => {
                        list.push(format!("step: {}", failed_step(error)))
                    }
                    other => {
                        let story = other.to_string();
                        list.push(format!("run: {}", story.lines().next().unwrap_or_default()));
                    }
                }
                list
            }
        }
    }

    fn judge(&self, failure: Option<&Failure>) -> Verdict {
        match (self.expect, failure) {
            (Expect::Pass, None) => Verdict::Passed,
            (Expect::Pass, Some(failure)) => Verdict::Failed(failure.to_string()),
            (Expect::Known(known), failure) => self.judge_known(known, failure),
            // Only files are kept, and those are judged by their steps.
            (Expect::Found(symptom), _) => Verdict::Stale(format!("{symptom} was not looked for")),
            (Expect::Caught { invariants }, None) => Verdict::Failed(format!(
                "the host is broken, and no check has found it; expected: {}",
                invariants.join(", ")
            )),
            (Expect::Caught { invariants }, Some(failure)) => {
                let steps_held = matches!(failure, Failure::Violations { .. });
                if steps_held && invariants.iter().all(|name| failure.violates(name)) {
                    Verdict::Passed
                } else {
                    Verdict::Failed(failure.to_string())
                }
            }
        }
    }

    /// A kept failure that nobody can read says nothing any more.
    fn judge_unreadable(&self, problems: &str) -> Verdict {
        if self.scenario.name.starts_with(REGRESSIONS) {
            return Verdict::Stale(format!(
                "this kept failure can no longer be read: mend it by hand, or remove it if its \
                 cause is covered elsewhere\n{problems}"
            ));
        }
        Verdict::Failed(problems.to_owned())
    }

    fn judge_found(&self, symptom: &Symptom, attempt: &Attempt) -> Verdict {
        let file = self.scenario.file.as_deref();
        let last = file.and_then(|file| file.steps.get(attempt.steps.len().checked_sub(1)?));
        match &attempt.outcome {
            Err(failure) if Symptom::all(failure, last).contains(symptom) => {
                Verdict::Failed(format!(
                    "this kept failure still goes wrong as it was found: {symptom}. Mend it; if it \
                     is known upstream, say so under `allow`\n{failure}"
                ))
            }
            Err(failure) => Verdict::Failed(format!(
                "this kept failure goes wrong otherwise than it was found ({symptom})\n{failure}"
            )),
            Ok(_) if file.is_some_and(|file| attempt.is_idle(file)) => Verdict::Stale(format!(
                "this kept failure says nothing any more: none of its steps that may fail does \
                 anything. Remove it, or write it anew; it was kept for {symptom}"
            )),
            Ok(_) => Verdict::Stale(format!(
                "{symptom} is no longer seen. If its cause is mended, take the table `found` out: \
                 what is left is a regression test"
            )),
        }
    }

    fn judge_known(&self, known: &[Known], failure: Option<&Failure>) -> Verdict {
        let violations = failure.map_or(&[][..], Failure::violations);
        let steps_held = matches!(failure, None | Some(Failure::Violations { .. }));
        let all_known = violations
            .iter()
            .all(|violation| known.iter().any(|known| known.describes(violation)));
        if let Some(failure) = failure.filter(|_| !steps_held || !all_known) {
            return Verdict::Failed(failure.to_string());
        }
        let gone: Vec<_> = known
            .iter()
            .filter(|known| {
                !violations
                    .iter()
                    .any(|violation| known.describes(violation))
            })
            .collect();
        if let Some(first) = gone.first() {
            return Verdict::Stale(format!(
                "{} no longer shows on {} over {}: {} is not seen. If libp2p has changed, take the \
                 entry out of the scenario, and {} out of the list if it shows nowhere else",
                first.id, self.stack, self.transport, first.wrong, first.id
            ));
        }
        let mut ids: Vec<&str> = known.iter().map(|known| known.id.as_str()).collect();
        ids.dedup();
        Verdict::Known(ids.join(", "))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn empty(expect: Expect) -> Scenario {
        Scenario::new("test/empty", "Nothing happens", |setting| {
            setting.sim().run(|_| Ok(()))
        })
        .on("none", expect)
    }

    #[test]
    fn a_difference_that_no_longer_shows_is_stale() {
        let scenario = empty(Expect::difference("D0", "no-panic"));
        for case in scenario.cases() {
            assert!(matches!(case.run(0, None).verdict, Verdict::Stale(_)));
        }
    }

    #[test]
    fn a_broken_host_that_nobody_finds_is_a_failure() {
        let scenario = empty(Expect::caught(&["no-panic"]));
        for case in scenario.cases() {
            assert!(matches!(case.run(0, None).verdict, Verdict::Failed(_)));
        }
    }
}
