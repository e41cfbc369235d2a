//! Small crates with one mistake each.

use std::fs;

use dht_layers::{Problem, check};
use tempfile::TempDir;

/// The problems of a crate that consists of these files.
fn problems(files: &[(&str, &str)]) -> Vec<Problem> {
    let dir = TempDir::new().unwrap();
    for (path, text) in files {
        let path = dir.path().join("src").join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    check(dir.path()).unwrap()
}

/// The text of a `lib.rs` with a table of these rows.
fn lib(rows: &[[&str; 2]], code: &str) -> String {
    let mut text = "//! | module | does | depends on |\n//! |---|---|---|\n".to_owned();
    for [module, on] in rows {
        text += &format!("//! | `{module}` | things | {on} |\n");
    }
    text + code
}

const TWO: &str = "mod low; mod high; pub use low::Low;";

#[test]
fn a_crate_that_matches_its_table_has_no_problems() {
    let lib = lib(&[["low", ""], ["high", "low"]], TWO);
    let high = "use crate::low::Low; use std::fmt; #[cfg(test)] mod tests { use crate::nothing; }";
    assert_eq!(
        problems(&[
            ("lib.rs", &lib),
            ("low.rs", "pub struct Low;"),
            ("high.rs", high)
        ]),
        []
    );
}

#[test]
fn a_crate_without_modules_needs_no_table() {
    assert_eq!(problems(&[("lib.rs", "//! Small.\npub struct A;")]), []);
}

#[test]
fn modules_without_a_table_are_a_problem() {
    assert_eq!(
        problems(&[("lib.rs", "//! Big.\nmod a;"), ("a.rs", "pub struct A;")]),
        [Problem::NoTable]
    );
}

#[test]
fn a_module_without_a_row_is_a_problem() {
    let lib = lib(&[["low", ""]], TWO);
    assert_eq!(
        problems(&[("lib.rs", &lib), ("low.rs", ""), ("high.rs", "")]),
        [Problem::NotInTable("high".into())]
    );
}

#[test]
fn a_row_without_a_module_is_a_problem() {
    let lib = lib(&[["low", ""], ["gone", ""]], "mod low;");
    assert_eq!(
        problems(&[("lib.rs", &lib), ("low.rs", "")]),
        [Problem::NoSuchModule("gone".into())]
    );
}

#[test]
fn a_use_that_the_table_does_not_allow_is_a_problem() {
    let lib = lib(&[["low", ""], ["high", ""]], TWO);
    let low = "mod deep;";
    let deep = "fn f() { super::super::high::g(); }";
    assert_eq!(
        problems(&[
            ("lib.rs", &lib),
            ("low/mod.rs", low),
            ("low/deep.rs", deep),
            ("high.rs", "")
        ]),
        [Problem::NotBelow {
            module: "low".into(),
            on: "high".into(),
            at: vec!["low/deep.rs".into()]
        }]
    );
}

#[test]
fn a_use_through_a_reexport_of_the_root_counts() {
    let lib = lib(&[["low", ""], ["high", ""]], TWO);
    let found = problems(&[
        ("lib.rs", &lib),
        ("low.rs", "pub struct Low;"),
        ("high.rs", "use crate::Low;"),
    ]);
    assert_eq!(
        found,
        [Problem::NotBelow {
            module: "high".into(),
            on: "low".into(),
            at: vec!["high.rs".into()]
        }]
    );
}

#[test]
fn a_cycle_of_three_modules_is_found() {
    let lib = lib(&[["a", ""], ["b", "a"], ["c", "b"]], "mod a; mod b; mod c;");
    let found = problems(&[
        ("lib.rs", &lib),
        ("a.rs", "use super::c::C;"),
        ("b.rs", "use super::a::A;"),
        ("c.rs", "use super::{b::B};"),
    ]);
    assert!(
        found.contains(&Problem::Circle(vec!["a".into(), "b".into(), "c".into()])),
        "{found:?}"
    );
}

#[test]
fn a_listed_dependency_that_is_not_used_is_a_problem() {
    let lib = lib(&[["low", ""], ["high", "low"]], TWO);
    assert_eq!(
        problems(&[("lib.rs", &lib), ("low.rs", ""), ("high.rs", "")]),
        [Problem::Unused {
            module: "high".into(),
            on: "low".into()
        }]
    );
}

#[test]
fn a_used_item_of_the_root_is_a_problem() {
    let lib = lib(
        &[["low", ""], ["high", ""]],
        &format!("{TWO} pub struct Top;"),
    );
    assert_eq!(
        problems(&[
            ("lib.rs", &lib),
            ("low.rs", "use super::Top;"),
            ("high.rs", "use super::*;")
        ]),
        [
            Problem::RootGlob("high".into()),
            Problem::InRoot {
                module: "low".into(),
                item: "Top".into()
            }
        ]
    );
}
