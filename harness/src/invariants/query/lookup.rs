//! Invariants of the results of lookups.

use libp2p::{PeerId, kad::K_VALUE};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::{Answer, Query, QueryRecord},
    invariants::{cursor::Cursor, oracle, view::newly_ended},
    net::HostId,
    world::World,
};

/// The key of a lookup, the peers that it found, and whether it ended in time.
fn lookup(query: &QueryRecord) -> Option<(&[u8], &[PeerId], bool)> {
    match (&query.asked, query.answer()?) {
        (Some(Query::ClosestPeers(key)), Answer::Peers { peers, timed_out }) => {
            Some((key, peers, !timed_out))
        }
        _ => None,
    }
}

/// A lookup finds the closest live servers.
pub(crate) struct LookupFindsClosest {
    recall: f64,
    seen: Cursor,
}

const MISSED: FindingKind = FindingKind::new(
    "missed-servers",
    "a lookup has not found the live servers closest to its key",
);

impl LookupFindsClosest {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "lookup-finds-closest",
        statement: "without faults a lookup finds the live servers that are closest to its key",
        kinds: &[MISSED],
        moments: &[Moment::AfterEvent],
        data: "lookup results, the identities and modes of all hosts",
        allows: "lookups that ran out of time or during which the network was disturbed, and the \
                 share that the limits let it miss",
        standard: false,
        demand: Demand::Certain,
        requires: &[Requirement::CertainResults],
        make: |limits| Box::new(LookupFindsClosest::with_recall(limits.recall)),
    };

    /// Requires this share of the closest servers, from 0 to 1.
    pub(crate) fn with_recall(recall: f64) -> Self {
        LookupFindsClosest {
            recall,
            seen: Cursor::default(),
        }
    }
}

impl Invariant for LookupFindsClosest {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let Some((key, found, true)) = lookup(&query) else {
                    continue;
                };
                let started = query.started.unwrap_or_default();
                if !oracle::undisturbed_since(world, started) {
                    continue;
                }
                let others = oracle::servers(world).into_iter();
                let others = others.filter(|other| other != host);
                let closest = oracle::closest(world, others, key, K_VALUE.get());
                let missed: Vec<_> = closest
                    .iter()
                    .filter(|close| !found.contains(&world.peer(**close)))
                    .collect();
                let hit = (closest.len() - missed.len()) as f64;
                if hit < self.recall * closest.len() as f64 {
                    report
                        .violated(MISSED)
                        .at(*host)
                        .subject(phrase!("lookup {}", Value::id(&id)))
                        .since(query.started)
                        .expected(phrase!(
                            "{} of the {} closest servers",
                            self.recall,
                            closest.len()
                        ))
                        .seen(phrase!(
                            "it missed {}: {}",
                            missed.len(),
                            Value::hosts(world, missed)
                        ));
                }
            }
        }
    }
}

/// The results of a lookup are sorted.
pub(crate) struct ResultsSorted {
    most: Option<usize>,
    seen: Cursor,
}

const UNSORTED: FindingKind = FindingKind::new(
    "unsorted-results",
    "the peers that a lookup found are not sorted by distance, or not unique",
);
const TOO_MANY: FindingKind =
    FindingKind::new("too-many-results", "a lookup found more peers than it may");

impl ResultsSorted {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "results-sorted",
        statement: "a lookup finds at most 20 peers, each once, closest first",
        kinds: &[UNSORTED, TOO_MANY],
        moments: &[Moment::AfterEvent],
        data: "lookup results",
        allows: "more peers, if lookups use disjoint paths",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(ResultsSorted::of(limits)),
    };

    /// Creates the invariant for DHTs with or without disjoint paths.
    pub(crate) fn of(limits: &Limits) -> Self {
        ResultsSorted {
            most: (!limits.disjoint_paths).then_some(K_VALUE.get()),
            seen: Cursor::default(),
        }
    }
}

impl Invariant for ResultsSorted {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let Some((key, found, _)) = lookup(&query) else {
                    continue;
                };
                let sorted = oracle::is_sorted(key, found);
                let too_many = self.most.is_some_and(|most| found.len() > most);
                if !sorted || too_many {
                    let (kind, seen) = match sorted {
                        true => (TOO_MANY, phrase!("{} peers", found.len())),
                        false => (UNSORTED, "they are not in order".into()),
                    };
                    report
                        .violated(kind)
                        .at(*host)
                        .subject(phrase!("results of lookup {}", Value::id(id)))
                        .expected("at most 20 peers, each once, closest first")
                        .seen(seen);
                }
            }
        }
    }
}
