//! The hosts of a case.

use dht_fixtures::KadSettings;
use dht_harness::net::{AddressKinds, Carrier, IpVersion};
use libp2p::kad::{K_VALUE, Mode};

use super::{draft::Pick, model::LARGE, theme::Theme};
use dht_scenarios::{
    StackCapabilities,
    file::{Ground, HostGroup},
    syntax::{Hosts, Term},
};

/// The name of the group of servers.
pub(super) const SERVERS: &str = "h";
/// The name of the host that has all servers in one of its buckets.
pub(super) const CONTESTED: &str = "a";
/// The name of the group of clients.
pub(super) const CLIENTS: &str = "c";
/// The name of the group of scripted hosts.
pub(super) const SCRIPTED: &str = "r";

/// The scripts that scripted hosts run.
pub(super) const SCRIPTS: [&str; 16] = [
    "honest",
    "silent",
    "lying",
    "providers",
    "reset",
    "close",
    "oversized",
    "malformed(ffffffffff)",
    "malformed()",
    "wrong-type(get-value)",
    "wrong-type(find-node)",
    "wrong-type(ping)",
    "record(6c69)",
    "slow(2s)",
    "slow(12s)",
    "flaky-every(2)",
];

/// Whether the answers of a script name other peers.
pub(super) fn names_peers(script: &str) -> bool {
    matches!(script, "honest" | "lying" | "providers")
}

/// Picks the servers that hosts know at the start: the first one, all, the first two,
/// or none.
fn bootstrap(pick: Pick, hosts: u32) -> Option<Hosts> {
    match pick.of(10) {
        // Many hosts that connect at once would refresh their tables again and again.
        _ if hosts > LARGE => None,
        0..4 => Some(Hosts::named(&format!("{SERVERS}0"))),
        4..8 => Some(Hosts::named(SERVERS)),
        8 => Some(Hosts(vec![Term::Range(SERVERS.to_owned(), 0, 1)])),
        _ => None,
    }
}

/// Picks the kinds of addresses of all hosts, the usual one in most cases. A case in which some
/// hosts could not reach others would say nothing about lookups.
fn kinds(pick: Pick) -> Option<AddressKinds> {
    use Carrier::{Quic, Tcp, WebSocket};
    use IpVersion::{V4, V6};

    Some(match pick.of(20) {
        0 => AddressKinds::new([V6], [Tcp]),
        1 => AddressKinds::new([V4], [Quic]),
        2 => AddressKinds::new([V4], [WebSocket]),
        3 => AddressKinds::new([V4, V6], [Tcp]),
        4 => AddressKinds::new([V4], [Tcp, Quic]),
        _ => return None,
    })
}

/// The number of hosts of each kind.
struct Numbers {
    contested: bool,
    servers: u32,
    clients: u32,
    scripted: u32,
}

/// Divides the hosts into kinds. There are always at least two servers.
fn numbers(theme: Theme, hosts: u32, shape: &[Pick; 6], settings: &KadSettings) -> Numbers {
    // A scripted peer takes a slot in a table, but is not a server that has to be
    // there. Small buckets would have to hold more entries than their size.
    let roomy = settings.bucket_size >= K_VALUE;
    let scripted = match theme {
        _ if !roomy => 0,
        Theme::Hostile => 1 + shape[0].of(3) as u32,
        Theme::Lookup => u32::from(shape[0].chance(25)),
        _ => 0,
    };
    let clients = match theme {
        Theme::Peace => 0,
        Theme::Modes => shape[1].of(3) as u32,
        _ => u32::from(shape[1].chance(20)),
    };
    let contested = theme == Theme::Bucket;
    let spare = hosts.saturating_sub(2 + u32::from(contested));
    let scripted = scripted.min(spare);
    let clients = clients.min(spare - scripted);
    Numbers {
        contested,
        servers: hosts - u32::from(contested) - clients - scripted,
        clients,
        scripted,
    }
}

/// The host groups of a case of this theme with `hosts` hosts.
pub(super) fn population(
    theme: Theme,
    hosts: u32,
    shape: &[Pick; 6],
    settings: &KadSettings,
    capabilities: StackCapabilities,
) -> Vec<HostGroup> {
    let mut numbers = numbers(theme, hosts, shape, settings);
    let honours = |name: &str| capabilities.settings.contains(name);
    if !honours("mode") {
        numbers.servers += std::mem::take(&mut numbers.clients);
    }
    let automatic = theme == Theme::Modes && shape[2].chance(50) && honours("mode");
    let group = |name: &str, count: u32| HostGroup {
        name: name.to_owned(),
        count: Some(count),
        settings: KadSettings {
            mode: (!automatic).then_some(Mode::Server),
            ..settings.clone()
        },
        bootstrap: match theme {
            Theme::Peace => Some(Hosts::named(SERVERS)),
            _ => bootstrap(shape[3], hosts),
        },
        ..HostGroup::default()
    };
    let mut groups = Vec::new();
    if numbers.contested {
        groups.push(HostGroup {
            count: None,
            bootstrap: None,
            ..group(CONTESTED, 1)
        });
    }
    groups.push(HostGroup {
        ground: numbers.contested.then(|| Ground {
            of: CONTESTED.to_owned(),
            bucket: if shape[4].chance(30) { 254 } else { 255 },
        }),
        ..group(SERVERS, numbers.servers)
    });
    if numbers.clients > 0 {
        let client = group(CLIENTS, numbers.clients);
        groups.push(HostGroup {
            settings: KadSettings {
                mode: Some(Mode::Client),
                ..client.settings.clone()
            },
            dial_only: shape[4].other().chance(30) && honours("listen"),
            ..client
        });
    }
    let kinds = kinds(shape[3].other());
    if numbers.scripted > 0 {
        let announced = capabilities.identifies && shape[5].chance(60);
        let script = shape[2].other().among(&SCRIPTS);
        groups.push(HostGroup {
            name: SCRIPTED.to_owned(),
            count: Some(numbers.scripted),
            stack: Some(if announced { "raw-announced" } else { "raw" }.to_owned()),
            script: Some(script.parse().expect("a script of the list")),
            peers: names_peers(script).then(|| Hosts::named(SERVERS)),
            ..HostGroup::default()
        });
    }
    for group in &mut groups {
        group.addresses = kinds.clone();
    }
    groups
}
