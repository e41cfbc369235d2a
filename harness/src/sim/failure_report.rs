//! The report of the state of a failed run.
//!
//! Responsible for selecting the information that fits on a screen. It must not
//! evaluate anything, nor read anything in a way that changes the run.

use std::{fmt, path::PathBuf};

use indexmap::IndexSet;

use super::{
    determinism::wrap,
    error::SimError,
    failure::End,
    hindrance::Hindrance,
    host_portrait::{HostPortrait, PortraitSize},
    picture::Pictures,
    reported_fault::ReportedFault,
    step_tables::StepTables,
};
use crate::{
    diagnosis::TableDiagnosis,
    engine::{CaughtPanic, Schedule},
    net::{FaultRecord, HostId, IdHash, TransportKind},
    trace::TraceError,
    view::ViewError,
    world::World,
};

/// The maximum number of hosts shown.
const HOSTS: usize = 3;

/// The maximum numbers of faults and of causes of empty tables shown.
const FAULTS: usize = 4;
const TABLES: usize = 3;

/// The configuration of a run, as needed to reproduce it.
#[derive(Clone, Debug)]
pub(super) struct RunSettings {
    pub(super) seed: u64,
    pub(super) transport: TransportKind,
    pub(super) schedule: Schedule,
    pub(super) trace: Option<PathBuf>,
    /// The command that reproduces the run, unless it was started by its builder.
    pub(super) reproduce_with: Option<String>,
    pub(super) pictures: Pictures,
}

impl RunSettings {
    /// The calls that configure such a run.
    pub(super) fn builder_calls(&self) -> String {
        let mut calls = format!("Sim::builder().seed({})", self.seed);
        if self.transport != TransportKind::default() {
            calls.push_str(&format!(".transport(TransportKind::{:?})", self.transport));
        }
        if self.schedule != Schedule::default() {
            calls.push_str(&format!(".schedule(Schedule::{:?})", self.schedule));
        }
        calls
    }
}

/// The state of a failed run at its end, on one screen: hosts with their tables and
/// latest events, faults in force, diagnoses of tables, and how to reproduce the run.
#[derive(Clone, Debug)]
pub struct FailureReport {
    settings: RunSettings,
    end: End,
    hosts: Vec<HostPortrait>,
    /// The faults in force.
    faults: Vec<ReportedFault>,
    /// What else hinders hosts.
    hindrances: Vec<Hindrance>,
    /// The names of the hosts that the error concerns, and their peer ids.
    names: Vec<(HostId, String, String)>,
    tables: Vec<TableDiagnosis>,
    backtrace: Option<String>,
    /// The reasons why parts of the report are missing.
    remarks: Vec<String>,
    /// The pictures that were made.
    pictures: Vec<PathBuf>,
}

impl FailureReport {
    /// Creates a report with the configuration and the end of the run only.
    pub(super) fn new(settings: RunSettings, end: End) -> Self {
        FailureReport {
            settings,
            end,
            hosts: Vec::new(),
            faults: Vec::new(),
            hindrances: Vec::new(),
            names: Vec::new(),
            tables: Vec::new(),
            backtrace: None,
            remarks: Vec::new(),
            pictures: Vec::new(),
        }
    }

    pub(super) fn end(&self) -> &End {
        &self.end
    }

    /// Adds the faults in force, what else hinders hosts, and the hosts whose message order
    /// depends on the process and has had an effect. Faults whose guards were dropped at this
    /// instant are included, because a failed test drops its guards.
    pub(super) fn add_surroundings(&mut self, world: &World) {
        let now = world.now();
        let in_force = |fault: &FaultRecord| match fault.over_at() {
            None => true,
            Some(over) => {
                over == now && fault.planned_at < now && world.fabric().was_dropped(fault.id)
            }
        };
        let faults = world.fault_report().into_iter().filter(in_force);
        self.faults = ReportedFault::all(faults, &|host| world.name(host));
        self.hindrances = Hindrance::all(world);
        let hidden: Vec<String> = world
            .hosts()
            .filter(|host| world.is_hidden(*host))
            .map(|host| world.name(host))
            .collect();
        if !hidden.is_empty() {
            let remedy = match world.hosts().any(|host| world.lacks_dht(host)) {
                true => ": construct the DHT of the application with `dht_harness::kad`",
                false => ", as the test says `App::without_dht`",
            };
            self.remarks.push(format!(
                "tables, queries, modes, stores and connection counts of {} are not checked{remedy}",
                hidden.join(", ")
            ));
        }
        let unordered = world.unordered().into_iter();
        let mattered = unordered.filter(|(.., since)| since.is_some());
        for (host, parts, _) in mattered.take(HOSTS) {
            let remedy = wrap(&world.name(host), &parts);
            self.remarks
                .push(format!("the run may not be reproducible: {remedy}"));
        }
    }

