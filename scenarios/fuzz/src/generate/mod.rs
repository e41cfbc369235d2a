//! Draws scenarios.
//!
//! Uniform random steps find little: most of them have no effect, and those that
//! have one come seconds before or after the moment that matters. So a case has a
//! [`Theme`], on which it concentrates; it draws which harmful operations it uses at
//! all and how often; and its steps are made beside a small [model](model) of which
//! hosts are up, connected and querying, so that most of them have an effect, at the
//! same instant as others or around a timeout of the settings.
//!
//! A scenario has two phases. First there are faults, and only safety is demanded.
//! Then all faults are healed and all hosts brought back, and the network has to
//! recover within virtual deadlines.
//!
//! | module | is responsible for |
//! |---|---|
//! | `draft` | the choices of which a scenario is made |
//! | `op` | the table of operations |
//! | `connections`, `queries`, `tables`, `lifecycle`, `faults`, `messages`, `scripted` | the steps of an operation |
//! | `model` | what is true after these steps |
//! | `steps`, `recovery` | the two phases |
//! | `checks` | the invariants that a case is held to |
//! | `population`, `settings`, `network`, `theme`, `capabilities` | hosts, settings, links, themes, stacks |
//!
//! Responsible for scenarios that are valid and whose demands libp2p meets. It must
//! not know how a scenario is run, or what its result was.

mod capabilities;
mod checks;
mod connections;
mod draft;
mod faults;
mod lifecycle;
mod messages;
mod model;
mod network;
mod op;
mod population;
mod queries;
mod recovery;
mod scripted;
mod settings;
mod steps;
mod tables;
mod theme;

use std::{collections::BTreeMap, ops::RangeInclusive, time::Duration};

use proptest::{
    strategy::{BoxedStrategy, Just, Strategy, Union, ValueTree},
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};

pub use capabilities::StackCapabilities;
pub use theme::Theme;

use dht_scenarios::{
    action::Family,
    file::{ScenarioFile, Transport},
};

/// Draws scenarios.
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
    transports: Vec<(u32, Transport)>,
    themes: Vec<(u32, Theme)>,
    hosts: RangeInclusive<u32>,
    time: RangeInclusive<Duration>,
    families: BTreeMap<Family, u32>,
}

/// With fewer hosts there is little to do.
const LEAST_HOSTS: u32 = 3;

/// With at most this many hosts a lookup asks all of them, so that what it has to
/// find is certain.
const MOST_HOSTS: u32 = 20;

impl Generator {
    /// All themes on the stacks of this project, mostly over mux; three to nine
    /// hosts for two to six virtual minutes, because many cheap cases find more than
    /// few expensive ones.
    pub fn standard() -> Self {
        Generator {
            stacks: Vec::new(),
            transports: vec![(15, Transport::Mux), (1, Transport::Stream)],
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
    }

    /// Without stacks: for stacks of your own, which [`stack`](Self::stack) adds.
    pub fn without_stacks(mut self) -> Self {
        self.stacks.clear();
        self
    }

    /// Also draws this stack, by its registered name, with this weight against the
    /// others. Its capabilities decide which operations and invariants it gets.
    pub fn stack(mut self, name: &str, weight: u32, capabilities: StackCapabilities) -> Self {
        self.stacks.push((weight, (name.to_owned(), capabilities)));
        self
    }

    /// Draws these transports, with these weights.
    pub fn transports(mut self, transports: &[(u32, Transport)]) -> Self {
        self.transports = transports.to_vec();
        self
    }

    /// Draws these themes, with these weights.
    pub fn themes(mut self, themes: &[(u32, Theme)]) -> Self {
        self.themes = themes.to_vec();
        self
    }

    /// Draws this many hosts, of at least 3 and at most 20.
    pub fn hosts(mut self, hosts: RangeInclusive<u32>) -> Self {
        let within = |count: &u32| (*count).clamp(LEAST_HOSTS, MOST_HOSTS);
        self.hosts = within(hosts.start())..=within(hosts.end());
        self
    }

    /// Lets cases take about this long, in virtual time.
    pub fn virtual_time(mut self, time: RangeInclusive<Duration>) -> Self {
        self.time = time;
        self
    }

    /// Sets the weight of the operations of this family in percent: 100 leaves them
    /// as they are, with 0 they are never drawn.
    pub fn weight(mut self, family: Family, percent: u32) -> Self {
        self.families.insert(family, percent);
        self
    }

    /// All scenarios that it draws. A scenario is made of independent choices
    /// which proptest makes fewer and smaller, and each is valid on the way.
    ///
    /// # Panics
    /// There is no stack, transport or theme with a weight above 0.
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

    /// Case number `case` of the campaign `seed`: the same for ever, within a
    /// version of this crate.
    ///
    /// # Panics
    /// As [`strategy`](Self::strategy).
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
