//! Invariants of the contents of a store and of what queries return from it.

use std::time::{Duration, Instant};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Limits, Moment, Reporter, Requirement, Value,
        as_in_catalog, phrase,
    },
    dht::{Answer, Query},
    invariants::{cursor::Cursor, oracle, view::newly_ended, view::open_hosts},
    net::HostId,
    world::World,
};

/// A store respects its limits.
pub(crate) struct StoreWithinLimits {
    limits: Limits,
}

const RECORDS: FindingKind = FindingKind::new("too-many-records", "a store holds too many records");
const VALUE: FindingKind =
    FindingKind::new("value-too-long", "a store holds a value that is too long");
const PROVIDED: FindingKind =
    FindingKind::new("too-many-provided", "a host provides too many keys");
const PROVIDERS: FindingKind = FindingKind::new(
    "too-many-providers",
    "a store holds too many providers of a key",
);

impl StoreWithinLimits {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "store-within-limits",
        statement: "a store exceeds none of its limits on records, bytes per value and provided keys",
        kinds: &[RECORDS, VALUE, PROVIDED, PROVIDERS],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "the store",
        allows: "provider records of others, which can only be asked for by key",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(StoreWithinLimits::of(limits)),
    };

    /// Creates the invariant for stores with these limits.
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
            let mut at_most =
                |kind: FindingKind, what: &'static str, limit: usize, count: usize| {
                    if count > limit {
                        report
                            .violated(kind)
                            .at(host)
                            .subject(what)
                            .expected(phrase!("at most {} {}", limit, what))
                            .seen(count);
                    }
                };
            let limits = &self.limits;
            let (records, provided) = (store.records.len(), store.provided.len());
            at_most(RECORDS, "records", limits.records, records);
            let longest = longest.unwrap_or(0);
            at_most(VALUE, "bytes in a value", limits.value_bytes, longest);
            at_most(PROVIDED, "provided keys", limits.provided_keys, provided);
            for own in &store.provided {
                let providers = world.providers_at(host, &own.key).len();
                let limit = limits.providers_per_key;
                at_most(PROVIDERS, "providers of a key", limit, providers);
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// A host is listed as the provider of the keys that it provides.
pub(crate) struct ProvidedAreOwn;

const FOREIGN: FindingKind = FindingKind::new(
    "foreign-provider",
    "the provider record of a key that a host provides names another provider",
);
const UNLISTED: FindingKind = FindingKind::new(
    "unlisted-provider",
    "a host is not among the providers of a key that it provides",
);

impl ProvidedAreOwn {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "provided-are-own",
        statement: "a host is the provider of the keys that it provides, in both lists of its store",
        kinds: &[FOREIGN, UNLISTED],
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
                let kind = match own.provider == local {
                    true if listed => continue,
                    true => UNLISTED,
                    false => FOREIGN,
                };
                let provider = Value::peer(world, &own.provider);
                report
                    .violated(kind)
                    .at(host)
                    .subject("provided")
                    .expected("the host is the provider of what it provides, in both lists")
                    .seen(match listed {
                        true => phrase!("{} is, for {}", provider, own.key.clone()),
                        false => phrase!(
                            "{} is, for {}, and the host is not among the providers",
                            provider,
                            own.key.clone()
                        ),
                    });
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// No query finds an expired record or provider.
pub(crate) struct NothingExpiredFound {
    notice: Duration,
    seen: Cursor,
}

const RECORD: FindingKind =
    FindingKind::new("expired-record", "a query finds a record that has expired");
const PROVIDER: FindingKind = FindingKind::new(
    "expired-provider",
    "a query finds a provider that has expired at every holder",
);

impl NothingExpiredFound {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "nothing-expired-found",
        statement: "no query finds a record or provider that has expired at every holder",
        kinds: &[RECORD, PROVIDER],
        moments: &[Moment::AfterEvent],
        data: "query results, the stores of all hosts",
        allows: "what expires in transit or while the querying host is paused, and providers of \
                 which a host that is down may have reported",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(NothingExpiredFound::within(limits.notice)),
    };

    /// Allows this much virtual time for what expires in transit.
    pub(crate) fn within(notice: Duration) -> Self {
        NothingExpiredFound {
            notice,
            seen: Cursor::default(),
        }
    }

    /// Whether something has expired according to the host's clock, which shows
    /// `now`.
    fn is_expired(&self, now: Instant, expires: Option<Instant>) -> bool {
        expires.is_some_and(|expires| now.saturating_duration_since(expires) > self.notice)
    }
}

impl Invariant for NothingExpiredFound {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            for (id, query) in newly_ended(world, *host, &mut self.seen) {
                let mut expired = |kind: FindingKind, what: Value| {
                    report
                        .violated(kind)
                        .at(*host)
                        .subject(phrase!("results of query {}", Value::id(&id)))
                        .expected("nothing that has expired")
                        .seen(what);
                };
                // What was found before a pause is reported after it.
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
                        let key = record.key.clone();
                        expired(RECORD, phrase!("an expired record of {}", key));
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
                            let peer = Value::peer(world, peer);
                            expired(PROVIDER, phrase!("{}, expired at every holder", peer));
                        }
                    }
                }
            }
        }
    }
}

/// No record of another publisher lives longer than the maximum time to live.
pub(crate) struct ExpiryBounded {
    ttl: Option<Duration>,
}

const NEVER: FindingKind = FindingKind::new(
    "never-expires",
    "a record of another publisher has no expiry time",
);
const LATER: FindingKind = FindingKind::new(
    "expires-too-late",
    "a record of another publisher lives longer than the time to live of records",
);

impl ExpiryBounded {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "expiry-bounded",
        statement: "every record of another expires, no later than the host's time for records from \
                    now",
        kinds: &[NEVER, LATER],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "the store",
        allows: "records that the host has published itself, which libp2p never expires, and hosts \
                 on which records do not expire",
        standard: false,
        demand: Demand::Always,
        requires: &[
            Requirement::RecordsExpire,
            Requirement::NoStoreWrites,
            Requirement::CorrectClocks,
        ],
        make: |limits| Box::new(ExpiryBounded::within(limits.record_ttl)),
    };

    /// Creates the invariant for DHTs with this record time to live; `None` means
    /// unlimited.
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
                    let key = record.key.clone();
                    let (kind, seen) = match record.expires {
                        None => (NEVER, phrase!("{} never does", key)),
                        Some(_) => (LATER, phrase!("{} does later", key)),
                    };
                    report
                        .violated(kind)
                        .at(host)
                        .subject("expiry")
                        .expected(phrase!("it expires within {}", ttl))
                        .seen(seen);
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
