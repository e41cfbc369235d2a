//! Draws random scenarios.
//!
//! Uniformly random steps find little: most of them have no effect, and the others
//! come seconds before or after the moment that matters. A case therefore has a
//! [`Theme`] on which it concentrates. It draws which harmful operations it uses, and
//! how often. Its steps are generated together with a small [model](model) of the
//! hosts, their connections and their queries, so that most steps have an effect,
//! coincide with other steps, or fall close to the end of a timeout.
//!
//! A scenario has two phases. In the first, faults are injected and only safety
//! invariants are checked. In the second, all faults are healed and all hosts are
//! brought back, and the network has to recover within virtual deadlines.
//!
//! | module | is responsible for |
//! |---|---|
//! | `draft` | the random choices for a scenario |
//! | `op` | the table of operations |
//! | `connections`, `queries`, `tables`, `relays`, `ports`, `names`, `neighbours`, `lifecycle`, `faults`, `messages`, `scripted` | the steps of the operations |
//! | `model` | the estimated state after the steps so far |
//! | `steps`, `recovery` | the two phases |
//! | `checks` | the invariants that a case is checked for |
//! | `population`, `settings`, `surroundings`, `network`, `theme` | hosts, settings, routers and other protocols, links, themes |
//!
//! Responsible for scenarios that are valid and whose expectations libp2p meets. It
//! must not know how a scenario is run, or what its result was.

