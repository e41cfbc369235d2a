//! Which scenarios apply to a stack is decided before a run, with the reasons.

use dht_scenarios::{
    HonouredSettings, StackCapabilities,
    applicability::{Applicability, Lack, applicability},
};
use rstest::rstest;

use super::{CAPABLE, scenario, stacks};

/// The hosts `a` and `b`, and the scripted host `r`.
const HOSTS: &str =
    r#"hosts = [{ name = "a" }, { name = "b" }, { name = "r", stack = "raw", script = "silent" }]"#;

/// What a stack with these capabilities lacks for a scenario, with the indices of the
/// steps. `None` if the scenario applies.
fn lacks(
    capabilities: StackCapabilities,
    keys: &str,
    steps: &[&str],
) -> Option<Vec<(Lack, Option<usize>)>> {
    let stacks = stacks(capabilities);
    let file = scenario(&stacks, keys, steps);
    match applicability(&file, "mine", &stacks) {
        Applicability::Applies { .. } => None,
        Applicability::DoesNot(obstacles) => {
            let obstacles = obstacles.iter();
            Some(
                obstacles
                    .map(|obstacle| (obstacle.lacks, obstacle.step))
                    .collect(),
            )
        }
    }
}

#[rstest]
#[case::dht("find-peers a song", Lack::Dht, StackCapabilities { shows_dht: false, ..CAPABLE })]
#[case::dial("connect a b", Lack::Dht, StackCapabilities { shows_dht: false, ..CAPABLE })]
#[case::table("expect knows a b", Lack::Dht, StackCapabilities { shows_dht: false, ..CAPABLE })]
#[case::recovery("recover 1m", Lack::Dht, StackCapabilities { shows_dht: false, ..CAPABLE })]
#[case::filters("drop-messages a find-node", Lack::Filters, CAPABLE)]
#[case::block("block a b", Lack::Filters, CAPABLE)]
#[case::count("expect not queries a =1", Lack::Quiet, StackCapabilities { is_quiet: false, ..CAPABLE })]
fn a_step_demands_what_a_stack_may_lack(
    #[case] step: &str,
    #[case] lack: Lack,
    #[case] capabilities: StackCapabilities,
) {
    let steps = ["run 1s", step];
    assert_eq!(
        lacks(capabilities, HOSTS, &steps),
        Some(vec![(lack, Some(1))])
    );
    let all = StackCapabilities {
        filters: true,
        ..CAPABLE
    };
    assert_eq!(lacks(all, HOSTS, &steps), None);
}

#[test]
fn a_restart_that_keeps_the_store_demands_a_stack_that_lets_it() {
    let kept = |keeps_state| {
        let capabilities = StackCapabilities {
            keeps_state,
            ..CAPABLE
        };
        let steps = ["put a song la", "crash a", "restart a keep-store"];
        lacks(capabilities, HOSTS, &steps)
    };
    assert_eq!(kept(true), None);
    assert_eq!(kept(false), Some(vec![(Lack::KeptState, Some(2))]));
    assert_eq!(lacks(CAPABLE, HOSTS, &["crash a", "restart a"]), None);
}

#[test]
fn steps_of_hosts_that_keep_their_stack_demand_nothing() {
    let blind = StackCapabilities {
        shows_dht: false,
        ..CAPABLE
    };
    let steps = ["ask r a find-node peer:b", "expect reply last message"];
    assert_eq!(lacks(blind, HOSTS, &steps), None);
}

#[test]
fn settings_have_to_be_honoured() {
    let keys = r#"hosts = [{ name = "a", settings = { bucket_size = 3, periodic_bootstrap = "never" } }, { name = "b", dial_only = true }]"#;
    assert_eq!(lacks(CAPABLE, keys, &["run 1s"]), None);
    let honours = |names| StackCapabilities {
        is_quiet: false,
        settings: HonouredSettings::Only(names),
        ..CAPABLE
    };
    let setting = (Lack::Setting, None);
    let quiet = (Lack::Quiet, None);
    let lacking = lacks(honours(&[]), keys, &["run 1s"]);
    assert_eq!(lacking, Some(vec![setting, setting, quiet, setting]));
    let lacking = lacks(
        honours(&["bucket_size", "periodic_bootstrap", "listen"]),
        keys,
        &["run 1s"],
    );
    assert_eq!(lacking, Some(vec![quiet]));
}

#[rstest]
#[case::identify("kad", CAPABLE)]
#[case::evicts("kad-identify", StackCapabilities { evicts: true, ..CAPABLE })]
fn tables_have_to_be_filled_alike(#[case] other: &str, #[case] capabilities: StackCapabilities) {
    let keys = format!("stacks = [\"{other}\"]\n{HOSTS}");
    assert_eq!(
        lacks(capabilities, &keys, &["run 1s"]),
        Some(vec![(Lack::LikeTables, None)])
    );
}

#[test]
fn commands_of_another_application_do_not_apply() {
    let keys = r#"stacks = ["file-sharing"]
hosts = [{ name = "a" }, { name = "b" }]"#;
    let steps = [
        "run 1s",
        r#"app-command a "dial @b""#,
        "expect app-metric a failed =0",
    ];
    let commands = |step| (Lack::Commands, Some(step));
    assert_eq!(
        lacks(CAPABLE, keys, &steps),
        Some(vec![commands(1), commands(2)])
    );
}

#[test]
fn hosts_that_name_their_stack_are_not_replaced() {
    let keys = r#"hosts = [{ name = "a", stack = "kad-identify" }]"#;
    assert_eq!(
        lacks(CAPABLE, keys, &["run 1s"]),
        Some(vec![(Lack::PlainHosts, None)])
    );
}

#[test]
fn broken_and_scripted_stacks_replace_no_other() {
    let stacks = stacks(CAPABLE);
    let file = scenario(&stacks, HOSTS, &["run 1s"]);
    for stack in ["raw", "faulty-never-evicts", "own-address-sound"] {
        let Applicability::DoesNot(obstacles) = applicability(&file, stack, &stacks) else {
            panic!("it applies to {stack}");
        };
        assert_eq!(obstacles[0].lacks, Lack::PlainHosts);
    }
}

#[test]
fn a_scenario_that_names_the_stack_applies() {
    let keys = format!("stacks = [\"kad\", \"mine\"]\n{HOSTS}");
    assert_eq!(lacks(CAPABLE, &keys, &["block a b fails=event"]), None);
}

#[test]
fn reasons_name_the_step_and_what_it_demands() {
    let stacks = stacks(CAPABLE);
    let file = scenario(&stacks, HOSTS, &["run 1s", "block a b"]);
    let Applicability::DoesNot(obstacles) = applicability(&file, "mine", &stacks) else {
        panic!("it applies");
    };
    assert_eq!(
        obstacles[0].to_string(),
        "step 2: `block a b`: only the stacks of `dht_fixtures` support this"
    );
}
