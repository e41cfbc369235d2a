//! Queries of a host that crashes and restarts.

use dht_harness::{SimError, TransportKind, dht::Query, sim::Restart};

use super::{acquainted, on};

#[test]
fn a_query_is_lost_when_its_host_crashes() {
    on(TransportKind::Mux).test(|sim| {
        let (a, _b) = acquainted(sim)?;
        let lookup = || Query::ClosestPeers(b"key".to_vec());
        let lost = Err(SimError::QueryLost {
            host: "a".to_owned(),
        });
        let former = sim.start_query(&a, lookup())?;
        sim.crash(&a)?;
        assert_eq!(sim.finish_query(former).map(|_| ()), lost);
        sim.restart(&a, Restart::default())?;
        let mut later = sim.start_query(&a, lookup())?;
        while later.id != former.id {
            later = sim.start_query(&a, lookup())?;
        }
        assert_eq!(sim.finish_query(former).map(|_| ()), lost);
        assert!(sim.world().query(former).is_none());
        assert!(sim.finish_query(later)?.is_finished());
        Ok(())
    });
}
