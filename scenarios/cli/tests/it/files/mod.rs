//! Scenario files: each one a test, and the documents generated from them.

mod corpus;
mod coverage;
mod ids;
mod invariants;
mod on_stack;
mod reference;
mod releases;
mod routers;
mod upstream;
mod wording;

use std::{fs, path::Path};

/// Compares a document in the folder of scenarios with what is generated. If `UPDATE` is
/// set, writes it first. `tests` selects the test that does so.
#[track_caller]
fn assert_up_to_date(document: &str, generated: &str, tests: &str) {
    let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    let path = folder.join(document);
    if std::env::var_os("UPDATE").is_some() {
        fs::write(&path, generated).expect("the document can be written");
    }
    let kept = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == generated,
        "{document} is out of date: regenerate it with `UPDATE=1 cargo test -p dht-harness-cli {tests}`"
    );
}
