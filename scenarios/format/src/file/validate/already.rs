//! Follows modes, scripts and external addresses of hosts, and finds lines that set what
//! is so already.

use std::ops::Range;

use indexmap::IndexMap;
use libp2p::kad;

use super::{Validator, lists::actions};
use crate::{
    action::{Action, ActionKind},
    file::scenario::{HostGroup, ScenarioFile},
    syntax::{Address, Hosts, Mode, Script},
};

/// What certainly is so at the hosts that lines set something of.
#[derive(Default)]
pub(super) struct Already<'a> {
    hosts: IndexMap<String, State<'a>>,
    /// Whether the external addresses of hosts are those that lines say.
    follows_addresses: bool,
    /// Whether each host keeps the address and the identity that a script names.
    follows_contacts: bool,
}

/// What certainly is so at a host.
struct State<'a> {
    group: &'a HostGroup,
    mode: Option<Mode>,
    script: Option<(&'a Script, Option<&'a Hosts>)>,
    /// The external address that was added last.
    external: External<'a>,
}

/// The external address that a host was given last. To add an earlier one once more puts it
/// in front of the others.
#[derive(Clone, Copy, PartialEq, Eq)]
enum External<'a> {
    Unknown,
    Own,
    Other(&'a Address),
}

impl<'a> State<'a> {
    fn at_start(group: &'a HostGroup) -> Self {
        let script = group.script.as_ref();
        State {
            group,
            mode: script.is_none().then_some(match group.settings.mode {
                Some(kad::Mode::Server) => Mode::Server,
                Some(kad::Mode::Client) => Mode::Client,
                None => Mode::Auto,
            }),
            script: script.map(|script| (script, group.peers.as_ref())),
            external: match script.is_none() && !group.dial_only && group.settings.announces() {
                true => External::Own,
                false => External::Unknown,
            },
        }
    }
}

impl<'a> Already<'a> {
    /// The state at the start of the hosts that no planned fault changes. `known` says that no
    /// host has a stack that may do what the file does not say.
    pub(super) fn of(scenario: &'a ScenarioFile, known: bool) -> Self {
        if !known || !actions(scenario).any(sets) {
            return Already::default();
        }
        let takes_an_address = |action: &Action| matches!(action, Action::Move { to: Some(_), .. });
        let has_helpers = scenario
            .hosts
            .iter()
            .any(|group| !group.settings.traversal.is_none());
        let is_new = |action: &Action| {
            matches!(
                action.kind(),
                ActionKind::Move
                    | ActionKind::Relocate
                    | ActionKind::Listen
                    | ActionKind::Restart
                    | ActionKind::Churn
            )
        };
        let states = scenario.hosts.iter().flat_map(|group| {
            let members = group.members().into_iter();
            members.map(move |host| (host, State::at_start(group)))
        });
        Already {
            hosts: states.collect(),
            follows_addresses: scenario.routers.is_empty()
                && !has_helpers
                && !actions(scenario).any(takes_an_address),
            follows_contacts: scenario.routers.is_empty()
                && !scenario.hosts.iter().any(|group| group.later)
                && !actions(scenario).any(is_new),
        }
    }
}

impl<'a> Validator<'a> {
    /// Leaves out the hosts that planned faults change, at any time.
    pub(super) fn planned_states(&mut self) {
        let scenario = self.scenario;
        for fault in &scenario.faults {
            if let Some(hosts) = changed(&fault.action) {
                for host in self.members(hosts) {
                    self.already.hosts.swap_remove(&host);
                }
            }
        }
    }

