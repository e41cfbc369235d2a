//! Drops and delays messages of hosts.

use dht_fixtures::filter;
use dht_harness::{Sim, SimError, net::HostId, tap::MessageRole};

use super::{
    perform::{fixture, message_type, no_arm},
    scenario::Runner,
};
use crate::{
    action::Action,
    syntax::{Hosts, Kind},
};

/// What pictures call the faults that a filter of messages makes.
const DROPPED: &str = "drop-messages";
const DELAYED: &str = "delay-messages";

impl Runner {
    /// Performs the actions on the filter of messages of a host.
    pub(super) fn messages(&self, sim: &mut Sim, action: &Action) -> Result<(), SimError> {
        match action {
            Action::DropMessages {
                hosts,
                kind,
                out,
                answers,
                peer,
            } => {
                let rules = self.rules(*kind, *out, *answers, peer.as_ref())?;
                let mut hits = self.rule_hits.borrow_mut();
                let filtered = self.filter(hosts, |filter| {
                    hits.extend(rules.iter().map(|rule| filter.drop(*rule)));
                })?;
                sim.mark_disturbed(filtered, DROPPED, &action.to_string());
                Ok(())
            }
            Action::DelayMessages {
                hosts,
                kind,
                delay,
                out,
                answers,
                peer,
            } => {
                let rules = self.rules(*kind, *out, *answers, peer.as_ref())?;
                let mut hits = self.rule_hits.borrow_mut();
                let filtered = self.filter(hosts, |filter| {
                    hits.extend(rules.iter().map(|rule| filter.delay(*rule, *delay)));
                })?;
                sim.mark_disturbed(filtered, DELAYED, &action.to_string());
                Ok(())
            }
            Action::PassMessages { hosts } => {
                let filtered = self.filter(hosts, |filter| filter.clear())?;
                for kind in [DROPPED, DELAYED] {
                    sim.mark_calm(filtered.iter().copied(), kind);
                }
                Ok(())
            }
            _ => no_arm("messages", action),
        }
    }

    fn rules(
        &self,
        kind: Kind,
        out: bool,
        answers: bool,
        peer: Option<&Hosts>,
    ) -> Result<Vec<filter::Rule>, SimError> {
        let peers: Vec<_> = match peer {
            Some(hosts) => self
                .registry
                .all(hosts)?
                .iter()
                .map(|handle| Some(handle.peer()))
                .collect(),
            None => vec![None],
        };
        Ok(peers
            .into_iter()
            .map(|peer| filter::Rule {
                message: message_type(kind),
                direction: if out {
                    filter::Direction::Out
                } else {
                    filter::Direction::In
                },
                part: if answers {
                    MessageRole::Answer
                } else {
                    MessageRole::Request
                },
                peer,
            })
            .collect())
    }

    /// Changes the filters of hosts. Returns the hosts.
    fn filter(
        &self,
        hosts: &Hosts,
        mut work: impl FnMut(&mut filter::MessageFilter),
    ) -> Result<Vec<HostId>, SimError> {
        let mut filtered = Vec::new();
        for host in self.registry.all(hosts)? {
            fixture(&*host, |dht| work(dht.filter()))?;
            filtered.push(host.id());
        }
        Ok(filtered)
    }
}
