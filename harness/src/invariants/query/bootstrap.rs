//! Invariants of the frequency of bootstraps.

use std::{collections::VecDeque, time::Duration};

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement,
        as_in_catalog, phrase,
    },
    invariants::{cursor::Cursor, view::newly_ended, view::tables},
    net::{HostId, IdHash},
    world::World,
};

/// The DHT does not start bootstraps more often than its throttle allows.
pub(crate) struct BootstrapRate {
    throttle: Duration,
    seen: Cursor,
    /// The times at which the latest automatic bootstraps of each host ended.
    ends: IndexMap<HostId, VecDeque<VirtualInstant>, IdHash>,
}

/// One bootstrap may have ended just before the others started, and one may be the
/// periodic one. If this many end, two were throttled.
const ENDS: usize = 4;

const TOO_OFTEN: FindingKind = FindingKind::new(
    "too-many-bootstraps",
    "bootstraps end faster than the throttle lets them start",
);

impl BootstrapRate {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "bootstrap-rate",
        statement: "a host starts at most one automatic bootstrap in the throttle interval",
        kinds: &[TOO_OFTEN],
        moments: &[Moment::AfterEvent],
        data: "the ends of bootstraps that the harness did not start",
        allows: "four ends in that time, since one may have started earlier and one may be periodic",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(BootstrapRate::throttled(limits.bootstrap_throttle)),
    };

    /// Creates the invariant for DHTs with this throttle.
    pub(crate) fn throttled(throttle: Duration) -> Self {
        BootstrapRate {
            throttle,
            seen: Cursor::default(),
            ends: IndexMap::default(),
        }
    }
}

impl Invariant for BootstrapRate {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (_, query) in newly_ended(world, *host, &mut self.seen) {
                if query.kind != "bootstrap" || query.asked.is_some() {
                    continue;
                }
                let ends = self.ends.entry(*host).or_default();
                ends.push_back(world.now());
                if ends.len() > ENDS {
                    ends.pop_front();
                }
                let first = ends[0];
                if ends.len() == ENDS
                    && first >= world.started_at(*host)
                    && world.now().saturating_since(first) < self.throttle
                {
                    report
                        .violated(TOO_OFTEN)
                        .at(*host)
                        .subject("rate")
                        .since(first)
                        .expected(phrase!("one bootstrap in {}", self.throttle))
                        .seen(phrase!("{} have ended in that time", ENDS));
                }
            }
        }
    }
}

/// A host that knows a peer refreshes its table periodically.
pub(crate) struct BootstrapRecurs {
    /// The maximum time without the end of a bootstrap. `None` for DHTs without
    /// automatic refreshes.
    allowed: Option<Duration>,
    seen: Cursor,
    /// The time from which each host could have run a bootstrap, but did not.
    idle_since: IndexMap<HostId, VirtualInstant, IdHash>,
}

const MISSING: FindingKind = FindingKind::new(
    "no-bootstrap",
    "a host with entries in its table no longer refreshes it",
);

impl BootstrapRecurs {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "bootstrap-recurs",
        statement: "a host that knows a peer ends a bootstrap in each period of its refresh",
        kinds: &[MISSING],
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "tables, the ends of bootstraps, iter_queries",
        allows: "hosts that run a query, and the period plus twice the query timeout",
        standard: false,
        demand: Demand::Always,
        requires: &[Requirement::PeriodicBootstrap, Requirement::NoSlowHosts],
        make: |limits| Box::new(BootstrapRecurs::of(limits)),
    };

    /// Creates the invariant for DHTs with this period and query timeout.
    pub(crate) fn of(limits: &Limits) -> Self {
        BootstrapRecurs {
            allowed: limits
                .periodic_bootstrap
                .map(|period| period + limits.query_timeout * 2),
            seen: Cursor::default(),
            idle_since: IndexMap::default(),
        }
    }
}

impl Invariant for BootstrapRecurs {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], _: &mut Reporter) {
        for host in touched {
            let ended = newly_ended(world, *host, &mut self.seen);
            if ended.iter().any(|(_, query)| query.kind == "bootstrap") {
                self.idle_since.insert(*host, world.now());
            }
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let Some(allowed) = self.allowed else { return };
        let now = world.now();
        for (host, table) in tables(world) {
            if table.is_empty() || !world.running_queries(host).is_empty() {
                self.idle_since.insert(host, now);
                continue;
            }
            let since = self.idle_since.entry(host).or_insert(now);
            *since = world.started_at(host).max(*since);
            if now.saturating_since(*since) > allowed {
                report
                    .violated(MISSING)
                    .at(host)
                    .subject("bootstrap")
                    .since(*since)
                    .expected(phrase!("a bootstrap ends at least every {}", allowed))
                    .seen("none did");
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
