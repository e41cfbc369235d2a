//! Tests of parsing, writing and running scenario files.

mod addresses;
mod allowed;
mod failures;
mod mistakes;
mod network;
mod planned;
mod schema;
mod stacks;
mod too_much;
mod vacuous;
mod verdicts;

use std::path::Path;

use dht_scenarios::{CaseReport, Scenario, Stacks, file::parse};

/// The problems of a file, without the pictures of its lines.
fn problems_of(text: &str, stacks: &Stacks) -> Vec<String> {
    match parse(Path::new("wrong.toml"), text, stacks) {
        Ok(_) => Vec::new(),
        Err(problems) => {
            let list = problems.list.into_iter();
            list.map(|problem| problem.text).collect()
        }
    }
}

/// The report of the first case of a scenario.
fn report_of(text: &str) -> CaseReport {
    let file = parse(Path::new("fails.toml"), text, None).unwrap_or_else(|wrong| panic!("{wrong}"));
    let scenario = Scenario::of_file("test", file, &Stacks::standard());
    let case = scenario.cases().next().expect("at least one case");
    case.run(0)
}
