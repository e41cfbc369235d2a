//! Queries end in time.

use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use crate::{
    check::{
        CatalogEntry, Demand, Details, FindingKind, Invariant, Moment, Reporter, Value,
        as_in_catalog, phrase,
    },
    dht::{QueryRecord, Step},
    invariants::cursor::Cursor,
    net::{HostId, IdHash},
    world::{HostStatus, World},
};

/// Every query ends by its timeout. Its steps are numbered 1 to n, and only the last
/// one is marked as last.
pub(crate) struct QueriesEnd {
    timeout: Duration,
    ended: Cursor,
    /// The time before which no running query of the host can be overdue.
    none_overdue: IndexMap<HostId, VirtualInstant, IdHash>,
}

impl QueriesEnd {
    /// Creates the invariant for DHTs with this query timeout.
    pub(crate) fn within(timeout: Duration) -> Self {
        QueriesEnd {
            timeout,
            ended: Cursor::default(),
            none_overdue: IndexMap::default(),
        }
    }
}

/// libp2p's default query timeout of 60 s.
impl Default for QueriesEnd {
    fn default() -> Self {
        QueriesEnd::within(Duration::from_secs(60))
    }
}

/// libp2p checks its timeouts only when it is polled. The next poll may be caused by
/// the timeout of a request, 10 s later.
const LATE: Duration = Duration::from_secs(11);

const AFTER_LAST: FindingKind = FindingKind::new(
    "step-after-last",
    "a query has a step after the one marked as last",
);
const MISNUMBERED: FindingKind = FindingKind::new(
    "misnumbered-step",
    "the steps of a query are not numbered 1, 2, .. n",
);
const ENDLESS: FindingKind =
    FindingKind::new("endless-query", "a query has not ended by its timeout");
const LATE_END: FindingKind =
    FindingKind::new("late-end", "a query has ended later than its timeout");

impl QueriesEnd {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "queries-end",
        statement: "every query ends by its timeout, in steps 1 to n with exactly one last one",
        kinds: &[AFTER_LAST, MISNUMBERED, ENDLESS, LATE_END],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "the steps of queries",
        allows: "the timeout plus 11 s, since libp2p checks it only when polled; twice the \
                 timeout for puts; the time in which a host is paused, and a turn of a slow one",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(QueriesEnd::within(limits.query_timeout)),
    };
}

