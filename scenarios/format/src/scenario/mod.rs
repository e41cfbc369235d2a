//! A scenario, the stacks and transports it runs on, and the expected outcome on
//! each.
//!
//! Responsible for the parts of a scenario. It must not know the results of runs.

mod case;
mod probe;

use std::{path::PathBuf, sync::Arc};

use dht_harness::{
    Release, Schedule, TransportKind,
    sim::{Failure, RunReport},
};

use crate::{
    expect::{DifferenceForm, Expect, ExpectedDifference},
    file::{Allow, HostGroup, Releases, ScenarioFile, step_places},
    known::expectable,
    runner::ScenarioRunner,
    setting::Setting,
    signature::ViolationPattern,
    stacks::{DEFAULT_STACK, Stacks},
};

pub use case::Case;
pub use probe::Probe;

/// Builds a simulation for a setting and runs it.
type Code = Arc<dyn Fn(&Setting) -> Result<RunReport<()>, Failure> + Send + Sync>;

/// The implementation of a scenario.
#[derive(Clone)]
pub(crate) enum Body {
    /// Rust code. Only its outcome is known.
    Code(Code),
    /// A file, for which the outcome of each step is known.
    File(ScenarioRunner),
}

/// A test of hosts that runs on several stacks and transports.
#[derive(Clone)]
pub struct Scenario {
    /// Family and name, for example `founding/double-close`.
    pub name: String,
    /// What the scenario shows, in one sentence.
    pub about: String,
    /// The tests of other repositories that it covers, for example
    /// `go-libp2p:TestMultipleClose`.
    pub covers: Vec<String>,
    /// The file that the scenario was read from, if any.
    pub file: Option<Arc<ScenarioFile>>,
    /// The path of that file. `None` for a scenario in code, and for one whose text was read
    /// in another way.
    pub path: Option<PathBuf>,
    /// The problems of the file, if it could not be read or parsed.
    pub(crate) unreadable: Option<String>,
    variants: Vec<Variant>,
    pub(crate) schedule: Schedule,
    only: Option<TransportKind>,
    pub(crate) body: Body,
}

#[derive(Clone)]
struct Variant {
    stack: String,
    transport: TransportKind,
    expect: Expect,
}

impl Scenario {
    /// Creates a scenario in code. Add its stacks with [`on`](Self::on).
    pub fn new(
        name: &str,
        about: &str,
        body: impl Fn(&Setting) -> Result<RunReport<()>, Failure> + Send + Sync + 'static,
    ) -> Self {
        Scenario {
            name: name.to_owned(),
            about: about.to_owned(),
            covers: Vec::new(),
            file: None,
            path: None,
            unreadable: None,
            variants: Vec::new(),
            schedule: Schedule::default(),
            only: None,
            body: Body::Code(Arc::new(body)),
        }
    }

    /// Creates a scenario of this family from a file whose hosts may use these
    /// stacks.
    pub fn of_file(family: &str, file: ScenarioFile, stacks: &Stacks) -> Self {
        let file = Arc::new(file);
        let play = ScenarioRunner::new(Arc::clone(&file), stacks.clone());
        Scenario {
            name: format!("{family}/{}", file.name),
            about: file.about.clone(),
            covers: file.covers.clone(),
            variants: variants(&file, stacks),
            schedule: file.schedule,
            only: None,
            file: Some(file),
            path: None,
            unreadable: None,
            body: Body::File(play),
        }
    }

    /// Sets the file that the scenario was read from, and its text.
    pub(crate) fn found_in(&mut self, path: PathBuf, text: &str) {
        if let Body::File(runner) = &mut self.body {
            runner.set_places(step_places(&path, text));
        }
        self.path = Some(path);
    }

    /// A file that could not be read or parsed, as a scenario that always fails.
    pub(crate) fn unreadable(name: &str, problems: String) -> Self {
        let mut scenario = Scenario::new(name, "It cannot be read", |setting| {
            setting.sim().run(|_| Ok(()))
        });
        scenario.unreadable = Some(problems);
        scenario
            .on("unreadable", Expect::Pass)
            .only(TransportKind::Mux)
    }

    /// Whether the file of the scenario is invalid, so that nothing can be run.
    pub fn is_unreadable(&self) -> bool {
        self.unreadable.is_some()
    }

