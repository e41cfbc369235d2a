//! Trace events reduced to what coverage counts.

use std::{borrow::Cow, fmt, str::FromStr};

use dht_harness::trace::{DialFailure, EntryChange, TraceEvent};
use serde::{Deserialize, Deserializer, de::Error as _};
use thiserror::Error;

/// The kind of a trace event, without its hosts and its time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Feature {
    /// `table new`: the DHT has announced a new entry.
    TableNew,
    /// `table updated`: the DHT has announced a change of an entry.
    TableUpdated,
    /// `table takes a place`: the DHT has announced an entry in place of another.
    TableTakesPlace,
    /// `table gained`: the table has an entry that it did not have when it was last
    /// read.
    TableGained,
    /// `table removed`: the table lacks an entry that it had when it was last read.
    TableRemoved,
    /// `table changed`: an entry differs from when the table was last read.
    TableChanged,
    /// `query KIND ok`, `query KIND failed`: a query has ended; `, failures` follows
    /// if requests failed.
    QueryEnded {
        /// The kind of query.
        kind: Cow<'static, str>,
        /// Whether it has succeeded.
        ok: bool,
        /// Whether requests of it failed.
        failures: bool,
    },
    /// `connected first by dialling`, `connected again by listening`: a connection
    /// came up.
    Connected {
        /// Whether the two hosts were already connected.
        again: bool,
        /// Whether this host dialled.
        dialer: bool,
    },
    /// `parted`, `parted by error`: a connection went down.
    Parted {
        /// Whether an error closed the connection.
        by_error: bool,
    },
    /// `dial failed: KIND`: a dial failed.
    DialFailed(DialFailure),
    /// `incoming failed`: an inbound connection failed before it came up.
    IncomingFailed,
    /// `host STATE`: the state of a host has changed.
    Host(Cow<'static, str>),
    /// `behaviour PROTOCOL: WHAT`: a behaviour beside kad has told this, for example `behaviour
    /// discovery: expired`.
    Behaviour {
        /// The protocol.
        protocol: Cow<'static, str>,
        /// What has happened.
        what: Cow<'static, str>,
    },
}

/// The error for a text that is not the name of a feature.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[error("{0:?} is not a feature; examples are `dial failed: wrong-peer-id` and `query get ok`")]
pub(crate) struct UnknownFeature(String);

impl Feature {
    /// The features without a field that varies freely.
    fn plain() -> impl Iterator<Item = Feature> {
        let tables = [
            Feature::TableNew,
            Feature::TableUpdated,
            Feature::TableTakesPlace,
            Feature::TableGained,
            Feature::TableRemoved,
            Feature::TableChanged,
            Feature::IncomingFailed,
        ];
        let both = [false, true];
        let connected = both
            .into_iter()
            .flat_map(move |again| both.map(|dialer| Feature::Connected { again, dialer }));
        let parted = both.map(|by_error| Feature::Parted { by_error });
        let dials = DialFailure::ALL.map(Feature::DialFailed);
        tables
            .into_iter()
            .chain(connected)
            .chain(parted)
            .chain(dials)
    }

    /// The features that an event stands for.
    pub(super) fn of(event: &TraceEvent) -> Vec<Feature> {
        let one = |feature: Feature| vec![feature];
        match event {
            TraceEvent::RoutingUpdated { new, evicted, .. } => one(match (evicted, new) {
                (Some(_), _) => Feature::TableTakesPlace,
                (None, true) => Feature::TableNew,
                (None, false) => Feature::TableUpdated,
            }),
            TraceEvent::TableRead { changes, .. } => changes
                .iter()
                .map(|change| match change.kind {
                    EntryChange::Added => Feature::TableGained,
                    EntryChange::Removed => Feature::TableRemoved,
                    EntryChange::Changed => Feature::TableChanged,
                })
                .collect(),
            TraceEvent::QueryStep {
                kind,
                last: true,
                ok,
                failures,
                ..
            } => one(Feature::QueryEnded {
                kind: kind.clone(),
                ok: *ok,
                failures: *failures > 0,
            }),
            TraceEvent::ConnectionEstablished {
                dialer,
                established,
                ..
            } => one(Feature::Connected {
                again: *established > 1,
                dialer: *dialer,
            }),
            TraceEvent::ConnectionClosed { cause, .. } => one(Feature::Parted {
                by_error: cause.is_some(),
            }),
            TraceEvent::DialFailed { error, .. } => one(Feature::DialFailed(error.kind)),
            TraceEvent::IncomingFailed { .. } => one(Feature::IncomingFailed),
            TraceEvent::State { state } => one(Feature::Host(state.clone())),
            TraceEvent::Swarm { kind, behaviour } if kind == "Behaviour" => {
                let told = behaviour.0.iter();
                told.map(|told| Feature::Behaviour {
                    protocol: told.protocol.clone(),
                    what: told.what.clone(),
                })
                .collect()
            }
            _ => Vec::new(),
        }
    }
}

