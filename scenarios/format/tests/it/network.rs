//! The latencies of a network, and the files that a scenario names for them.

use std::{io, path::Path};

use dht_scenarios::{
    Scenario, Stacks,
    file::{Problems, ScenarioFile, parse_with},
};
use rstest::rstest;

/// A file with these settings of the network, hosts and steps. `content` is that of the file
/// `tables/data.csv` beside it.
fn read(network: &str, hosts: &str, steps: &str, content: &str) -> Result<ScenarioFile, Problems> {
    let text = format!(
        "format = 1\nname = \"network\"\nabout = \"Latencies\"\ntransports = [\"mux\"]\n\
         stacks = [\"kad\"]\n{network}\nhosts = [{hosts}]\nsteps = [{steps}]\n"
    );
    let files = |name: &Path| match name == Path::new("tables/data.csv") {
        true => Ok(content.to_owned()),
        false => Err(io::ErrorKind::NotFound.into()),
    };
    parse_with(
        Path::new("network.toml"),
        &text,
        &Stacks::standard(),
        &files,
    )
}

/// Whether the first case of a file passes.
#[track_caller]
fn passes(file: ScenarioFile) -> bool {
    let scenario = Scenario::of_file("test", file, &Stacks::standard());
    let case = scenario.cases().next().expect("at least one case");
    case.run(0).verdict.is_ok()
}

const TWO: &str = r#"{ name = "a", bootstrap = "b" }, { name = "b" }"#;
const ASKED: &str = r#""find-peers a song as=warm", "find-peers a song as=q", "#;
const MATRIX: &str = "region,share,east,west\neast,0.5,5ms,100ms\nwest,0.5,100ms,5ms\n";
const HERE_AND_THERE: &str =
    r#"{ name = "a", bootstrap = "b", region = "east" }, { name = "b", region = "west" }"#;

/// A request on an open connection takes two round trips.
#[rstest]
#[case::weibull(r#"latency = "weibull:100ms~8""#, "took q >=200ms")]
#[case::pareto(r#"latency = "pareto:100ms~20""#, "took q >=400ms")]
#[case::bimodal(r#"latency = "bimodal:100ms..110ms~0.5""#, "took q >=400ms")]
#[case::empirical(r#"latency = "empirical:100ms,110ms""#, "took q >=400ms")]
#[case::samples(r#"samples = "tables/data.csv""#, "took q >=400ms")]
fn a_distribution_decides_how_long_requests_take(#[case] network: &str, #[case] condition: &str) {
    let content = "# milliseconds\nlatency_ms\n100\n110.5\n";
    let of = |network: &str| {
        let steps = format!("{ASKED} \"expect {condition}\"");
        read(network, TWO, &steps, content).unwrap_or_else(|wrong| panic!("{wrong}"))
    };
    assert!(passes(of(&format!("network = {{ {network} }}"))));
    // The same expectation fails with the latency that is the default.
    assert!(!passes(of("")));
}

#[test]
fn the_regions_of_two_hosts_decide_the_latency_between_them() {
    let network = r#"network = { matrix = "tables/data.csv" }"#;
    let of = |hosts: &str| {
        let steps = format!("{ASKED} \"expect took q =400ms\"");
        read(network, hosts, &steps, MATRIX).unwrap_or_else(|wrong| panic!("{wrong}"))
    };
    assert!(passes(of(HERE_AND_THERE)));
    assert!(!passes(of(&HERE_AND_THERE.replace("west", "east"))));
}

