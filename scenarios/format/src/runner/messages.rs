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
                self.add_rules(sim, hosts, &rules, (DROPPED, action), |filter, rule| {
                    filter.drop(rule)
                })
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
                self.add_rules(sim, hosts, &rules, (DELAYED, action), |filter, rule| {
                    filter.delay(rule, *delay)
                })
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

    /// Adds rules to the filters of hosts, and shows them in pictures as this kind of fault.
    fn add_rules(
        &self,
        sim: &mut Sim,
        hosts: &Hosts,
        rules: &[filter::Rule],
        (kind, action): (&'static str, &Action),
        add: impl Fn(&mut filter::MessageFilter, filter::Rule) -> filter::RuleHits,
    ) -> Result<(), SimError> {
        let mut hits = self.rule_hits.borrow_mut();
        let filtered = self.filter(hosts, |filter| {
            hits.extend(rules.iter().map(|rule| add(filter, *rule)));
        })?;
        sim.mark_disturbed(filtered, kind, &action.to_string());
        Ok(())
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
