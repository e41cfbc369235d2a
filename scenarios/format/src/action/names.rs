//! The hosts that an action needs, and the names that it defines.

use super::{Action, ActionKind, Family};
use crate::{
    condition::Condition,
    syntax::{Argument, DhtName, Hosts, Name, Slot},
};

/// The default name of a query or a reply.
pub(crate) const LAST: &str = "last";

impl Action {
    /// The family of the action.
    pub fn family(&self) -> Family {
        self.kind().family()
    }

    /// The lists of hosts of the action, and the hosts that it names alone, in their order.
    pub fn host_lists(&self) -> Vec<Hosts> {
        let mut lists = Vec::new();
        self.clone().edit(&mut |slot| match slot {
            Slot::Hosts(hosts) => lists.push(hosts.clone()),
            Slot::Host(name) => lists.push(Hosts::named(name)),
            Slot::Time(_) => {}
        });
        lists
    }

    /// Calls `edit` for each list of hosts and each duration in the action.
    pub fn edit(&mut self, edit: &mut dyn FnMut(Slot<'_>)) {
        Argument::edit(self, edit);
    }

    /// Whether virtual time may pass while the action is performed.
    pub(crate) fn waits(&self) -> bool {
        self.kind().waits()
    }

    /// The hosts that perform the action and therefore have to be up.
    pub(crate) fn actors(&self) -> Option<&Hosts> {
        match self {
            Action::Start { query } => query.actors(),
            _ => self.own_actors(),
        }
    }

    /// The query that the action starts, or the action itself.
    pub fn started(&self) -> &Action {
        match self {
            Action::Start { query } => query,
            action => action,
        }
    }

    /// The condition of a line that observes.
    pub(crate) fn condition(&self) -> Option<&Condition> {
        match self {
            Action::Expect { condition }
            | Action::Eventually { condition, .. }
            | Action::Always { condition, .. } => Some(condition),
            _ => None,
        }
    }

    /// The DHT, of a host with two, that the action names.
    pub fn dht(&self) -> Option<DhtName> {
        match self {
            Action::Start { query } => query.dht(),
            Action::FindPeers { dht, .. }
            | Action::Bootstrap { dht, .. }
            | Action::Get { dht, .. }
            | Action::Put { dht, .. }
            | Action::Provide { dht, .. }
            | Action::FindProviders { dht, .. }
            | Action::AddAddress { dht, .. } => *dht,
            _ => self.condition()?.of_dht()?.1,
        }
    }

    /// The name of the query that the action starts.
    pub(crate) fn query(&self) -> Option<Name> {
        match self {
            Action::Start { query } => query.query(),
            _ => self.own_query().map(or_last),
        }
    }

    /// The name of the reply that the action waits for.
    pub(crate) fn reply(&self) -> Option<Name> {
        self.own_reply().map(or_last)
    }

    /// Whether the action installs a fault, which can have a name.
    pub(crate) fn is_fault(&self) -> bool {
        self.own_fault().is_some()
    }

    /// The name of the fault that the action installs.
    pub(crate) fn fault_id(&self) -> Option<&Name> {
        self.own_fault()?.as_ref()
    }
}

impl ActionKind {
    /// Whether it is a fault of the network that lasts until it is healed.
    pub fn is_lasting_fault(self) -> bool {
        self.family() == Family::Fault
            && !matches!(
                self,
                ActionKind::Heal
                    | ActionKind::HealAll
                    | ActionKind::Recover
                    | ActionKind::Reset
                    | ActionKind::ResetStreams
            )
    }

    /// Whether it is a fault that may be injected before all its hosts are up: one that lasts,
    /// and not only for the connections that are there.
    pub(crate) fn waits_for_hosts(self) -> bool {
        self.is_lasting_fault() && self != ActionKind::Stall
    }

    /// Whether the same action once more, at the same instant, has no effect.
    pub const fn is_idempotent(self) -> bool {
        matches!(
            self,
            ActionKind::AddExternal
                | ActionKind::Block
                | ActionKind::AddAddress
                | ActionKind::RemoveAddress
                | ActionKind::RemovePeer
                | ActionKind::SetMode
                | ActionKind::RemoveLocal
                | ActionKind::RemoveRecord
                | ActionKind::StoreLocal
                | ActionKind::StoreProviderLocal
                | ActionKind::Slow
                | ActionKind::Skew
                | ActionKind::DeclareDead
                | ActionKind::DropMessages
                | ActionKind::RestartRouter
                | ActionKind::SetScript
                | ActionKind::Settle
                | ActionKind::Snapshot
        )
    }
}

fn or_last(name: &Option<Name>) -> Name {
    name.clone().unwrap_or_else(|| Name(LAST.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn action(line: &str) -> Action {
        line.parse().unwrap()
    }

    #[test]
    fn actors_are_the_hosts_that_perform_the_action() {
        let actors = |line: &str| action(line).actors().cloned();
        assert_eq!(actors("connect a b"), Some(Hosts::named("a")));
        assert_eq!(actors("ask r a find-node k"), Some(Hosts::named("r")));
        assert_eq!(actors("start get a song"), Some(Hosts::named("a")));
        assert_eq!(actors("restart a"), None);
        assert_eq!(actors("run 1s"), None);
    }

    #[test]
    fn the_default_name_of_queries_and_replies_is_last() {
        let query = |line: &str| action(line).query().map(|name| name.0);
        assert_eq!(query("get a song as=q").as_deref(), Some("q"));
        assert_eq!(query("start get a song").as_deref(), Some("last"));
        assert_eq!(query("finish q"), None);
        let reply = action("ask r a find-node k").reply();
        assert_eq!(reply, Some(Name("last".to_owned())));
        assert_eq!(action("get a song").reply(), None);
    }

    #[test]
    fn only_faults_with_a_name_have_an_id() {
        let id = |line: &str| action(line).fault_id().cloned();
        assert_eq!(id("stall a b id=f"), Some(Name("f".to_owned())));
        assert_eq!(id("stall a b"), None);
        assert_eq!(id("crash a"), None);
    }
}
