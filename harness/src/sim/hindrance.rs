//! What hinders hosts without being a fault of the network, as a failure report shows it.

use std::fmt;

use dht_harness_clock::VirtualInstant;

use crate::{noun::counted, recording::Disturbance, world::World};

/// The most hosts of one hindrance that are named.
const HOSTS: usize = 6;

/// A pause, a slow host, a wrong clock, a filter of messages, or another thing that a test says
/// of hosts; that of several hosts since the same instant is one.
#[derive(Clone, Debug)]
pub(super) struct Hindrance {
    hosts: Vec<String>,
    kind: &'static str,
    says: String,
    since: VirtualInstant,
}

impl Hindrance {
    /// Those at the end of the run, in the order of their beginnings.
    pub(super) fn all(world: &World) -> Vec<Self> {
        let disturbances = world.disturbances.borrow();
        let present = disturbances.all().iter().filter(|one| one.to.is_none());
        let mut all: Vec<Hindrance> = Vec::new();
        for Disturbance {
            host,
            kind,
            says,
            from,
            ..
        } in present
        {
            let name = world.name(*host);
            let alike = all
                .iter_mut()
                .find(|other| (other.kind, &other.says, other.since) == (*kind, says, *from));
            match alike {
                Some(other) => other.hosts.push(name),
                None => all.push(Hindrance {
                    hosts: vec![name],
                    kind,
                    says: says.clone(),
                    since: *from,
                }),
            }
        }
        all
    }
}

impl fmt::Display for Hindrance {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Hindrance {
            hosts, says, since, ..
        } = self;
        let shown = &hosts[..hosts.len().min(HOSTS)];
        f.write_str(&shown.join(", "))?;
        if let Some(more @ 1..) = hosts.len().checked_sub(HOSTS) {
            write!(f, " and {}", counted(more, "other host", "other hosts"))?;
        }
        write!(f, ": {says}, since {since}")
    }
}