    /// Reports a step that sets what is so already, and follows what it does. `certain` says
    /// that it takes effect.
    pub(super) fn set_already(&mut self, action: &'a Action, certain: bool, at: &Range<usize>) {
        if self.already.hosts.is_empty() {
            return;
        }
        let Some(hosts) = changed(action) else { return };
        let members = self.members(hosts);
        if certain && !members.is_empty() {
            let all = |is_so: &dyn Fn(&State<'_>) -> bool| {
                let mut states = members.iter().map(|host| self.already.hosts.get(host));
                states.all(|state| state.is_some_and(is_so))
            };
            let (is_so, what, remedy) = match action {
                Action::SetMode { mode, .. } => (
                    all(&|state| state.mode == Some(*mode)),
                    "mode",
                    "write another mode",
                ),
                Action::SetScript { script, peers, .. } => (
                    self.stays(script, peers.as_ref())
                        && all(&|state| state.script == Some((script, peers.as_ref()))),
                    "script",
                    "write another script",
                ),
                Action::AddExternal { address, .. } if self.already.follows_addresses => (
                    members
                        .iter()
                        .all(|host| self.has_external(host, address.as_ref())),
                    "external address",
                    "write another one as `address`",
                ),
                _ => (false, "", ""),
            };
            // A later number of a repetition does what the first has done.
            if is_so && !self.is_repeated() {
                let who = match members.as_slice() {
                    [one] => format!("`{one}` has"),
                    _ => "all these hosts have".to_owned(),
                };
                self.complain(
                    at,
                    format!("this has no effect: {who} this {what} already; remove this line, or {remedy}"),
                );
            }
        }
        for host in &members {
            let Some(state) = self.already.hosts.get_mut(host) else {
                continue;
            };
            match action {
                Action::SetMode { mode, .. } => state.mode = certain.then_some(*mode),
                Action::SetScript { script, peers, .. } => {
                    state.script = certain.then_some((script, peers.as_ref()));
                }
                Action::AddExternal { address, .. } if certain => {
                    state.external = external(host, address.as_ref());
                }
                Action::AddExternal { .. }
                | Action::RemoveExternal { .. }
                | Action::MapPort { .. }
                | Action::Move { .. }
                | Action::Relocate { .. } => state.external = External::Unknown,
                Action::Restart { .. } if certain => *state = State::at_start(state.group),
                Action::Restart { .. } | Action::Churn { .. } => {
                    state.mode = None;
                    state.external = External::Unknown;
                }
                _ => {}
            }
        }
    }

    /// Whether a script that is set once more stays as it was: it counts no requests, and the
    /// hosts that it names are where they were.
    fn stays(&self, script: &Script, peers: Option<&Hosts>) -> bool {
        let names_none = peers.is_none() || !script.names_peers();
        !script.counts() && (names_none || self.already.follows_contacts)
    }

    fn has_external(&self, host: &str, address: Option<&Address>) -> bool {
        let state = self.already.hosts.get(host);
        state.is_some_and(|state| {
            state.external != External::Unknown && state.external == external(host, address)
        })
    }
}

/// The external address that a line gives a host.
fn external<'a>(host: &str, address: Option<&'a Address>) -> External<'a> {
    match address {
        None => External::Own,
        Some(Address::Of(owner)) if owner == host => External::Own,
        // The other ones depend on where a host or a router is.
        Some(literal @ Address::Literal(_)) => External::Other(literal),
        Some(_) => External::Unknown,
    }
}

/// Whether an action sets what may be so already.
fn sets(action: &Action) -> bool {
    matches!(
        action.kind(),
        ActionKind::SetMode | ActionKind::SetScript | ActionKind::AddExternal
    )
}

/// The hosts of which an action may change something that is followed.
fn changed(action: &Action) -> Option<&Hosts> {
    match action {
        Action::SetMode { hosts, .. }
        | Action::SetScript { hosts, .. }
        | Action::AddExternal { hosts, .. }
        | Action::RemoveExternal { hosts, .. }
        | Action::MapPort { hosts }
        | Action::Move { hosts, .. }
        | Action::Relocate { hosts, .. }
        | Action::Restart { hosts, .. }
        | Action::Spawn { hosts }
        | Action::Churn { hosts, .. } => Some(hosts),
        _ => None,
    }
}
