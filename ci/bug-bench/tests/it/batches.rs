//! Distribution of mutants over builds.

use dht_bug_bench::{Batch, EditSpan, Mutant, batches, edit_spans};

use crate::mutant;

fn batches_of(mutants: &[Mutant]) -> Vec<Batch> {
    let text = |_: &str, _: &str| Ok("abcdef".to_owned());
    let edit_spans: Vec<Vec<EditSpan>> = mutants
        .iter()
        .map(|mutant| edit_spans(mutant, text).unwrap())
        .collect();
    let pairs: Vec<(&Mutant, &[EditSpan])> = mutants
        .iter()
        .zip(edit_spans.iter().map(Vec::as_slice))
        .collect();
    batches(&pairs)
}

fn switched(id: &str, find: &str) -> Mutant {
    mutant(id, find, &format!("mutant!(\"{id}\")"))
}

#[test]
fn mutants_that_do_not_overlap_share_a_build() {
    let mutants = [
        switched("A", "abc"),
        switched("B", "cd"),
        switched("C", "de"),
        switched("D", "f"),
    ];
    let batches = batches_of(&mutants);
    let names: Vec<&str> = batches.iter().map(|batch| batch.name.as_str()).collect();
    assert_eq!(names, ["shared-1", "shared-2"]);
    assert_eq!(batches[0].mutants, [0, 2, 3]);
    assert_eq!(batches[1].mutants, [1]);
}

#[test]
fn a_plain_mutant_has_its_own_batch_and_a_control() {
    let batches = batches_of(&[mutant("A", "a", "x"), mutant("B", "a", "y")]);
    let names: Vec<&str> = batches.iter().map(|batch| batch.name.as_str()).collect();
    assert_eq!(names, ["shared-1", "A", "B"]);
    assert!(batches[0].mutants.is_empty() && batches[0].is_switched);
    assert!(!batches[1].is_switched);
}
