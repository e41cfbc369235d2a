//! What a swarm says of its connections adds up.

use super::{Invariant, Reporter};
use crate::{
    net::HostId,
    sim::{Life, World},
};

/// Each connection comes up once and goes down once, each dial ends once, and
/// the swarm's counters agree with its events.
pub struct ConnectionEventsPair;

impl Invariant for ConnectionEventsPair {
    fn name(&self) -> &'static str {
        "connection-events-pair"
    }

    fn statement(&self) -> &'static str {
        "each connection comes up once and goes down once, each dial ends once, \
         and the counters agree"
    }

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
