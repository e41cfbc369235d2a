//! The second phase: all faults are healed, all hosts come back, and the network has
//! to recover within virtual deadlines.

use std::time::Duration;

use dht_fixtures::KadSettings;

use super::{
    checks::LONG_IDLE,
    draft::Pick,
    lifecycle::CLOSING,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    steps::{add_address, run},
};
use dht_scenarios::{
    action::Action,
    condition::Condition,
    step::Step,
    syntax::{Bound, Compare, Hosts, Key, Mode, Name, Payload, Quorum},
};

/// The steps that heal everything, followed by the expectations.
pub(super) fn recovery(model: &mut Model, whole: Duration, end: &[Pick; 6]) -> Vec<Step> {
    let mut steps = heal(model);
    steps.extend(regroup(model));
    let left = whole.saturating_sub(model.now + AFTERWARDS);
    if !left.is_zero() {
        model.now += left;
        steps.push(run(left));
    }
    steps.extend(demands(model, end));
    steps
}

/// The approximate time that the expectations take.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// Heals all faults and brings hosts back. Every case has exactly one `heal-all`, and
/// it begins the second phase.
fn heal(model: &mut Model) -> Vec<Step> {
    model.faults.clear();
    let mut steps = vec![Step::from(Action::HealAll {})];
    let down = model.all(|member| member.liveness == Liveness::Down);
    if !down.is_empty() {
        steps.push(run(CLOSING));
    }
    for host in 0..model.members.len() {
        steps.extend(restore(model, host).into_iter().map(Step::from));
    }
    for (a, b) in std::mem::take(&mut model.blocks) {
        let (hosts, peers) = (model.host(a), model.host(b));
        steps.push(Action::Unblock { hosts, peers }.into());
    }
    steps
}

/// The actions that return a host to its initial state.
fn restore(model: &mut Model, host: usize) -> Vec<Action> {
    let hosts = model.host(host);
    let mut actions = Vec::new();
    match model.members[host].liveness {
        Liveness::Up => {}
        Liveness::Paused => {
            model.members[host].liveness = Liveness::Up;
            actions.push(Action::Resume {
                hosts: hosts.clone(),
            });
        }
        Liveness::Down => {
            model.restarted(host);
            actions.push(Action::Restart {
                hosts: hosts.clone(),
                lose_identity: false,
                keep_store: false,
                keep_table: false,
            });
        }
    }
    if model.slowed.remove(&host) {
        actions.push(Action::Slow {
            hosts: hosts.clone(),
            pause: Duration::ZERO,
        });
    }
    if model.skewed.remove(&host) {
        actions.push(Action::Skew {
            hosts: hosts.clone(),
            ahead: None,
            behind: None,
            gains: None,
            loses: None,
        });
    }
    if model.filtered.remove(&host) {
        actions.push(Action::PassMessages {
            hosts: hosts.clone(),
        });
    }
    let member = &mut model.members[host];
    if std::mem::take(&mut member.moved) && member.listens {
        member.listens = false;
        actions.push(Action::Unlisten {
            hosts: hosts.clone(),
        });
    }
    if member.kind == HostKind::Server && !member.listens {
        member.listens = true;
        actions.push(Action::Listen { hosts, on: None });
    }
    actions
}

/// Closes old connections, turns hosts back into servers, and adds addresses, as the
/// application of a host does when it starts. Where peers learn addresses from each
/// other, the address of one server is added. Where a host does not learn the address
/// of a peer that dials it, the addresses of all servers are added. In large networks
/// nothing is added: refreshing every table would cost more than the whole first
/// phase.
fn regroup(model: &mut Model) -> Vec<Step> {
    let settings = &model.settings;
    let mut calm = settings.idle_timeout.max(settings.substreams_timeout) + NOTICE;
    if model.wedged {
        // Requests keep a dead connection open, and are lost with it, until it is given up.
        calm += GIVEN_UP;
    }
    let servers = model.all(|member| member.kind == HostKind::Server);
    let all = model.hosts(&model.all(|member| member.kind != HostKind::Scripted));
    let mut steps = Vec::new();
    if model.did(&[FuzzOp::SetMode]) {
        let mode = Mode::Server;
        if servers.iter().any(|host| model.mode_of(*host) != mode) {
            let hosts = model.hosts(&servers);
            steps.push(Step::from(Action::SetMode { hosts, mode }));
        }
    } else if model.mode.is_none() && servers.iter().any(|host| !model.announced.contains(host)) {
        let (hosts, address) = (model.hosts(&servers), None);
        steps.push(Step::from(Action::AddExternal { hosts, address }));
    }
    steps.push(run(calm));
    model.now += calm;
    if model.is_large() {
        return steps;
    }
    if model.identifies() && model.inserts() {
        let (first, second) = (model.host(servers[0]), model.host(servers[1]));
        steps.push(add_address(all.clone(), first.clone()));
        steps.push(add_address(first, second));
    } else {
        steps.push(add_address(all.clone(), model.hosts(&servers)));
    }
    let (hosts, name) = (all, None);
    steps.push(
        Action::Bootstrap {
            hosts,
            name,
            dht: None,
        }
        .into(),
    );
    steps
}

