//! The members of a list of hosts.

use std::hash::{BuildHasher, BuildHasherDefault, DefaultHasher};

use indexmap::{IndexMap, IndexSet};

use crate::syntax::{Hosts, Term};

/// The names of the things of a group: its name, or with a count its name and a number each.
pub(crate) fn numbered(name: &str, count: Option<u32>) -> Vec<String> {
    match count {
        None => vec![name.to_owned()],
        Some(count) => (0..count).map(|number| format!("{name}{number}")).collect(),
    }
}

/// The members of a list of hosts, without duplicates, in order.
#[expect(
    clippy::disallowed_types,
    reason = "draws the keys that digests on record were made with"
)]
pub(crate) fn members(hosts: &Hosts, groups: &IndexMap<String, Vec<String>>) -> Vec<String> {
    expand::<std::hash::RandomState>(hosts, groups)
}

/// As [`members`], but without drawing hash keys. Reports must not change the random
/// draws of the hosts of the simulation.
pub(crate) fn members_for_report(
    hosts: &Hosts,
    groups: &IndexMap<String, Vec<String>>,
) -> Vec<String> {
    expand::<BuildHasherDefault<DefaultHasher>>(hosts, groups)
}

fn expand<S: BuildHasher + Default>(
    hosts: &Hosts,
    groups: &IndexMap<String, Vec<String>>,
) -> Vec<String> {
    let mut named: IndexSet<String, S> = IndexSet::default();
    // The name of a host has priority over a group with the same name.
    let of = |name: &String| -> Vec<String> {
        let is_member = groups.values().flatten().any(|member| member == name);
        match groups.get(name) {
            Some(members) if !is_member || members.len() == 1 => members.clone(),
            _ => vec![name.clone()],
        }
    };
    for term in &hosts.0 {
        match term {
            Term::All => named.extend(groups.values().flatten().cloned()),
            Term::Named(name) => named.extend(of(name)),
            Term::Range(group, first, last) => {
                named.extend((*first..=*last).map(|number| format!("{group}{number}")));
            }
            Term::Except(name) => {
                for member in of(name) {
                    named.shift_remove(&member);
                }
            }
        }
    }
    named.into_iter().collect()
}
