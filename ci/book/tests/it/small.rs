//! Small books: one that is whole, and others with one mistake each.

use std::fs;

use dht_book::{Page, Problem, check};
use tempfile::TempDir;

const SUMMARY: &str = "# Summary\n\n- [One](one.md)\n- [Two](two.md)\n";
const ONE: &str = "# One\n\nSee [two](two.md#a-part) and \
     [the rules](https://github.com/dht-harness/dht-harness/blob/main/RULES.md#rules).\n\n\
     ```rust\nlet x = \"[no link](nowhere.md)\";\n```\n";
const TWO: &str = "# Two\n\n## A part\n\n{{#include ../../RULES.md:3:}}\n";
const RULES: &str = "# Rules\n\n[The book](book/src/one.md#one)\n";
const TESTER: &str = "#[doc = include_str!(\"../../book/src/one.md\")]\nstruct Book;\n";

/// The problems of a repository with these files in place of the sound ones.
fn problems(files: &[(&str, &str)]) -> Vec<Problem> {
    let dir = TempDir::new().unwrap();
    let sound = [
        ("book/src/SUMMARY.md", SUMMARY),
        ("book/src/one.md", ONE),
        ("book/src/two.md", TWO),
        ("RULES.md", RULES),
        ("harness/src/lib.rs", TESTER),
        ("scenarios/cli/src/lib.rs", ""),
    ];
    for (path, text) in sound.iter().chain(files) {
        let path = dir.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    check(dir.path()).unwrap()
}

#[test]
fn a_whole_book_has_no_problems() {
    assert_eq!(problems(&[]), []);
}

#[test]
fn a_page_that_the_summary_does_not_name_is_an_orphan() {
    let page = "three.md".to_owned();
    assert_eq!(
        problems(&[("book/src/three.md", "# Three\n")]),
        [Problem::Orphan { page }]
    );
}

#[test]
fn a_page_is_named_once() {
    let twice = format!("{SUMMARY}- [Two again](two.md)\n");
    let page = "two.md".to_owned();
    assert_eq!(
        problems(&[("book/src/SUMMARY.md", &twice)]),
        [Problem::NamedTwice { page }]
    );
}

#[test]
fn links_lead_to_files_and_headings() {
    let text = "# Two\n\n## A part\n\n[a](four.md), [b](one.md#none)\n[c](../../RULES.md)\n\
         [d](https://github.com/dht-harness/dht-harness/blob/main/NONE.md)\n[e](https://libp2p.io)\n";
    let file = || "book/src/two.md".to_owned();
    assert_eq!(
        problems(&[("book/src/two.md", text)]),
        [
            Problem::NoFile {
                file: file(),
                line: 5,
                target: "four.md".to_owned()
            },
            Problem::NoHeading {
                file: file(),
                line: 5,
                target: "one.md#none".to_owned()
            },
            Problem::OutOfBook {
                file: file(),
                line: 6,
                target: "../../RULES.md".to_owned()
            },
            Problem::NoFile {
                file: file(),
                line: 7,
                target: "https://github.com/dht-harness/dht-harness/blob/main/NONE.md".to_owned()
            },
        ]
    );
}

#[test]
fn links_of_other_documents_are_followed_as_well() {
    let file = "RULES.md".to_owned();
    let target = "book/src/none.md".to_owned();
    let line = 2;
    assert_eq!(
        problems(&[("RULES.md", "# Rules\n[The book](book/src/none.md)\n")]),
        [Problem::NoFile { file, line, target }]
    );
}

#[test]
fn an_included_file_exists_and_lends_its_headings() {
    let two = "# Two\n\n{{#include ../../NONE.md}}\n{{#include ../../RULES.md}}\n";
    let one = "# One\n\n[rules](two.md#rules), [rules](https://github.com/dht-harness/dht-harness/blob/main/RULES.md)\n";
    assert_eq!(
        problems(&[("book/src/one.md", one), ("book/src/two.md", two)]),
        [Problem::NoFile {
            file: "book/src/two.md".to_owned(),
            line: 3,
            target: "../../NONE.md".to_owned()
        }]
    );
}

#[test]
fn a_sentence_stands_once() {
    let sentence = "A simulation runs on virtual time,\nwhich costs nothing";
    let one = format!("{ONE}\nHello. {sentence}.\n");
    let two = format!("{TWO}\n- {}:\n", sentence.replace('\n', " "));
    assert_eq!(
        problems(&[("book/src/one.md", &one), ("book/src/two.md", &two)]),
        [Problem::SaidTwice {
            file: "book/src/two.md".to_owned(),
            line: 7,
            sentence: sentence.replace('\n', " "),
            other: "book/src/one.md:9".to_owned(),
        }]
    );
}

#[test]
fn examples_are_tested() {
    let rust = "# Two\n\n## A part\n\n```rust\n```\n\n```rust,ignore\n```\n";
    let problems = problems(&[("book/src/two.md", rust)]);
    assert!(matches!(
        &problems[..],
        [
            Problem::UnknownBlock { line: 8, info, .. },
            Problem::Untested { page },
        ] if info == "rust,ignore" && page == "book/src/two.md"
    ));
}

#[test]
fn blocks_are_read_with_their_lines() {
    let page = Page::parse("# A\n\n```toml\na = 1\n\nb = 2\n```\n\n## A\n");
    assert_eq!(page.anchors, ["a", "a-1"]);
    assert_eq!(page.blocks[0].line, 3);
    assert_eq!(page.blocks[0].info, "toml");
    assert_eq!(page.blocks[0].code, "a = 1\n\nb = 2\n");
}
