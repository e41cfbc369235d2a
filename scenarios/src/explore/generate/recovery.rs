//! The second phase: all is mended, everybody comes back, and the network has
//! to be well again within virtual deadlines.

use std::time::Duration;

use super::{
    draft::Pick,
    model::{Life, Model, Part},
    steps::{line, risky, time},
};
use crate::step::Step;

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

/// Faults are healed, and hosts come back.
fn mend(model: &mut Model) -> Vec<Step> {
    let mut steps = Vec::new();
    if !model.faults.is_empty() {
        model.faults.clear();
        steps.push(line("heal-all"));
    }
    for (a, b) in std::mem::take(&mut model.blocks) {
        if model.members[a].life == Life::Up {
            steps.push(line(&format!(
                "unblock {} {}",
                model.name(a),
                model.name(b)
            )));
        }
    }
    // A host that was closed a moment ago is not closed yet.
    if !model.all(|member| member.life == Life::Down).is_empty() {
        steps.push(line("run 3s"));
    }
    for host in 0..model.members.len() {
        let name = model.name(host).to_owned();
        let life = std::mem::replace(&mut model.members[host].life, Life::Up);
        match life {
            Life::Up => {}
            Life::Paused => steps.push(line(&format!("resume {name}"))),
            Life::Down => steps.push(line(&format!("restart {name}"))),
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
        let member = &model.members[host];
        if member.part == Part::Server && !member.listens {
            steps.push(line(&format!("listen {name}")));
            model.members[host].listens = true;
        }
    }
    steps
}

/// Everybody forgets the connections of before, becomes a server again, and is
/// told of others by its application, as a host is that starts: of one server,
/// where peers tell each other their addresses; of all, where nobody learns who
/// has dialled it.
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
    let servers = names(model.all(|member| member.part == Part::Server));
    let all = names(model.all(|member| member.part != Part::Scripted)).join(",");
    if model.mode.is_none() || !model.modes.is_empty() {
        steps.push(line(&format!("set-mode {} server", servers.join(","))));
    }
    steps.push(line(&format!("run {}", time(calm))));
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
    let servers = model.all(|member| member.part == Part::Server);
    let one = model.name(end[0].among(&servers)).to_owned();
    let other = model.name(end[1].among(&servers)).to_owned();
    let asking = model.all(|member| member.part != Part::Scripted);
    let asking: Vec<&str> = asking.iter().map(|host| model.name(*host)).collect();
    let mut steps = vec![line("recover 15m")];
    steps.push(line(&format!(
        "find-peers {} end as=found",
        asking.join(",")
    )));
    steps.push(line("expect recall found =1"));
    if end[2].is(60) {
        steps.push(risky(&format!("put {one} end la quorum=one as=stored")));
        steps.push(line(&format!("get {other} end as=read")));
        steps.push(line("expect values read >=1 value=la"));
    }
    steps.push(line("settle within=10m"));
    steps
}
