//! An assertion of the test that fails inside a simulation is reported together
//! with the state of the run.

use std::{
    env, fs,
    panic::{AssertUnwindSafe, catch_unwind},
    path::PathBuf,
    process::{self, Command},
    sync::mpsc,
    time::Duration,
};

use dht_harness::{
    Node, Schedule, Sim, SimBuilder, SimError, TransportKind, World,
    check::{Invariant, Reporter, Unmet},
    net::HostId,
    sim::Failure,
    sim::panic_text,
    trace::TRACE_FORMAT,
};
use libp2p::{
    Swarm,
    swarm::{NetworkBehaviour, dummy},
};
use rstest::rstest;

use super::{acquainted, on, peer};

/// The text with which `test` panics.
fn report_of(
    sim: SimBuilder,
    body: impl FnOnce(&mut Sim) -> Result<(), SimError> + Send + 'static,
) -> String {
    let panic = catch_unwind(AssertUnwindSafe(|| sim.test(body))).expect_err("it fails");
    panic_text(&*panic).to_owned()
}

#[track_caller]
fn assert_shown(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "{part:?} is missing in\n{text}");
    }
    // A backtrace is included only if it was requested.
    let report = text.split("\nbacktrace:").next().unwrap_or_default();
    assert!(
        report.lines().count() <= 50,
        "the report is longer than a screen:\n{text}"
    );
}

/// Parts of every report of a run of [`acquainted`] hosts.
fn parts(transport: TransportKind) -> Vec<String> {
    vec![
        format!("run: seed 7, {transport} transport, arrival schedule; 1.0"),
        "s of virtual time, ".to_owned(),
        " events, digest ".to_owned(),
        "\n  a: open, server, 1 connection, 1 entry in its table".to_owned(),
        "connected /ip4/10.0.0.2/tcp/4001".to_owned(),
        "\n  b: open, server, 1 connection, 0 entries in its table".to_owned(),
        "s query 0 (bootstrap): step 1, the last, 1 of 1 request answered\n".to_owned(),
        "reproduce: `Sim::builder().seed(7)".to_owned(),
        "trace: `.trace(\"trace.jsonl\")` writes all ".to_owned(),
    ]
}

type Body = fn(&mut Sim) -> Result<(), SimError>;

/// A way to fail, and the first lines of its report.
#[rstest]
#[case::assertion(
    |sim: &mut Sim| {
        let (a, b) = acquainted(sim)?;
        assert_eq!(sim.world().table(b.id()).len(), 1, "b does not know {}", a.name());
        Ok(())
    },
    "assertion `left == right` failed: b does not know a\n  left: 0\n right: 1\npanicked at harness/"
)]
#[case::error(
    |sim: &mut Sim| {
        acquainted(sim)?;
        Err(SimError::Other("an error of the test".to_owned()))
    },
    "an error of the test\n"
)]
#[case::failed_wait(
    |sim: &mut Sim| {
        acquainted(sim)?;
        sim.wait("the answer", Duration::ZERO, std::future::pending())
    },
    "the answer was not answered within 0ns of virtual time\n"
)]
#[case::failed_condition(
    |sim: &mut Sim| {
        let (_, b) = acquainted(sim)?;
        sim.run_until(Duration::ZERO, |world: &World| vec![Unmet::at(world, b.id(), "too slow")])
    },
    "not true within 0ns of virtual time: b: too slow\n"
)]
#[case::index(
    |sim: &mut Sim| {
        let (a, _) = acquainted(sim)?;
        let empty: Vec<u8> = Vec::with_capacity(sim.world().table(a.id()).len());
        let _ = empty[empty.len()];
        Ok(())
    },
    "index out of bounds: the len is 0 but the index is 0\npanicked at harness/"
)]
#[case::on_the_swarm(
    |sim: &mut Sim| {
        let (_, b) = acquainted(sim)?;
        b.with(|_| panic!("no such swarm"))?;
        Ok(())
    },
    "no such swarm\npanicked at harness/"
)]
#[case::in_a_condition(
    |sim: &mut Sim| {
        acquainted(sim)?;
        sim.run_until(Duration::ZERO, |_: &World| -> bool { panic!("no such condition") })
    },
    "no such condition\npanicked at harness/"
)]
#[case::in_a_plan(
    |sim: &mut Sim| {
        acquainted(sim)?;
        sim.at(Duration::from_secs(1), "panic", |_| panic!("no such plan"));
        sim.run_for(Duration::from_secs(1))
    },
    "no such plan\npanicked at harness/"
)]
fn a_failure_of_the_body_is_reported(#[case] body: Body, #[case] start: &str) {
    for transport in TransportKind::ALL {
        let text = report_of(on(transport).seed(7), body);
        assert!(
            text.starts_with(start),
            "the report begins differently:\n{text}"
        );
        let parts = parts(transport);
        assert_shown(&text, &parts.iter().map(String::as_str).collect::<Vec<_>>());
        let by_swarm = start.starts_with("no such swarm");
        let first = text.find("\nhosts:\n  b: ").is_some();
        // The host on whose behalf the code ran, or that the text names, is
        // shown first.
        if by_swarm || start.contains(": b: ") || start.contains(": b ") {
            assert!(first, "b is not first:\n{text}");
        }
        if start.contains("panicked") {
            assert_shown(&text, &["assertions.rs:", ", after 1.0"]);
        }
    }
}