impl fmt::Display for Feature {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Feature::TableNew => "table new",
            Feature::TableUpdated => "table updated",
            Feature::TableTakesPlace => "table takes a place",
            Feature::TableGained => "table gained",
            Feature::TableRemoved => "table removed",
            Feature::TableChanged => "table changed",
            Feature::QueryEnded { kind, ok, failures } => {
                let end = if *ok { "ok" } else { "failed" };
                let failures = if *failures { FAILURES } else { "" };
                return write!(f, "query {kind} {end}{failures}");
            }
            Feature::Connected { again, dialer } => match (again, dialer) {
                (false, true) => "connected first by dialling",
                (false, false) => "connected first by listening",
                (true, true) => "connected again by dialling",
                (true, false) => "connected again by listening",
            },
            Feature::Parted { by_error: false } => "parted",
            Feature::Parted { by_error: true } => "parted by error",
            Feature::DialFailed(kind) => return write!(f, "dial failed: {kind}"),
            Feature::IncomingFailed => "incoming failed",
            Feature::Host(state) => return write!(f, "host {state}"),
            Feature::Behaviour { protocol, what } => {
                return write!(f, "behaviour {protocol}: {what}");
            }
        })
    }
}

/// The suffix of the feature of a query with failed requests.
const FAILURES: &str = ", failures";

impl FromStr for Feature {
    type Err = UnknownFeature;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        if let Some(plain) = Feature::plain().find(|plain| plain.to_string() == text) {
            return Ok(plain);
        }
        if let Some(state) = text.strip_prefix("host ") {
            return Ok(Feature::Host(Cow::Owned(state.to_owned())));
        }
        let told = text.strip_prefix("behaviour ");
        if let Some((protocol, what)) = told.and_then(|told| told.split_once(": ")) {
            return Ok(Feature::Behaviour {
                protocol: Cow::Owned(protocol.to_owned()),
                what: Cow::Owned(what.to_owned()),
            });
        }
        let query = text.strip_prefix("query ").and_then(|query| {
            let without = query.strip_suffix(FAILURES);
            let (kind, end) = without.unwrap_or(query).rsplit_once(' ')?;
            let ok = match end {
                "ok" => true,
                "failed" => false,
                _ => return None,
            };
            Some(Feature::QueryEnded {
                kind: Cow::Owned(kind.to_owned()),
                ok,
                failures: without.is_some(),
            })
        });
        query.ok_or_else(|| UnknownFeature(text.to_owned()))
    }
}

impl<'de> Deserialize<'de> for Feature {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn features_are_read_back() {
        let queries = [(true, false), (false, true)].map(|(ok, failures)| Feature::QueryEnded {
            kind: "closest-peers".into(),
            ok,
            failures,
        });
        let host = Feature::Host("crashed".into());
        let told = Feature::Behaviour {
            protocol: "discovery".into(),
            what: "expired".into(),
        };
        for feature in Feature::plain().chain(queries).chain([host, told]) {
            assert_eq!(feature.to_string().parse(), Ok(feature));
        }
        for unknown in [
            "dial failed",
            "dial failed: so",
            "query get",
            "table",
            "behaviour ping",
        ] {
            assert!(unknown.parse::<Feature>().is_err(), "{unknown}");
        }
    }
}
