//! Times that the run is too short for, numbers that it cannot reach, and buckets that no host
//! falls into.

use crate::report_of;

/// The idle lines of a run of three hosts, of which `a` has these settings.
#[track_caller]
fn idle(settings: &str, keys: &str, steps: &[&str]) -> Vec<String> {
    let steps: Vec<String> = steps.iter().map(|step| format!("  {step:?},\n")).collect();
    let text = format!(
        "format = 1\nname = \"far\"\nabout = \"What is too far\"\ntransports = [\"mux\"]\n{keys}\n\
         hosts = [\n  {{ name = \"a\", bootstrap = \"b\"{settings} }},\n  {{ name = \"b\" }},\n  \
         {{ name = \"c\", bootstrap = \"b\" }},\n]\nsteps = [\n{}]\n",
        steps.concat()
    );
    let report = report_of(&text);
    assert!(report.verdict.is_ok(), "{:?}", report.verdict);
    report.idle
}

/// The idle lines with this setting in a run of ten seconds.
#[track_caller]
fn set(setting: &str, last: &[&str]) -> Vec<String> {
    let settings = format!(", settings = {{ {setting} }}");
    let steps: Vec<&str> = ["run 10s"].iter().chain(last).copied().collect();
    idle(&settings, "", &steps)
}

#[test]
fn a_time_longer_than_the_run_is_told() {
    for (setting, key, time) in [
        ("record_ttl = \"72h\"", "record_ttl", "3days"),
        ("provider_ttl = \"72h\"", "provider_ttl", "3days"),
        ("periodic_bootstrap = \"1h\"", "periodic_bootstrap", "1h"),
        (
            "replication_interval = \"2h\"",
            "replication_interval",
            "2h",
        ),
        (
            "publication_interval = \"2h\"",
            "publication_interval",
            "2h",
        ),
        ("provider_interval = \"2h\"", "provider_interval", "2h"),
        ("pending_timeout = \"30s\"", "pending_timeout", "30s"),
        ("query_timeout = \"30s\"", "query_timeout", "30s"),
        (
            "identify = { interval = \"1h\" }",
            "identify.interval",
            "1h",
        ),
        (
            "neighbours = { ping = { interval = \"1m\" } }",
            "ping.interval",
            "1m",
        ),
    ] {
        let words = format!(
            "`{key}` of `a`: it is {time}, and all steps have ended at the latest 10s after the start"
        );
        let told = set(setting, &[]);
        assert!(told.contains(&words), "{setting}: {told:?}");
    }
    let network = r#"network = { dial_timeout = "1h" }"#;
    let told = idle("", network, &["run 1s"]);
    assert!(
        told[0].starts_with("`dial_timeout` of `network`: it is 1h"),
        "{told:?}"
    );
}

#[test]
fn a_time_that_comes_due_or_whose_absence_is_read_is_not_told() {
    for (setting, last) in [
        // The default would come due.
        ("substreams_timeout = \"1m\"", &[][..]),
        ("periodic_bootstrap = \"2s\"", &[]),
        // It says that there is none.
        ("periodic_bootstrap = \"never\"", &[]),
        ("periodic_bootstrap = \"1h\"", &["expect bootstraps a >=1"]),
        ("periodic_bootstrap = \"1h\"", &["run 5m"]),
        // A query may take as long as it takes.
        ("query_timeout = \"30s\"", &["find-peers a peer:b"]),
    ] {
        let told = set(setting, last);
        assert_eq!(told, [""; 0], "{setting} {last:?}");
    }
}

#[test]
fn a_bucket_that_no_host_falls_into_is_told() {
    let bucket = |condition: &str| idle("", "", &["run 1s", &format!("expect {condition}")]);
    for condition in ["bucket a 3 =0", "bucket a,b 3 <=1"] {
        let told = bucket(condition);
        let words = format!("`expect {condition}`, step 2: it cannot fail, since by their ids");
        assert!(
            told.len() == 1 && told[0].starts_with(&words),
            "{condition}: {told:?}"
        );
    }
    let small = ", settings = { bucket_size = 1 }";
    let told = idle(small, "", &["run 1s", "expect not pending a 3"]);
    let words = "`expect not pending a 3`, step 2: it cannot fail, since by their ids no host";
    assert!(told.len() == 1 && told[0].starts_with(words), "{told:?}");
    // The ids of `b` and `c` are in one of these.
    let all: Vec<String> = (240..=255)
        .flat_map(|number| bucket(&format!("bucket a {number} <=1")))
        .filter(|told| told.contains("no host of the file falls"))
        .collect();
    assert!((13..16).contains(&all.len()), "{all:?}");
    // Another identity may fall into any.
    let steps = [
        "crash c",
        "restart c lose-identity",
        "run 1s",
        "expect bucket a 3 =0",
    ];
    assert_eq!(idle("", "", &steps), [""; 0]);
}

#[test]
fn a_number_of_dials_that_no_run_reaches_is_told() {
    let dials = |condition: &str| {
        let step = format!("expect {condition}");
        idle("", "", &["run 1s", &step])
    };
    let told = dials("dials a <=1000000");
    assert!(
        told.len() == 1
            && told[0].starts_with("`expect dials a <=1000000`, step 2: it cannot fail"),
        "{told:?}"
    );
    assert_eq!(dials("dials a <=20"), [""; 0]);
}
