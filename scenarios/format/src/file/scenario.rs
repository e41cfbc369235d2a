//! A scenario as it stands in a file.

use std::time::Duration;

use dht_fixtures::KadSettings;
use dht_harness::{
    TransportKind,
    net::{Bandwidth, Latency, NetworkConfig},
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

use crate::{
    action::Action,
    step::Step,
    syntax::{Hosts, Name, text},
};

/// The only version of the format so far.
pub const FORMAT: u32 = 1;

/// A scenario: hosts, what is done to them, and what has to come of it.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The version of this format: 1.
    pub format: u32,
    /// What it is called: the name of the file without its ending.
    pub name: String,
    /// What it shows, in a sentence.
    pub about: String,
    /// The thread, test or code that it comes from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The tests elsewhere that it covers, as `go-libp2p-kad-dht:TestPing`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// Seeds every random draw.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: u64,
    /// In which order hosts run that have something to do at one instant.
    #[serde(default, skip_serializing_if = "is_default")]
    pub schedule: Schedule,
    /// What lies under the swarms; both, if nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<Transport>,
    /// The stacks of the hosts that name none, each of which makes a case;
    /// kad-identify, if nothing is said.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<String>,
    /// Invariants that have to hold beside the standard ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// Invariants that have to be violated, because a host is broken on
    /// purpose; `INVARIANT/KIND` for one kind of violations.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violates: Vec<String>,
    /// What is known to go wrong.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
    /// That it was found by fuzzing, and what it shows: a failure that is kept.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The network before anything goes wrong in it.
    #[serde(
        default,
        skip_serializing_if = "is_default",
        serialize_with = "what_differs"
    )]
    pub network: NetworkSettings,
    /// The hosts.
    pub hosts: Vec<HostGroup>,
    /// What goes wrong when, counted from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<PlannedFault>,
    /// What is done, line by line.
    #[serde(serialize_with = "lines")]
    #[schemars(with = "Vec<String>")]
    pub steps: Vec<Step>,
}

impl Default for ScenarioFile {
    fn default() -> Self {
        ScenarioFile {
            format: FORMAT,
            name: String::new(),
            about: String::new(),
            source: None,
            covers: Vec::new(),
            seed: 0,
            schedule: Schedule::default(),
            transports: Vec::new(),
            stacks: Vec::new(),
            checks: Vec::new(),
            violates: Vec::new(),
            allow: Vec::new(),
            found: None,
            network: NetworkSettings::default(),
            hosts: Vec::new(),
            faults: Vec::new(),
            steps: Vec::new(),
        }
    }
}

/// What lies under the swarms.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Transport {
    /// Substreams between known identities.
    Mux,
    /// Byte pipes under noise and yamux.
    Stream,
}

impl From<TransportKind> for Transport {
    fn from(kind: TransportKind) -> Self {
        match kind {
            TransportKind::Mux => Transport::Mux,
            TransportKind::Stream => Transport::Stream,
        }
    }
}

impl From<Transport> for TransportKind {
    fn from(transport: Transport) -> Self {
        match transport {
            Transport::Mux => TransportKind::Mux,
            Transport::Stream => TransportKind::Stream,
        }
    }
}

/// In which order hosts run that have something to do at one instant.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub enum Schedule {
    /// In the order of their arrival.
    #[default]
    Arrival,
    /// In an order drawn from the seed; tasks are also polled for nothing.
    Drawn,
}

impl From<Schedule> for dht_harness::Schedule {
    fn from(schedule: Schedule) -> Self {
        match schedule {
            Schedule::Arrival => dht_harness::Schedule::Arrival,
            Schedule::Drawn => dht_harness::Schedule::Drawn,
        }
    }
}

/// Something that is known to go wrong: a difference from Go, or a defect of
/// libp2p. When it no longer does, the scenario is stale.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Allow {
    /// With B, F and U a defect in UPSTREAM.md, with D and a number a difference
    /// from go-libp2p, of which `about` says what should be, with P- and a name a
    /// mistake of `dht_fixtures::patterns`.
    pub id: String,
    /// The invariant that is violated; `INVARIANT/KIND` for one kind of
    /// violations.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violates: Option<String>,
    /// The step that fails, as it stands below.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The stacks on which; all, if nothing is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<String>,
    /// The transports on which; both, if nothing is said.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub transports: Vec<Transport>,
}

/// What a generated scenario was kept for.
///
/// As long as the scenario goes wrong so it fails; when it no longer does it is
/// stale. With an entry under `allow` that is expected. Without this table it
/// is a scenario like any other.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Found {
    /// What goes wrong: the name of an invariant, or the words of the step that
    /// fails, as `step expect recall`.
    pub violates: String,
    /// The digest of the run that was kept.
    pub digest: String,
    /// The version of this program that found it.
    pub harness: String,
    /// The version of libp2p-kad that it was found in.
    pub libp2p: String,
    /// The seed of the campaign.
    pub seed: u64,
    /// The number of the case in it.
    pub case: u64,
}