impl Invariant for QueriesEnd {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            let fault = world.swarm_log(*host, |swarm_log| {
                let (id, query) = swarm_log.queries.just_stepped()?;
                let fault = fault_of(query)?;
                Some((id.to_string(), query.kind, fault))
            });
            if let Some((id, kind, (fault, seen))) = fault {
                let id = Value::id(id);
                report
                    .violated(fault)
                    .at(*host)
                    .subject(phrase!("steps of query {}", id.clone()))
                    .expected("steps 1, 2, .. n and exactly one last")
                    .seen(phrase!("{} query {}: {}", Value::Id(kind.into()), id, seen));
            }
            self.look_at_ended(world, *host, report);
            let none_overdue = self.none_overdue.get(host);
            if none_overdue.is_none_or(|time| *time < world.now()) && is_going(world, *host) {
                self.look_for_overdue(world, *host, report);
            }
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts().filter(|host| is_going(world, *host)) {
            self.look_for_overdue(world, host, report);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// The time from which the host could work on the step after `steps`. `None` for the
/// first step of a query that the behaviour started, because its start is unknown.
fn going_since(
    world: &World,
    host: HostId,
    query: &QueryRecord,
    steps: &[Step],
) -> Option<VirtualInstant> {
    let before = steps.last().map(|step| step.at);
    let since = before.max(query.started)?;
    Some(since.max(world.held_up_until(host).unwrap_or(since)))
}

/// Whether the host can make progress.
fn is_going(world: &World, host: HostId) -> bool {
    world.status(host) == HostStatus::Open && !world.is_paused(host)
}

impl QueriesEnd {
    /// Reports queries that run too long. Records the time until which no other one
    /// can be overdue.
    fn look_for_overdue(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        let now = world.now();
        // A query that is started later has its full time.
        let mut none_overdue = now.saturating_add(self.timeout);
        let overdue = world.swarm_log(host, |swarm_log| {
            let mut overdue = None;
            for (id, query) in swarm_log.queries.unfinished() {
                let Some(since) = going_since(world, host, query, &query.steps) else {
                    continue;
                };
                let due = since.saturating_add(self.allowed(world, host, query));
                if due < now {
                    overdue.get_or_insert((id.to_string(), query.kind, since));
                } else {
                    none_overdue = none_overdue.min(due);
                }
            }
            overdue
        });
        self.none_overdue.insert(host, none_overdue);
        if let Some((id, kind, since)) = overdue {
            let (id, kind) = (Value::id(id), Value::Id(kind.into()));
            let seen = phrase!("{} query {} has not ended by {}", kind, id.clone(), now);
            self.described(report.violated(ENDLESS), host, id, since)
                .seen(seen);
        }
    }

    /// Reports a query that ended too late: the host may not have run in between.
    fn look_at_ended(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        let length = world.swarm_log(host, |swarm_log| swarm_log.queries.ended().len());
        let unseen = self.ended.unseen(world, host, length);
        if unseen.is_empty() {
            return;
        }
        let late = world.swarm_log(host, |swarm_log| {
            let mut ended = swarm_log.queries.ended()[unseen].iter();
            ended.find_map(|id| {
                let query = swarm_log.queries.get(id)?;
                let (last, earlier) = query.steps.split_last()?;
                let since = going_since(world, host, query, earlier)?;
                let due = since.saturating_add(self.allowed(world, host, query));
                (due < last.at).then(|| (id.to_string(), query.kind, since, last.at))
            })
        });
        if let Some((id, kind, since, at)) = late {
            let (id, kind) = (Value::id(id), Value::Id(kind.into()));
            let seen = phrase!("{} query {} has ended at {}", kind, id.clone(), at);
            self.described(report.violated(LATE_END), host, id, since)
                .seen(seen);
        }
    }

    /// The maximum duration of a step of the query. Each phase of a bootstrap and of
    /// a put has its own timeout.
    fn allowed(&self, world: &World, host: HostId, query: &QueryRecord) -> Duration {
        let phases = match query.kind {
            "put" | "provide" => 2,
            _ => 1,
        };
        self.timeout * phases + LATE + world.slowness(host).unwrap_or_default()
    }

    /// The common parts of the findings about a query that ends late or not at all.
    fn described<'a>(
        &self,
        details: Details<'a>,
        host: HostId,
        id: Value,
        since: VirtualInstant,
    ) -> Details<'a> {
        details
            .at(host)
            .subject(phrase!("end of query {}", id))
            .since(since)
            .expected(phrase!(
                "the query ends within its timeout of {}",
                self.timeout
            ))
    }
}

/// The problem with the order of a query's steps, if there is one.
fn fault_of(query: &QueryRecord) -> Option<(FindingKind, Value)> {
    let step = query.steps.last()?;
    let earlier = &query.steps[..query.steps.len() - 1];
    if earlier.iter().any(|step| step.last) {
        return Some((AFTER_LAST, "a step after the last one".into()));
    }
    if step.count != query.steps.len() {
        let seen = phrase!("step {} is numbered {}", query.steps.len(), step.count);
        return Some((MISNUMBERED, seen));
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dht::Answer;

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
                    answer: Answer::NotFound,
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
        let kind = |steps| fault_of(&query(steps)).map(|(kind, _)| kind);
        assert_eq!(kind(&[(1, true), (2, true)]), Some(AFTER_LAST));
        assert_eq!(kind(&[(1, false), (3, true)]), Some(MISNUMBERED));
    }
}
