//! A closed host is closed: the founding invariants (go-libp2p issue 2911).

use std::time::Duration;

use crate::{
    check::{CatalogEntry, Demand, Invariant, Moment, Reporter, as_in_catalog},
    net::HostId,
    world::{HostStatus, World},
};

/// After its close nothing of a host is alive: no swarm, listener, connection,
/// dial, stream, task or timer. Seen from swarm, network, executor and clock.
#[derive(Default)]
pub(crate) struct ClosedHoldsNothing {
    /// Whether tasks of unknown owners were reported: they stay alive.
    reported: bool,
}

impl ClosedHoldsNothing {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "closed-holds-nothing",
        statement: "after its close a host has no swarm, listener, connection, dial, stream, task or timer",
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "swarm, resources of the network, tasks, timers",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ClosedHoldsNothing::default()),
    };
}

impl Invariant for ClosedHoldsNothing {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            look(world, *host, report);
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            look(world, host, report);
        }
        self.look_for_foreign_tasks(world, report);
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }

    fn connect_after_close_accepted(&mut self, world: &World, host: HostId, report: &mut Reporter) {
        report.violated(
            &[host],
            "connect",
            Some(world.since(host)),
            "connect answers HostClosed at once",
            "the dial was accepted",
        );
    }
}

impl ClosedHoldsNothing {
    /// Tasks that hosts spawned with a bare `tokio::spawn`, and the timers of
    /// such tasks, can only be counted all together. So they are laid to closed
    /// hosts once no open host could own them.
    fn look_for_foreign_tasks(&mut self, world: &World, report: &mut Reporter) {
        let spawners: Vec<HostId> = world
            .hosts()
            .filter(|host| world.tasks().foreign_spawned(*host) > 0)
            .collect();
        let all_over = spawners.iter().all(|host| world.status(*host).is_over());
        if spawners.is_empty() || !all_over || self.reported {
            return;
        }
        let (tasks, timers) = (world.foreign_tasks(), world.foreign_timers());
        if tasks + timers == 0 {
            return;
        }
        self.reported = true;
        report.violated(
            &spawners,
            "foreign tasks",
            None,
            "every task spawned by hosts that are closed has ended, with its timers",
            format!("{tasks} tasks spawned with tokio::spawn are alive, and {timers} timers"),
        );
    }
}

fn look(world: &World, host: HostId, report: &mut Reporter) {
    if !world.status(host).is_over() {
        return;
    }
    let since = Some(world.since(host));
    let mut none = |what: &'static str, count: usize| {
        if count > 0 {
            report.violated(
                &[host],
                what,
                since,
                format!("no {what} after close"),
                format!("{count} {what}"),
            );
        }
    };
    none("swarm", usize::from(world.swarm(host).is_some()));
    let resources = world.resources(host);
    none("listeners", resources.listeners as usize);
    none("dials", resources.dials as usize);
    none("untaken inbound connections", resources.accepts as usize);
    none("connections", resources.connections as usize);
    none("streams", resources.streams as usize);
    none("tasks", world.tasks().alive(host));
    none("timers", world.timers(host));
}

/// A closed host does nothing in the network: it neither dials, accepts, sends
/// nor receives.
pub(crate) struct ClosedIsSilent;

impl ClosedIsSilent {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "closed-is-silent",
        statement: "a closed host neither dials, accepts, sends nor receives",
        moments: &[Moment::AfterEvent, Moment::AfterStep, Moment::AtEnd],
        data: "what hosts do in the network",
        allows: "nothing",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(ClosedIsSilent),
    };
}

impl Invariant for ClosedIsSilent {
    as_in_catalog!();

    fn after_event(&mut self, world: &World, touched: &[HostId], report: &mut Reporter) {
        for host in touched {
            listen(world, *host, report);
        }
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        for host in world.hosts() {
            listen(world, host, report);
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}

fn listen(world: &World, host: HostId, report: &mut Reporter) {
    if !world.status(host).is_over() {
        return;
    }
    let since = world.since(host);
    let traffic = world.traffic(host);
    let deeds = [
        ("dial", traffic.dialled.last),
        ("accept", traffic.accepted.last),
        ("send", traffic.sent.last),
        ("receive", traffic.received.last),
    ];
    for (deed, last) in deeds {
        if let Some(at) = last.filter(|at| *at > since) {
            report.violated(
                &[host],
                deed,
                Some(since),
                format!("no {deed} after the close"),
                format!("a {deed} at {at}"),
            );
        }
    }
}

/// Once the notice of a close can have arrived, no remote believes in a
/// connection to the closed host.
pub(crate) struct PeersNoticeClose {
    /// How long a notice may take.
    notice: Duration,
}

impl PeersNoticeClose {
    /// Allows this virtual time for the notice to arrive.
    pub(crate) fn within(notice: Duration) -> Self {
        PeersNoticeClose { notice }
    }
}

/// Ten seconds: far above any latency of the default network.
impl Default for PeersNoticeClose {
    fn default() -> Self {
        PeersNoticeClose::within(Duration::from_secs(10))
    }
}

impl PeersNoticeClose {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "peers-notice-close",
        statement: "once the notice can have arrived, no remote is connected to a closed host",
        moments: &[Moment::AfterStep, Moment::AtEnd],
        data: "connected_peers, the lives of hosts",
        allows: "crashes, links that are cut and hosts that are paused: no notice arrives",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |limits| Box::new(PeersNoticeClose::within(limits.notice)),
    };
}

impl Invariant for PeersNoticeClose {
    as_in_catalog!();

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let now = world.now();
        for host in world.hosts() {
            // A crash sends no notice, and over a cut link none arrives.
            let told = world.status(host) == HostStatus::Closed
                && now > world.since(host) + self.notice
                && !world.has_cuts();
            if !told {
                continue;
            }
            let peer = world.peer(host);
            for remote in world.hosts() {
                let believes = !world.is_paused(remote)
                    && world.host_of(&peer) == Some(host)
                    && world.is_connected(remote, &peer) == Some(true);
                if believes {
                    report.violated(
                        &[host, remote],
                        "connection",
                        Some(world.since(host)),
                        format!("no connection left {:?} after the close", self.notice),
                        format!("{} is connected to it", world.name(remote)),
                    );
                }
            }
        }
    }

    fn at_end(&mut self, world: &World, report: &mut Reporter) {
        self.after_step(world, report);
    }
}
