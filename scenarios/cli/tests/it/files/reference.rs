//! The generated reference of scenario files.

use std::fs;

use dht_scenarios::reference;

const REFERENCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../REFERENCE.md");

#[test]
fn reference_md_is_up_to_date() {
    let generated = reference::markdown();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(REFERENCE, &generated).expect("the reference can be written");
    }
    let kept = fs::read_to_string(REFERENCE).unwrap_or_default();
    assert!(
        kept == generated,
        "REFERENCE.md is out of date: regenerate it with `UPDATE=1 cargo test -p dht-harness-cli reference`"
    );
}
