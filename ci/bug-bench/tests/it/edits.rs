//! Location and application of edits.

use dht_bug_bench::{Applicability, EditSpan, Mutant, edit_spans, edited};

use crate::{mutant, read};

const TEXT: &str = "fn a() -> u8 { 1 }\nfn b() -> u8 { 2 }\nfn c() -> u8 { 2 }\n";

fn published(_: &str, file: &str) -> Result<String, String> {
    match file {
        "src/a.rs" => Ok(TEXT.to_owned()),
        other => Err(format!("libp2p-kad 0 has no file {other}")),
    }
}

fn edit_span(mutant: &Mutant) -> EditSpan {
    edit_spans(mutant, published).unwrap().remove(0)
}

fn refused(mutant: &Mutant) -> String {
    let problems = edit_spans(mutant, published).unwrap_err();
    problems
        .iter()
        .map(|problem| problem.text.clone())
        .collect()
}

#[test]
fn edits_of_several_mutants_are_applied_at_once() {
    let (one, other) = (mutant("A", "{ 1 }", "{ 10 }"), mutant("B", "fn b", "fn bb"));
    let (one, other) = (edit_span(&one), edit_span(&other));
    let edited = edited(TEXT, &[(7, &other), (3, &one)]);
    assert_eq!(
        edited.text,
        "fn a() -> u8 { 10 }\nfn bb() -> u8 { 2 }\nfn c() -> u8 { 2 }\n"
    );
    let whose = |text: &str| {
        let place = edited.text.find(text).unwrap();
        let origin = edited.origins.iter().find(|(at, _)| at.contains(&place));
        origin.map(|(_, mutant)| *mutant)
    };
    assert_eq!(whose("{ 10"), Some(3));
    assert_eq!(whose("fn bb"), Some(7));
    assert_eq!(whose("fn c"), None);
}

#[test]
fn a_missing_text_is_reported_with_the_nearest_line() {
    let said = refused(&mutant("A", "fn b() -> u16 {", "x"));
    assert!(
        said.contains("mutant A: src/a.rs does not hold this text"),
        "{said}"
    );
    assert!(
        said.contains("line 2 is nearest: fn b() -> u8 { 2 }"),
        "{said}"
    );
}

#[test]
fn an_ambiguous_text_is_reported_with_its_lines() {
    let said = refused(&mutant("A", "{ 2 }", "x"));
    assert!(
        said.contains("mutant A: src/a.rs holds this text 2 times, in lines 2, 3"),
        "{said}"
    );
}

#[test]
fn an_inapplicable_mutant_does_not_affect_the_others() {
    let mutants = [
        mutant("A", "fn a", "fn aa"),
        mutant("B", "{ 2 }", "x"),
        mutant("C", "fn c", "fn cc"),
    ];
    let fit = Applicability::of(&mutants, published);
    assert_eq!(fit.mutants, [&mutants[0], &mutants[2]]);
    assert_eq!(
        fit.edit_spans,
        [[edit_span(&mutants[0])], [edit_span(&mutants[2])]]
    );
    let [(unfit, why)] = fit.unfit.as_slice() else {
        panic!("one mutant does not fit");
    };
    assert_eq!(unfit.id, "B");
    let told = "does not fit: mutants.toml:5: mutant B: src/a.rs holds this text 2 times";
    assert!(why.starts_with(told), "{why}");
}

#[test]
fn a_missing_file_is_reported() {
    let mut mutant = mutant("A", "a", "b");
    mutant.edits[0].file = "src/z.rs".to_owned();
    assert!(refused(&mutant).contains("mutant A: libp2p-kad 0 has no file src/z.rs"));
}

#[test]
fn edits_of_one_mutant_must_not_overlap() {
    let text = r#"
        [[mutant]]
        id = "A"
        crate = "libp2p-kad"
        wrong = "It is wrong"
        edit = [
            { file = "src/a.rs", find = "fn a() -> u8", replace = "x" },
            { file = "src/a.rs", find = "u8 { 1 }", replace = "y" },
        ]
    "#;
    let said = refused(&read(text)[0]);
    assert!(
        said.contains("two edits of it replace the same text"),
        "{said}"
    );
}