    /// Adds the hosts that the failure concerns, and then the most recently active ones.
    pub(super) fn add_hosts(
        &mut self,
        world: &World,
        steps: &StepTables,
        about: impl IntoIterator<Item = HostId>,
    ) {
        let active = world.latest_hosts(HOSTS);
        let hosts: IndexSet<_, IdHash> = about.into_iter().chain(active).collect();
        let hosts: Vec<HostId> = hosts.into_iter().take(HOSTS).collect();
        let size = PortraitSize::of(hosts.len());
        self.hosts = hosts
            .iter()
            .map(|host| HostPortrait::of(world, *host, steps, &hosts, size))
            .collect();
    }

    /// Adds why the tables of these hosts have no usable entry.
    pub(super) fn add_diagnoses(&mut self, world: &World, hosts: Vec<HostId>) {
        self.tables = world.explain_tables(hosts);
    }

    /// Records the names of the hosts that the error concerns.
    pub(super) fn add_names(&mut self, world: &World, error: &SimError) {
        let hosts: IndexSet<_, IdHash> = error.hosts(world).into_iter().collect();
        self.names = hosts
            .into_iter()
            .map(|host| (host, world.name(host), world.peer(host).to_string()))
            .collect();
    }

    /// The text of the error, with the names of hosts instead of their numbers and
    /// peer ids.
    pub(super) fn told(&self, error: &SimError) -> String {
        let name_of = |host: HostId| {
            let mut names = self.names.iter();
            Some(names.find(|(id, ..)| *id == host)?.1.clone())
        };
        match error {
            SimError::Stalled(stall) => stall.told(&name_of),
            SimError::Host(_) | SimError::Custom(_) => self.with_names(&error.to_string()),
            error => error.to_string(),
        }
    }

    /// A text with the names of hosts instead of their numbers and peer ids. Addresses keep
    /// theirs.
    fn with_names(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (host, name, peer) in &self.names {
            let (address, kept) = (
                format!("/p2p/{peer}"),
                format!("/p2p/{}", peer.to_lowercase()),
            );
            text = text
                .replace(&address, &kept)
                .replace(&format!("host {peer}"), name)
                .replace(peer, name)
                .replace(&kept, &address);
            text = with_word(&text, &host.to_string(), name);
        }
        text
    }

    pub(super) fn add_backtrace(&mut self, panic: &CaughtPanic) {
        self.backtrace.clone_from(&panic.backtrace);
    }

    pub(super) fn add_trace_error(&mut self, error: &TraceError) {
        self.remarks.push(error.to_string());
        self.settings.trace = None;
    }

    /// Records the pictures that were made of the run.
    pub(super) fn add_pictures(&mut self, pictures: Vec<Result<PathBuf, ViewError>>) {
        for picture in pictures {
            match picture {
                Ok(path) => self.pictures.push(path),
                Err(error) => self.remarks.push(error.to_string()),
            }
        }
    }

    /// Records that a part of the report could not be created.
    pub(super) fn add_gap(&mut self, panic: &CaughtPanic) {
        self.remarks
            .push(format!("a part of this report is missing: {}", panic.note));
    }
}

/// The hosts whose names occur in a text of the test, in the order of first
/// occurrence. A failed `assert!` has no other information about its hosts.
pub(super) fn hosts_named(world: &World, text: &str) -> Vec<HostId> {
    let mut found: Vec<(usize, HostId)> = world
        .hosts()
        .filter_map(|host| Some((position(text, &world.name(host))?, host)))
        .collect();
    found.sort_unstable();
    found.into_iter().map(|(_, host)| host).collect()
}

