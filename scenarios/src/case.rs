//! A scenario, and one run of it.

use std::{
    fmt,
    path::PathBuf,
    str::FromStr,
    time::{Duration, Instant},
};

use dht_harness::{Sim, SimBuilder, SimError, TransportKind, sim::Failure};

use crate::verdict::{CaseReport, Verdict};

/// What is to come of a scenario on one stack.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expect {
    /// Every step and every invariant holds.
    Pass,
    /// rust-libp2p differs from go-libp2p here: this invariant is violated, and
    /// nothing else. When it no longer is, the scenario is stale.
    Difference {
        /// The id of the difference, for example `D1`.
        id: &'static str,
        /// The invariant.
        invariant: &'static str,
    },
    /// The host is broken on purpose, and these invariants have to find it.
    Caught {
        /// Each of them is violated.
        invariants: &'static [&'static str],
    },
}

/// How a scenario is run once.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The stack, by the name that the scenario knows it by.
    pub stack: &'static str,
    /// What lies under the swarms.
    pub transport: TransportKind,
    /// Seeds every draw.
    pub seed: u64,
    /// Where to write the trace, if anywhere.
    pub trace: Option<PathBuf>,
}

impl Setting {
    /// A simulation set up for this run, to be completed by the scenario.
    pub fn sim(&self) -> SimBuilder {
        let sim = Sim::builder().seed(self.seed).transport(self.transport);
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
type Body = Box<dyn Fn(&Setting) -> Result<Ran, Failure> + Send + Sync>;

/// Something that hosts have to live through.
pub struct Scenario {
    /// Family and name, for example `founding/double-close`.
    pub name: &'static str,
    /// What it shows, in a sentence.
    pub about: &'static str,
    /// The tests elsewhere that it covers, for example
    /// `go-libp2p:TestMultipleClose`.
    pub covers: &'static [&'static str],
    /// The stacks it runs on, each with what is to come of it.
    pub stacks: Vec<(&'static str, Expect)>,
    /// The transports it runs on.
    pub transports: Vec<TransportKind>,
    body: Body,
}

impl Scenario {
    /// A scenario that runs on both transports, and on the stacks that
    /// [`on`](Self::on) adds.
    pub fn new(
        name: &'static str,
        about: &'static str,
        body: impl Fn(&Setting) -> Result<Ran, Failure> + Send + Sync + 'static,
    ) -> Self {
        Scenario {
            name,
            about,
            covers: &[],
            stacks: Vec::new(),
            transports: TransportKind::ALL.to_vec(),
            body: Box::new(body),
        }
    }

    /// Names the tests elsewhere that it covers.
    pub fn covers(mut self, covers: &'static [&'static str]) -> Self {
        self.covers = covers;
        self
    }

    /// Also runs on this stack, to this end.
    pub fn on(mut self, stack: &'static str, expect: Expect) -> Self {
        self.stacks.push((stack, expect));
        self
    }

    /// Runs on this transport only.
    pub fn only(mut self, transport: TransportKind) -> Self {
        self.transports = vec![transport];
        self
    }

    /// Each combination of stack and transport, in a fixed order.
    pub fn cases(&self) -> impl Iterator<Item = Case<'_>> {
        self.stacks.iter().flat_map(move |(stack, expect)| {
            self.transports.iter().map(move |transport| Case {
                scenario: self,
                stack,
                expect: *expect,
                transport: *transport,
            })
        })
    }
}

/// A scenario on one stack and one transport.
#[derive(Clone, Copy)]
pub struct Case<'a> {
    /// The scenario.
    pub scenario: &'a Scenario,
    /// The stack.
    pub stack: &'static str,
    /// What is to come of it.
    pub expect: Expect,
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
        let setting = Setting {
            stack: self.stack,
            transport: self.transport,
            seed,
            trace,
        };
        let start = Instant::now();
        let outcome = (self.scenario.body)(&setting);
        let wall = start.elapsed();
        let end = match &outcome {
            Ok(ran) => Some(&ran.end),
            Err(failure) => failure.end(),
        };
        CaseReport {
            name: self.path(),
            verdict: self.judge(outcome.as_ref().err()),
            virtual_time: end.map_or(Duration::ZERO, |end| end.virtual_time),
            wall,
            events: end.map_or(0, |end| end.events),
            digest: end.map(|end| end.digest),
        }
    }

    fn judge(&self, failure: Option<&Failure>) -> Verdict {
        match (self.expect, failure) {
            (Expect::Pass, None) => Verdict::Passed,
            (Expect::Pass, Some(failure)) => Verdict::Failed(failure.to_string()),
            (Expect::Difference { id, invariant }, None) => Verdict::Stale(format!(
                "the expected difference {id} no longer shows: {invariant} holds now. \
                 Make the scenario expect that it passes on {}, and take {id} out of the list",
                self.stack
            )),
            (Expect::Difference { id, invariant }, Some(failure)) => {
                let only = matches!(failure, Failure::Violations { .. })
                    && failure
                        .violations()
                        .iter()
                        .all(|violation| violation.invariant == invariant);
                if only {
                    Verdict::ExpectedDifference(id)
                } else {
                    Verdict::Failed(failure.to_string())
                }
            }
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
        let scenario = empty(Expect::Difference {
            id: "D0",
            invariant: "no-panic",
        });
        for case in scenario.cases() {
            assert!(matches!(case.run(0, None).verdict, Verdict::Stale(_)));
        }
    }

    #[test]
    fn a_broken_host_that_nobody_finds_is_a_failure() {
        let scenario = empty(Expect::Caught {
            invariants: &["no-panic"],
        });
        for case in scenario.cases() {
            assert!(matches!(case.run(0, None).verdict, Verdict::Failed(_)));
        }
    }
}
