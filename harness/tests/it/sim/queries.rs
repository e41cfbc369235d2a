//! The results and errors of queries.

use std::{num::NonZeroUsize, time::Duration};

use dht_harness::{
    Sim, SimError, SimHost, TransportKind,
    dht::{Answer, Query, StartError},
};
use libp2p::kad::{Quorum, Record, RecordKey};

use super::{Kad, acquainted, on, peer};

fn key() -> RecordKey {
    RecordKey::new(b"key")
}

fn record() -> Record {
    Record::new(key(), b"value".to_vec())
}

/// A line of hosts, each in the tables of its neighbours.
fn line(sim: &mut Sim, n: usize) -> Result<Vec<SimHost<Kad>>, SimError> {
    let hosts = sim.spawn_n(n, "h", peer);
    for pair in hosts.windows(2) {
        sim.add_address(&pair[0], &pair[1])?;
        sim.add_address(&pair[1], &pair[0])?;
    }
    Ok(hosts)
}

#[test]
fn calls_named_as_in_kad_return_the_result() {
    for transport in TransportKind::ALL {
        on(transport).test(|sim| {
            let hosts = line(sim, 4)?;
            for host in &hosts {
                sim.bootstrap(host)?;
            }
            let found = sim.get_closest_peers(&hosts[0], hosts[3].peer_id())?;
            assert_eq!(found.first(), Some(&hosts[3].peer_id()));
            sim.put_record(&hosts[0], record(), Quorum::One)?;
            assert_eq!(sim.get_record(&hosts[3], key())?.value, b"value");
            sim.start_providing(&hosts[1], key())?;
            let providers = sim.get_providers(&hosts[3], key())?;
            assert_eq!(providers, [hosts[1].peer_id()]);
            Ok(())
        });
    }
}

#[test]
fn a_failed_query_is_an_error_with_its_partial_result() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = acquainted(sim)?;
        let Err(error) = sim.get_record(&a, key()) else {
            panic!("the record was found");
        };
        assert_eq!(
            error.to_string(),
            "a: get \"key\" failed: no record found, or fewer than asked for; 1 of 1 request \
             was answered, 0 peers and 0 records were found"
        );
        let SimError::QueryFailed { query, record, .. } = error else {
            panic!("another error: {error}");
        };
        assert_eq!(query.host, a.id());
        assert_eq!(record.failure(), Some(&Answer::NotFound));

        let two = Quorum::N(NonZeroUsize::new(2).expect("two is not zero"));
        let put = sim.put_record(&a, self::record(), two);
        let Err(SimError::QueryFailed { record, .. }) = put else {
            panic!("there is one other host, and the quorum is two: {put:?}");
        };
        let Some(Answer::QuorumFailed { success, quorum }) = record.failure() else {
            panic!("another answer: {record:?}");
        };
        assert_eq!((success.as_slice(), quorum.get()), (&[b.peer_id()][..], 2));
        Ok(())
    });
}

#[test]
fn the_test_can_inspect_the_outcome_of_a_query() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = acquainted(sim)?;
        sim.crash(&b)?;
        let query = sim.start_query(&a, Query::Get(key()))?;
        let record = sim.wait_query(query)?;
        assert!(record.is_finished() && !record.is_ok());
        assert_eq!(sim.wait_query(query)?, record);
        assert!(matches!(
            sim.finish_query(query),
            Err(SimError::QueryFailed { .. })
        ));
        Ok(())
    });
}

#[test]
fn a_lookup_without_results_is_not_a_failure() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = acquainted(sim)?;
        sim.crash(&b)?;
        assert_eq!(sim.get_closest_peers(&a, b"key".to_vec())?, []);
        assert_eq!(sim.get_providers(&a, key())?, []);
        Ok(())
    });
}

#[test]
fn a_query_that_cannot_start_returns_the_reason() {
    on(TransportKind::Mux).test(|sim| {
        let alone = sim.spawn("alone", peer);
        assert_eq!(
            sim.bootstrap(&alone),
            Err(SimError::Start {
                host: "alone".to_owned(),
                source: StartError::NoKnownPeers,
            })
        );
        let silent = sim.spawn_without_dht("silent", super::silent);
        let no_dht = SimError::NoDht {
            host: "silent".to_owned(),
        };
        assert_eq!(sim.bootstrap(&silent), Err(no_dht.clone()));
        assert_eq!(sim.add_address(&silent, &alone), Err(no_dht));
        sim.add_address(&alone, &silent)?;
        assert!(sim.world().table(&alone).contains(&silent.peer_id()));
        Ok(())
    });
}

#[test]
fn the_address_added_for_a_host_is_its_listen_address() {
    on(TransportKind::Mux).test(|sim| {
        let (a, b) = (
            sim.spawn("a", peer),
            sim.prepare("b").dial_only().spawn(peer),
        );
        let elsewhere = "/ip4/10.0.0.2/tcp/5005".parse().expect("an address");
        let elsewhere = sim.listen(&b, elsewhere)?;
        sim.add_address(&a, &b)?;
        let table = sim.world().table(&a);
        let entry = table.entry(&b.peer_id()).expect("it was added");
        assert_eq!(
            entry.addresses,
            [elsewhere
                .with_p2p(b.peer_id())
                .expect("it names no other peer")]
        );
        sim.run_for(Duration::from_secs(1))
    });
}