/// The first position of a name in a text as a separate word.
fn position(text: &str, name: &str) -> Option<usize> {
    if name.is_empty() {
        return None;
    }
    let is_part = |char: char| char.is_alphanumeric() || char == '-' || char == '_';
    let mut matches = text.match_indices(name);
    let found = matches.find(|(at, _)| {
        let before = text[..*at].chars().next_back();
        let after = text[at + name.len()..].chars().next();
        !before.is_some_and(is_part) && !after.is_some_and(is_part)
    });
    Some(found?.0)
}

/// A text with another word in place of each `word`.
fn with_word(text: &str, word: &str, other: &str) -> String {
    let (mut changed, mut rest) = (String::new(), text);
    while let Some(at) = position(rest, word) {
        changed.push_str(&rest[..at]);
        changed.push_str(other);
        rest = &rest[at + word.len()..];
    }
    changed + rest
}

impl fmt::Display for FailureReport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_state(f)?;
        self.fmt_reproduction(f)?;
        self.fmt_rest(f)
    }
}

impl FailureReport {
    /// The report without how to repeat the run, which a page says itself.
    pub(super) fn fmt_for_page(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.fmt_state(f)?;
        self.fmt_rest(f)
    }

    fn fmt_state(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let faults = self.faults.iter().map(ToString::to_string);
        let hindrances = self.hindrances.iter().map(ToString::to_string);
        let faults: Vec<String> = faults.chain(hindrances).collect();
        if !faults.is_empty() {
            writeln!(f, "faults in force:")?;
        }
        for fault in faults.iter().take(FAULTS) {
            writeln!(f, "  {fault}")?;
        }
        more(f, faults.len(), FAULTS)?;
        if !self.hosts.is_empty() {
            writeln!(f, "hosts:")?;
        }
        for host in &self.hosts {
            for line in host.to_string().lines() {
                writeln!(f, "  {line}")?;
            }
        }
        for table in self.tables.iter().take(TABLES) {
            writeln!(f, "{table}")?;
        }
        more(f, self.tables.len(), TABLES)?;
        let RunSettings {
            seed,
            transport,
            schedule,
            ..
        } = self.settings;
        f.write_str(&self.end.of_run(seed, transport, schedule))
    }

    fn fmt_rest(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for remark in &self.remarks {
            write!(f, "\nnote: {remark}")?;
        }
        if let Some(backtrace) = &self.backtrace {
            write!(f, "\nbacktrace:\n{}", backtrace.trim_end())?;
        }
        Ok(())
    }

    fn fmt_reproduction(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let settings = &self.settings;
        f.write_str("\nreproduce: ")?;
        match &settings.reproduce_with {
            Some(command) => f.write_str(command)?,
            None => write!(f, "`{}` and the same body", settings.builder_calls())?,
        }
        let events = self.end.events;
        match &settings.trace {
            Some(path) => write!(f, "\ntrace: all {events} events are in {}", path.display())?,
            None if settings.reproduce_with.is_none() => write!(
                f,
                "\ntrace: `.trace(\"trace.jsonl\")` writes all {events} events to a file"
            )?,
            None => {}
        }
        if self.pictures.is_empty() && settings.reproduce_with.is_none() {
            f.write_str(
                "\npicture: none; `DHT_HARNESS_VIEW=DIR cargo test` makes one in this folder",
            )?;
        }
        for picture in &self.pictures {
            write!(f, "\npicture: {}", picture.display())?;
        }
        Ok(())
    }
}

fn more(f: &mut fmt::Formatter<'_>, count: usize, shown: usize) -> fmt::Result {
    match count.saturating_sub(shown) {
        0 => Ok(()),
        more => writeln!(f, "  and {more} more"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_match_whole_words_only() {
        for (text, found) in [
            ("n1 has no entry", Some(0)),
            ("at n1: empty", Some(3)),
            ("`n1`", Some(1)),
            ("n10 and n1", Some(8)),
            ("n10, plan1, n1-b", None),
        ] {
            assert_eq!(position(text, "n1"), found, "{text}");
        }
        assert_eq!(position("text", ""), None);
    }

    #[test]
    fn whole_words_are_replaced_everywhere() {
        let text = "host 1 and host 10, host 1";
        assert_eq!(
            with_word(text, "host 1", "a host 1"),
            "a host 1 and host 10, a host 1"
        );
        assert_eq!(with_word(text, "host 2", "b"), text);
    }
}
