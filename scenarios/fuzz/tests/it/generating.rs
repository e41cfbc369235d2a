//! Drawn scenarios are valid and reproducible.

use std::path::Path;

use dht_fuzz::{Generator, StackCapabilities, Theme};
use dht_harness::{App, TransportKind, net::Latency};
use dht_scenarios::{
    HonouredSettings, Stacks,
    action::{ActionKind, Family},
    applicability::{Applicability, applicability},
    file::{HostGroup, ScenarioFile, parse},
    step::Fails,
};
use proptest::{prelude::*, strategy::ValueTree, test_runner::TestRunner};
use rstest::rstest;
use xxhash_rust::xxh3::xxh3_64;

/// Parses the text of a scenario, which includes full validation.
fn read_back(scenario: &ScenarioFile) -> ScenarioFile {
    let file = format!("{}.toml", scenario.name);
    let text = scenario.to_string();
    parse(Path::new(&file), &text, None).unwrap_or_else(|problems| panic!("{problems}\n{text}"))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn drawn_scenarios_are_valid_and_survive_a_round_trip(scenario in Generator::standard().strategy()) {
        prop_assert_eq!(read_back(&scenario), scenario);
    }
}

#[test]
fn shrunk_scenarios_are_valid_and_shrinking_ends() {
    let mut runner = TestRunner::deterministic();
    // A single shrunk scenario may get longer: a host that is not taken down has more
    // to do.
    let (mut before, mut after) = (0, 0);
    for _ in 0..8 {
        let drawn = Generator::standard().strategy().new_tree(&mut runner);
        let mut drawn = drawn.expect("no choice is rejected");
        before += drawn.current().steps.len();
        while drawn.simplify() {
            let smaller = drawn.current();
            assert_eq!(read_back(&smaller), smaller);
        }
        after += drawn.current().steps.len();
    }
    assert!(after < before, "{before} steps became {after}");
}

#[test]
fn a_case_is_the_same_each_time_it_is_drawn() {
    let generator = Generator::standard();
    let drawn: Vec<_> = (0..20).map(|case| generator.draw(5, case)).collect();
    for (case, scenario) in drawn.iter().enumerate().rev() {
        assert_eq!(generator.draw(5, case as u64), *scenario);
        assert_eq!(scenario.name, format!("case-5-{case}"));
    }
    assert_ne!(generator.draw(6, 0).steps, drawn[0].steps);
}

#[test]
fn a_case_is_checked_for_the_invariants_whose_requirements_it_meets() {
    let holds = |scenario: &ScenarioFile, name: &str| scenario.checks.iter().any(|it| it == name);
    let is_done = |scenario: &ScenarioFile, kinds: &[ActionKind]| {
        let mut steps = scenario.steps.iter();
        steps.any(|step| kinds.contains(&step.action.kind()))
    };
    let generator = Generator::standard();
    let drawn: Vec<_> = (0..200).map(|case| generator.draw(2, case)).collect();
    for scenario in &drawn {
        let relays = scenario
            .hosts
            .iter()
            .any(|group| group.settings.traversal.relay.is_some());
        assert_eq!(holds(scenario, "one-dial-per-peer"), !relays, "{scenario}");
        let moves = is_done(
            scenario,
            &[
                ActionKind::Move,
                ActionKind::Relocate,
                ActionKind::RestartRouter,
                ActionKind::RenumberRouter,
            ],
        );
        assert_eq!(
            holds(scenario, "connections-are-mutual"),
            !moves,
            "{scenario}"
        );
        let writes = [
            ActionKind::StoreLocal,
            ActionKind::StoreProviderLocal,
            ActionKind::RemoveLocal,
        ];
        let survive = holds(scenario, "records-survive");
        assert!(!(survive && is_done(scenario, &writes)), "{scenario}");
        assert!(!holds(scenario, "dead-leave-tables"), "{scenario}");
    }
    let certain = drawn.iter().filter(|it| holds(it, "lookup-finds-closest"));
    assert!(certain.count() > 0);
}

/// Whether a step of a scenario is one that these words are in.
fn has_step(scenario: &ScenarioFile, words: &[&str]) -> bool {
    let mut steps = scenario.steps.iter().map(ToString::to_string);
    steps.any(|step| words.iter().all(|word| step.contains(word)))
}

