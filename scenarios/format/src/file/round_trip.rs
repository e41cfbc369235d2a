//! Round-trip tests: a written scenario is parsed back.

use std::{path::Path, time::Duration};

use dht_fixtures::KadSettings;
use dht_harness::{
    Schedule, TransportKind,
    net::{Latency, Probability, Sharing},
};
use proptest::{collection::vec, option, prelude::*, sample::select};

use super::{Ground, HostGroup, NetworkSettings, PlannedFault, ScenarioFile, decode, parse};
use crate::{
    action::Action,
    condition::Condition,
    step::{Fails, Step},
    syntax::{Command, CommandWord, Hosts, Term},
};

/// A random command: a word, followed by texts and hosts.
fn commands() -> impl Strategy<Value = Command> {
    let word = prop_oneof![
        "[a-z][a-z0-9-]{0,4}".prop_map(CommandWord::Host),
        // A letter in braces could be taken for the number of a repetition.
        "[ -?A-z|~äß→]{0,8}".prop_map(CommandWord::Text),
    ];
    // A command of one word could be confused with the `fails` at the end of a step.
    ("[a-z]{1,8}", vec(word, 1..4)).prop_map(|(verb, rest)| {
        let mut words = vec![CommandWord::Text(verb)];
        words.extend(rest);
        Command(words)
    })
}

/// An example of the reference, which contains every verb and every option, or a
/// random command.
fn steps() -> impl Strategy<Value = Step> {
    let lines: Vec<String> = Action::reference()
        .into_iter()
        .map(|entry| entry.example.to_owned())
        .chain(
            Condition::reference()
                .into_iter()
                .map(|entry| format!("expect {}", entry.example)),
        )
        .collect();
    let shown = (
        select(lines),
        select(vec![
            Fails::No,
            Fails::Somehow,
            Fails::Maybe,
            Fails::With("a \"quoted\" text".to_owned()),
        ]),
    )
        .prop_map(|(line, fails)| Step {
            fails,
            ..line.parse::<Step>().expect("examples can be read")
        });
    let told = commands().prop_map(|command| {
        let hosts = Hosts(vec![
            Term::Named("a".to_owned()),
            Term::Range("h".to_owned(), 0, 2),
        ]);
        Step::from(Action::AppCommand { hosts, command })
    });
    prop_oneof![4 => shown, 1 => told]
}

fn latency() -> impl Strategy<Value = Latency> {
    let time = || (0_u64..100_000).prop_map(Duration::from_micros);
    prop_oneof![
        time().prop_map(Latency::Constant),
        (time(), time()).prop_map(|(a, b)| Latency::Uniform {
            min: a.min(b),
            max: a.max(b)
        }),
        (time(), time()).prop_map(|(a, b)| Latency::Exponential {
            min: a.min(b),
            mean: a.max(b)
        }),
        (time(), 0.0..3.0).prop_map(|(median, sigma)| Latency::LogNormal { median, sigma }),
        (time(), 0.1..9.0).prop_map(|(scale, shape)| Latency::Weibull { scale, shape }),
        (time(), 1.1..9.0).prop_map(|(min, shape)| Latency::Pareto { min, shape }),
        (time(), time(), 0.01..0.99).prop_map(|(usual, more, share)| Latency::Bimodal {
            usual,
            rare: usual + more + Duration::from_micros(1),
            share: Probability::try_from(share).expect("a share"),
        }),
        vec(time(), 1..9)
            .prop_map(|values| { Latency::Empirical(values.try_into().expect("at least one")) }),
    ]
}

prop_compose! {
    fn host()(
        name in "[a-z][a-z0-9-]{0,8}",
        count in option::of(1_u32..50),
        stack in option::of("[a-z]{1,6}"),
        bucket_size in 1_usize..30,
        query_timeout in 1_u64..600,
        later in any::<bool>(),
        dial_only in any::<bool>(),
        identity in option::of(0_u32..1_000_000),
        ground in option::of(240_u8..=255),
    ) -> HostGroup {
        HostGroup {
            name,
            count,
            stack,
            settings: KadSettings {
                bucket_size: bucket_size.try_into().expect("from 1"),
                query_timeout: Duration::from_secs(query_timeout),
                periodic_bootstrap: None,
                ..KadSettings::default()
            },
            later,
            dial_only,
            identity,
            ground: ground.map(|bucket| Ground { of: "a".to_owned(), bucket }),
            ..HostGroup::default()
        }
    }
}

prop_compose! {
    fn scenarios()(
        about in "[ -~äß→]{1,60}",
        source in option::of("[ -~]{1,40}"),
        seed in 0_u64..=i64::MAX as u64,
        schedule in select(vec![Schedule::Arrival, Schedule::Drawn]),
        transports in select(vec![vec![], vec![TransportKind::Mux], vec![TransportKind::Mux, TransportKind::Stream]]),
        latency in latency(),
        bandwidth in option::of(1_u64..1_000_000),
        sharing in select(vec![Sharing::FirstCome, Sharing::Fair]),
        migration in any::<bool>(),
        simultaneous_open in any::<bool>(),
        hosts in vec(host(), 1..5),
        steps in vec(steps(), 1..20),
        at in 0_u64..100,
        until in option::of(100_u64..200),
    ) -> ScenarioFile {
        ScenarioFile {
            format: super::scenario::FORMAT,
            name: "any".to_owned(),
            about,
            source,
            seed,
            schedule,
            transports,
            network: NetworkSettings {
                latency,
                bandwidth,
                sharing,
                migration,
                simultaneous_open,
                ..NetworkSettings::default()
            },
            hosts,
            faults: vec![PlannedFault {
                at: Duration::from_secs(at),
                action: "partition a | b id=split".parse().expect("an action"),
                until: until.map(Duration::from_secs),
                must_fire: until.is_some(),
            }],
            steps: steps.into(),
            ..ScenarioFile::default()
        }
    }
}

/// Parses a scenario without checking the names in it.
fn read(text: &str) -> ScenarioFile {
    decode::read(Path::new("any.toml"), text).unwrap_or_else(|problems| panic!("{problems}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn scenarios_survive_a_round_trip(scenario in scenarios()) {
        let text = scenario.to_string();
        prop_assert_eq!(read(&text), scenario, "{}", text);
    }
}

#[test]
fn a_scenario_is_written_in_readable_form() {
    let text = r#"format = 1
name = "pair"
about = "Two hosts meet"
network = { latency = "20ms" }
hosts = [
  { name = "a" },
  { name = "b", settings = { bucket_size = 4 } },
]
faults = [
  { at = "5s", do = "blackhole a b id=hole", until = "9s" },
]
steps = [
  "connect a b",
  "eventually 30s knows a b",
]
"#;
    let scenario =
        parse(Path::new("pair.toml"), text, None).unwrap_or_else(|problems| panic!("{problems}"));
    assert_eq!(scenario.to_string(), text);
}
