//! What an action does to the names of a scenario.

use super::Action;
use crate::words::{Hosts, Name};

/// What a query is called that was given no name.
const LAST: &str = "last";

impl Action {
    /// The name of the fault that it installs.
    pub fn fault_id(&self) -> Option<&Name> {
        match self {
            Action::Partition { id, .. }
            | Action::Cut { id, .. }
            | Action::Blackhole { id, .. }
            | Action::Stall { id, .. }
            | Action::Reset { id, .. }
            | Action::ResetStreams { id, .. }
            | Action::Refuse { id, .. }
            | Action::Hang { id, .. }
            | Action::DialReset { id, .. }
            | Action::Firewall { id, .. }
            | Action::SetLatency { id, .. }
            | Action::SetBandwidth { id, .. }
            | Action::Loss { id, .. } => id.as_ref(),
            _ => None,
        }
    }

    /// What the query is called that it starts.
    pub fn query(&self) -> Option<Name> {
        match self {
            Action::FindPeers { name, .. }
            | Action::Bootstrap { name, .. }
            | Action::Get { name, .. }
            | Action::Put { name, .. }
            | Action::Provide { name, .. }
            | Action::FindProviders { name, .. } => Some(or_last(name.as_ref())),
            Action::Start { query } => query.query(),
            _ => None,
        }
    }

    /// What the answer is called that it asks for by hand.
    pub fn reply(&self) -> Option<Name> {
        match self {
            Action::Ask { name, .. } | Action::Send { name, .. } => Some(or_last(name.as_ref())),
            _ => None,
        }
    }

    /// What of it stands in a trace.
    pub fn logs(&self) -> &'static str {
        match self {
            Action::FindPeers { .. }
            | Action::Bootstrap { .. }
            | Action::Get { .. }
            | Action::Put { .. }
            | Action::Provide { .. }
            | Action::FindProviders { .. }
            | Action::Start { .. }
            | Action::Finish { .. } => "a control with the query, and each of its steps",
            Action::Partition { .. }
            | Action::Cut { .. }
            | Action::Blackhole { .. }
            | Action::Stall { .. }
            | Action::Reset { .. }
            | Action::ResetStreams { .. }
            | Action::Refuse { .. }
            | Action::Hang { .. }
            | Action::DialReset { .. }
            | Action::Firewall { .. }
            | Action::SetLatency { .. }
            | Action::SetBandwidth { .. }
            | Action::Loss { .. }
            | Action::Heal { .. }
            | Action::HealAll {}
            | Action::Recover { .. } => "the fault's plan, its first effect, and its healing",
            Action::Churn { .. } => "the plan of each coming and going, and when it takes place",
            Action::Connect { .. }
            | Action::StartConnect { .. }
            | Action::Dial { .. }
            | Action::Disconnect { .. }
            | Action::Listen { .. }
            | Action::Unlisten { .. }
            | Action::Spawn { .. }
            | Action::Close { .. }
            | Action::StartClose { .. }
            | Action::Crash { .. }
            | Action::Restart { .. }
            | Action::Pause { .. }
            | Action::Resume { .. }
            | Action::Slow { .. }
            | Action::Skew { .. }
            | Action::DeclareDead { .. } => "a control, and what comes of it",
            Action::Expect { .. }
            | Action::Eventually { .. }
            | Action::Throughout { .. }
            | Action::Snapshot { .. } => "the tables that it reads, where they have changed",
            _ => "what comes of it: nothing of its own",
        }
    }

    /// Whether virtual time may pass before it is done.
    pub fn waits(&self) -> bool {
        matches!(
            self,
            Action::Connect { .. }
                | Action::Dial { .. }
                | Action::Disconnect { .. }
                | Action::Listen { .. }
                | Action::FindPeers { .. }
                | Action::Bootstrap { .. }
                | Action::Get { .. }
                | Action::Put { .. }
                | Action::Provide { .. }
                | Action::FindProviders { .. }
                | Action::Finish { .. }
                | Action::Close { .. }
                | Action::Churn { .. }
                | Action::Recover { .. }
                | Action::Ask { .. }
                | Action::Send { .. }
                | Action::Run { .. }
                | Action::Settle { .. }
                | Action::Eventually { .. }
                | Action::Throughout { .. }
        )
    }

    /// The hosts that do something, and have to be up for it.
    pub fn actors(&self) -> Option<&Hosts> {
        match self {
            Action::Connect { from, .. }
            | Action::StartConnect { from, .. }
            | Action::Dial { from, .. }
            | Action::Disconnect { from, .. } => Some(from),
            Action::Listen { hosts, .. }
            | Action::Unlisten { hosts }
            | Action::AddExternal { hosts, .. }
            | Action::RemoveExternal { hosts, .. }
            | Action::Block { hosts, .. }
            | Action::Unblock { hosts, .. }
            | Action::AddAddress { hosts, .. }
            | Action::RemoveAddress { hosts, .. }
            | Action::RemovePeer { hosts, .. }
            | Action::SetMode { hosts, .. }
            | Action::FindPeers { hosts, .. }
            | Action::Bootstrap { hosts, .. }
            | Action::Get { hosts, .. }
            | Action::Put { hosts, .. }
            | Action::Provide { hosts, .. }
            | Action::FindProviders { hosts, .. }
            | Action::StopProviding { hosts, .. }
            | Action::Plant { hosts, .. }
            | Action::PlantProvider { hosts, .. }
            | Action::Forget { hosts, .. }
            | Action::Crash { hosts }
            | Action::Pause { hosts }
            | Action::DropMessages { hosts, .. }
            | Action::DelayMessages { hosts, .. }
            | Action::PassMessages { hosts }
            | Action::SetScript { hosts, .. } => Some(hosts),
            Action::Ask { host, .. }
            | Action::Send { host, .. }
            | Action::HoldStreams { host, .. } => Some(host),
            Action::Start { query } => query.actors(),
            _ => None,
        }
    }
}

fn or_last(name: Option<&Name>) -> Name {
    name.cloned().unwrap_or_else(|| Name(LAST.to_owned()))
}