#[test]
fn a_scenario_that_is_written_needs_no_other_file() {
    for (network, hosts) in [
        (
            r#"network = { matrix = "tables/data.csv" }"#,
            HERE_AND_THERE,
        ),
        (r#"network = { samples = "tables/data.csv" }"#, TWO),
    ] {
        let content = match network.contains("matrix") {
            true => MATRIX,
            false => "latency_ms\n12.5\n100\n",
        };
        let file = read(network, hosts, "\"run 1s\"", content).expect("it is valid");
        let again = dht_scenarios::file::parse(Path::new("any.toml"), &file.to_string(), None);
        assert_eq!(again.unwrap_or_else(|wrong| panic!("{wrong}")), file);
    }
}

#[rstest]
#[case::missing("matrix", "other.csv", "", "other.csv: ")]
#[case::absolute("samples", "/etc/hosts", "", "no path relative to this file")]
#[case::no_head("samples", "tables/data.csv", "12\n13\n", "line 1: the head")]
#[case::no_rows("samples", "tables/data.csv", "latency_ms\n", "has no latency")]
#[case::word(
    "samples",
    "tables/data.csv",
    "latency_ms\n12\nfast\n",
    "line 3: `fast` is no latency"
)]
#[case::negative("samples", "tables/data.csv", "latency_ms\n-1\n", "line 2: `-1`")]
#[case::not_finite("samples", "tables/data.csv", "latency_ms\nNaN\n", "line 2: `NaN`")]
#[case::columns("samples", "tables/data.csv", "latency_ms\n1,2\n", "line 2: `1,2`")]
#[case::long(
    "samples",
    "tables/data.csv",
    "latency_ms\n100000000\n",
    "at most 24 hours"
)]
#[case::regions_head("matrix", "tables/data.csv", "a,b\n", "line 1: the head")]
#[case::short_row(
    "matrix",
    "tables/data.csv",
    "region,share,a,b\na,0.5,1ms\nb,0.5,1ms,1ms\n",
    "line 2: this row has 3 values, and the head has 4"
)]
#[case::share(
    "matrix",
    "tables/data.csv",
    "region,share,a\na,half,1ms\n",
    "line 2: `half` is no share"
)]
#[case::sum(
    "matrix",
    "tables/data.csv",
    "region,share,a\na,0.9,1ms\n",
    "the sum of all shares is 0.9"
)]
#[case::distribution(
    "matrix",
    "tables/data.csv",
    "region,share,a\na,1,soon\n",
    "line 2: `soon` is not a duration"
)]
#[case::order(
    "matrix",
    "tables/data.csv",
    "region,share,a,b\nb,0.5,1ms,2ms\na,0.5,2ms,1ms\n",
    "the rows are about b, a, and the columns about a, b"
)]
fn a_file_with_a_mistake_is_refused(
    #[case] key: &str,
    #[case] name: &str,
    #[case] content: &str,
    #[case] says: &str,
) {
    let network = format!("network = {{ {key} = {name:?} }}");
    let problems = read(&network, TWO, "\"run 1s\"", content).expect_err("it is wrong");
    let [problem] = problems.list.as_slice() else {
        panic!("{problems}");
    };
    assert!(problem.text.contains(says), "{problem:?}");
}

#[rstest]
#[case::both(
    r#"latency = "5ms", samples = "tables/data.csv""#,
    TWO,
    "`samples` replaces `latency`"
)]
#[case::no_effect(
    r#"latency = "5ms", matrix = "tables/data.csv""#,
    TWO,
    "so `latency` has no effect"
)]
#[case::none("migration = true", HERE_AND_THERE, "the network has no regions")]
#[case::lacks(
    r#"regions = [{ name = "x", share = 0.5, latency = { x = "1ms" } }, { name = "y", share = 0.5, latency = { x = "1ms", y = "1ms" } }]"#,
    TWO,
    "`x` has no latency to `y`"
)]
#[case::unknown(
    r#"regions = [{ name = "x", share = 1, latency = { x = "1ms", z = "1ms" } }]"#,
    TWO,
    "no region is called so"
)]
fn settings_that_contradict_each_other_are_refused(
    #[case] network: &str,
    #[case] hosts: &str,
    #[case] says: &str,
) {
    let network = format!("network = {{ {network} }}");
    let content = match network.contains("samples") {
        true => "latency_ms\n5\n",
        false => MATRIX,
    };
    let problems = read(&network, hosts, "\"run 1s\"", content).expect_err("it is wrong");
    let is_said = |problem: &&dht_scenarios::file::Problem| problem.text.contains(says);
    assert!(
        problems.list.iter().any(|problem| is_said(&problem)),
        "{problems}"
    );
}

#[test]
fn a_region_that_does_not_exist_is_refused_with_the_nearest_one() {
    let network = r#"network = { matrix = "tables/data.csv" }"#;
    let hosts = HERE_AND_THERE.replace("\"west\"", "\"wset\"");
    let problems = read(network, &hosts, "\"run 1s\"", MATRIX).expect_err("it is wrong");
    assert!(
        problems.to_string().contains("did you mean `west`?"),
        "{problems}"
    );
}
