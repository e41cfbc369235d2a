//! What could only be green by mistake is refused before a run.

mod already;
mod bounds;
mod carriers;
mod effects;
mod far;
mod file;
mod idle;
mod instants;
mod interfaces;
mod kinds;
mod lines;
mod meetings;
mod moves;
mod neighbours;
mod never;
mod paused;
mod removals;
mod repeated;
mod replies;
mod results;
mod routers;
mod settings;
mod unread;
mod unused;

use dht_scenarios::Stacks;

use crate::problems_of;

/// The last of [`HOSTS`], which only some of the steps name.
const LATE: &str = r#"  { name = "late", later = true },
"#;

/// Hosts with a DHT, a scripted one, and one that comes later.
const HOSTS: &str = r#"
  { name = "a" },
  { name = "b" },
  { name = "h", count = 3 },
  { name = "r", stack = "raw", script = "honest" },
  { name = "late", later = true },
"#;

/// A step after all others by which each of [`HOSTS`] may have heard of the others.
const MEETING: &str = "add-peer-address a,b,h a,b,h,r may-fail";

/// The problems of a file with these keys and steps, without the pictures of the lines.
fn told(keys: &str, hosts: &str, steps: &[&str]) -> Vec<String> {
    let is_usual = hosts == HOSTS;
    let others = hosts.replace(LATE, "");
    let names_late = |text: &str| {
        let mut words = text.split(|c: char| !c.is_alphanumeric() && c != '-');
        words.any(|word| matches!(word, "late" | "all"))
    };
    let mut lines = steps.iter().copied().chain([keys, others.as_str()]);
    let hosts = match lines.any(names_late) {
        true => hosts,
        false => &others,
    };
    // Otherwise hosts that no line connects would be mistakes of their own.
    let meeting = is_usual.then_some(MEETING);
    let steps = steps.iter().copied().chain(meeting);
    let steps: String = steps.map(|step| format!("  {step:?},\n")).collect();
    let text = format!(
        "format = 1\nname = \"wrong\"\nabout = \"Green by mistake\"\n{keys}\nhosts = [{hosts}]\nsteps = [\n{steps}]\n"
    );
    problems_of(&text, &Stacks::standard())
}

/// Requires that the last of these steps has one problem, which contains the words.
#[track_caller]
fn refused(steps: &[&str], words: &str) {
    let told = told("", HOSTS, steps);
    let [problem] = told.as_slice() else {
        panic!("{steps:?}: {told:?}");
    };
    assert!(problem.contains(words), "{steps:?}: {problem}");
}

/// Requires that a file with these keys and hosts has one problem, which contains the words.
#[track_caller]
fn refused_in(keys: &str, hosts: &str, steps: &[&str], words: &str) {
    let told = told(keys, hosts, steps);
    let [problem] = told.as_slice() else {
        panic!("{steps:?}: {told:?}");
    };
    assert!(problem.contains(words), "{steps:?}: {problem}");
}

#[track_caller]
fn accepted(steps: &[&str]) {
    assert_eq!(told("", HOSTS, steps), Vec::<String>::new(), "{steps:?}");
}

/// Requires that a condition is refused in each kind of step, and behind `not`.
#[track_caller]
fn refused_everywhere(before: &str, condition: &str, words: &str) {
    for step in [
        format!("expect {condition}"),
        format!("expect not {condition}"),
        format!("expect not not {condition}"),
        format!("eventually 5s not {condition}"),
        format!("always 5s not {condition}"),
        format!("expect not {condition} fails"),
    ] {
        let is_negated = step.matches("not ").count() % 2 == 1;
        let (always, never) = ("this is always true", "this is never true");
        let words = match (is_negated, words.contains(always)) {
            (true, true) => words.replace(always, never),
            (true, false) => words.replace(never, always),
            (false, _) => words.to_owned(),
        };
        refused(&[before, &step], &words);
    }
}