#[test]
#[should_panic(expected = "the assertion of the test")]
fn should_panic_finds_the_text_of_the_assertion() {
    Sim::builder().test::<()>(|_| panic!("the assertion of the test"));
}

#[test]
fn faults_in_force_and_the_reproduction_command_are_shown() {
    let sim = on(TransportKind::Stream).seed(9).schedule(Schedule::Drawn);
    let text = report_of(sim, |sim| {
        let (a, b) = acquainted(sim)?;
        sim.blackhole(&b, &a).heal();
        sim.blackhole(&a, &b).forever();
        Err("it is cut".into())
    });
    assert_shown(
        &text,
        &[
            "faults in force:\n  fault 2: no packets pass between a and b, since 1.0",
            "run: seed 9, stream transport, drawn schedule",
            "`Sim::builder().seed(9).transport(TransportKind::Stream).schedule(Schedule::Drawn)`",
        ],
    );
    assert!(!text.contains("fault 1"), "it is healed:\n{text}");
}

#[test]
fn two_hosts_of_one_name_are_refused_at_the_line_of_the_caller() {
    let text = report_of(Sim::builder(), |sim| {
        sim.spawn("h1", peer);
        sim.spawn_n(2, "h", peer);
        Ok(())
    });
    let parts = [
        "a host is called h1 already; give each host a name of its own",
        concat!("panicked at ", file!()),
    ];
    assert_shown(&text, &parts);
}

#[test]
fn a_failed_dial_names_both_hosts() {
    let text = report_of(Sim::builder(), |sim| {
        let (a, b) = (sim.spawn("a", peer), sim.spawn("b", peer));
        sim.blackhole(&a, &b).forever();
        sim.connect(&a, &b)?;
        Ok(())
    });
    assert!(text.starts_with("a could not connect to b: "), "{text}");
}

#[test]
fn a_wrapper_sets_the_reproduction_command() {
    let sim = Sim::builder().reproduce_with("my-command --seed 3");
    let text = report_of(sim, |_| Err("no".into()));
    assert_shown(&text, &["reproduce: my-command --seed 3"]);
    assert!(!text.contains("Sim::builder"), "{text}");
}

#[test]
fn hosts_named_in_the_message_are_shown_first() {
    let text = report_of(Sim::builder(), |sim| {
        for number in 0..20 {
            sim.spawn(format!("n{number}"), peer);
        }
        sim.run_for(Duration::from_secs(1))?;
        assert!(
            sim.world().paused_since(HostId(0)).is_some(),
            "n17 and n1 are not paused"
        );
        Ok(())
    });
    assert_shown(&text, &["hosts:\n  n17: open", "\n  n1: open"]);
    assert_eq!(text.matches(" in its table").count(), 3, "{text}");
}

/// An invariant that each step violates.
struct Never;

impl Invariant for Never {
    fn name(&self) -> &'static str {
        "never"
    }

    fn statement(&self) -> &'static str {
        "no step is made"
    }

    fn after_step(&mut self, world: &World, report: &mut Reporter) {
        let hosts: Vec<_> = world.hosts().take(1).collect();
        let now = world.now().to_string();
        report
            .violated("step")
            .hosts(&hosts)
            .subject(now)
            .expected("no step")
            .seen("a step");
    }
}