#[test]
fn what_surrounds_a_network_is_drawn() {
    let generator = Generator::standard();
    let drawn: Vec<_> = (0..1500).map(|case| generator.draw(4, case)).collect();
    let groups = |scenario: &ScenarioFile, has: &dyn Fn(&HostGroup) -> bool| {
        scenario.hosts.iter().filter(|group| has(group)).count()
    };
    type Drawn<'a> = &'a dyn Fn(&ScenarioFile) -> bool;
    let own = |group: &HostGroup| {
        let interfaces = group.interfaces.clone().unwrap_or_default();
        interfaces.has_loopback() || interfaces.has_bridge()
    };
    let kinds: [(&str, Drawn<'_>); 30] = [
        ("relays", &|it| {
            groups(it, &|group| group.settings.traversal.relay.is_some()) > 0
        }),
        ("AutoNAT 1", &|it| {
            groups(it, &|group| group.settings.traversal.autonat_v1.is_some()) > 1
        }),
        ("AutoNAT 2", &|it| {
            groups(it, &|group| group.settings.traversal.autonat_v2_client) > 0
        }),
        ("loopback", &|it| {
            groups(it, &|group| {
                group.interfaces.clone().unwrap_or_default().has_loopback()
            }) > 0
        }),
        ("bridge", &|it| {
            groups(it, &|group| {
                group.interfaces.clone().unwrap_or_default().has_bridge()
            }) > 0
        }),
        ("a dial of /dns4", &|it| has_step(it, &["dial", "/dns4/"])),
        ("a dial of /dnsaddr", &|it| {
            has_step(it, &["dial", "/dnsaddr/"])
        }),
        ("a name that is slow", &|it| {
            has_step(it, &["set-name", "after=9s"])
        }),
        ("a name that changes", &|it| {
            has_step(it, &["set-name boot.example h1"])
        }),
        ("no name", &|it| {
            has_step(it, &["remove-name"]) && has_step(it, &["fails=\"there is no name\""])
        }),
        ("a server that returns with another address", &|it| {
            let kinds: Vec<ActionKind> = it.steps.iter().map(|step| step.action.kind()).collect();
            let back = [
                ActionKind::Offline,
                ActionKind::Run,
                ActionKind::Move,
                ActionKind::Heal,
            ];
            kinds.windows(back.len()).any(|some| some == back)
        }),
        ("a client that returns elsewhere", &|it| {
            let kinds: Vec<ActionKind> = it.steps.iter().map(|step| step.action.kind()).collect();
            let back = [ActionKind::Offline, ActionKind::Run, ActionKind::Relocate];
            kinds.windows(back.len()).any(|some| some == back)
        }),
        ("a port that is granted", &|it| {
            let mut steps = it.steps.iter();
            steps.any(|step| step.action.kind() == ActionKind::MapPort && step.fails == Fails::No)
        }),
        ("a port that is refused", &|it| {
            has_step(it, &["map-port", "fails=\"refuses to map the port"])
        }),
        ("a network that drops UDP", &|it| {
            has_step(it, &["drop-udp"])
        }),
        ("a link that is slower up", &|it| {
            has_step(it, &["bandwidth", "up="])
        }),
        ("a port behind a provider", &|it| {
            has_step(it, &["map-port", "fails=\"has itself the private"])
        }),
        ("a dial of a port", &|it| {
            has_step(it, &["dial", "router:home"])
        }),
        ("a hairpin", &|it| {
            it.routers.iter().any(|router| router.hairpin)
        }),
        ("the router of a provider", &|it| {
            it.routers.iter().any(|router| router.carrier_grade)
        }),
        ("log-normal latencies", &|it| {
            matches!(it.network.latency, Latency::LogNormal { .. })
        }),
        ("latencies of Weibull", &|it| {
            matches!(it.network.latency, Latency::Weibull { .. })
        }),
        ("latencies of Pareto", &|it| {
            matches!(it.network.latency, Latency::Pareto { .. })
        }),
        ("bimodal latencies", &|it| {
            matches!(it.network.latency, Latency::Bimodal { .. })
        }),
        ("three regions", &|it| it.network.regions.len() == 3),
        ("a discovery", &|it| has_step(it, &["discovered h"])),
        ("an expiry", &|it| has_step(it, &["expired h"])),
        ("a request", &|it| has_step(it, &["request h"])),
        ("a query in a second DHT", &|it| {
            has_step(it, &["start find-providers", "in=lan"])
        }),
        ("an address in a second table", &|it| {
            has_step(it, &["add-address", "in=lan"])
        }),
    ];
    for (name, is_it) in kinds {
        assert!(drawn.iter().any(is_it), "{name}");
    }
    // Two such hosts reach themselves by the address of the other (U33).
    for scenario in &drawn {
        let alone = scenario.hosts.iter().filter(|group| own(group));
        let hosts: usize = alone.map(|group| group.members().len()).sum();
        assert!(hosts <= 1, "{scenario}");
    }
}

/// If this digest changes, all seeds draw other scenarios. That is allowed, but has
/// to be intended.
#[test]
fn drawn_scenarios_are_unchanged() {
    let generator = Generator::standard();
    let drawn: String = (0..64)
        .map(|case| generator.draw(1, case).to_string())
        .collect();
    assert_eq!(
        format!("{:016x}", xxh3_64(drawn.as_bytes())),
        "75e492c37059f8c9"
    );
}

#[test]
fn stacks_sizes_themes_and_weights_can_be_configured() {
    let generator = Generator::standard()
        .without_stacks()
        .stack("mine", 1, StackCapabilities::default())
        .hosts(4..=5)
        .themes(&[(1, Theme::Connections)])
        .transports(&[(1, TransportKind::Stream)])
        .weight(Family::Lifecycle, 0);
    for case in 0..40 {
        let scenario = generator.draw(1, case);
        assert_eq!(scenario.stacks, ["mine"]);
        assert_eq!(scenario.transports, [TransportKind::Stream]);
        let hosts: usize = scenario
            .hosts
            .iter()
            .map(|group| group.members().len())
            .sum();
        assert!((4..=5).contains(&hosts), "{hosts} hosts");
        let lives = scenario
            .steps
            .iter()
            .any(|step| step.action.family() == Family::Lifecycle);
        assert!(!lives, "{scenario}");
    }
}

/// An application with its own event loop and these capabilities, beside the standard
/// stacks.
fn with_mine(capabilities: StackCapabilities) -> Stacks {
    Stacks::standard().with_event_loop("mine", capabilities, |_, _| {
        App::new((), std::future::pending::<()>())
    })
}

#[rstest]
#[case::least(StackCapabilities::event_loop())]
#[case::some_settings(StackCapabilities {
    settings: HonouredSettings::Only(&["bucket_size", "periodic_bootstrap", "store", "mode"]),
    ..StackCapabilities::event_loop()
})]
#[case::most(StackCapabilities {
    is_quiet: true,
    settings: HonouredSettings::All,
    ..StackCapabilities::event_loop()
})]
#[case::driven(StackCapabilities::driven())]
fn only_what_a_stack_can_do_is_drawn(#[case] capabilities: StackCapabilities) {
    let stacks = with_mine(capabilities);
    let generator = Generator::standard().on_stack("mine", &stacks);
    let generator = generator.expect("its DHT is seen");
    for case in 0..256 {
        let drawn = generator.draw(3, case);
        assert_eq!(drawn.stacks, ["mine"]);
        // The same scenario, written for another stack.
        let other = ScenarioFile {
            stacks: vec!["kad-identify".to_owned()],
            ..drawn
        };
        let applies = applicability(&other, "mine", &stacks);
        assert!(
            matches!(applies, Applicability::Applies { .. }),
            "{applies:?}\n{other}"
        );
    }
}

