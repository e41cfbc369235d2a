//! What hosts have beside a DHT: a router in front of them, other protocols, limits.
//!
//! Responsible for surroundings that leave every expectation of a case true: only clients, which
//! no host dials, are behind a router.

use std::time::Duration;

use dht_fixtures::settings::{
    AutonatV1Settings, ConnectionLimits, NeighbourSettings, PingSettings, RelayLimits,
    RequestSettings, TraversalSettings,
};
use dht_harness::net::{Interfaces, NatDependence};

use super::{
    draft::Pick,
    population::{CLIENTS, SCRIPTED, SERVERS},
    theme::Theme,
};
use dht_scenarios::{
    StackCapabilities,
    file::{HostGroup, RouterGroup},
};

/// The name of the router in front of the clients.
pub(super) const HOME: &str = "home";

/// The name of the router of a provider in front of it.
pub(super) const PROVIDER: &str = "provider";

/// Puts the clients behind a router, if there are any, and that one at times behind the router of
/// a provider. The router may grant ports, and lead packets for its own address back.
pub(super) fn routers(pick: Pick, hosts: &mut [HostGroup]) -> Vec<RouterGroup> {
    let clients = hosts.iter_mut().find(|group| group.name == CLIENTS);
    let Some(clients) = clients.filter(|_| pick.chance(50)) else {
        return Vec::new();
    };
    clients.behind = Some(HOME.to_owned());
    let filtering = pick.other().other();
    let hairpin = filtering.other();
    let grants = hairpin.other();
    let provider = grants.other();
    let home = RouterGroup {
        name: HOME.to_owned(),
        mapping: pick.other().among(&NatDependence::ALL),
        filtering: filtering.among(&NatDependence::ALL),
        hairpin: hairpin.chance(40),
        port_mapping: grants.chance(60),
        ..RouterGroup::default()
    };
    if !provider.chance(25) {
        return vec![home];
    }
    vec![
        RouterGroup {
            name: PROVIDER.to_owned(),
            mapping: provider.other().among(&NatDependence::ALL),
            filtering: provider.other().other().among(&NatDependence::ALL),
            carrier_grade: true,
            ..RouterGroup::default()
        },
        RouterGroup {
            behind: Some(PROVIDER.to_owned()),
            ..home
        },
    ]
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
        3 | 4 => NeighbourSettings {
            request_response: Some(RequestSettings {
                answer_after: Duration::from_secs(pick.other().among(&[0, 0, 3, 12])),
                ..RequestSettings::default()
            }),
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

/// The name of the private network of a data centre.
const CENTRE: &str = "centre";

/// Makes the servers relays for the clients. Both may turn relayed connections into direct ones,
/// and clients may have their addresses tested.
pub(super) fn traversal(pick: Pick, capabilities: &StackCapabilities, hosts: &mut [HostGroup]) {
    let honoured = capabilities.identifies && capabilities.settings.contains("traversal");
    let has_clients = hosts.iter().any(|group| group.name == CLIENTS);
    if !honoured || !has_clients || !pick.chance(60) {
        return;
    }
    let limit = pick.other();
    let dcutr = limit.other();
    let autonat = dcutr.other();
    let relay = match limit.of(6) {
        0 => RelayLimits {
            max_circuit_duration: Duration::from_secs(20),
            ..RelayLimits::default()
        },
        1 => RelayLimits {
            max_circuit_bytes: 1 << 10,
            ..RelayLimits::default()
        },
        2 => RelayLimits {
            reservation_duration: Duration::from_secs(60),
            ..RelayLimits::default()
        },
        3 => RelayLimits {
            max_reservations: 1,
            ..RelayLimits::default()
        },
        _ => RelayLimits::default(),
    };
    let punches = dcutr.chance(70);
    let (first, asks) = match autonat.of(4) {
        0 => (Some(AutonatV1Settings::default()), false),
        1 => (Some(AutonatV1Settings::default()), true),
        2 => (None, true),
        _ => (None, false),
    };
    for group in hosts {
        group.settings.traversal = match &*group.name {
            SERVERS => TraversalSettings {
                relay: Some(relay),
                relay_client: true,
                dcutr: punches,
                autonat_v1: first,
                autonat_v2_server: asks,
                ..TraversalSettings::default()
            },
            CLIENTS => TraversalSettings {
                relay_client: true,
                dcutr: punches,
                autonat_v1: first,
                autonat_v2_client: asks,
                ..TraversalSettings::default()
            },
            _ => continue,
        };
    }
}

/// Gives servers a second interface, in a private network in which they reach each other, or one
/// host a loopback interface or a bridge, whose addresses its peers learn. If two hosts had one,
/// each would reach itself by the address that the other tells, and no lookup would be certain to
/// reach a host (U33).
pub(super) fn interfaces(pick: Pick, capabilities: &StackCapabilities, hosts: &mut [HostGroup]) {
    if !capabilities.identifies || !pick.chance(24) {
        return;
    }
    let own = match pick.other().of(6) {
        0 => Interfaces::default().with_loopback(),
        1 => Interfaces::default().with_bridge(),
        2 => Interfaces::default().with_loopback().with_bridge(),
        _ => {
            for group in hosts.iter_mut().filter(|group| group.name == SERVERS) {
                group.interfaces = Some(Interfaces::new([CENTRE]));
            }
            return;
        }
    };
    let alone = |group: &&mut HostGroup| group.name != SCRIPTED && group.members().len() == 1;
    if let Some(group) = hosts.iter_mut().find(alone) {
        group.interfaces = Some(own);
    }
}