/// An upper bound on the time after which a side gives up a connection that answers nothing: 924 s
/// from the first bytes that it retransmits, as Linux does, and before that the 300 s between two
/// bootstraps, or between two messages of identify.
const GIVEN_UP: Duration = Duration::from_secs(21 * 60);

/// An upper bound on the time in which a host notices a lost connection.
const NOTICE: Duration = Duration::from_secs(15);

/// The expectations on the final state.
fn demands(model: &Model, end: &[Pick; 6]) -> Vec<Step> {
    let mut steps = Vec::new();
    let refreshes = model.settings.periodic_bootstrap.is_some();
    if model.heals_by_itself() || (refreshes && model.heals()) {
        let within = Duration::from_secs(15 * 60);
        steps.push(Step::from(Action::Recover { within }));
    }
    // A query that runs while earlier connections close for idleness may fail with
    // them (B15). If hosts do nothing on their own, no connection closes after this
    // wait.
    let rest = run(model.settings.idle_timeout + REST);
    if model.heals_by_itself() && model.capabilities.is_quiet && is_quiet(&model.settings) {
        let mut asking = model.all(|member| member.kind != HostKind::Scripted);
        // A request over a connection that died when the host was carried away is lost.
        asking.retain(|host| !(model.has_relays && model.carried.contains(host)));
        steps.push(rest.clone());
        steps.extend(all_found(model.hosts(&asking)));
        if is_kept(model) && end[2].chance(70) {
            let servers = model.all(|member| member.kind == HostKind::Server);
            let host = |pick: Pick| model.host(pick.among(&servers));
            steps.push(rest);
            steps.extend(stored_and_read(host(end[0]), host(end[1])));
        }
    }
    if comes_to_rest(model) {
        let within = Some(Duration::from_secs(10 * 60));
        steps.push(Action::Settle { within }.into());
    }
    steps
}

/// Whether the network is certain to be quiet at some time.
fn comes_to_rest(model: &Model) -> bool {
    // With a short idle timeout requests fail as their connections close (B15). A stack that
    // evicts removes these peers, and each that returns begins another bootstrap.
    let evicts = model.capabilities.evicts && model.settings.idle_timeout < LONG_IDLE;
    // Each bootstrap waits for dials of an entry behind a router, once for each bucket.
    let waits = model.settings.periodic_bootstrap.is_some()
        && model.client_added
        && model.members.iter().any(|member| member.is_behind);
    !evicts && !waits
}

/// The key of the final queries.
fn last_key() -> Key {
    Key::Text("end".to_owned())
}

fn name(name: &str) -> Name {
    Name(name.to_owned())
}

/// Each host runs a lookup, which has to find all that is certain.
fn all_found(hosts: Hosts) -> [Step; 2] {
    let condition = Condition::Recall {
        query: name("found"),
        share: Bound {
            compare: Compare::Equal,
            value: 1.0,
        },
    };
    [
        Action::FindPeers {
            hosts,
            key: last_key(),
            name: Some(name("found")),
            dht: None,
        }
        .into(),
        Action::Expect { condition }.into(),
    ]
}

/// One host stores a record and another one reads it.
fn stored_and_read(writer: Hosts, reader: Hosts) -> [Step; 4] {
    let value = Payload::Text("la".to_owned());
    let stored = Condition::Succeeded {
        query: name("stored"),
    };
    let read = Condition::Values {
        query: name("read"),
        count: Bound {
            compare: Compare::AtLeast,
            value: 1,
        },
        value: Some(value.clone()),
    };
    [
        Action::Put {
            hosts: writer,
            key: last_key(),
            value,
            quorum: Some(Quorum::One),
            ttl: None,
            name: Some(name("stored")),
            dht: None,
        }
        .into(),
        Action::Expect { condition: stored }.into(),
        Action::Get {
            hosts: reader,
            key: last_key(),
            name: Some(name("read")),
            dht: None,
        }
        .into(),
        Action::Expect { condition: read }.into(),
    ]
}

/// The time in which each host notices that an idle connection was closed.
const REST: Duration = Duration::from_secs(3);

/// Whether hosts do nothing on their own during the expectations.
fn is_quiet(settings: &KadSettings) -> bool {
    [
        settings.periodic_bootstrap,
        settings.replication_interval,
        settings.publication_interval,
        settings.provider_interval,
    ]
    .into_iter()
    .flatten()
    .all(|interval| interval >= LONG)
}

/// Longer than any case takes.
const LONG: Duration = Duration::from_secs(3600);

/// Whether a record that is stored at the end is certain to be found: the stores have
/// room, and no scripted host answers.
fn is_kept(model: &Model) -> bool {
    model.has_room() && !model.has(HostKind::Scripted)
}
