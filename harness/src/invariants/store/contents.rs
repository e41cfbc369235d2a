//! What a store may hold, and what it may hand out.

use std::time::{Duration, Instant};

use crate::{
    check::{
        CatalogEntry, Demand, Invariant, Limits, Moment, Reporter, Requirement, as_in_catalog,
    },
    dht::{Answer, Query},
    invariants::{cursor::Cursor, oracle, view::newly_ended, view::open_hosts},
    net::HostId,
    world::World,
};

/// A store keeps to its limits.
pub(crate) struct StoreWithinLimits {
    limits: Limits,
}

impl StoreWithinLimits {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "store-within-limits",
        statement: "a store holds no more records, bytes a value and provided keys than it may",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "the store",
        allows: "provider records of others, which can only be asked for by key",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(StoreWithinLimits::of(limits)),
    };

    /// For stores with these limits.
    pub(crate) fn of(limits: &Limits) -> Self {
        StoreWithinLimits {
            limits: limits.clone(),
        }
    }
}

impl Invariant for StoreWithinLimits {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            let Some(store) = world.store(host) else {
                continue;
            };
            let longest = store.records.iter().map(|record| record.value.len()).max();
            let mut at_most = |what: &'static str, limit: usize, count: usize| {
                if count > limit {
                    let expected = format!("at most {limit} {what}");
                    report.violated(&[host], what, None, expected, count.to_string());
                }
            };
            at_most("records", self.limits.records, store.records.len());
            at_most(
                "bytes in a value",
                self.limits.value_bytes,
                longest.unwrap_or(0),
            );
            at_most(
                "provided keys",
                self.limits.provided_keys,
                store.provided.len(),
            );
            for own in &store.provided {
                let providers = world.providers_at(host, &own.key).len();
                at_most(
                    "providers of a key",
                    self.limits.providers_per_key,
                    providers,
                );
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// What a host provides, it provides itself, and finds among the providers.
pub(crate) struct ProvidedAreOwn;

impl ProvidedAreOwn {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "provided-are-own",
        statement: "the keys that a host provides name itself as provider, in both lists of its store",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "the store",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ProvidedAreOwn),
    };
}

impl Invariant for ProvidedAreOwn {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in open_hosts(world) {
            let local = world.peer(host);
            let store = world.store(host).unwrap_or_default();
            for own in &store.provided {
                let listed = world
                    .providers_at(host, &own.key)
                    .iter()
                    .any(|provider| provider.provider == local);
                if own.provider != local || !listed {
                    report.violated(
                        &[host],
                        "provided",
                        None,
                        "the host is the provider of what it provides",
                        format!("{} is, for {:?}", world.name_of(&own.provider), own.key),
                    );
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// Nothing that has expired is found.
pub(crate) struct NothingExpiredFound {
    notice: Duration,
    seen: Cursor,
}

impl NothingExpiredFound {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "nothing-expired-found",
        statement: "no query finds a record or provider that has expired wherever it is held",
        moments: &[Moment::AfterEvent],
        data: "query results, the stores of all hosts",
        allows: "what expires on its way or while the host that asks is paused, and providers of \
                 which a host that is gone may have told",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(NothingExpiredFound::within(limits.notice)),
    };

    /// Allows this virtual time for what expires on its way.
    pub(crate) fn within(notice: Duration) -> Self {
        NothingExpiredFound {
            notice,
            seen: Cursor::default(),
        }
    }

    /// Whether something has expired that the host's clock shows as `now`.
    fn is_expired(&self, now: Instant, expires: Option<Instant>) -> bool {
        expires.is_some_and(|expires| now.saturating_duration_since(expires) > self.notice)
    }
}

impl Invariant for NothingExpiredFound {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let mut expired = |what: String| {
                    report.violated(
                        &[*host],
                        format!("results of query {id}"),
                        None,
                        "nothing that has expired",
                        what,
                    );
                };
                // What was found before a pause is told after it.
                let was_awake = query
                    .started
                    .zip(world.awake_since(*host))
                    .is_some_and(|(started, awake)| awake <= started);
                if !was_awake {
                    continue;
                }
                for step in &query.steps {
                    let Answer::Record { record, .. } = &step.answer else {
                        continue;
                    };
                    let ago = world.now().saturating_since(step.at);
                    let now = world.instant(*host);
                    let then = now.checked_sub(ago).unwrap_or(now);
                    if self.is_expired(then, record.expires) {
                        expired(format!("an expired record of {:?}", record.key));
                    }
                }
                let Some(Query::GetProviders(key)) = &query.asked else {
                    continue;
                };
                let undisturbed = query
                    .started
                    .is_some_and(|started| oracle::undisturbed_since(world, started));
                if !undisturbed {
                    continue;
                }
                let held: Vec<_> = oracle::provider_holders(world, key)
                    .into_iter()
                    .flat_map(|(holder, providers)| {
                        let now = world.instant(holder);
                        providers.into_iter().map(move |provider| (now, provider))
                    })
                    .collect();
                for step in &query.steps {
                    let Answer::Providers(found) = &step.answer else {
                        continue;
                    };
                    for peer in found {
                        let mut records = held.iter().filter(|(_, held)| held.provider == *peer);
                        let any = records.clone().next().is_some();
                        if any && records.all(|(now, record)| self.is_expired(*now, record.expires))
                        {
                            expired(format!("{}, expired at all", world.name_of(peer)));
                        }
                    }
                }
            }
        }
    }
}

/// No record of another lives longer than records may.
pub(crate) struct ExpiryBounded {
    ttl: Option<Duration>,
}

impl ExpiryBounded {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "expiry-bounded",
        statement: "every record of another expires, no later than the host's time for records from \
                    now",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "the store",
        allows: "what the host has published itself, which libp2p keeps for ever, and hosts on \
                 which all records live for ever",
        standard: false,
        demand: Demand::Always,
        requires: &[
            Requirement::RecordsExpire,
            Requirement::NoStoreWrites,
            Requirement::CorrectClocks,
        ],
        make: |limits| Box::new(ExpiryBounded::within(limits.record_ttl)),
    };

    /// For DHTs in which records live for so long; `None` for ever.
    pub(crate) fn within(ttl: Option<Duration>) -> Self {
        ExpiryBounded { ttl }
    }
}

impl Invariant for ExpiryBounded {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let Some(ttl) = self.ttl else { return };
        for host in open_hosts(world) {
            let local = Some(world.peer(host));
            let latest = world.instant(host) + ttl;
            let store = world.store(host).unwrap_or_default();
            for record in store.records.iter().filter(|held| held.publisher != local) {
                if record.expires.is_none_or(|expires| expires > latest) {
                    report.violated(
                        &[host],
                        "expiry",
                        None,
                        format!("it expires within {ttl:?}"),
                        match record.expires {
                            None => format!("{:?} never does", record.key),
                            Some(_) => format!("{:?} does later", record.key),
                        },
                    );
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
