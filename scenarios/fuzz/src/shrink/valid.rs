//! Repairs candidates that are no longer valid.

use dht_scenarios::file::ScenarioFile;

/// The maximum number of repetitions, since removing a step may invalidate others.
const ROUNDS: usize = 8;

/// The scenario without the steps that are no longer valid, for example a `restart`
/// whose `crash` was removed, and without the checks, options, routers and settings that are then
/// about nothing.
/// `None` if the scenario has any other problem, or no step: a file has at least one.
pub(crate) fn repaired(mut file: ScenarioFile) -> Option<ScenarioFile> {
    for _ in 0..ROUNDS {
        file.remove_vain_checks();
        file.remove_vain_keeps();
        file.remove_vain_surroundings();
        let misplaced = file.misplaced_steps().ok()?;
        if misplaced.is_empty() {
            return (!file.steps.is_empty()).then_some(file);
        }
        file = super::steps::without(&file, &misplaced);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use dht_scenarios::file::HostGroup;

    fn file(steps: &[&str]) -> ScenarioFile {
        ScenarioFile {
            hosts: vec![HostGroup {
                name: "a".to_owned(),
                ..HostGroup::default()
            }],
            steps: steps.iter().map(|step| step.parse().unwrap()).collect(),
            ..ScenarioFile::default()
        }
    }

    #[test]
    fn invalid_steps_are_removed() {
        let broken = file(&["run 1s", "restart a", "expect state a open", "crash b"]);
        let valid = file(&["run 1s", "expect state a open"]);
        assert_eq!(repaired(broken), Some(valid));
    }

    #[test]
    fn steps_that_depend_on_removed_steps_are_removed_as_well() {
        let broken = file(&["start get b song as=q", "finish q", "run 1s"]);
        assert_eq!(repaired(broken), Some(file(&["run 1s"])));
    }

    #[test]
    fn checks_about_removed_steps_are_removed_as_well() {
        let checked = |steps: &[&str]| ScenarioFile {
            checks: ["records-survive", "no-self-dial"].map(String::from).into(),
            ..file(steps)
        };
        let kept = checked(&["put a song la may-fail"]);
        assert_eq!(repaired(kept.clone()), Some(kept));
        let left = repaired(checked(&["run 1s"])).expect("it is valid");
        assert_eq!(left.checks, ["no-self-dial"]);
    }

    #[test]
    fn a_removal_without_what_it_removes_is_removed_as_well() {
        let broken = file(&["run 1s", "stop-providing a song", "remove-local a song"]);
        assert_eq!(repaired(broken), Some(file(&["run 1s"])));
    }

    #[test]
    fn a_restart_stays_without_what_it_cannot_keep() {
        let broken = file(&["crash a", "restart a keep-store keep-table"]);
        assert_eq!(repaired(broken), Some(file(&["crash a", "restart a"])));
        let kept = file(&["store-local a song la", "crash a", "restart a keep-store"]);
        assert_eq!(repaired(kept.clone()), Some(kept));
    }

    #[test]
    fn a_step_is_removed_together_with_the_one_that_ends_it_at_once() {
        let broken = file(&["run 1s", "pause a", "resume a"]);
        assert_eq!(repaired(broken), Some(file(&["run 1s"])));
        let slowed = file(&["slow a 5ms", "run 1s", "slow a 0s"]);
        assert_eq!(repaired(slowed.clone()), Some(slowed));
    }

    #[test]
    fn surroundings_without_use_are_removed_as_well() {
        let text = |routers: &str, settings: &str, steps: &str| {
            format!(
                r#"
format = 1
name = "n"
about = "A host is behind a router"
{routers}
hosts = [
  {{ name = "s", count = 2{settings} }},
  {{ name = "c", behind = "home" }},
]
steps = [{steps}]
"#
            )
        };
        let read =
            |text: String| dht_scenarios::file::parse("n.toml".as_ref(), &text, None).unwrap();
        let plain = r#"routers = [{ name = "home" }]"#;
        let used = read(text(
            r#"routers = [{ name = "home", port_mapping = true }]"#,
            r#", settings = { neighbours = { request_response = {} } }"#,
            r#""run 1s", "map-port c", "request s0 s1""#,
        ));
        assert_eq!(repaired(used.clone()), Some(used.clone()));
        let fewer = super::super::steps::without(&used, &[1, 2]);
        let left = read(text(plain, "", r#""run 1s""#));
        assert_eq!(repaired(fewer), Some(left.clone()));

        let mut alone = left;
        alone.hosts.pop();
        let alone = repaired(alone).expect("it is valid");
        assert_eq!(alone.routers, []);

        let relays = |relay: &str, client: &str| ScenarioFile {
            hosts: vec![
                HostGroup {
                    name: "a".to_owned(),
                    settings: toml::from_str(relay).unwrap(),
                    ..HostGroup::default()
                },
                HostGroup {
                    name: "b".to_owned(),
                    settings: toml::from_str(client).unwrap(),
                    ..HostGroup::default()
                },
            ],
            ..file(&["run 1s"])
        };
        let relay = "traversal = { relay = {} }";
        let client = "traversal = { relay_client = true, dcutr = true }";
        let both = relays(relay, client);
        assert_eq!(repaired(both.clone()), Some(both));
        assert_eq!(repaired(relays(relay, "")), Some(relays("", "")));
        assert_eq!(repaired(relays("", client)), Some(relays("", "")));
    }

    #[test]
    fn a_scenario_keeps_a_step() {
        assert_eq!(repaired(file(&["restart a"])), None);
        assert_eq!(repaired(file(&[])), None);
    }

    #[test]
    fn a_scenario_with_another_problem_is_rejected() {
        let hopeless = ScenarioFile {
            checks: vec!["no-such-invariant".to_owned()],
            ..file(&["run 1s"])
        };
        assert_eq!(repaired(hopeless), None);
    }
}
