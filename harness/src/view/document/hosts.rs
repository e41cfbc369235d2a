//! The hosts of a run, and when they were up.

use libp2p::{
    PeerId,
    kad::{KBucketKey, Mode},
};
use serde::Serialize;

use super::names::Names;
use crate::{
    net::NetEvent,
    recording::Recording,
    trace::{RouterTag, TraceEvent},
};

/// A host.
#[derive(Debug, Default, Serialize)]
pub(in crate::view) struct HostLane {
    pub(in crate::view) name: String,
    pub(in crate::view) peer: String,
    /// The Kademlia id in hexadecimal: the SHA-256 of the peer id.
    id: String,
    address: String,
    /// The routers in front of it, from the nearest one on.
    pub(in crate::view) routers: Vec<RouterLabel>,
    pub(in crate::view) lives: Vec<Life>,
    /// The modes of its DHT, `client` or `server`, each from when it was first seen.
    modes: Vec<(u64, &'static str)>,
    /// The identities that it had before.
    was: Vec<Former>,
}

/// A router in front of a host.
#[derive(Debug, Serialize)]
pub(in crate::view) struct RouterLabel {
    pub(in crate::view) name: String,
    /// The kind of its address translation.
    kind: String,
}

impl RouterLabel {
    fn of(router: &RouterTag) -> Self {
        RouterLabel {
            name: router.label(),
            kind: router.kind(),
        }
    }
}

/// A time during which a host was up.
#[derive(Debug, Serialize)]
pub(in crate::view) struct Life {
    pub(in crate::view) from: u64,
    /// When its close began.
    closing: Option<u64>,
    pub(in crate::view) to: Option<u64>,
    /// How it ended: `closed`, `crashed` or `dead`.
    pub(in crate::view) end: Option<String>,
}

/// A former identity.
#[derive(Debug, Serialize)]
struct Former {
    peer: String,
    id: String,
    until: u64,
}

/// The hosts, by number.
pub(super) fn lanes(recording: &Recording, names: &Names) -> Vec<HostLane> {
    let mut lanes = Vec::new();
    lanes.resize_with(names.hosts.len(), HostLane::default);
    for entry in &recording.trace.entries {
        let Some(lane) = entry.host.and_then(|host| lanes.get_mut(host as usize)) else {
            continue;
        };
        match &entry.event {
            TraceEvent::Spawned {
                name,
                peer,
                routers,
            } => {
                lane.spawned(entry.at, name, peer);
                lane.routers = routers.0.iter().map(RouterLabel::of).collect();
            }
            TraceEvent::State { state } => lane.state(entry.at, state),
            TraceEvent::Net {
                net: NetEvent::ListenerOpened { address, .. },
            } => lane.address = address.ip().to_string(),
            TraceEvent::Net {
                net: NetEvent::AddressChanged { new, .. },
            } => lane.address = new.to_string(),
            _ => {}
        }
    }
    for seen in &recording.modes {
        if let Some(lane) = lanes.get_mut(seen.host.0 as usize) {
            let mode = match seen.mode {
                Mode::Client => "client",
                Mode::Server => "server",
            };
            lane.modes.push((seen.at.as_nanos(), mode));
        }
    }
    lanes
}

impl HostLane {
    fn spawned(&mut self, at: u64, name: &str, peer: &str) {
        name.clone_into(&mut self.name);
        if self.peer != peer {
            let former = std::mem::replace(&mut self.peer, peer.to_owned());
            let id = peer.parse::<PeerId>().map_or(String::new(), |peer| {
                hex::encode(KBucketKey::from(peer).hashed_bytes())
            });
            let former_id = std::mem::replace(&mut self.id, id);
            if !former.is_empty() {
                self.was.push(Former {
                    peer: former,
                    id: former_id,
                    until: at,
                });
            }
        }
        self.lives.push(Life {
            from: at,
            closing: None,
            to: None,
            end: None,
        });
    }

    fn state(&mut self, at: u64, state: &str) {
        let Some(life) = self.lives.last_mut() else {
            return;
        };
        match state {
            "closing" => life.closing = Some(at),
            "open" => {}
            end => {
                life.to.get_or_insert(at);
                life.end.get_or_insert_with(|| end.to_owned());
            }
        }
    }
}
