//! Which hosts can come to know each other.

use std::collections::BTreeMap;

use dht_scenarios::{action::ActionKind, file::ScenarioFile};

/// The actions by which the hosts of their first list come to know those of the others.
const ACQUAINT: [ActionKind; 4] = [
    ActionKind::AddAddress,
    ActionKind::Connect,
    ActionKind::StartConnect,
    ActionKind::Discovered,
];

/// Into how many groups the hosts of a scenario fall that have no way to know each other: by no
/// address from the start, and by no step. Scripted hosts are left out, as they pass on only what
/// their scripts say.
pub(super) fn groups(file: &ScenarioFile) -> usize {
    let hosts = file.hosts.iter().filter(|group| group.script.is_none());
    let hosts = hosts.flat_map(|group| group.members());
    let mut groups = Groups(hosts.map(|host| (host.clone(), host)).collect());
    for group in &file.hosts {
        if let Some(known) = &group.bootstrap {
            groups.join(&group.members(), &file.members_of(known));
        }
    }
    let steps = file.steps.iter().map(|step| &step.action);
    for action in steps.chain(file.faults.iter().map(|fault| &fault.action)) {
        if !ACQUAINT.contains(&action.kind()) {
            continue;
        }
        let lists = action.host_lists();
        if let [hosts, others @ ..] = lists.as_slice() {
            for other in others {
                groups.join(&file.members_of(hosts), &file.members_of(other));
            }
        }
    }
    groups.count()
}

/// Each host with another one of its group, or with itself.
struct Groups(BTreeMap<String, String>);

impl Groups {
    fn join(&mut self, hosts: &[String], others: &[String]) {
        for host in hosts {
            for other in others {
                if let (Some(one), Some(other)) = (self.first(host), self.first(other)) {
                    self.0.insert(one, other);
                }
            }
        }
    }

    /// The host that stands for the group of this one. `None` if it is not a host.
    fn first(&self, host: &str) -> Option<String> {
        let mut host = host;
        loop {
            let next = self.0.get(host)?;
            if next == host {
                return Some(next.clone());
            }
            host = next;
        }
    }

    fn count(&self) -> usize {
        let hosts = self.0.iter();
        hosts.filter(|(host, first)| host == first).count()
    }
}

#[cfg(test)]
mod tests {
    use dht_scenarios::{file::HostGroup, syntax::Hosts};

    use super::*;

    fn count(bootstrap: Option<&str>, steps: &[&str]) -> usize {
        let hosts = ["h", "r"].map(|name| HostGroup {
            name: name.to_owned(),
            count: (name == "h").then_some(4),
            bootstrap: bootstrap.filter(|_| name == "h").map(Hosts::named),
            script: (name == "r").then(|| "honest".parse().unwrap()),
            ..HostGroup::default()
        });
        groups(&ScenarioFile {
            hosts: hosts.into(),
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        })
    }

    #[test]
    fn hosts_that_know_each_other_over_others_are_one_group() {
        assert_eq!(count(None, &[]), 4);
        assert_eq!(count(None, &["crash h1", "add-address h0 r"]), 4);
        assert_eq!(count(None, &["add-address h0 h1", "connect h2 h1"]), 2);
        assert_eq!(count(None, &["start-connect h1..h3 h0"]), 1);
        assert_eq!(count(None, &["discovered all,!h0 h1"]), 2);
        assert_eq!(count(Some("h0"), &[]), 1);
    }
}
