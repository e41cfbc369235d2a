//! The addresses of entries: whether the holder of the table can dial its peers.

use libp2p::{Multiaddr, PeerId, multiaddr::Protocol};

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, Value, as_in_catalog,
        phrase,
    },
    invariants::view::ChangedTables,
    net::{Dialability, without_peer},
    world::World,
};

/// The holder of a table can dial each of its entries.
///
/// Peers tell addresses of all transports that they have, and the DHT keeps them all. An
/// entry with addresses that its holder cannot dial is sound as long as there is one that
/// it can dial.
#[derive(Default)]
pub(crate) struct EntriesAreDialable {
    changed: ChangedTables,
}

const NO_ADDRESS: FindingKind = FindingKind::new("no-address", "an entry has no address");
const DUPLICATE: FindingKind = FindingKind::new(
    "duplicate-address",
    "an entry has an address twice: it is the same with and without the id of its peer",
);
const UNDIALABLE: FindingKind = FindingKind::new(
    "undialable-address",
    "an entry has an address that no transport can dial",
);
const OF_ANOTHER: FindingKind =
    FindingKind::new("foreign-address", "an entry has an address of another peer");
const OTHER_TRANSPORTS: FindingKind = FindingKind::new(
    "no-dialable-address",
    "an entry has no address that its holder can dial",
);

impl EntriesAreDialable {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "entries-are-dialable",
        statement: "every entry has an address that its holder can dial, all distinct and of that peer",
        kinds: &[
            NO_ADDRESS,
            DUPLICATE,
            UNDIALABLE,
            OF_ANOTHER,
            OTHER_TRANSPORTS,
        ],
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "tables, the connections, listeners and failed dials of their holders",
        allows: "addresses of other transports beside one that the holder can dial: it dials \
                 those of the simulated network, and of each transport over which it has \
                 listened or had a connection; and an entry of a peer that could not be dialled: \
                 libp2p then removes the addresses that were tried, and keeps the last one of \
                 the entry, whichever that is. Routers are not asked: an address behind one, which \
                 others cannot reach, counts as dialable",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(EntriesAreDialable::default()),
    };
}

