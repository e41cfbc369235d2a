//! Removes hosts and shortens their names.

use std::{ops::Range, sync::Arc};

use indexmap::IndexMap;

use super::{Search, Shown, reduce::reduce};
use dht_scenarios::{
    action::Action,
    file::{HostGroup, ScenarioFile},
    syntax::{Hosts, Slot, Term},
};

/// Splits each group into groups of one host, so that any host can be removed while
/// the others keep their identities.
pub(super) fn split_groups(file: &ScenarioFile) -> ScenarioFile {
    let groups: IndexMap<String, Vec<String>> = file
        .hosts
        .iter()
        .filter(|group| group.count.is_some())
        .map(|group| (group.name.clone(), group.members()))
        .collect();
    let identities = file.identities();
    let mut file = file.clone();
    file.hosts = file.hosts.iter().flat_map(each).collect();
    for group in &mut file.hosts {
        let number = identities.get(&group.name).copied();
        group.identity = number.and_then(|number| u32::try_from(number).ok());
    }
    edit(&mut file, &mut |slot| {
        if let Slot::Hosts(hosts) = slot {
            hosts.0 = hosts
                .0
                .iter()
                .flat_map(|term| expanded(term, &groups))
                .collect();
        }
    });
    // A group may know one of its hosts, and no host knows itself.
    for group in &mut file.hosts {
        let own = [group.name.clone()];
        for list in [&mut group.bootstrap, &mut group.peers] {
            if list.as_mut().is_some_and(|hosts| !keep(hosts, &own)) {
                *list = None;
            }
        }
    }
    file
}

fn each(group: &HostGroup) -> Vec<HostGroup> {
    let alone = |name| HostGroup {
        name,
        count: None,
        ..group.clone()
    };
    group.members().into_iter().map(alone).collect()
}

fn expanded(term: &Term, groups: &IndexMap<String, Vec<String>>) -> Vec<Term> {
    let all = |name: &String, term: fn(String) -> Term| match groups.get(name) {
        Some(members) => members.iter().cloned().map(term).collect(),
        None => vec![term(name.clone())],
    };
    match term {
        Term::All => vec![Term::All],
        Term::Named(name) => all(name, Term::Named),
        Term::Except(name) => all(name, Term::Except),
        Term::Range(group, first, last) => (*first..=*last)
            .map(|number| Term::Named(format!("{group}{number}")))
            .collect(),
    }
}

/// Removes hosts, together with the steps that concern only them.
pub(super) fn remove<F: FnMut(&Arc<ScenarioFile>) -> Shown>(search: &mut Search<F>) {
    reduce(
        search,
        |search| search.best.hosts.len(),
        |search, range| fewer(search, range).is_some_and(|fewer| search.offer(fewer)),
    );
}

/// The best scenario without the hosts at these positions. `None` if no host is left,
/// or if the constraint forbids it.
pub(super) fn fewer<F>(search: &Search<F>, range: Range<usize>) -> Option<ScenarioFile> {
    let gone: Vec<String> = search.best.hosts[range]
        .iter()
        .map(|group| group.name.clone())
        .collect();
    let fewer = without(&search.best, &gone);
    let is_allowed = !fewer.hosts.is_empty() && search.constraint.allows(&search.best, &fewer);
    is_allowed.then_some(fewer)
}

/// The scenario without these hosts, and without the steps that then concern no host.
fn without(file: &ScenarioFile, gone: &[String]) -> ScenarioFile {
    let mut file = file.clone();
    file.hosts.retain(|group| !gone.contains(&group.name));
    for group in &mut file.hosts {
        if group
            .ground
            .as_ref()
            .is_some_and(|ground| gone.contains(&ground.of))
        {
            group.ground = None;
        }
        for list in [&mut group.bootstrap, &mut group.peers] {
            if list.as_mut().is_some_and(|hosts| !keep(hosts, gone)) {
                *list = None;
            }
        }
    }
    let stays = |action: &mut Action| {
        let mut stays = true;
        action.edit(&mut |slot| match slot {
            Slot::Hosts(hosts) => stays &= keep(hosts, gone),
            Slot::Host(host) => stays &= !gone.contains(host),
            Slot::Time(_) => {}
        });
        stays
    };
    file.steps.retain_mut(|step| stays(&mut step.action));
    file.faults.retain_mut(|fault| stays(&mut fault.action));
    file
}

