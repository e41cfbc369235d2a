//! Reports of failures, word for word.
//!
//! `SNAPSHOTS=overwrite cargo test -p dht-harness reports` writes the texts anew. Read them
//! before you commit them.

use std::time::Duration;

use dht_harness::{
    Sim, SimError, TransportKind, World,
    check::{Invariant, Reporter, Unmet},
    dht::Query,
};
use rstest::rstest;
use snapbox::{Assert, Data, Redactions, data::DataFormat};

use super::{acquainted, on, peer};

/// An invariant that the entry of a crashed peer violates.
struct NoDeadEntries;

impl Invariant for NoDeadEntries {
    fn name(&self) -> &'static str {
        "no-dead-entries"
    }

    fn statement(&self) -> &'static str {
        "no table has an entry of a host that is down"
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world
            .hosts()
            .filter(|host| world.established(*host).is_some())
        {
            for entry in world.table(host).entries() {
                let other = world.host_of(&entry.peer);
                if let Some(other) = other.filter(|other| world.established(*other).is_none()) {
                    report
                        .violated("dead-entry")
                        .at(host)
                        .subject(world.name(other))
                        .expected("its entries are of hosts that are up")
                        .seen(format!("an entry of {}", world.name(other)));
                }
            }
        }
    }
}

/// The screen on which a report fits. A longer line takes as many rows as a terminal of this
/// width needs for it.
const ROWS: usize = 40;
const COLUMNS: usize = 100;

type Body = fn(&mut Sim) -> Result<(), SimError>;

#[rstest]
#[case::panic("panic", |sim: &mut Sim| {
    let (a, b) = acquainted(sim)?;
    assert!(sim.world().table(&b).contains(&a.peer_id()), "b does not know a");
    Ok(())
})]
#[case::condition("condition", |sim: &mut Sim| {
    let (a, _) = acquainted(sim)?;
    sim.run_until(Duration::from_secs(3), |world: &World| {
        vec![Unmet::at(world, a.id(), "it waits for a third host")]
    })
})]
#[case::query("query", |sim: &mut Sim| {
    let (a, b) = acquainted(sim)?;
    let _split = sim.partition(&[&[&a], &[&b]]);
    let query = sim.start_query(&a, Query::Get(b"song".to_vec().into()))?;
    sim.finish_query(query).map(drop)
})]
#[case::dial("dial", |sim: &mut Sim| {
    let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
    sim.crash(&b)?;
    sim.connect(&a, &b)
})]
#[case::hindered("hindered", |sim: &mut Sim| {
    let (a, b) = acquainted(sim)?;
    sim.pause(&b);
    sim.slow(&a, Duration::from_millis(3));
    sim.mark_disturbed([&a, &b], "drop-messages", "drop-messages a, b find-node");
    sim.mark_disturbed([&a], "delay-messages", "delay-messages a ping 3s");
    sim.mark_calm([&a], "delay-messages");
    sim.run_for(Duration::from_secs(1))?;
    Err(SimError::Other("a is too slow".to_owned()))
})]
#[case::unread("unread", |sim: &mut Sim| {
    let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
    sim.add_address(&a, &b)?;
    Err(SimError::Other("a does not know b".to_owned()))
})]
#[case::violation("violation", |sim: &mut Sim| {
    let (_, b) = acquainted(sim)?;
    sim.crash(&b)?;
    sim.run_for(Duration::from_secs(20))
})]
fn the_report_of_a_failure(#[case] name: &str, #[case] body: Body) {
    let sim = on(TransportKind::Mux).seed(7).check(NoDeadEntries);
    let sim = sim.view_failures(None);
    let failure = sim.run(body).expect_err("it fails");
    let text = failure.to_string();
    // A backtrace is included only if it was requested.
    let text = text.split("\nbacktrace:").next().unwrap_or_default();
    let file = format!(
        "{}/tests/it/sim/reports/{name}.txt",
        env!("CARGO_MANIFEST_DIR")
    );
    let mut redactions = Redactions::new();
    for (placeholder, expression) in [("[DIGEST]", "[0-9a-f]{32}"), ("[LINE]", r"rs:\d+:\d+")] {
        let expression = regex::Regex::new(expression).expect("an expression");
        redactions
            .insert(placeholder, expression)
            .expect("a placeholder");
    }
    Assert::new()
        .action_env("SNAPSHOTS")
        .redact_with(redactions)
        .eq(text, Data::read_from(file.as_ref(), Some(DataFormat::Text)));
}

#[test]
fn the_report_of_each_failure_fits_on_a_screen() {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/sim/reports");
    let files = std::fs::read_dir(folder).expect("the folder of the texts");
    let files = files.map(|entry| entry.expect("an entry").path());
    let texts: Vec<_> = files
        .filter(|file| file.extension().is_some_and(|found| found == "txt"))
        .collect();
    assert!(texts.len() >= 7, "{texts:?}");
    for file in texts {
        let text = std::fs::read_to_string(&file).expect("a text");
        let rows = |line: &str| line.chars().count().div_ceil(COLUMNS).max(1);
        let rows: usize = text.lines().map(rows).sum();
        assert!(rows <= ROWS, "{} takes {rows} rows", file.display());
    }
}
