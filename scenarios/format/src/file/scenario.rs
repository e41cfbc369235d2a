//! The data model of a scenario file.

use std::time::Duration;

use dht_fixtures::KadSettings;
use dht_harness::{
    Schedule, TransportKind,
    net::{AddressKinds, Interfaces},
};
use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer, ser::Error as _};

use super::{
    host_name::HostName,
    members::{members_for_report, numbered},
    network::NetworkSettings,
    router::RouterGroup,
    steps::{Steps, Written},
};
use crate::{
    action::Action,
    known::KnownFailure,
    releases::Releases,
    syntax::{Hosts, Name, Script, text},
};

/// The only version of the format so far.
pub(crate) const FORMAT: u32 = 1;

/// A scenario: hosts, the steps that are performed on them, and the expected outcome.
#[derive(Clone, Debug, PartialEq, Serialize, JsonSchema)]
#[schemars(deny_unknown_fields)]
pub struct ScenarioFile {
    /// The version of this format: 1.
    pub format: u32,
    /// The name of the scenario, without a `/`. No other scenario of its folder has it.
    pub name: String,
    /// What the scenario shows, in one sentence.
    pub about: String,
    /// The issue, test or code that the scenario is derived from.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// The tests of other repositories that it covers, for example
    /// `go-libp2p-kad-dht:TestPing`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub covers: Vec<String>,
    /// The releases of libp2p on which the scenario can run, for example `>=0.56`; all by
    /// default.
    #[serde(default, skip_serializing_if = "Releases::is_all")]
    pub libp2p: Releases,
    /// The seed of all random draws.
    #[serde(default, skip_serializing_if = "is_default")]
    pub seed: u64,
    /// The order in which hosts run that are ready at the same instant.
    #[serde(default, skip_serializing_if = "is_default")]
    #[schemars(with = "Order")]
    pub schedule: Schedule,
    /// The transports under the swarms; both by default.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Transport>")]
    pub transports: Vec<TransportKind>,
    /// The stacks of the hosts that specify none. Each stack makes a case. Default:
    /// kad-identify.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<String>,
    /// The invariants that are checked in addition to the standard ones.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub checks: Vec<String>,
    /// The invariants that have to be violated, because a host is broken on purpose.
    /// `INVARIANT/KIND` selects one kind of violation.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub violates: Vec<String>,
    /// The failures that are known and expected.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub allow: Vec<Allow>,
    /// The ids that `allow` uses and that this program does not know.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub known: Vec<KnownFailure>,
    /// Why the scenario was kept, if fuzzing found it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub found: Option<Found>,
    /// The network before any fault.
    #[serde(
        default,
        skip_serializing_if = "is_default",
        serialize_with = "what_differs"
    )]
    pub network: NetworkSettings,
    /// The routers, with hosts behind them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub routers: Vec<RouterGroup>,
    /// The names that hosts can dial, as `/dns4/NAME/tcp/4001` or `/dnsaddr/NAME`.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub names: Vec<HostName>,
    /// The hosts.
    pub hosts: Vec<HostGroup>,
    /// The faults that are injected at fixed times, counted from the start.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub faults: Vec<PlannedFault>,
    /// The steps, one per line, or tables that repeat steps.
    #[schemars(with = "Vec<Written<'static>>")]
    pub steps: Steps,
}

impl Default for ScenarioFile {
    fn default() -> Self {
        ScenarioFile {
            format: FORMAT,
            name: String::new(),
            about: String::new(),
            source: None,
            covers: Vec::new(),
            libp2p: Releases::default(),
            seed: 0,
            schedule: Schedule::default(),
            transports: Vec::new(),
            stacks: Vec::new(),
            checks: Vec::new(),
            violates: Vec::new(),
            allow: Vec::new(),
            known: Vec::new(),
            found: None,
            network: NetworkSettings::default(),
            routers: Vec::new(),
            names: Vec::new(),
            hosts: Vec::new(),
            faults: Vec::new(),
            steps: Steps::default(),
        }
    }
}

/// The transport under the swarms.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes `TransportKind` in the schema")]
pub(super) enum Transport {
    /// Substreams between known identities, without encryption.
    Mux,
    /// Byte streams with noise and yamux.
    Stream,
}

