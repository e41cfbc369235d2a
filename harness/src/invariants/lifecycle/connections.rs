//! The connection events of a swarm are consistent.

use crate::{
    check::{
        CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, as_in_catalog, phrase,
    },
    net::HostId,
    noun,
    world::{HostStatus, SwarmLog, World},
};

/// Each connection is established once and closed once, each dial ends once, and the
/// counters of the swarm agree with its events.
pub(crate) struct ConnectionEventsPair;

const UNPAIRED: FindingKind = FindingKind::new(
    "unpaired-event",
    "an event of a connection or dial contradicts an earlier one",
);
const MISCOUNTED: FindingKind = FindingKind::new(
    "miscounted-connections",
    "the connection count of the swarm differs from its events",
);

impl ConnectionEventsPair {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "connection-events-pair",
        statement: "each connection comes up once and goes down once, each dial ends once, \
         and the counters agree",
        kinds: &[UNPAIRED, MISCOUNTED],
        moments: &[Moment::AfterEvent],
        data: "SwarmEvent, network_info",
        allows: "dials by address, which the swarm does not announce",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ConnectionEventsPair),
    };
}

impl Invariant for ConnectionEventsPair {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            look(world, *host, report);
        }
    }
}

fn look(world: &World, host: HostId, report: &mut Reporter) {
    let counted = match world.status(host) {
        HostStatus::Open => world.established(host),
        _ => None,
    };
    world.swarm_log(host, |swarm_log| compare(host, swarm_log, counted, report));
}

/// The noun for so many connections.
pub(super) fn connections(count: usize) -> &'static str {
    noun(count, "connection", "connections")
}

/// Compares the counter of a swarm, if it is available, with its events.
fn compare(host: HostId, swarm_log: &SwarmLog, counted: Option<u32>, report: &mut Reporter) {
    if let Some(contradiction) = swarm_log.contradictions.last() {
        report
            .violated(UNPAIRED)
            .at(host)
            .subject("events")
            .expected("one ConnectionEstablished, one ConnectionClosed, one end of each dial")
            .seen(contradiction.clone());
    }
    let open = swarm_log.open_count();
    if let Some(counted) = counted.filter(|counted| *counted as usize != open) {
        report
            .violated(MISCOUNTED)
            .at(host)
            .subject("counters")
            .expected(phrase!("{} {}, as the events say", open, connections(open)))
            .seen(phrase!(
                "{} {}, as network_info says",
                counted,
                connections(counted as usize)
            ));
    }
}

#[cfg(test)]
mod tests {
    use dht_harness_clock::VirtualInstant;

    use super::*;
    use crate::identity;

    /// The findings for one connection that was established and closed this many
    /// times, while the swarm counts `counted` connections.
    fn found(ups: u32, downs: u32, counted: u32) -> Vec<FindingKind> {
        let peer = identity(1).public().to_peer_id();
        let mut swarm_log = SwarmLog::default();
        for _ in 0..ups {
            swarm_log.opened(1, peer, true, VirtualInstant::ZERO);
        }
        for _ in 0..downs {
            swarm_log.closed(1, VirtualInstant::ZERO);
        }
        let mut report = Reporter::default();
        compare(HostId(0), &swarm_log, Some(counted), &mut report);
        let found = report.take();
        found.map(|finding| finding.kind).collect()
    }

    #[test]
    fn a_wrong_connection_count_is_found() {
        assert!(found(1, 0, 1).is_empty());
        assert!(found(1, 1, 0).is_empty());
        assert_eq!(found(1, 0, 2), [MISCOUNTED]);
        assert_eq!(found(2, 0, 2), [UNPAIRED]);
        assert_eq!(found(0, 1, 0), [UNPAIRED]);
        assert_eq!(found(1, 2, 0), [UNPAIRED]);
    }
}
