//! Queries come to an end.

use std::time::Duration;

use super::{Entry, Invariant, Moment, Reporter, catalog::as_in_catalog, view::open_hosts};
use crate::{dht::QueryRecord, net::HostId, sim::World};

/// Every query ends by its timeout, with steps 1, 2, .. n of which exactly the
/// last is called the last.
pub struct QueriesEnd {
    timeout: Duration,
}

impl QueriesEnd {
    /// For DHTs with this query timeout.
    pub fn within(timeout: Duration) -> Self {
        QueriesEnd { timeout }
    }
}

/// libp2p's default query timeout of 60 s.
impl Default for QueriesEnd {
    fn default() -> Self {
        QueriesEnd::within(Duration::from_secs(60))
    }
}

/// libp2p looks at its timeouts when it is polled; a peer's own timeout of 10 s
/// may be what polls it.
const LATE: Duration = Duration::from_secs(11);

impl QueriesEnd {
    pub(super) const ENTRY: Entry = Entry {
        name: "queries-end",
        statement: "every query ends by its timeout, in steps 1 to n with exactly one last one",
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the steps of queries",
        allows: "11 s more than the timeout, at which libp2p looks only when polled; twice the timeout for what puts",
        standard: true,
        make: |limits| Box::new(QueriesEnd::within(limits.query_timeout)),
    };
}

impl Invariant for QueriesEnd {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            let fault = world.ledger(*host, |ledger| {
                ledger
                    .queries
                    .just_stepped()
                    .and_then(|(id, query)| Some((id.to_string(), query.kind, fault_of(query)?)))
            });
            if let Some((id, kind, fault)) = fault {
                report.violated(
                    &[*host],
                    format!("steps of query {id}"),
                    None,
                    "steps 1, 2, .. n and exactly one last",
                    format!("{kind} query {id}: {fault}"),
                );
            }
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            self.look_for_overdue(world, host, report);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

impl QueriesEnd {
    fn look_for_overdue(&self, world: &World, host: HostId, report: &mut Reporter) {
        let now = world.now();
        let overdue = world.ledger(host, |ledger| {
            ledger.queries.unfinished().find_map(|(id, query)| {
                // Each phase of a bootstrap and of a put has a time of its own.
                let phase = query.steps.last().map(|step| step.at).max(query.started)?;
                let allowed = match query.kind {
                    "put" | "provide" => self.timeout * 2,
                    _ => self.timeout,
                };
                (now.saturating_since(phase) > allowed + LATE)
                    .then(|| (id.to_string(), query.kind, phase))
            })
        });
        if let Some((id, kind, since)) = overdue {
            report.violated(
                &[host],
                format!("end of query {id}"),
                Some(since),
                format!("the query ends within its timeout of {:?}", self.timeout),
                format!("{kind} query {id} has not ended by {now}"),
            );
        }
    }
}

/// What is wrong with the order of a query's steps.
fn fault_of(query: &QueryRecord) -> Option<String> {
    let step = query.steps.last()?;
    let earlier = &query.steps[..query.steps.len() - 1];
    if earlier.iter().any(|step| step.last) {
        return Some("a step after the last one".to_owned());
    }
    if step.count != query.steps.len() {
        return Some(format!(
            "step {} is numbered {}",
            query.steps.len(),
            step.count
        ));
    }
    None
}

#[cfg(test)]
mod tests {
    use dht_harness_clock::VirtualInstant;

    use super::*;
    use crate::dht::{Answer, Step};

    fn query(steps: &[(usize, bool)]) -> QueryRecord {
        QueryRecord {
            kind: "get",
            asked: None,
            started: None,
            steps: steps
                .iter()
                .map(|&(count, last)| Step {
                    at: VirtualInstant::ZERO,
                    count,
                    last,
                    answer: Answer::NoMore,
                })
                .collect(),
            requests: 0,
            successes: 0,
            failures: 0,
            duration: None,
        }
    }

    #[test]
    fn only_steps_in_order_with_one_last_pass() {
        assert_eq!(fault_of(&query(&[(1, false), (2, true)])), None);
        assert!(fault_of(&query(&[(1, true), (2, true)])).is_some());
        assert!(fault_of(&query(&[(1, false), (3, true)])).is_some());
    }
}
