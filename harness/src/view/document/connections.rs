//! The connections of a run, as the network sees them.

use indexmap::IndexMap;
use serde::Serialize;

use super::names::Names;
use crate::{
    net::{ConnId, Endpoint, HostId, NetEvent, labelled},
    recording::Recording,
    trace::{TraceEvent, refusal},
};

/// A connection, or an attempt.
#[derive(Debug, Serialize)]
pub(in crate::view) struct Connection {
    pub(in crate::view) n: u32,
    pub(in crate::view) from: u32,
    /// The host that had the address when it was dialled.
    pub(in crate::view) to: Option<u32>,
    address: String,
    #[serde(skip)]
    pub(super) endpoint: Endpoint,
    pub(in crate::view) dialled: u64,
    /// When it reached the listener, whose end is up from then on.
    pub(in crate::view) accepted: Option<u64>,
    /// When the dialler learned that it is open, so that its end is up.
    pub(in crate::view) up: Option<u64>,
    /// When it ended for the dialler, and for the listener.
    pub(in crate::view) down: [Option<u64>; 2],
    /// How it ended: `closed`, `lost`, `failed` or `given up`.
    pub(in crate::view) end: Option<&'static str>,
    /// The error with which it ended; empty if there was none.
    pub(in crate::view) why: String,
}

impl Connection {
    /// When it ended for the last of its sides.
    pub(in crate::view) fn ended(&self) -> Option<u64> {
        match (self.end, self.down) {
            (Some("failed" | "given up"), [one, other]) => one.max(other),
            (_, [Some(one), Some(other)]) => Some(one.max(other)),
            _ => None,
        }
    }

    /// When the end of this host came up.
    pub(super) fn up_at(&self, host: HostId) -> Option<u64> {
        match host.0 == self.from {
            true => self.up,
            false => self.accepted,
        }
    }

    fn side(&mut self, host: HostId) -> &mut Option<u64> {
        &mut self.down[usize::from(host.0 != self.from)]
    }
}

/// The connections, in the order of their dials.
pub(super) fn connections(recording: &Recording, names: &Names) -> Vec<Connection> {
    let mut all: IndexMap<ConnId, Connection> = IndexMap::new();
    // When a host has refused a connection that came in, and why. It closes it at once.
    let mut refused: IndexMap<u32, (u64, String)> = IndexMap::new();
    for entry in &recording.trace.entries {
        let at = entry.at;
        let net = match (&entry.event, entry.host) {
            (TraceEvent::Net { net }, _) => net,
            (TraceEvent::IncomingFailed { error, cause, .. }, Some(host)) => {
                let why = refusal(cause.0.as_deref().unwrap_or(error));
                refused.insert(host, (at, why));
                continue;
            }
            _ => continue,
        };
        match net {
            NetEvent::Dialled {
                conn,
                from,
                to,
                address,
                ..
            } => {
                all.insert(
                    *conn,
                    Connection {
                        n: conn.0,
                        from: from.0,
                        to: to.map(|to| to.0),
                        address: address.multiaddr().to_string(),
                        endpoint: *address,
                        dialled: at,
                        accepted: None,
                        up: None,
                        down: [None, None],
                        end: None,
                        why: String::new(),
                    },
                );
            }
            NetEvent::Accepted { conn, to, .. } => {
                with(&mut all, conn, |found| {
                    found.to = Some(to.0);
                    found.accepted = Some(at);
                });
            }
            NetEvent::Connected { conn, .. } => with(&mut all, conn, |found| found.up = Some(at)),
            NetEvent::DialFailed { conn, error, .. } => with(&mut all, conn, |found| {
                found.down[0] = Some(at);
                found.end = Some("failed");
                found.why = error.to_string();
            }),
            NetEvent::DialAborted { conn, .. } => with(&mut all, conn, |found| {
                found.down[0] = Some(at);
                found.end = Some("given up");
            }),
            NetEvent::DialMerged { conn, into, .. } => with(&mut all, conn, |found| {
                found.down[0] = Some(at);
                found.end = Some("merged");
                found.why = format!("met a dial of the other side, and became {into}");
            }),
            NetEvent::Closed { conn, host, .. } => with(&mut all, conn, |found| {
                found.side(*host).get_or_insert(at);
                if found.end.is_none() {
                    found.end = Some("closed");
                    let is_accepted = found.from != host.0;
                    let why = refused.swap_remove(&host.0);
                    if let Some((_, why)) = why.filter(|(when, _)| is_accepted && *when == at) {
                        found.why =
                            format!("{} refuses it: {}", names.name(*host), names.spelled(&why));
                    }
                }
            }),
            NetEvent::Lost {
                conn, host, error, ..
            } => with(&mut all, conn, |found| {
                found.side(*host).get_or_insert(at);
                if found.end.is_none() {
                    found.end = Some("lost");
                    found.why = match found.why.as_str() {
                        "" => error.to_string(),
                        forgotten => format!("{error}; {forgotten}"),
                    };
                }
            }),
            NetEvent::Forgotten {
                conn, router, name, ..
            } => with(&mut all, conn, |found| {
                let router = labelled(*router, name.as_deref());
                found.why = format!("{router} has forgotten it");
            }),
            NetEvent::HostDown { host, .. } => {
                let of_host = all
                    .values_mut()
                    .filter(|found| found.from == host.0 || found.to == Some(host.0));
                for found in of_host {
                    found.side(*host).get_or_insert(at);
                    found.end.get_or_insert("lost");
                }
            }
            _ => {}
        }
    }
    all.into_values().collect()
}

fn with(
    all: &mut IndexMap<ConnId, Connection>,
    conn: &ConnId,
    change: impl FnOnce(&mut Connection),
) {
    if let Some(found) = all.get_mut(conn) {
        change(found);
    }
}
