//! The text of violations, for reports.
//!
//! Responsible for telling what several violations have in common once: those of one kind
//! are a group, and each host has its table and its events once. It must not know how
//! violations are found.

use std::fmt;

use dht_harness_clock::VirtualInstant;

use super::{
    violation::{HostEvidence, Violation},
    wording::Said,
};
use crate::noun;

/// The maximum number of groups shown in full.
const GROUPS: usize = 3;

/// The maximum number of violations shown of a group.
const MEMBERS: usize = 4;

/// The maximum number of hosts whose tables and events are shown.
const HOSTS: usize = 3;

/// The violations of one kind with the same expected value.
type Group<'a> = Vec<&'a Violation>;

/// The text of violations: each group, the names of further invariants, and then the tables
/// and events of the hosts.
pub(crate) struct ViolationGroups<'a> {
    groups: Vec<Group<'a>>,
    /// How many failures of the run are told before them.
    before: usize,
}

impl<'a> ViolationGroups<'a> {
    /// Groups violations, in the order of the first ones.
    pub(crate) fn of(violations: &'a [Violation]) -> Self {
        let mut groups: Vec<Group<'a>> = Vec::new();
        for violation in violations {
            let mut known = groups.iter_mut();
            match known.find(|group| is_alike(group[0], violation)) {
                Some(group) => group.push(violation),
                None => groups.push(vec![violation]),
            }
        }
        ViolationGroups { groups, before: 0 }
    }

    /// Another failure of the run is told before them.
    pub(crate) fn after_another(mut self) -> Self {
        self.before = 1;
        self
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.groups.is_empty()
    }

    /// The beginning of the text of the failure at this position, from 0.
    pub(crate) fn number(&self, position: usize) -> Number {
        Number {
            position,
            of: self.before + self.groups.len(),
        }
    }
}

/// Which failure of several it is; nothing for the only one.
pub(crate) struct Number {
    position: usize,
    of: usize,
}

impl fmt::Display for Number {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.of {
            0 | 1 => Ok(()),
            of => write!(f, "failure {} of {of}: ", self.position + 1),
        }
    }
}

fn is_alike(one: &Violation, other: &Violation) -> bool {
    (one.invariant, one.kind) == (other.invariant, other.kind) && one.expected == other.expected
}

impl fmt::Display for ViolationGroups<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let groups = &self.groups;
        let (shown, others) = groups.split_at(groups.len().min(GROUPS));
        for (position, group) in shown.iter().enumerate() {
            if position > 0 {
                f.write_str("\n")?;
            }
            write!(f, "{}", self.number(self.before + position))?;
            fmt_group(f, group)?;
        }
        let violations: usize = others.iter().map(Vec::len).sum();
        if violations > 0 {
            let mut names: Vec<_> = others.iter().map(|group| group[0].invariant).collect();
            names.sort_unstable();
            names.dedup();
            let noun = noun(violations, "violation", "violations");
            write!(f, "\nand {violations} more {noun}, of {}", names.join(", "))?;
        }
        let members = shown.iter().flat_map(|group| group.iter().take(MEMBERS));
        fmt_evidence(f, members.copied())
    }
}

fn fmt_group(f: &mut fmt::Formatter<'_>, group: &[&Violation]) -> fmt::Result {
    let first = group[0];
    write!(
        f,
        "violated: {} ({})",
        first.invariant,
        Said(first.statement)
    )?;
    if group.len() > 1 {
        write!(f, ", {} times", group.len())?;
    }
    write!(f, "\n  kind:     {}", first.kind)?;
    if let [only] = group {
        write!(f, "\n  hosts:    {}", only.names.join(", "))?;
    }
    write!(f, "\n  expected: {}", first.expected)?;
    let at_once = group.iter().all(|other| when(other) == when(first));
    for (number, violation) in group.iter().take(MEMBERS).enumerate() {
        let label = if number == 0 {
            "seen:     "
        } else {
            "          "
        };
        write!(f, "\n  {label}")?;
        if group.len() > 1 && !violation.names.is_empty() {
            write!(f, "{}: ", violation.names.join(", "))?;
        }
        write!(f, "{}", violation.seen)?;
        if !at_once {
            write!(f, ", at {}", Moment(violation))?;
        }
    }
    if let Some(more) = group.len().checked_sub(MEMBERS + 1) {
        write!(f, "\n            and {} more", more + 1)?;
    }
    match at_once {
        true => write!(f, "\n  at:       {}", Moment(first)),
        false => Ok(()),
    }
}

fn when(violation: &Violation) -> (VirtualInstant, Option<VirtualInstant>) {
    (violation.at, violation.since)
}