/// Removes hosts from a host set. Returns whether any are left.
fn keep(hosts: &mut Hosts, gone: &[String]) -> bool {
    hosts.0.retain(|term| match term {
        Term::Named(name) | Term::Except(name) => !gone.contains(name),
        Term::All | Term::Range(..) => true,
    });
    hosts.0.iter().any(|term| !matches!(term, Term::Except(_)))
}

/// The scenario with its hosts renamed to `a`, `b`, `c` and so on, in their order.
pub(super) fn with_short_names(file: &ScenarioFile) -> ScenarioFile {
    let names: IndexMap<String, String> = file
        .hosts
        .iter()
        .zip('a'..='z')
        .map(|(group, letter)| (group.name.clone(), letter.to_string()))
        .collect();
    if names.len() < file.hosts.len() || file.hosts.iter().any(|group| group.count.is_some()) {
        return file.clone();
    }
    let rename = |name: &mut String| {
        if let Some(new) = names.get(name) {
            name.clone_from(new);
        }
    };
    let mut file = file.clone();
    for group in &mut file.hosts {
        rename(&mut group.name);
        if let Some(ground) = &mut group.ground {
            rename(&mut ground.of);
        }
    }
    edit(&mut file, &mut |slot| match slot {
        Slot::Host(host) => rename(host),
        Slot::Hosts(hosts) => {
            for term in &mut hosts.0 {
                if let Term::Named(name) | Term::Except(name) = term {
                    rename(name);
                }
            }
        }
        Slot::Time(_) => {}
    });
    file
}

/// Calls `edit` for each part of the steps, faults and hosts that can be changed.
fn edit(file: &mut ScenarioFile, edit: &mut dyn FnMut(Slot<'_>)) {
    for group in &mut file.hosts {
        for hosts in [&mut group.bootstrap, &mut group.peers]
            .into_iter()
            .flatten()
        {
            edit(Slot::Hosts(hosts));
        }
    }
    for step in file.steps.iter_mut() {
        step.action.edit(edit);
    }
    for fault in &mut file.faults {
        fault.action.edit(edit);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file() -> ScenarioFile {
        let hosts = vec![
            HostGroup {
                name: "h".to_owned(),
                count: Some(3),
                bootstrap: Some(Hosts::named("h")),
                ..HostGroup::default()
            },
            HostGroup {
                name: "x".to_owned(),
                ..HostGroup::default()
            },
        ];
        let steps = [
            "connect h x",
            "find-peers x peer:h1",
            "crash h0..h1",
            "close all,!h",
        ];
        ScenarioFile {
            hosts,
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        }
    }

    fn lines(file: &ScenarioFile) -> Vec<String> {
        file.steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn groups_are_expanded() {
        let split_groups = split_groups(&file());
        let names: Vec<_> = split_groups.hosts.iter().map(|group| &group.name).collect();
        assert_eq!(names, ["h0", "h1", "h2", "x"]);
        assert_eq!(
            lines(&split_groups),
            [
                "connect h0,h1,h2 x",
                "find-peers x peer:h1",
                "crash h0,h1",
                "close all,!h0,!h1,!h2"
            ]
        );
        let known = split_groups.hosts[1].bootstrap.as_ref();
        let others = ["h0", "h2"].map(|name| Term::Named(name.to_owned()));
        assert_eq!(known, Some(&Hosts(others.into())));
    }

    #[test]
    fn a_host_does_not_know_itself() {
        let mut file = file();
        file.hosts[0].bootstrap = Some(Hosts::named("h0"));
        let split_groups = split_groups(&file);
        let known = split_groups.hosts.iter().map(|group| &group.bootstrap);
        let first = Some(Hosts::named("h0"));
        assert!(known.eq([&None, &first, &first, &None]));
    }

    #[test]
    fn hosts_are_removed_with_the_steps_about_them() {
        let fewer = without(&split_groups(&file()), &["h1".to_owned(), "h2".to_owned()]);
        assert_eq!(lines(&fewer), ["connect h0 x", "crash h0", "close all,!h0"]);
        let identities = |file: &ScenarioFile| file.identities().into_values().collect::<Vec<_>>();
        assert_eq!(identities(&fewer), [0, 3]);
        let fewer = with_short_names(&fewer);
        assert_eq!(lines(&fewer), ["connect a b", "crash a", "close all,!a"]);
        assert_eq!(identities(&fewer), [0, 3]);
    }
}
