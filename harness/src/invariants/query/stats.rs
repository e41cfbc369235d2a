//! The statistics of queries are consistent.

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    dht::{Answer, QueryRecord},
    invariants::{cursor::Cursor, view::newly_ended, view::open_hosts},
    net::HostId,
    noun,
    world::World,
};

/// A query counts no more outcomes than requests.
#[derive(Default)]
pub(crate) struct QueryStatsAddUp {
    seen: Cursor,
}

const TOO_MANY_OUTCOMES: FindingKind = FindingKind::new(
    "too-many-outcomes",
    "a query counts more successes and failures than requests",
);

impl QueryStatsAddUp {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "query-stats-add-up",
        statement: "a query counts no more successes and failures than requests",
        kinds: &[TOO_MANY_OUTCOMES],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the statistics of queries that end and that run",
        allows: "requests without an outcome, to peers that were abandoned",
        standard: false,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(QueryStatsAddUp::default()),
    };
}

impl Invariant for QueryStatsAddUp {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let counts = (query.requests, query.successes, query.failures);
                add_up(*host, &id, counts, report);
            }
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            for query in world.query_numbers(host) {
                let counts = (query.requests, query.successes, query.failures);
                add_up(host, &query.id.to_string(), counts, report);
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

fn add_up(
    host: HostId,
    id: &str,
    (requests, successes, failures): (u32, u32, u32),
    report: &mut Reporter,
) {
    if successes + failures > requests {
        report
            .violated(TOO_MANY_OUTCOMES)
            .at(host)
            .subject(phrase!("statistics of query {}", Value::id(id)))
            .expected(phrase!(
                "at most {} {}, one for each request",
                requests,
                noun(requests as usize, "outcome", "outcomes")
            ))
            .seen(phrase!(
                "{} {} and {} {}",
                successes,
                noun(successes as usize, "success", "successes"),
                failures,
                noun(failures as usize, "failure", "failures")
            ));
    }
}

/// A bootstrap counts its remaining refreshes down to zero.
#[derive(Default)]
pub(crate) struct BootstrapCountsDown {
    seen: Cursor,
}

const MISCOUNTED: FindingKind = FindingKind::new(
    "miscounted-refreshes",
    "the remaining refreshes that a bootstrap reports do not count down to zero",
);

impl BootstrapCountsDown {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "bootstrap-counts-down",
        statement: "a bootstrap reports one remaining refresh less at each step, and none at its last",
        kinds: &[MISCOUNTED],
        moments: &[Moment::AfterEvent],
        data: "the steps of bootstraps",
        allows: "bootstraps with a step that timed out, which is counted differently",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(BootstrapCountsDown::default()),
    };
}

impl Invariant for BootstrapCountsDown {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                if let Some(counts) = miscounted(&query) {
                    let counts = counts.into_iter().map(Value::from).collect::<Vec<_>>();
                    report
                        .violated(MISCOUNTED)
                        .at(*host)
                        .subject(phrase!("steps of bootstrap {}", Value::id(id)))
                        .expected("one remaining refresh less at each step, and none at the last")
                        .seen(phrase!("[{}] to come", counts));
                }
            }
        }
    }
}

/// The remaining refreshes at each step of a bootstrap that does not count them down.
fn miscounted(query: &QueryRecord) -> Option<Vec<u32>> {
    let mut counts = Vec::new();
    for step in &query.steps {
        match &step.answer {
            Answer::Bootstrap {
                remaining: Some(remaining),
                timed_out: false,
            } => counts.push(*remaining),
            _ => return None,
        }
    }
    let counts_down = counts.windows(2).all(|pair| pair[0] == pair[1] + 1);
    let ends = counts.last().is_none_or(|last| *last == 0);
    (!counts_down || !ends).then_some(counts)
}

#[cfg(test)]
mod tests {
    use dht_harness_clock::VirtualInstant;

    use super::*;
    use crate::dht::Step;

    fn bootstrap(remaining: &[u32]) -> QueryRecord {
        let steps = remaining.iter().enumerate().map(|(index, remaining)| Step {
            at: VirtualInstant::ZERO,
            count: index + 1,
            last: false,
            answer: Answer::Bootstrap {
                remaining: Some(*remaining),
                timed_out: false,
            },
        });
        QueryRecord {
            kind: "bootstrap",
            asked: None,
            started: None,
            steps: steps.collect(),
            requests: 0,
            successes: 0,
            failures: 0,
            duration: None,
        }
    }

    #[test]
    fn outcomes_without_request_are_found() {
        let mut report = Reporter::default();
        add_up(HostId(0), "1", (3, 2, 1), &mut report);
        assert_eq!(report.take().count(), 0);
        add_up(HostId(0), "1", (3, 2, 2), &mut report);
        assert_eq!(report.take().count(), 1);
    }

    #[test]
    fn only_counting_down_to_none_passes() {
        assert_eq!(miscounted(&bootstrap(&[2, 1, 0])), None);
        assert!(miscounted(&bootstrap(&[2, 2, 1, 0])).is_some());
        assert!(miscounted(&bootstrap(&[2, 1])).is_some());
    }
}