#[rstest]
#[case::unknown("other")]
#[case::scripted("raw")]
#[case::hidden("mine")]
fn nothing_is_drawn_for_a_stack_without_a_dht(#[case] stack: &str) {
    let stacks = with_mine(StackCapabilities {
        shows_dht: false,
        ..StackCapabilities::event_loop()
    });
    let error = Generator::standard().on_stack(stack, &stacks).err();
    let error = error.expect("an error").to_string();
    assert!(error.contains(stack), "{error}");
}

/// Each reason why nothing can be drawn for a stack is told alone.
#[rstest]
#[case("nope", "there is no stack called \"nope\"")]
#[case("raw", "only scenarios that name it run on it")]
#[case("hidden", "does not construct its DHT with `dht_harness::kad`")]
fn a_stack_that_cannot_be_drawn_is_told_with_the_reason(#[case] stack: &str, #[case] told: &str) {
    let capabilities = StackCapabilities {
        shows_dht: false,
        ..StackCapabilities::KAD_IDENTIFY
    };
    let stacks = Stacks::standard()
        .with("hidden", dht_fixtures::stack::kad_identify_with)
        .capable("hidden", capabilities);
    let error = Generator::standard().on_stack(stack, &stacks);
    let error = error.expect_err("nothing can be drawn").to_string();
    assert!(error.contains(told), "{error}");
    assert!(!error.contains("either"), "{error}");
}

/// Only scenarios that name it run on it, and the generator knows what it can do.
#[test]
fn a_stack_that_the_generator_draws_can_be_drawn_alone() {
    let generator = Generator::standard().on_stack("dual", &Stacks::standard());
    let generator = generator.expect("it is one of the generator");
    let drawn: Vec<_> = (0..40).map(|case| generator.draw(3, case)).collect();
    assert!(drawn.iter().all(|case| case.stacks == ["dual"]));
    assert!(drawn.iter().any(|case| has_step(case, &["in=lan"])));
}
