//! Hosts that change their address.

use std::{net::Ipv4Addr, time::Duration};

use dht_fixtures::Stack;
use dht_harness::{Sim, TransportKind, net::NetworkConfig};
use rstest::rstest;

/// On the mux transport a connection survives if the network is told so, as a transport
/// does that migrates connections, and libp2p is notified of the new address of the remote.
#[test]
fn a_mux_connection_that_migrates_survives_a_new_address() {
    let network = NetworkConfig {
        migration: true,
        ..NetworkConfig::default()
    };
    let sim = Sim::builder()
        .transport(TransportKind::Mux)
        .network(network);
    sim.test(|sim| {
        let swarm = |node: &dht_harness::Node| Stack::KadIdentify.swarm(node);
        let (a, b) = (sim.spawn("a", swarm), sim.spawn("b", swarm));
        sim.connect(&a, &b)?;
        sim.run_for(Duration::from_secs(1))?;
        sim.assign_ip(b.id(), Ipv4Addr::new(10, 77, 0, 1))?;
        sim.run_for(Duration::from_secs(1))?;
        assert_eq!(sim.world().established(a.id()), Some(1));
        let table = sim.world().table(&a);
        let entry = table.entry(&b.peer_id()).expect("b is in the table");
        assert!(
            entry
                .addresses
                .iter()
                .any(|address| address.to_string().contains("10.77.0.1")),
            "{entry}"
        );
        Ok(())
    });
}

/// Connections fail on both transports, as with TCP and with libp2p-quic.
#[rstest]
fn a_connection_fails_when_its_address_changes(
    #[values(TransportKind::Mux, TransportKind::Stream)] transport: TransportKind,
) {
    Sim::builder().transport(transport).test(|sim| {
        let swarm = |node: &dht_harness::Node| Stack::KadIdentify.swarm(node);
        let (a, b) = (sim.spawn("a", swarm), sim.spawn("b", swarm));
        sim.connect(&a, &b)?;
        sim.assign_ip(b.id(), Ipv4Addr::new(10, 77, 0, 1))?;
        sim.run_for(Duration::from_secs(1))?;
        assert_eq!(sim.world().established(b.id()), Some(0));
        Ok(())
    });
}
