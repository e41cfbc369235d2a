//! What an action does to the names of a scenario.

use super::Action;
use crate::syntax::{Hosts, Name};

/// What a query is called that was given no name.
const LAST: &str = "last";

/// The kinds of things that actions do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Family {
    /// Hosts dial, listen and part.
    Connection,
    /// Something is changed in a swarm.
    Swarm,
    /// Hosts ask the DHT.
    Query,
    /// Something is changed in a DHT: its table, its store, its mode.
    Dht,
    /// Hosts come, go and falter.
    Life,
    /// Hosts get another ip.
    Move,
    /// Hosts come and go again and again.
    Churn,
    /// The network goes wrong, or is mended.
    Fault,
    /// Messages of hosts are lost or late.
    Messages,
    /// Scripted hosts do things by hand.
    Hand,
    /// Applications around the DHT are told something.
    Application,
    /// Time passes.
    Time,
    /// Something is looked at.
    Look,
}

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

    /// What kind of thing it does.
    pub fn family(&self) -> Family {
        match self {
            Action::Connect { .. }
            | Action::StartConnect { .. }
            | Action::Dial { .. }
            | Action::Disconnect { .. }
            | Action::Listen { .. }
            | Action::Unlisten { .. } => Family::Connection,
            Action::AddExternal { .. }
            | Action::RemoveExternal { .. }
            | Action::Block { .. }
            | Action::Unblock { .. } => Family::Swarm,
            Action::FindPeers { .. }
            | Action::Bootstrap { .. }
            | Action::Get { .. }
            | Action::Put { .. }
            | Action::Provide { .. }
            | Action::FindProviders { .. }
            | Action::Start { .. }
            | Action::Finish { .. } => Family::Query,
            Action::AddAddress { .. }
            | Action::RemoveAddress { .. }
            | Action::RemovePeer { .. }
            | Action::SetMode { .. }
            | Action::Stop { .. }
            | Action::StopProviding { .. }
            | Action::StoreLocal { .. }
            | Action::StoreProviderLocal { .. }
            | Action::RemoveLocal { .. } => Family::Dht,
            Action::Spawn { .. }
            | Action::Close { .. }
            | Action::StartClose { .. }
            | Action::Crash { .. }
            | Action::Restart { .. }
            | Action::Pause { .. }
            | Action::Resume { .. }
            | Action::Slow { .. }
            | Action::Skew { .. }
            | Action::DeclareDead { .. } => Family::Life,
            Action::Move { .. } => Family::Move,
            Action::Churn { .. } => Family::Churn,
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
            | Action::Recover { .. } => Family::Fault,
            Action::DropMessages { .. }
            | Action::DelayMessages { .. }
            | Action::PassMessages { .. } => Family::Messages,
            Action::SetScript { .. }
            | Action::Ask { .. }
            | Action::Send { .. }
            | Action::HoldStreams { .. } => Family::Hand,
            Action::AppCommand { .. } => Family::Application,
            Action::Run { .. } | Action::Settle { .. } => Family::Time,
            Action::Expect { .. }
            | Action::Eventually { .. }
            | Action::Always { .. }
            | Action::Snapshot { .. } => Family::Look,
        }
    }

    /// What of it stands in a trace.
    pub fn logs(&self) -> &'static str {
        match self.family() {
            Family::Connection | Family::Life => "a control, and what comes of it",
            Family::Query => "a control with the query, and each of its steps",
            Family::Fault => "the fault's plan, its first effect, and its healing",
            Family::Churn => "the plan of each coming and going, and when it takes place",
            Family::Look => "the tables that it reads, where they have changed",
            Family::Swarm
            | Family::Dht
            | Family::Move
            | Family::Messages
            | Family::Hand
            | Family::Application
            | Family::Time => "what comes of it: nothing of its own",
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
                | Action::Always { .. }
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
            | Action::StoreLocal { hosts, .. }
            | Action::StoreProviderLocal { hosts, .. }
            | Action::RemoveLocal { hosts, .. }
            | Action::Crash { hosts }
            | Action::Pause { hosts }
            | Action::DropMessages { hosts, .. }
            | Action::DelayMessages { hosts, .. }
            | Action::PassMessages { hosts }
            | Action::SetScript { hosts, .. }
            | Action::AppCommand { hosts, .. } => Some(hosts),
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