/// When a violation was seen, and from when it counts.
struct Moment<'a>(&'a Violation);

impl fmt::Display for Moment<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (at, since) = when(self.0);
        write!(f, "{at}")?;
        match since {
            Some(since) => write!(f, ", counted from {since}"),
            None => Ok(()),
        }
    }
}

/// The tables and events of the hosts, each host as the first of its violations has it.
fn fmt_evidence<'a>(
    f: &mut fmt::Formatter<'_>,
    violations: impl Iterator<Item = &'a Violation>,
) -> fmt::Result {
    let mut hosts: Vec<&HostEvidence> = Vec::new();
    for evidence in violations.flat_map(|violation| &violation.evidence) {
        if !hosts.iter().any(|known| known.host == evidence.host) {
            hosts.push(evidence);
        }
    }
    // So that the report fits on a screen.
    let most = match hosts.len() {
        1 => 8,
        2 => 5,
        _ => 3,
    };
    for evidence in hosts.iter().take(HOSTS) {
        for line in &evidence.table {
            write!(f, "\n  {line}")?;
        }
        if !evidence.events.is_empty() {
            write!(f, "\n  events of {}:", evidence.host)?;
        }
        let skipped = evidence.events.len().saturating_sub(most);
        for event in &evidence.events[skipped..] {
            write!(f, "\n    {event}")?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{check::finding::Finding, net::HostId};

    fn violation(invariant: &'static str, host: u32, secs: u64) -> Violation {
        let at = VirtualInstant::from_nanos(secs * 1_000_000_000);
        let finding = Finding {
            kind: "leaked".into(),
            hosts: vec![HostId(host)],
            subject: "".into(),
            since: None,
            expected: Some("nothing".into()),
            seen: Some("a connection".into()),
        };
        let mut violation = Violation::new(invariant, "a closed host holds nothing", at, finding);
        let host = format!("h{host}");
        violation.names.push(host.clone());
        violation.evidence.push(HostEvidence {
            table: vec![format!("table of {host}, read at 0s and at 1s:")],
            events: (0..8).map(|event| format!("{event}s an event")).collect(),
            host,
        });
        violation
    }

    fn told(violations: &[Violation]) -> Vec<String> {
        let told = ViolationGroups::of(violations).to_string();
        told.lines().map(str::to_owned).collect()
    }

    #[test]
    fn violations_of_one_kind_are_told_as_one() {
        let lines = told(&[1, 2, 3, 4, 5].map(|host| violation("leaks", host, 3)));
        assert_eq!(
            lines[..9],
            [
                "violated: leaks (a closed host holds nothing), 5 times",
                "  kind:     leaked",
                "  expected: nothing",
                "  seen:     h1: a connection",
                "            h2: a connection",
                "            h3: a connection",
                "            h4: a connection",
                "            and 1 more",
                "  at:       3.000000000s",
            ]
        );
    }

    #[test]
    fn violations_of_one_kind_at_several_times_have_their_times() {
        let lines = told(&[violation("leaks", 1, 3), violation("leaks", 2, 4)]);
        assert_eq!(lines[3], "  seen:     h1: a connection, at 3.000000000s");
        assert_eq!(lines[4], "            h2: a connection, at 4.000000000s");
        assert!(!lines.iter().any(|line| line.starts_with("  at:")));
    }

    #[test]
    fn the_table_and_the_events_of_a_host_are_told_once() {
        let lines = told(&[violation("leaks", 1, 3), violation("holds", 1, 3)]);
        let count = |text: &str| lines.iter().filter(|line| line.contains(text)).count();
        assert_eq!((count("table of h1"), count("events of h1")), (1, 1));
        assert_eq!(count("an event"), 8);
        assert_eq!(count("violated:"), 2);
        assert!(lines[0].starts_with("failure 1 of 2: violated: leaks ("));
        assert!(
            lines
                .iter()
                .any(|line| line.starts_with("failure 2 of 2: violated: holds ("))
        );
    }

    #[test]
    fn violations_after_another_failure_count_on() {
        let violations = [violation("leaks", 1, 3)];
        let groups = ViolationGroups::of(&violations).after_another();
        assert_eq!(groups.number(0).to_string(), "failure 1 of 2: ");
        assert!(
            groups
                .to_string()
                .starts_with("failure 2 of 2: violated: leaks (")
        );
    }

    #[test]
    fn further_groups_are_named() {
        let names = ["a", "b", "c", "d", "e", "e"];
        let lines = told(&names.map(|invariant| violation(invariant, 1, 3)));
        assert!(lines.contains(&"and 3 more violations, of d, e".to_owned()));
    }
}
