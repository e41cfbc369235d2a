//! Invariants of the graph of all tables: coverage, connectivity and reachability.

use crate::{
    check::{CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement},
    invariants::graph::{Flaw, Graph, flaws},
    world::World,
};

/// An invariant of the tables of all hosts, checked at the end of the test.
pub(crate) struct TableGraph {
    entry: &'static CatalogEntry,
    flaws: fn(&Graph, &World, &Limits) -> Vec<Flaw>,
    limits: Limits,
}

/// The common parts of the three catalog entries.
const DATA: &str = "the tables, states, modes and listeners of all hosts";
const ALLOWS: &str = "nothing; for tests that end after the network had time to settle";

impl TableGraph {
    pub(crate) const COVERED: CatalogEntry = CatalogEntry {
        name: "tables-cover-live-servers",
        statement: "at the end each bucket of a live server holds every live server that fits",
        kinds: &[flaws::LACKS_SERVERS],
        moments: &[Moment::AtEnd],
        data: DATA,
        allows: ALLOWS,
        standard: false,
        demand: Demand::Recovered,
        requires: &[
            Requirement::SmallNetwork,
            Requirement::RoomInTables,
            Requirement::NoEvictions,
        ],
        make: |limits| {
            TableGraph::boxed(&Self::COVERED, limits, |graph, world, limits| {
                graph.gaps(world, limits.bucket_size.get())
            })
        },
    };

    pub(crate) const CONNECTED: CatalogEntry = CatalogEntry {
        name: "table-graph-connected",
        statement: "at the end each live server can reach every other one through the tables",
        kinds: &[flaws::NO_WAY_TO, flaws::NO_WAY_FROM],
        moments: &[Moment::AtEnd],
        data: DATA,
        allows: ALLOWS,
        standard: false,
        demand: Demand::Recovered,
        requires: &[
            Requirement::SmallNetwork,
            Requirement::RoomInTables,
            Requirement::NoEvictions,
        ],
        make: |limits| {
            TableGraph::boxed(&Self::CONNECTED, limits, |graph, world, _| {
                graph.parts(world)
            })
        },
    };

    pub(crate) const REACHABLE: CatalogEntry = CatalogEntry {
        name: "entries-lead-to-live-servers",
        statement: "at the end every entry is of a live server and has an address at which it listens",
        kinds: &[flaws::NO_SERVER, flaws::WRONG_ADDRESS],
        moments: &[Moment::AtEnd],
        data: DATA,
        allows: ALLOWS,
        standard: false,
        demand: Demand::OnRequest,
        requires: &[],
        make: |limits| {
            TableGraph::boxed(&Self::REACHABLE, limits, |graph, world, _| {
                graph.dead_ends(world)
            })
        },
    };

    fn boxed(
        entry: &'static CatalogEntry,
        limits: &Limits,
        flaws: fn(&Graph, &World, &Limits) -> Vec<Flaw>,
    ) -> Box<dyn Invariant> {
        Box::new(TableGraph {
            entry,
            flaws,
            limits: limits.clone(),
        })
    }
}

impl Invariant for TableGraph {
    fn name(&self) -> &'static str {
        self.entry.name
    }

    fn statement(&self) -> &'static str {
        self.entry.statement
    }

    fn kinds(&self) -> &'static [FindingKind] {
        self.entry.kinds
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        for flaw in (self.flaws)(&Graph::of(world), world, &self.limits) {
            report
                .violated(flaw.kind)
                .at(flaw.host)
                .subject("table")
                .seen(flaw.why);
        }
    }
}