#[test]
fn violations_before_a_panic_are_recorded_and_some_are_shown() {
    let failure = Sim::builder()
        .check(Never)
        .run::<()>(|sim| {
            acquainted(sim)?;
            for _ in 0..20 {
                sim.run_for(Duration::from_secs(1))?;
            }
            panic!("enough")
        })
        .expect_err("it panics");
    assert!(matches!(&failure, Failure::Panicked { panic, .. } if panic.message == "enough"));
    assert!(failure.violations().len() > 20);
    assert!(failure.violates("never"));
    assert!(failure.end().expect("it ran").virtual_time >= Duration::from_secs(21));
    let text = failure.to_string();
    assert!(
        text.starts_with("failure 1 of 2: enough\npanicked at"),
        "{text}"
    );
    assert!(
        text.contains("\nfailure 2 of 2: violated: never ("),
        "{text}"
    );
    assert_eq!(text.matches("violated: never").count(), 1, "{text}");
    assert_eq!(text.matches("a step, at ").count(), 4, "{text}");
    let others = failure.violations().len() - 4;
    assert!(text.contains(&format!("and {others} more\n")), "{text}");
    // `unwrap` of a failure shows the report as well.
    assert_eq!(format!("{failure:?}"), text);
}

/// A check that panics when it is called.
struct Broken(&'static str);

impl Invariant for Broken {
    fn name(&self) -> &'static str {
        "broken"
    }

    fn statement(&self) -> &'static str {
        "this check works"
    }

    fn after_event(&mut self, _: &World, _: &[HostId], _: &mut Reporter) {
        assert_ne!(self.0, "event", "the check is broken");
    }

    fn at_end(&mut self, _: &World, _: &mut Reporter) {
        assert_ne!(self.0, "end", "the check is broken");
    }
}

#[rstest]
#[case::after_an_event("event")]
#[case::at_the_end("end")]
fn a_check_that_panics_is_reported(#[case] moment: &'static str) {
    for transport in TransportKind::ALL {
        let text = report_of(on(transport).check(Broken(moment)), |sim| {
            acquainted(sim)?;
            Ok(())
        });
        assert_shown(
            &text,
            &["the check is broken", "assertions.rs:", "hosts:\n"],
        );
    }
}

/// Panics when dropped.
#[derive(NetworkBehaviour)]
struct Explosive {
    inner: dummy::Behaviour,
}

impl Drop for Explosive {
    fn drop(&mut self) {
        panic!("the second panic");
    }
}

#[test]
fn a_panic_during_drop_does_not_hide_the_first_panic() {
    let text = report_of(Sim::builder(), |sim| {
        let explosive = |node: &Node| {
            let behaviour = Explosive {
                inner: dummy::Behaviour,
            };
            Swarm::new(
                node.transport(),
                behaviour,
                node.peer_id(),
                node.swarm_config(),
            )
        };
        sim.spawn_without_dht("bomb", explosive);
        sim.run_for(Duration::from_secs(1))?;
        panic!("the first panic")
    });
    assert!(text.starts_with("the first panic\npanicked at"), "{text}");
    assert_shown(&text, &["bomb: open, 0 connections"]);
}

#[test]
fn a_panic_that_the_body_caught_is_not_reported_as_the_failure() {
    let text = report_of(Sim::builder(), |sim| {
        sim.run_for(Duration::from_secs(1))?;
        let _ = catch_unwind(|| panic!("caught"));
        std::panic::resume_unwind(Box::new("passed on"))
    });
    assert!(
        text.starts_with("passed on\npanicked at an unknown place"),
        "{text}"
    );
}

#[test]
fn the_host_is_usable_after_a_panic_that_the_body_caught() {
    Sim::builder().test(|sim| {
        let (a, b) = acquainted(sim)?;
        let caught = catch_unwind(AssertUnwindSafe(|| a.with(|_| panic!("caught"))));
        assert!(caught.is_err());
        assert!(a.with(|swarm| swarm.is_connected(&b.peer_id()))?);
        sim.run_for(Duration::from_secs(1))
    });
}