mod checks;
mod connections;
mod draft;
mod faults;
mod lifecycle;
mod messages;
mod model;
mod names;
mod neighbours;
mod network;
mod op;
mod population;
mod ports;
mod queries;
mod recovery;
mod relays;
mod scripted;
mod settings;
mod steps;
mod surroundings;
mod tables;
mod theme;

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use proptest::{
    strategy::{BoxedStrategy, Just, Strategy, Union, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

use thiserror::Error;

pub use theme::Theme;

use dht_harness::TransportKind;
use dht_scenarios::{StackCapabilities, Stacks, action::Family, file::ScenarioFile};

/// A generator of random scenarios.
///
/// ```
/// use dht_fuzz::Generator;
///
/// let generator = Generator::standard().hosts(3..=6);
/// let case = generator.draw(7, 0);
/// assert_eq!(case, generator.draw(7, 0));
/// assert_ne!(case, generator.draw(7, 1));
/// ```
#[derive(Clone, Debug)]
pub struct Generator {
    stacks: Vec<(u32, (String, StackCapabilities))>,
    transports: Vec<(u32, TransportKind)>,
    themes: Vec<(u32, Theme)>,
    hosts: RangeInclusive<u32>,
    time: RangeInclusive<Duration>,
    families: BTreeMap<Family, u32>,
}

/// The minimum number of hosts. With fewer hosts most operations are impossible.
const LEAST_HOSTS: u32 = 3;

/// The maximum number of hosts. Up to this number a lookup asks all hosts, so the
/// result that it has to find is certain.
const MOST_HOSTS: u32 = 20;

impl Generator {
    /// Creates the generator for all themes and the stacks of this project, mostly on
    /// the mux transport. A case has three to nine hosts and takes two to six minutes
    /// of virtual time, because many cheap cases find more than a few expensive ones.
    pub fn standard() -> Self {
        Generator {
            stacks: Vec::new(),
            transports: vec![(15, TransportKind::Mux), (1, TransportKind::Stream)],
            themes: Theme::ALL
                .iter()
                .map(|theme| (theme.share(), *theme))
                .collect(),
            hosts: LEAST_HOSTS..=9,
            time: Duration::from_secs(120)..=Duration::from_secs(360),
            families: BTreeMap::new(),
        }
        .stack("kad-identify", 12, StackCapabilities::KAD_IDENTIFY)
        .stack(
            "kad",
            3,
            StackCapabilities {
                identifies: false,
                ..StackCapabilities::KAD_IDENTIFY
            },
        )
        .stack(
            "evicting",
            3,
            StackCapabilities {
                evicts: true,
                ..StackCapabilities::KAD_IDENTIFY
            },
        )
        .stack("tokio", 2, StackCapabilities::KAD_IDENTIFY)
        .stack(
            "dual",
            2,
            StackCapabilities {
                filters: false,
                has_lan: true,
                ..StackCapabilities::KAD_IDENTIFY
            },
        )
    }

    /// Removes all stacks. Add your own with [`stack`](Self::stack).
    pub fn without_stacks(mut self) -> Self {
        self.stacks.clear();
        self
    }

    /// Adds a stack by its registered name, with a weight relative to the others. Its
    /// capabilities decide which operations and invariants apply to it.
    pub fn stack(mut self, name: &str, weight: u32, capabilities: StackCapabilities) -> Self {
        self.stacks.push((weight, (name.to_owned(), capabilities)));
        self
    }

    /// Draws this stack alone: only operations, settings and invariants that its
    /// [capabilities](Stacks::capabilities) carry. If only scenarios that name it run on it, its
    /// capabilities are those with which this generator draws it.
    ///
    /// ```
    /// use dht_fuzz::Generator;
    /// use dht_scenarios::Stacks;
    ///
    /// let stacks = Stacks::standard();
    /// let generator = Generator::standard().on_stack("file-sharing", &stacks).expect("its DHT is seen");
    /// assert_eq!(generator.draw(7, 0).stacks, ["file-sharing"]);
    /// ```
    ///
    /// # Errors
    /// Returns an error if there is no such stack, if only scenarios that name it run on it, as
    /// if its hosts are scripted or broken on purpose, or if the harness does not see its DHT.
    pub fn on_stack(self, name: &str, stacks: &Stacks) -> Result<Self, StackError> {
        let stack = name.to_owned();
        if !stacks.names().any(|other| other == name) {
            return Err(StackError::Unknown { stack });
        }
        let drawn = self.stacks.iter().find(|(_, (other, _))| other == name);
        let drawn = drawn.map(|(_, (_, capabilities))| *capabilities);
        let Some(capabilities) = stacks.capabilities(name).or(drawn) else {
            return Err(StackError::OfItsOwn { stack });
        };
        match capabilities.shows_dht {
            true => Ok(self.without_stacks().stack(name, 1, capabilities)),
            false => Err(StackError::HiddenDht { stack }),
        }
    }

    /// Replaces the transports, each with its weight.
    pub fn transports(mut self, transports: &[(u32, TransportKind)]) -> Self {
        self.transports = transports.to_vec();
        self
    }

    /// Replaces the themes, each with its weight.
    pub fn themes(mut self, themes: &[(u32, Theme)]) -> Self {
        self.themes = themes.to_vec();
        self
    }

    /// The numbers of hosts that a scenario can have.
    pub const HOSTS: RangeInclusive<u32> = LEAST_HOSTS..=MOST_HOSTS;

    /// Sets the range of the number of hosts. It is limited to [`HOSTS`](Self::HOSTS).
    pub fn hosts(mut self, hosts: RangeInclusive<u32>) -> Self {
        let within = |count: &u32| (*count).clamp(LEAST_HOSTS, MOST_HOSTS);
        self.hosts = within(hosts.start())..=within(hosts.end());
        self
    }

    /// Sets the approximate range of the virtual time of a case.
    pub fn virtual_time(mut self, time: RangeInclusive<Duration>) -> Self {
        self.time = time;
        self
    }

    /// Sets the weight of a family of operations in percent: 100 keeps it, 0 excludes
    /// the family.
    pub fn weight(mut self, family: Family, percent: u32) -> Self {
        self.families.insert(family, percent);
        self
    }

    /// A proptest strategy for the scenarios of this generator. A scenario is
    /// composed of independent choices, which proptest removes and simplifies. Each
    /// intermediate scenario is valid.
    ///
    /// # Panics
    /// Panics if no stack, transport or theme has a weight above 0.
    pub fn strategy(&self) -> BoxedStrategy<ScenarioFile> {
        let families = self.families.clone();
        let sizes = draft::Sizes {
            hosts: self.hosts.clone(),
            time: self.time.clone(),
        };
        let transport = weighted(&self.transports);
        let stack = weighted(&self.stacks);
        weighted(&self.themes)
            .prop_flat_map(move |theme| {
                let families = families.clone();
                let weights = move |kinds: &op::Kinds| op::weighted(theme, kinds, &families);
                (
                    draft::drafts(theme, sizes.clone()),
                    transport.clone(),
                    stack.clone(),
                )
                    .prop_map(move |(draft, transport, stack)| {
                        draft.compose(&weights, transport, stack)
                    })
            })
            .boxed()
    }

    /// Draws case number `case` of the campaign `seed`. The result is the same for
    /// each call with one version of this crate.
    ///
    /// # Panics
    /// Panics as [`strategy`](Self::strategy) does.
    pub fn draw(&self, seed: u64, case: u64) -> ScenarioFile {
        let mut bytes = [0; 32];
        bytes[..8].copy_from_slice(&seed.to_le_bytes());
        bytes[8..16].copy_from_slice(&case.to_le_bytes());
        let rng = TestRng::from_seed(RngAlgorithm::ChaCha, &bytes);
        let mut runner = TestRunner::new_with_rng(Config::default(), rng);
        let drawn = self.strategy().new_tree(&mut runner);
        let scenario = drawn.expect("no choice is ever rejected").current();
        ScenarioFile {
            name: format!("case-{seed}-{case}"),
            ..scenario
        }
    }
}

/// The error for a stack that no scenario can be drawn for.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum StackError {
    /// There is no such stack.
    #[error("there is no stack called {stack:?}")]
    Unknown {
        /// The name.
        stack: String,
    },
    /// Only scenarios that name it run on it.
    #[error(
        "no scenario can be drawn for the stack {stack:?}: only scenarios that name it run on it, as \
         its hosts are scripted, broken on purpose, or made for one case"
    )]
    OfItsOwn {
        /// The name of the stack.
        stack: String,
    },
    /// The harness does not see its DHT.
    #[error(
        "no scenario can be drawn for the stack {stack:?}, because it does not construct its DHT with \
         `dht_harness::kad`, so that the harness does not see it"
    )]
    HiddenDht {
        /// The name of the stack.
        stack: String,
    },
}

impl Default for Generator {
    fn default() -> Self {
        Generator::standard()
    }
}

fn weighted<T: Clone + std::fmt::Debug + 'static>(choices: &[(u32, T)]) -> BoxedStrategy<T> {
    let choices = choices.iter().filter(|(weight, _)| *weight > 0);
    Union::new_weighted(
        choices
            .map(|(weight, value)| (*weight, Just(value.clone())))
            .collect(),
    )
    .boxed()
}