/// The network before anything goes wrong in it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct NetworkSettings {
    /// One-way latency of every link.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub latency: Latency,
    /// Bytes a second of every access link, both ways; unlimited, if nothing
    /// is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bandwidth: Option<u64>,
    /// How long a dial waits for an answer.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub dial_timeout: Duration,
}

impl Default for NetworkSettings {
    fn default() -> Self {
        let network = NetworkConfig::default();
        NetworkSettings {
            latency: network.latency,
            bandwidth: None,
            dial_timeout: network.connect_timeout,
        }
    }
}

impl NetworkSettings {
    /// The settings as the network takes them.
    pub(crate) fn config(&self) -> NetworkConfig {
        NetworkConfig {
            latency: self.latency,
            bandwidth: self.bandwidth.map(Bandwidth::symmetric),
            connect_timeout: self.dial_timeout,
            ..NetworkConfig::default()
        }
    }
}

/// Hosts that are alike.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct HostGroup {
    /// The name of the host; with `count`, the members are called by it and
    /// their number, from 0.
    pub name: String,
    /// How many; one, if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The stack, by its registered name; one of the scenario's, if nothing is
    /// said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// Settings of the DHT.
    #[serde(skip_serializing_if = "is_default", serialize_with = "what_differs")]
    pub settings: KadSettings,
    /// Whose addresses stand in their tables from the start.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub bootstrap: Option<Hosts>,
    /// The number of the identity, of the first one's if they are several; their
    /// place among the hosts of the file, from 0, if nothing is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<u32>,
    /// The bucket that their identities fall into, in place of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// They come up at the step that spawns them.
    #[serde(skip_serializing_if = "is_default")]
    pub later: bool,
    /// They listen on no address.
    #[serde(skip_serializing_if = "is_default")]
    pub dial_only: bool,
    /// How a scripted host answers.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<String>,
    /// Whom a scripted host names.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub peers: Option<Hosts>,
}

impl ScenarioFile {
    /// How many hosts it has.
    pub fn size(&self) -> usize {
        self.hosts.iter().map(HostGroup::size).sum()
    }

    /// The numbers of the identities of its hosts, by the names of these; hosts
    /// whose identity is ground into a bucket have none. See
    /// [`identity`](dht_harness::identity).
    pub fn identities(&self) -> IndexMap<String, u64> {
        let mut numbers = IndexMap::new();
        let mut place = 0;
        for group in &self.hosts {
            let first = group.identity.map_or(place, u64::from);
            if group.ground.is_none() {
                numbers.extend(group.members().into_iter().zip(first..));
            }
            place += group.size() as u64;
        }
        numbers
    }
}

impl HostGroup {
    /// How many hosts it has.
    pub(crate) fn size(&self) -> usize {
        self.count.map_or(1, |count| count as usize)
    }

    /// The names of its hosts.
    pub fn members(&self) -> Vec<String> {
        match self.count {
            None => vec![self.name.clone()],
            Some(count) => (0..count)
                .map(|number| format!("{}{number}", self.name))
                .collect(),
        }
    }
}

/// Identities that fall into a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Ground {
    /// Whose table.
    pub of: String,
    /// Which bucket of it: 255 is the farthest, and holds half of all
    /// identities; each nearer one takes twice as long to search for. At least
    /// 240.
    pub bucket: u8,
}

/// Something that goes wrong at a time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct PlannedFault {
    /// When, counted from the start.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub at: Duration,
    /// What: an action that does not wait.
    #[serde(rename = "do", with = "text")]
    #[schemars(with = "String")]
    pub action: Action,
    /// When it is healed; never, if nothing is said.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Duration>,
    /// The scenario fails unless it has had an effect.
    #[serde(skip_serializing_if = "is_default")]
    pub must_fire: bool,
}

impl Default for PlannedFault {
    fn default() -> Self {
        PlannedFault {
            at: Duration::ZERO,
            action: Action::HealAll {},
            until: None,
            must_fire: false,
        }
    }
}

impl PlannedFault {
    /// The name that the fault is healed by.
    pub(crate) fn id(&self) -> Option<&Name> {
        self.action.fault_id()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Settings without those that are at their default.
fn what_differs<T, S>(settings: &T, to: S) -> Result<S::Ok, S::Error>
where
    T: Default + Serialize,
    S: Serializer,
{
    let table = |settings: &T| toml::Table::try_from(settings).map_err(S::Error::custom);
    let (mut settings, default) = (table(settings)?, table(&T::default())?);
    settings.retain(|key, value| default.get(key) != Some(value));
    settings.serialize(to)
}

fn lines<S: Serializer>(steps: &[Step], to: S) -> Result<S::Ok, S::Error> {
    to.collect_seq(steps.iter().map(Step::to_string))
}
