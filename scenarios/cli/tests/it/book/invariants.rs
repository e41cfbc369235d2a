//! The generated list of invariants.

use dht_harness::invariants::catalog;

use super::root;

/// The text of the page.
fn page() -> String {
    let mut page = "# List of invariants\n\n\
         This page is generated: `UPDATE=1 cargo test -p dht-harness-cli book::invariants` \
         updates it. `dht-harness invariants` prints the same with the kinds of violations \
         of each, and with what it needs.\n"
        .to_owned();
    let kinds = [
        ("Standard", "Checked in every simulation.", true),
        (
            "On demand",
            "Checked if a test or a file names them.",
            false,
        ),
    ];
    for (title, about, standard) in kinds {
        page += &format!(
            "\n## {title}\n\n{about}\n\n| invariant | what must hold | what is allowed |\n|---|---|---|\n"
        );
        for entry in catalog().iter().filter(|entry| entry.standard == standard) {
            page += &format!(
                "| `{}` | {} | {} |\n",
                entry.name, entry.statement, entry.allows
            );
        }
    }
    page
}

#[test]
fn the_list_is_up_to_date() {
    let path = root().join("book/src/invariant-list.md");
    if std::env::var_os("UPDATE").is_some() {
        std::fs::write(&path, page()).expect("the page can be written");
    }
    let kept = std::fs::read_to_string(&path).unwrap_or_default();
    assert!(
        kept == page(),
        "invariant-list.md is out of date: regenerate it with `UPDATE=1 cargo test -p dht-harness-cli book::invariants`"
    );
}
