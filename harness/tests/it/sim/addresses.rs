//! Hosts with addresses of several kinds, and names.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use dht_harness::{
    Node, Sim, SimError, SimHost, TransportKind,
    net::{AddressKinds, Carrier, Endpoint, IpVersion, NameRecords},
    sim::Restart,
};
use libp2p::{
    Multiaddr, Swarm,
    multiaddr::Protocol,
    swarm::{SwarmEvent, dial_opts::DialOpts, dummy},
};
use rstest::rstest;

use super::{Kad, on, peer};

const BOTH: [TransportKind; 2] = TransportKind::ALL;

fn spawn(sim: &mut Sim, name: &str, kinds: AddressKinds) -> SimHost<Kad> {
    sim.prepare(name).addresses(kinds).spawn(peer)
}

fn all_kinds() -> AddressKinds {
    AddressKinds::new(IpVersion::ALL, Carrier::ALL)
}

fn at(text: &str) -> Multiaddr {
    text.parse().unwrap()
}

#[test]
fn a_host_listens_and_is_dialled_at_each_of_its_kinds() {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let (a, b) = (spawn(sim, "a", all_kinds()), spawn(sim, "b", all_kinds()));
            sim.run_for(Duration::from_secs(1))?;
            let mut listeners: Vec<Multiaddr> =
                b.with(|swarm| swarm.listeners().cloned().collect())?;
            let mut expected = all_kinds().listen_addresses(sim.world().ip(&b));
            assert_eq!(expected.len(), 8);
            for address in &expected {
                assert_eq!(sim.dial(&a, address.clone())?, b.peer_id(), "{address}");
                sim.disconnect(&a, &b)?;
            }
            listeners.sort();
            expected.sort();
            assert_eq!(listeners, expected);
            Ok(())
        });
    }
}

#[test]
fn a_host_dials_only_addresses_of_its_kinds() {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let b = spawn(sim, "b", all_kinds());
            let addresses = all_kinds().listen_addresses(sim.world().ip(&b));
            let kinds = AddressKinds::new([IpVersion::V6], [Carrier::Quic]);
            let a = spawn(sim, "a", kinds.clone());
            for address in addresses {
                let dialled = sim.dial(&a, address.clone());
                assert_eq!(dialled.is_ok(), kinds.dial(&address), "{address}");
                if let Err(error) = dialled {
                    assert!(
                        error
                            .to_string()
                            .contains("no transport of this host dials"),
                        "{error}"
                    );
                }
            }
            Ok(())
        });
    }
}

#[test]
fn the_other_side_sees_the_kind_of_the_dial() {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let kinds = AddressKinds::new([IpVersion::V6], [Carrier::Quic]);
            let (a, b) = (
                spawn(sim, "a", kinds.clone()),
                spawn(sim, "b", kinds.clone()),
            );
            let seen = Arc::new(Mutex::new(Vec::new()));
            let remotes = Arc::clone(&seen);
            b.host().observe(move |_, event| {
                if let SwarmEvent::ConnectionEstablished { endpoint, .. } = event {
                    let remote = endpoint.get_remote_address().clone();
                    remotes.lock().unwrap().push(remote);
                }
            });
            sim.connect(&a, &b)?;
            sim.run_for(Duration::from_secs(1))?;
            let seen = seen.lock().unwrap();
            let [remote] = &seen[..] else {
                panic!("one connection: {seen:?}");
            };
            let endpoint = Endpoint::of(remote).expect("an address of the network");
            assert!(kinds.cover(&endpoint), "{remote}");
            Ok(())
        });
    }
}

#[test]
fn hosts_without_a_common_kind_find_each_other_and_cannot_connect() {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let tcp = AddressKinds::default();
            let quic = AddressKinds::new([IpVersion::V4], [Carrier::Quic]);
            let (a, c) = (spawn(sim, "a", tcp), spawn(sim, "c", quic));
            let both = spawn(
                sim,
                "both",
                AddressKinds::new([IpVersion::V4], Carrier::ALL),
            );
            sim.add_address(&a, &both)?;
            sim.add_address(&both, &c)?;
            let found = sim.get_closest_peers(&a, c.peer_id())?;
            assert_eq!(found, [both.peer_id()], "c was told, and not reached");
            let refused = sim.dial(&a, DialOpts::peer_id(c.peer_id()).build());
            assert!(refused.is_err());
            Ok(())
        });
    }
}

fn boot(sim: &mut Sim) -> (SimHost<Kad>, SimHost<Kad>) {
    let boot = spawn(sim, "boot", all_kinds());
    let a = spawn(sim, "a", all_kinds().with_names());
    (boot, a)
}

#[rstest]
#[case("/dns4/boot.example/tcp/4001")]
#[case("/dns6/boot.example/udp/4001/quic-v1")]
#[case("/dns/boot.example/tcp/4002/ws")]
#[case("/dnsaddr/boot.example")]
fn a_name_is_dialled(#[case] address: &'static str) {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let (boot, a) = boot(sim);
            let ip = sim.world().ip(&boot);
            let addresses = all_kinds().listen_addresses(ip);
            let mut records = NameRecords::default();
            for listener in addresses {
                records
                    .ips
                    .extend(Endpoint::of(&listener).map(|it| it.ip()));
                records = records.with_address(listener.with(Protocol::P2p(boot.peer_id())));
            }
            sim.set_name("boot.example", records);
            assert_eq!(sim.dial(&a, at(address))?, boot.peer_id());
            Ok(())
        });
    }
}