/// A trace file that is removed after the test.
struct TraceFile(PathBuf);

impl TraceFile {
    fn new(name: &str) -> Self {
        TraceFile(env::temp_dir().join(format!("dht-harness-{}-{name}.jsonl", process::id())))
    }

    /// The number of events in it, each a line of JSON after the first, which is the
    /// version of the format.
    fn events(&self) -> u64 {
        let text = fs::read_to_string(&self.0).expect("the trace is there");
        for line in text.lines() {
            serde_json::from_str::<serde_json::Value>(line).expect("each line is whole");
        }
        let version = format!("{{\"format\":{TRACE_FORMAT},");
        assert!(text.starts_with(&version), "{text}");
        text.lines().count() as u64 - 1
    }
}

impl Drop for TraceFile {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.0);
    }
}

#[rstest]
#[case::panic("panic", |sim: &mut Sim| { acquainted(sim)?; panic!("no") })]
#[case::error("error", |sim: &mut Sim| { acquainted(sim)?; Err("no".into()) })]
fn the_trace_of_a_failed_body_is_whole(#[case] name: &str, #[case] body: Body) {
    for transport in TransportKind::ALL {
        let file = TraceFile::new(&format!("{name}-{transport}"));
        let failure = on(transport)
            .trace(&file.0)
            .run(body)
            .expect_err("it fails");
        let end = failure.end().expect("it ran");
        assert!(end.events > 20, "too few: {end:?}");
        assert_eq!(file.events(), end.events);
        let told = format!(
            "trace: all {} events are in {}",
            end.events,
            file.0.display()
        );
        assert!(failure.to_string().contains(&told), "{failure}");
    }
}

/// The thread of such a run is abandoned, but its trace is complete.
#[test]
fn the_trace_of_a_blocked_run_is_whole() {
    let file = TraceFile::new("blocked");
    let (sender, counted) = mpsc::channel();
    let outcome = Sim::builder()
        .wall_clock_timeout(Duration::from_millis(300))
        .trace(&file.0)
        .run(move |sim| {
            acquainted(sim)?;
            let _ = sender.send(sim.world().events());
            let (_sender, never) = mpsc::channel::<()>();
            let _ = never.recv();
            Ok(())
        });
    assert!(matches!(outcome, Err(Failure::Blocked(_))));
    let recorded = counted.recv().expect("it came that far");
    assert!(recorded > 20, "too few: {recorded}");
    assert_eq!(file.events(), recorded);
}

#[test]
fn a_trace_that_cannot_be_written_does_not_hide_the_failure() {
    // `/dev/full` can be opened, but writes to it fail.
    let full = PathBuf::from("/dev/full");
    if !full.exists() {
        return;
    }
    let text = report_of(Sim::builder().trace(full), |sim| {
        acquainted(sim)?;
        Err("the failure".into())
    });
    assert!(text.starts_with("the failure\n"), "{text}");
    assert_shown(&text, &["note: cannot write the trace to /dev/full"]);
}

/// Set for the process in which [`fails_if_requested`] fails.
const FAILS: &str = "DHT_HARNESS_TEST_FAILS";

#[test]
fn fails_if_requested() {
    if env::var_os(FAILS).is_some() {
        Sim::builder().test(|sim| {
            acquainted(sim)?;
            assert!(sim.violations().len() > 7, "the message of the test");
            Ok(())
        });
    }
}

#[test]
fn a_failed_assertion_is_printed_once() {
    let this = env::current_exe().expect("it runs");
    let output = Command::new(this)
        .args(["--exact", "sim::assertions::fails_if_requested"])
        .env(FAILS, "1")
        .output()
        .expect("it can be run again");
    assert!(!output.status.success());
    let printed = String::from_utf8_lossy(&output.stdout).into_owned()
        + &String::from_utf8_lossy(&output.stderr);
    assert_eq!(
        printed.matches("the message of the test").count(),
        1,
        "{printed}"
    );
    // libtest shows the location of the call, not one in the harness.
    assert!(
        printed.contains("panicked at harness/tests/it/sim/assertions.rs:"),
        "{printed}"
    );
    assert!(!printed.contains("panicked at harness/src"), "{printed}");
}