    /// The releases of libp2p on which the scenario can run, if that of this build is not
    /// one of them. It has no cases then.
    pub fn other_releases(&self) -> Option<&Releases> {
        let releases = &self.file.as_deref()?.libp2p;
        (!releases.include(Release::BUILT)).then_some(releases)
    }

    /// Sets the tests of other repositories that the scenario covers.
    pub fn covers(mut self, covers: &[&str]) -> Self {
        self.covers = covers.iter().map(ToString::to_string).collect();
        self
    }

    /// Adds a stack, with the expected outcome, on both transports.
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

    /// Sets the order in which ready tasks run.
    pub fn scheduled(mut self, schedule: Schedule) -> Self {
        self.schedule = schedule;
        self
    }

    /// Restricts the scenario to one transport.
    pub fn only(mut self, transport: TransportKind) -> Self {
        self.only = Some(transport);
        self
    }

    /// The scenario on one of its stacks alone. `None` if it does not run on it.
    pub(crate) fn on_its_stack(&self, stack: &str) -> Option<Scenario> {
        let mut scenario = self.clone();
        scenario.variants.retain(|variant| variant.stack == stack);
        (!scenario.variants.is_empty()).then_some(scenario)
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

/// The family of the failures that fuzzing found and kept.
pub const REGRESSIONS: &str = "regressions";

fn variants(file: &ScenarioFile, stacks: &Stacks) -> Vec<Variant> {
    let declared = stacks.known();
    let stacks = match file.stacks.as_slice() {
        [] => vec![DEFAULT_STACK.to_owned()],
        stacks => stacks.to_vec(),
    };
    let mut variants = Vec::new();
    if !file.libp2p.include(Release::BUILT) {
        return variants;
    }
    for stack in stacks {
        for transport in TransportKind::ALL {
            if !file.transports.is_empty() && !file.transports.contains(&transport) {
                continue;
            }
            let known: Vec<ExpectedDifference> = file
                .allow
                .iter()
                .filter(|allow| allow.libp2p.include(Release::BUILT))
                .filter(|allow| allow.stacks.is_empty() || allow.stacks.contains(&stack))
                .filter(|allow| {
                    allow.transports.is_empty() || allow.transports.contains(&transport)
                })
                .filter_map(|allow| {
                    let difference = known(allow)?;
                    let mut all = expectable(&file.known, declared);
                    let of_id = all.find(|known| known.id == allow.id);
                    let only = of_id.map(|known| known.stacks.as_slice());
                    let only = only.filter(|stacks| !stacks.is_empty());
                    Some(ExpectedDifference {
                        hosts: only.map(|stacks| hosts_of(file, stacks, &stack)),
                        ..difference
                    })
                })
                .collect();
            let found = file
                .found
                .as_ref()
                .and_then(|found| found.violates.parse().ok());
            let expect = match (found, known.is_empty(), file.violates.is_empty()) {
                (_, false, _) => Expect::Known(known),
                (Some(signature), true, _) => Expect::Found(signature),
                (None, true, false) => {
                    let invariants: Vec<_> = file.violates.iter().map(String::as_str).collect();
                    Expect::caught(&invariants)
                }
                (None, true, true) => Expect::Pass,
            };
            variants.push(Variant {
                stack: stack.clone(),
                transport,
                expect,
            });
        }
    }
    variants
}

/// The expected failure of an entry of a file. `None` if the entry is invalid, which
/// [`parse`](crate::file::parse) reports.
fn known(allow: &Allow) -> Option<ExpectedDifference> {
    let wrong = match (&allow.violates, &allow.step) {
        (Some(invariant), _) => DifferenceForm::Invariant(ViolationPattern::unchecked(invariant)),
        (None, step) => DifferenceForm::Step(step.as_ref()?.parse().ok()?),
    };
    Some(ExpectedDifference {
        id: allow.id.clone(),
        wrong,
        hosts: None,
    })
}

/// The hosts with one of these stacks, if those without a stack of their own have the one
/// of the case.
fn hosts_of(file: &ScenarioFile, stacks: &[String], of_case: &str) -> Vec<String> {
    let is_of_it = |group: &&HostGroup| {
        let stack = group.stack.as_deref().unwrap_or(of_case);
        stacks.iter().any(|one| one == stack)
    };
    let groups = file.hosts.iter().filter(is_of_it);
    groups.flat_map(HostGroup::members).collect()
}
