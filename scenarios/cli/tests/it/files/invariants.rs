//! The generated list of invariants in the book.

use dht_harness::invariants::catalog;

use super::assert_up_to_date;

fn page() -> String {
    let mut page = "# List of invariants\n\n\
         This page is generated: `UPDATE=1 cargo test -p dht-harness-cli files::invariants` \
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
fn invariant_list_md_is_up_to_date() {
    assert_up_to_date(
        "../book/src/invariant-list.md",
        &page(),
        "files::invariants",
    );
}