/// The order in which hosts run that are ready at the same instant.
#[derive(JsonSchema)]
#[serde(rename_all = "lowercase")]
#[expect(dead_code, reason = "describes `Schedule` in the schema")]
#[schemars(rename = "Schedule")]
pub(super) enum Order {
    /// In the order of their arrival.
    Arrival,
    /// In an order drawn from the seed. Tasks are also polled spuriously.
    Drawn,
}

/// A failure that is known and expected: a difference from Go, or a defect of libp2p.
/// If it no longer occurs, the case is an unexpected pass.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Allow {
    /// The id: B, F or U and a number for a defect in UPSTREAM.md; D and a number for
    /// a difference from go-libp2p, where `about` states the correct behaviour; P-
    /// and a name for a mistake of `dht_fixtures::patterns` or of its applications;
    /// or one that `known` declares. `scenarios/ids.toml` lists them, and as which
    /// failures each shows.
    pub id: String,
    /// The invariant that is violated. `INVARIANT/KIND` selects one kind of
    /// violation.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub violates: Option<String>,
    /// The step that fails, as written under `steps`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<String>,
    /// The stacks on which it fails; all by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub stacks: Vec<String>,
    /// The transports on which it fails; both by default.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    #[schemars(with = "Vec<Transport>")]
    pub transports: Vec<TransportKind>,
    /// The releases of libp2p on which it fails; all by default.
    #[serde(skip_serializing_if = "Releases::is_all")]
    pub libp2p: Releases,
}

/// The record of a failure that fuzzing found and kept.
///
/// The scenario fails as long as the failure occurs, and is an unexpected pass when it
/// no longer does. With an entry under `allow` the failure is expected. Without this
/// table the scenario is an ordinary one.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Found {
    /// The failure: the name of an invariant, or the words of the step that fails,
    /// for example `step expect recall`.
    pub violates: String,
    /// The digest of the kept run.
    pub digest: String,
    /// The version of this program that found the failure.
    pub harness: String,
    /// The version of libp2p-kad in which the failure was found.
    pub libp2p: String,
    /// The seed of the campaign.
    pub seed: u64,
    /// The number of the case in the campaign.
    pub case: u64,
    /// How far the scenario was shrunk; fully by default.
    #[serde(skip_serializing_if = "Shrunk::is_full")]
    pub shrunk: Shrunk,
}

/// How far a failing scenario was shrunk.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Shrunk {
    /// Nothing more can be taken from it.
    #[default]
    Fully,
    /// Shrinking ended early, and a smaller scenario may fail in the same way.
    Partly,
    /// It is as it was drawn.
    No,
}

impl Shrunk {
    fn is_full(&self) -> bool {
        *self == Shrunk::Fully
    }
}

/// A group of hosts with the same settings.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct HostGroup {
    /// The name of the host. With `count`, the names of the hosts are this name and
    /// their number, from 0.
    pub name: String,
    /// The number of hosts; one by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub count: Option<u32>,
    /// The router that the hosts are behind. If there are several routers of this name, the
    /// hosts of the file that are behind this name are spread over them in turn. A host behind a
    /// router announces no address of its own, which is a private one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub behind: Option<String>,
    /// The kinds of addresses on which the hosts listen and which they dial: `ip4`, `ip6`,
    /// `tcp`, `quic-v1`, `ws` and `wss`, separated by commas, and `names` if they resolve names.
    /// `ip4,tcp` by default. They listen on port 4001 of TCP, of UDP for `quic-v1`, on port 4002
    /// for `ws` and 4003 for `wss`.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub addresses: Option<AddressKinds>,
    /// Network interfaces beside the one by which all others reach the hosts, separated by
    /// commas: `loopback`, `bridge`, and names of private networks. Hosts with an interface in
    /// the same private network reach each other by it. A bridge, as that of Docker, has the
    /// address 172.17.0.1 at each host, and leads each host to itself. They listen on these as
    /// well, and their peers learn the addresses.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub interfaces: Option<Interfaces>,
    /// The registered name of the stack; by default those of the scenario.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub stack: Option<String>,
    /// The settings of the DHT.
    #[serde(skip_serializing_if = "is_default", serialize_with = "what_differs")]
    pub settings: KadSettings,
    /// The hosts whose addresses are in the routing tables from the start.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub bootstrap: Option<Hosts>,
    /// The number of the identity, or of the first one if there are several hosts.
    /// Default: the position among the hosts of the file, from 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub identity: Option<u32>,
    /// A bucket that the identities fall into, instead of a number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ground: Option<Ground>,
    /// The region of `network` in which the hosts are; by default one that the shares of
    /// the regions decide.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub region: Option<String>,
    /// Whether the hosts are started by a `spawn` step.
    #[serde(skip_serializing_if = "is_default")]
    pub later: bool,
    /// Whether the hosts do not listen.
    #[serde(skip_serializing_if = "is_default")]
    pub dial_only: bool,
    /// The script of a scripted host.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub script: Option<Script>,
    /// The peers that a scripted host names in its answers.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub peers: Option<Hosts>,
}

