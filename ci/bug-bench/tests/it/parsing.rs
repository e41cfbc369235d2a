//! The file format of mutants, and the errors of malformed ones.

use std::{
    fs,
    path::{Path, PathBuf},
};

use dht_bug_bench::{BenchError, Mutant};

use crate::{file, mutant, problems, read};

/// The mutants that are loaded.
fn loaded(files: &[&Path], only: &[&str]) -> Vec<Mutant> {
    let files: Vec<PathBuf> = files.iter().map(|path| path.to_path_buf()).collect();
    let only: Vec<String> = only.iter().map(|id| id.to_string()).collect();
    dht_bug_bench::mutants(&files, &only).unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn mutants_of_this_project_are_well_formed() {
    let mutants = loaded(&[], &[]);
    let plain = mutants.iter().filter(|mutant| !mutant.is_switched());
    assert!(mutants.len() >= 45, "{} mutants", mutants.len());
    assert!(plain.count() >= 3);
}

#[test]
fn a_mutant_has_one_edit_or_a_list_of_them() {
    let text = r##"
        [[mutant]]
        id = "ONE"
        crate = "libp2p-kad"
        file = "src/a.rs"
        find = "a"
        replace = 'mutant!("ONE") || a'
        wrong = "One"

        [[mutant]]
        id = "TWO"
        crate = "libp2p-swarm"
        wrong = "Two"
        source = "#1"

        [[mutant.edit]]
        file = "src/a.rs"
        find = "a"
        replace = "b"

        [[mutant.edit]]
        file = "src/b.rs"
        find = "c"
        replace = "d"
    "##;
    let mutants = read(text);
    assert_eq!(mutants[0].edits.len(), 1);
    assert!(mutants[0].is_switched());
    assert_eq!(mutants[1].edits.len(), 2);
    assert_eq!(mutants[1].source.as_deref(), Some("#1"));
    assert!(!mutants[1].is_switched());
}

#[test]
fn an_unknown_key_is_reported_with_its_location_and_mutant() {
    let text = "[[mutant]]\nid = \"A\"\ncrate = \"libp2p-kad\"\nfile = \"src/a.rs\"\nfinds = \"a\"\n\
                replace = \"b\"\nwrong = \"It is wrong\"\n";
    let said = problems(text);
    assert!(said.contains("mutants.toml:5:1"), "{said}");
    assert!(said.contains("mutant A: unknown field `finds`"), "{said}");
    assert!(said.contains("`find`"), "{said}");
}

#[test]
fn missing_fields_are_reported() {
    let said = problems("[[mutant]]\nid = \"A\"\ncrate = \"libp2p-kad\"\n");
    assert!(said.contains("mutant A: missing field `wrong`"), "{said}");
    let said = problems("[[mutant]]\nid = \"A\"\ncrate = \"c\"\nwrong = \"w\"\nfile = \"f\"\n");
    assert!(said.contains("mutant A: it has either `file`"), "{said}");
    let said = problems("[[mutants]]\nid = \"A\"\n");
    assert!(said.contains("unknown key `mutants`"), "{said}");
    let said = problems("[[mutant]\n");
    assert!(said.contains("mutants.toml:1:"), "{said}");
}

#[test]
fn all_errors_are_reported_at_once() {
    let text = "[[mutant]]\nid = \"A\"\nwrong = \"w\"\n[[mutant]]\nid = \"B\"\ncrate = \"c\"\n";
    let said = problems(text);
    assert!(said.contains("mutant A: missing field `crate`"), "{said}");
    assert!(said.contains("mutant B: missing field `wrong`"), "{said}");
}

#[test]
fn ids_are_unique_across_files() {
    let text = |id: &str| {
        format!(
            "[[mutant]]\nid = \"{id}\"\ncrate = \"c\"\nfile = \"f\"\nfind = \"a\"\nreplace = \"b\"\n\
             wrong = \"w\"\n"
        )
    };
    let files = vec![file("one.toml", &text("A")), file("two.toml", &text("A"))];
    let said = Mutant::read(files).unwrap_err()[0].to_string();
    assert!(said.contains("two.toml:2:6"), "{said}");
    assert!(
        said.contains("mutant A: the id is taken by another mutant in one.toml"),
        "{said}"
    );
    assert!(problems(&(text("A") + &text("A"))).contains("is taken"));
}

#[test]
fn meaningless_edits_are_rejected() {
    let with = |file: &str, find: &str, replace: &str| {
        problems(&format!(
            "[[mutant]]\nid = \"A\"\ncrate = \"c\"\nfile = '{file}'\nfind = '{find}'\n\
             replace = '{replace}'\nwrong = \"w\"\n"
        ))
    };
    assert!(with("../a.rs", "a", "b").contains("below the root of the crate"));
    assert!(with("/a.rs", "a", "b").contains("below the root of the crate"));
    assert!(with("a.rs", "", "b").contains("`find` is empty"));
    assert!(with("a.rs", "a", "a").contains("nothing is mutated"));
    assert!(with("a.rs", "a", "mutant!(\"B\")").contains("may ask for itself only"));
    let said = problems(
        "[[mutant]]\nid = \"A B\"\ncrate = \"c\"\nfile = 'f'\nfind = 'a'\nreplace = 'b'\n\
         wrong = \"one\\ntwo\"\n",
    );
    assert!(said.contains("an id is made of"), "{said}");
    assert!(said.contains("`wrong` is one line"), "{said}");
}

#[test]
fn the_description_of_a_mutant_does_not_change_its_digest() {
    let one = mutant("A", "a", "b");
    let mut same = one.clone();
    same.wrong = "Another description".to_owned();
    assert_eq!(one.digest(), same.digest());
    assert_ne!(one.digest(), mutant("A", "a", "c").digest());
    assert_ne!(one.digest(), mutant("B", "a", "b").digest());
}

#[test]
fn a_missing_file_is_an_error() {
    let error = dht_bug_bench::mutants(&[PathBuf::from("no/such.toml")], &[]).unwrap_err();
    assert!(matches!(error, BenchError::File { .. }), "{error}");
}

#[test]
fn mutants_of_a_file_replace_those_of_this_project() {
    let standard = loaded(&[], &[]);
    let [shared, other, ..] = standard.as_slice() else {
        panic!("several mutants");
    };
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mine.toml");
    let text = format!(
        "[[mutant]]\nid = \"{}\"\ncrate = \"c\"\nfile = \"f\"\nfind = \"a\"\nreplace = \"b\"\n\
         wrong = \"w\"\n",
        shared.id
    );
    fs::write(&path, text).unwrap();
    let mine = loaded(&[&path], &[]);
    assert_eq!(mine.len(), 1);
    assert_eq!(mine[0].edits[0].replace, "b");
    assert_eq!(loaded(&[&path], &[shared.id.as_str()]), mine);
    // A mutant of the project that is requested by its id is loaded in addition
    // to those of the file.
    let both = loaded(&[&path], &[shared.id.as_str(), other.id.as_str()]);
    assert_eq!(both.len(), standard.len());
    assert!(both.contains(&mine[0]) && both.contains(other));
    assert!(!both.contains(shared));
}
