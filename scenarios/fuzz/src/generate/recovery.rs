//! The second phase: all is mended, everybody comes back, and the network has
//! to be well again within virtual deadlines.

use std::time::Duration;

use dht_fixtures::KadSettings;

use super::{
    draft::Pick,
    model::{HostKind, Liveness, Model},
    op::FuzzOp,
    steps::{line, time},
};
use dht_scenarios::step::Step;

/// What mends everything, and the demands that follow.
pub(super) fn recovery(model: &mut Model, whole: Duration, end: &[Pick; 6]) -> Vec<Step> {
    let mut steps = mend(model);
    steps.extend(regroup(model));
    let left = whole.saturating_sub(model.now + AFTERWARDS);
    if !left.is_zero() {
        model.now += left;
        steps.push(line(&format!("run {}", time(left))));
    }
    steps.extend(demand(model, end));
    steps
}

/// What the demands take, about.
const AFTERWARDS: Duration = Duration::from_secs(30);

/// Faults are healed, and hosts come back. Every case has this `heal-all`, and
/// no other one: it is where the second phase begins.
fn mend(model: &mut Model) -> Vec<Step> {
    model.faults.clear();
    let mut steps = vec![line("heal-all")];
    // A host that was closed a moment ago is not closed yet.
    if !model.all(|member| member.life == Liveness::Down).is_empty() {
        steps.push(line("run 3s"));
    }
    for host in 0..model.members.len() {
        let name = model.name(host).to_owned();
        let life = std::mem::replace(&mut model.members[host].life, Liveness::Up);
        match life {
            Liveness::Up => {}
            Liveness::Paused => steps.push(line(&format!("resume {name}"))),
            Liveness::Down => {
                steps.push(line(&format!("restart {name}")));
                model.members[host].listens = model.members[host].address;
            }
        }
        if model.slowed.remove(&host) {
            steps.push(line(&format!("slow {name} 0s")));
        }
        if model.skewed.remove(&host) {
            steps.push(line(&format!("skew {name}")));
        }
        if model.filtered.remove(&host) {
            steps.push(line(&format!("pass-messages {name}")));
        }
        let member = &mut model.members[host];
        if std::mem::take(&mut member.moved) && member.listens {
            steps.push(line(&format!("unlisten {name}")));
            member.listens = false;
        }
        if member.part == HostKind::Server && !member.listens {
            steps.push(line(&format!("listen {name}")));
            member.listens = true;
        }
    }
    for (a, b) in std::mem::take(&mut model.blocks) {
        steps.push(line(&format!(
            "unblock {} {}",
            model.name(a),
            model.name(b)
        )));
    }
    steps
}

/// Everybody forgets the connections of before, becomes a server again, and is
/// told of others by its application, as a host is that starts: of one server,
/// where peers tell each other their addresses; of all, where nobody learns who
/// has dialled it. In large networks they are left alone: everybody's refresh
/// would cost more than all that was done before.
fn regroup(model: &mut Model) -> Vec<Step> {
    let settings = &model.settings;
    let calm = settings.idle_timeout.max(settings.substreams_timeout) + NOTICE;
    let mut steps = Vec::new();
    let names = |hosts: Vec<usize>| -> Vec<String> {
        hosts
            .iter()
            .map(|host| model.name(*host).to_owned())
            .collect()
    };
    let servers = names(model.all(|member| member.part == HostKind::Server));
    let all = names(model.all(|member| member.part != HostKind::Scripted)).join(",");
    if model.did(&[FuzzOp::SetMode]) {
        steps.push(line(&format!("set-mode {} server", servers.join(","))));
    } else if model.mode.is_none() {
        steps.push(line(&format!("add-external {}", servers.join(","))));
    }
    steps.push(line(&format!("run {}", time(calm))));
    if model.is_large() {
        model.now += calm;
        return steps;
    }
    if model.identifies() && model.inserts() {
        steps.push(line(&format!("add-address {all} {}", servers[0])));
        steps.push(line(&format!("add-address {} {}", servers[0], servers[1])));
    } else {
        steps.push(line(&format!("add-address {all} {}", servers.join(","))));
    }
    steps.push(line(&format!("bootstrap {all}")));
    model.now += calm;
    steps
}

/// How long news of what is gone may take.
const NOTICE: Duration = Duration::from_secs(15);

/// What has to be so in the end.
fn demand(model: &mut Model, end: &[Pick; 6]) -> Vec<Step> {
    let names = |hosts: &[usize]| -> Vec<String> {
        hosts
            .iter()
            .map(|host| model.name(*host).to_owned())
            .collect()
    };
    let servers = names(&model.all(|member| member.part == HostKind::Server));
    let asking = names(&model.all(|member| member.part != HostKind::Scripted)).join(",");
    let mut steps = Vec::new();
    let refreshes = model.settings.periodic_bootstrap.is_some();
    if model.heals_by_itself() || (refreshes && model.heals()) {
        steps.push(line("recover 15m"));
    }
    // What is asked while connections of before close for idleness may be lost
    // with them: B15. Where all is quiet there are none after a while.
    let rest = time(model.settings.idle_timeout + REST);
    let whole = model.heals_by_itself();
    if whole && is_quiet(&model.settings) {
        steps.push(line(&format!("run {rest}")));
        steps.push(line(&format!("find-peers {asking} end as=found")));
        steps.push(line("expect recall found =1"));
    }
    if whole && is_quiet(&model.settings) && is_kept(model) && end[2].is(70) {
        let (one, other) = (end[0].among(&servers), end[1].among(&servers));
        steps.push(line(&format!("run {rest}")));
        steps.push(line(&format!("put {one} end la quorum=one as=stored")));
        steps.push(line("expect succeeded stored"));
        steps.push(line(&format!("get {other} end as=read")));
        steps.push(line("expect values read >=1 value=la"));
    }
    steps.push(line("settle within=10m"));
    steps
}

/// What a network needs to hear that its connections are gone.
const REST: Duration = Duration::from_secs(3);

/// Whether hosts do nothing by themselves while the demands are made.
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

/// Longer than a case lasts.
const LONG: Duration = Duration::from_secs(3600);

/// Whether a record that is stored in the end is sure to be found: the stores
/// have room, and nobody says otherwise.
fn is_kept(model: &Model) -> bool {
    model.has_room() && !model.has(HostKind::Scripted)
}