impl ScenarioFile {
    /// The number of hosts in the group.
    pub fn size(&self) -> usize {
        self.hosts.iter().map(HostGroup::size).sum()
    }

    /// The names of the hosts of a list, in its order.
    pub fn members_of(&self, hosts: &Hosts) -> Vec<String> {
        members_for_report(hosts, &self.members_of_groups())
    }

    /// The names of the hosts, by group.
    pub(crate) fn members_of_groups(&self) -> IndexMap<String, Vec<String>> {
        let groups = self.hosts.iter();
        groups
            .map(|group| (group.name.clone(), group.members()))
            .collect()
    }

    /// The numbers of the identities of the hosts, by host name. Hosts whose
    /// identities are searched for a bucket have none. See
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
    /// The number of hosts in the scenario.
    pub(crate) fn size(&self) -> usize {
        self.count.map_or(1, |count| count as usize)
    }

    /// The names of the settings that do not have their default.
    pub(crate) fn changed_settings(&self) -> Vec<String> {
        let changed = changed(&self.settings).expect("a file can contain any settings");
        changed.into_iter().map(|(name, _)| name).collect()
    }

    /// The kinds of addresses of the hosts.
    pub(crate) fn kinds(&self) -> AddressKinds {
        self.addresses.clone().unwrap_or_default()
    }

    /// The interfaces of the hosts beside the first one.
    pub(crate) fn interfaces(&self) -> Interfaces {
        self.interfaces.clone().unwrap_or_default()
    }

    /// The names of the hosts of the group.
    pub fn members(&self) -> Vec<String> {
        numbered(&self.name, self.count)
    }
}

/// Identities that fall into a bucket.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Ground {
    /// The host whose table the bucket belongs to.
    pub of: String,
    /// The bucket. Bucket 255 is the farthest, and half of all identities fall into
    /// it. Each nearer bucket takes twice as long to search for. At least 240.
    pub bucket: u8,
}

/// A fault that is injected at a fixed time.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct PlannedFault {
    /// The time, counted from the start.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub at: Duration,
    /// The action. It must not wait.
    #[serde(rename = "do", with = "text")]
    #[schemars(with = "String")]
    pub action: Action,
    /// When the fault is healed; never by default.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub until: Option<Duration>,
    /// Whether the scenario fails if the fault has no effect.
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
    /// The name by which the fault is healed.
    pub(crate) fn id(&self) -> Option<&Name> {
        self.action.fault_id()
    }
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

/// Serialises settings without those that have their default.
fn what_differs<T, S>(settings: &T, to: S) -> Result<S::Ok, S::Error>
where
    T: Default + Serialize,
    S: Serializer,
{
    changed(settings).map_err(S::Error::custom)?.serialize(to)
}

/// The settings that do not have their default.
fn changed<T: Default + Serialize>(settings: &T) -> Result<toml::Table, toml::ser::Error> {
    let mut changed = toml::Table::try_from(settings)?;
    let default = toml::Table::try_from(T::default())?;
    changed.retain(|key, value| default.get(key) != Some(value));
    Ok(changed)
}
