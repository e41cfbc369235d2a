use std::path::Path;

use dht_layers::{check, members};

#[test]
fn every_crate_matches_its_table() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    let members = members(&root).unwrap();
    let mut problems = Vec::new();
    for member in &members {
        let name = member.strip_prefix(&root).unwrap().display();
        let found = check(member).unwrap();
        problems.extend(found.iter().map(|problem| format!("{name}: {problem}")));
    }
    assert!(members.len() >= 8, "only {members:?}");
    assert!(problems.is_empty(), "\n{}", problems.join("\n"));
}