#[test]
fn a_name_takes_its_time_and_changes() {
    on(TransportKind::Mux).test(|sim| {
        let (boot, a) = boot(sim);
        let name = at("/dns4/boot.example/tcp/4001");
        let fails = |sim: &mut Sim, part: &str| {
            let error = sim.dial(&a, name.clone()).expect_err("the name is wrong");
            assert!(error.to_string().contains(part), "{error}");
        };
        fails(sim, "there is no name boot.example");
        let at_boot = NameRecords::default().with_ip(sim.world().ip(&boot).into());
        sim.set_name(
            "boot.example",
            at_boot.clone().after(Duration::from_secs(3)),
        );
        let before = sim.now();
        sim.dial(&a, name.clone())?;
        let took = sim.now().saturating_since(before);
        assert!(took >= Duration::from_secs(3), "{took:?}");
        sim.disconnect(&a, &boot)?;
        sim.set_name(
            "boot.example",
            at_boot.clone().after(Duration::from_secs(60)),
        );
        let before = sim.now();
        fails(sim, "not resolved within 10 s");
        assert_eq!(sim.now().saturating_since(before), Duration::from_secs(10));
        sim.set_name("boot.example", NameRecords::default());
        fails(sim, "no records of this type");
        sim.set_name("boot.example", at_boot);
        sim.dial(&a, name.clone())?;
        assert!(sim.remove_name("boot.example"));
        sim.disconnect(&a, &boot)?;
        fails(sim, "there is no name boot.example");
        Ok(())
    });
}

#[test]
fn a_host_that_resolves_no_names_dials_none() {
    on(TransportKind::Mux).test(|sim| {
        let boot = spawn(sim, "boot", all_kinds());
        let a = spawn(sim, "a", all_kinds());
        let records = NameRecords::default().with_ip(sim.world().ip(&boot).into());
        sim.set_name("boot.example", records);
        let error: SimError = sim
            .dial(&a, at("/dns4/boot.example/tcp/4001"))
            .expect_err("a resolves no names");
        assert!(
            error
                .to_string()
                .contains("no transport of this host dials"),
            "{error}"
        );
        Ok(())
    });
}

/// As libp2p-dns: each record is tried, and the last one first.
#[test]
fn each_record_is_tried() {
    on(TransportKind::Mux).test(|sim| {
        let (boot, a) = boot(sim);
        let dead = spawn(sim, "dead", all_kinds());
        let ips = [sim.world().ip(&boot), sim.world().ip(&dead)];
        sim.crash(&dead)?;
        let records = NameRecords::default()
            .with_ip(ips[0].into())
            .with_ip(ips[1].into());
        sim.set_name("boot.example", records);
        let before = sim.now();
        sim.dial(&a, at("/dns4/boot.example/udp/4001/quic-v1"))?;
        let took = sim.now().saturating_since(before);
        assert!(
            took >= Duration::from_secs(5),
            "the dead one first: {took:?}"
        );
        Ok(())
    });
}

#[test]
fn an_idle_connection_of_quic_ends_after_a_crash_and_one_of_tcp_does_not() {
    for transport in BOTH {
        for (carrier, ends) in [(Carrier::Quic, true), (Carrier::Tcp, false)] {
            on(transport).test(move |sim| {
                let kinds = AddressKinds::new([IpVersion::V4], [carrier]);
                let patient = |node: &Node| {
                    let config = node.swarm_config();
                    let config = config.with_idle_connection_timeout(Duration::from_secs(3600));
                    Swarm::new(node.transport(), dummy::Behaviour, node.peer_id(), config)
                };
                let prepared = sim.prepare("a").addresses(kinds.clone());
                let a = prepared.spawn_without_dht(patient);
                let b = sim.prepare("b").addresses(kinds).spawn_without_dht(patient);
                sim.connect(&a, &b)?;
                sim.crash(&b)?;
                sim.run_for(Duration::from_secs(11))?;
                let connected = a.with(|swarm| swarm.is_connected(&b.peer_id()))?;
                assert_eq!(connected, !ends, "{carrier:?}");
                Ok(())
            });
        }
    }
}

#[test]
fn a_connection_that_the_remote_has_lost_does_not_connect() {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let usual = AddressKinds::default;
            let (a, b) = (spawn(sim, "a", usual()), spawn(sim, "b", usual()));
            sim.connect(&a, &b)?;
            sim.connect(&a, &b)?;
            sim.crash(&b)?;
            let error = sim.connect(&a, &b).unwrap_err().to_string();
            assert!(error.contains("the remote is down"), "{error}");
            sim.restart(&b, Restart::default())?;
            let error = sim.connect(&a, &b).unwrap_err().to_string();
            assert!(error.contains("the remote has no end"), "{error}");
            sim.disconnect(&a, &b)?;
            sim.connect(&a, &b)?;
            Ok(())
        });
    }
}

/// A swarm that has not heard yet of a lost connection would not dial.
#[test]
fn a_host_that_has_just_moved_connects_anew() {
    for transport in BOTH {
        on(transport).test(move |sim| {
            let usual = AddressKinds::default;
            let (a, b) = (spawn(sim, "a", usual()), spawn(sim, "b", usual()));
            sim.connect(&a, &b)?;
            sim.assign_ip(&a, "10.200.0.9".parse().unwrap())?;
            sim.connect(&a, &b)?;
            sim.run_for(Duration::from_secs(1))?;
            let connected = a.with(|swarm| swarm.is_connected(&b.peer_id()))?;
            assert!(connected, "{transport:?}");
            Ok(())
        });
    }
}
