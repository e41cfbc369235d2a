//! What hosts have beside a DHT: a router in front of them, other protocols, limits.
//!
//! Responsible for surroundings that leave every expectation of a case true: only clients, which
//! no host dials, are behind a router.

use dht_fixtures::settings::{ConnectionLimits, NeighbourSettings, PingSettings};
use dht_harness::net::{Nat, NatDependence};

use super::{
    draft::Pick,
    population::{CLIENTS, SCRIPTED},
    theme::Theme,
};
use dht_scenarios::{
    StackCapabilities,
    file::{HostGroup, RouterGroup},
};

/// The name of the router in front of the clients.
pub(super) const HOME: &str = "home";

/// Puts the clients behind a router, if there are any.
pub(super) fn routers(pick: Pick, hosts: &mut [HostGroup]) -> Vec<RouterGroup> {
    let clients = hosts.iter_mut().find(|group| group.name == CLIENTS);
    let Some(clients) = clients.filter(|_| pick.chance(50)) else {
        return Vec::new();
    };
    clients.behind = Some(HOME.to_owned());
    let nat = Nat {
        mapping: pick.other().among(&NatDependence::ALL),
        filtering: pick.other().other().among(&NatDependence::ALL),
        ..Nat::default()
    };
    vec![RouterGroup {
        name: HOME.to_owned(),
        mapping: nat.mapping,
        filtering: nat.filtering,
        ..RouterGroup::default()
    }]
}

/// Gives hosts other protocols in the swarm, and limits of connections with one peer.
pub(super) fn protocols(
    theme: Theme,
    [pick, limit]: [Pick; 2],
    capabilities: &StackCapabilities,
    hosts: &mut [HostGroup],
) {
    let honours = |name: &str| capabilities.settings.contains(name);
    let neighbours = match pick.of(12) {
        0 => NeighbourSettings {
            ping: Some(PingSettings::default()),
            ..NeighbourSettings::default()
        },
        1 => NeighbourSettings {
            ping: Some(PingSettings {
                close_on_failure: true,
                ..PingSettings::default()
            }),
            ..NeighbourSettings::default()
        },
        2 => NeighbourSettings {
            gossipsub: true,
            ..NeighbourSettings::default()
        },
        _ => NeighbourSettings::default(),
    };
    let is_limited = theme == Theme::Connections && limit.chance(25);
    // With one connection a peer, crossing dials leave none (U17).
    let limits = ConnectionLimits {
        max_established_per_peer: is_limited.then(|| limit.other().among(&[2, 2, 3])),
        ..ConnectionLimits::default()
    };
    for group in hosts.iter_mut().filter(|group| group.name != SCRIPTED) {
        if honours("neighbours") {
            group.settings.neighbours = neighbours.clone();
        }
        if honours("connection_limits") {
            group.settings.connection_limits = limits;
        }
    }
}