impl Invariant for EntriesAreDialable {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for (host, table) in self.changed.take(world) {
            let kinds = world.address_kinds(host);
            let dials =
                |address: &Multiaddr| kinds.dial(address) || world.has_transport_of(host, address);
            let was_dialled = |peer: &PeerId| {
                world.swarm_log(host, |log| {
                    let mut tried = log.failed_dials.get(&Some(*peer)).into_iter().flatten();
                    tried.any(|address| {
                        Dialability::of(address) == Dialability::Dialable || dials(address)
                    })
                })
            };
            for entry in table.entries() {
                let fault = fault_of(&entry.peer, &entry.addresses, dials);
                let fault = fault
                    .filter(|(kind, _)| *kind != OTHER_TRANSPORTS || !was_dialled(&entry.peer));
                if let Some((kind, seen)) = fault {
                    report
                        .violated(kind)
                        .at(host)
                        .subject("address")
                        .expected(
                            "an address that the host can dial, all distinct and of that peer",
                        )
                        .seen(phrase!("{}: {}", Value::peer(world, &entry.peer), seen));
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

/// What is wrong with an entry. `dials` says whether the holder has the transport of an
/// address.
fn fault_of(
    peer: &PeerId,
    addresses: &[Multiaddr],
    dials: impl Fn(&Multiaddr) -> bool,
) -> Option<(FindingKind, Value)> {
    if addresses.is_empty() {
        return Some((NO_ADDRESS, "no address".into()));
    }
    let mut has_dialable = false;
    for (position, address) in addresses.iter().enumerate() {
        // The table stores addresses with the peer id at the end. An address with and
        // without it is the same.
        let earlier = &addresses[..position];
        if !earlier.is_empty() {
            let bare = without_peer(address);
            if let Some(other) = earlier.iter().find(|other| without_peer(other) == bare) {
                let seen = match other == address {
                    true => phrase!("{} is in it twice", bare),
                    false => phrase!(
                        "{} is in it twice, with the peer id at its end and without",
                        bare
                    ),
                };
                return Some((DUPLICATE, seen));
            }
        }
        match Dialability::of(address) {
            Dialability::Undialable => {
                return Some((UNDIALABLE, phrase!("{} cannot be dialled", address.clone())));
            }
            Dialability::Loopback => {}
            Dialability::Dialable | Dialability::OtherTransport => {
                has_dialable = has_dialable || dials(address);
            }
        }
        if let Some(Protocol::P2p(of)) = address.iter().last()
            && of != *peer
        {
            return Some((OF_ANOTHER, phrase!("{} is another peer's", address.clone())));
        }
    }
    if has_dialable {
        return None;
    }
    let addresses = addresses.iter().cloned().map(Value::from).collect();
    let seen = phrase!("the host can dial none of {}", Value::List(addresses));
    Some((OTHER_TRANSPORTS, seen))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{identity, net::AddressKinds};

    fn at(text: &str) -> Multiaddr {
        text.parse().unwrap()
    }

    #[test]
    fn faults_of_addresses_are_found() {
        let peer = identity(1).public().to_peer_id();
        let other = identity(2).public().to_peer_id();
        let good = at("/ip4/10.0.0.1/tcp/4001");
        let kind = |addresses: &[Multiaddr]| {
            let fault = fault_of(&peer, addresses, |address| {
                AddressKinds::default().dial(address)
            });
            fault.map(|(kind, _)| kind)
        };
        assert_eq!(kind(std::slice::from_ref(&good)), None);
        assert_eq!(kind(&[]), Some(NO_ADDRESS));
        let with_id = good.clone().with(Protocol::P2p(peer));
        assert_eq!(kind(&[good.clone(), with_id.clone()]), Some(DUPLICATE));
        let seen = |addresses: &[Multiaddr]| {
            let fault = fault_of(&peer, addresses, |_| true);
            fault.map(|(_, seen)| seen.to_string()).unwrap_or_default()
        };
        assert_eq!(
            seen(&[good.clone(), with_id]),
            "/ip4/10.0.0.1/tcp/4001 is in it twice, with the peer id at its end and without"
        );
        assert_eq!(
            seen(&[good.clone(), good.clone()]),
            "/ip4/10.0.0.1/tcp/4001 is in it twice"
        );
        assert_eq!(kind(&[good.with(Protocol::P2p(other))]), Some(OF_ANOTHER));
        assert_eq!(kind(&[at("/ip4/10.0.0.1/tcp/0")]), Some(UNDIALABLE));
        assert_eq!(kind(&[at("/ip4/0.0.0.0/tcp/1")]), Some(UNDIALABLE));
        assert_eq!(kind(&[Multiaddr::empty()]), Some(UNDIALABLE));
    }

    #[test]
    fn a_transport_that_the_holder_has_makes_an_entry_dialable() {
        let peer = identity(1).public().to_peer_id();
        let quic = [at("/ip4/10.0.0.1/udp/1/quic-v1")];
        assert_eq!(fault_of(&peer, &quic, |_| true), None);
        let lacking = fault_of(&peer, &quic, |_| false).map(|(kind, _)| kind);
        assert_eq!(lacking, Some(OTHER_TRANSPORTS));
        let loopback = [at("/ip4/127.0.0.1/tcp/1")];
        let loopback = fault_of(&peer, &loopback, |_| true).map(|(kind, _)| kind);
        assert_eq!(loopback, Some(OTHER_TRANSPORTS));
    }

    /// Two relays at one address are two ways to a peer, and neither is an address of the
    /// relay.
    #[test]
    fn the_relays_of_a_peer_are_no_fault() {
        let peer = identity(1).public().to_peer_id();
        let through = |relay: u64| {
            let relay = identity(relay).public().to_peer_id();
            at(&format!(
                "/ip4/10.0.0.9/tcp/1/p2p/{relay}/p2p-circuit/p2p/{peer}"
            ))
        };
        let addresses = [at("/ip4/10.0.0.1/tcp/1"), through(2), through(3)];
        let dials = |address: &Multiaddr| AddressKinds::default().dial(address);
        assert_eq!(fault_of(&peer, &addresses, dials), None);
    }
}
