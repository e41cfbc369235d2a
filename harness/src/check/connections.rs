//! What a swarm says of its connections adds up.

use super::{Entry, Invariant, Moment, Reporter, catalog::as_in_catalog};
use crate::{
    net::HostId,
    sim::{Life, World},
};

/// Each connection comes up once and goes down once, each dial ends once, and
/// the swarm's counters agree with its events.
pub struct ConnectionEventsPair;

impl ConnectionEventsPair {
    pub(super) const ENTRY: Entry = Entry {
        name: "connection-events-pair",
        statement: "each connection comes up once and goes down once, each dial ends once, \
         and the counters agree",
        moments: &[Moment::AfterEvent],
        data: "SwarmEvent, network_info",
        allows: "a dial by address that the swarm does not announce",
        standard: true,
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
    let (open, contradiction) = world.ledger(host, |ledger| {
        (ledger.open_count(), ledger.contradictions.last().cloned())
    });
    if let Some(contradiction) = contradiction {
        report.violated(
            &[host],
            "events",
            None,
            "one ConnectionEstablished, one ConnectionClosed, one end of each dial",
            contradiction,
        );
    }
    if world.life(host) != Life::Open {
        return;
    }
    let counted = world.established(host);
    if let Some(counted) = counted.filter(|counted| *counted as usize != open) {
        report.violated(
            &[host],
            "counters",
            None,
            format!("{open} connections, as the events say"),
            format!("{counted} connections, as network_info says"),
        );
    }
}
