//! The JSON schema of scenario files matches the parser.

use std::{fs, path::PathBuf};

use dht_scenarios::file::schema;
use rstest::rstest;

const SCHEMA: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../scenario.schema.json");

/// `UPDATE=1 cargo test` updates the file.
#[test]
fn scenario_schema_json_is_up_to_date() {
    let generated = schema();
    if std::env::var_os("UPDATE").is_some() {
        fs::write(SCHEMA, &generated).expect("the schema can be written");
    }
    let kept = fs::read_to_string(SCHEMA).unwrap_or_default();
    assert!(
        kept == generated,
        "scenario.schema.json is old: `UPDATE=1 cargo test --test files schema` writes it anew"
    );
}

fn validator() -> jsonschema::Validator {
    let schema = serde_json::from_str(&schema()).expect("the schema is JSON");
    jsonschema::validator_for(&schema).expect("the schema is one")
}

#[rstest]
fn corpus_files_match_the_schema(#[files("../corpus/**/*.toml")] file: PathBuf) {
    let text = fs::read_to_string(&file).expect("a file of the corpus");
    let value: serde_json::Value = toml::from_str(&text).expect("TOML");
    if let Err(error) = validator().validate(&value) {
        panic!("{}: {error}", file.display());
    }
}

#[test]
fn invalid_files_do_not_match_the_schema() {
    let sound = serde_json::json!({
        "format": 1, "name": "a", "about": "b", "hosts": [{ "name": "a" }], "steps": []
    });
    assert!(validator().is_valid(&sound));
    for (key, wrong) in [
        ("covrs", serde_json::json!([])),
        ("hosts", serde_json::json!([{ "nam": "a" }])),
        ("transports", serde_json::json!(["udp"])),
        ("schedule", serde_json::json!("random")),
        ("steps", serde_json::json!([3])),
    ] {
        let mut value = sound.clone();
        value[key] = wrong;
        assert!(!validator().is_valid(&value), "{key}");
    }
}
