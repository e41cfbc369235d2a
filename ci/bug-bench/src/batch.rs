//! Distributes mutants over builds.

use crate::{edit_span::EditSpan, mutant::Mutant};

/// Mutants that are built together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// The name of the batch: `shared-1`, or the id of a plain mutant.
    pub name: String,
    /// The numbers of its mutants.
    pub mutants: Vec<usize>,
    /// Whether its mutants are activated at run time. Such a batch is its own
    /// control.
    pub is_switched: bool,
}

/// Distributes mutants over builds. A mutant that is activated at run time is added
/// to the first shared batch in which its edits do not overlap with those of another
/// mutant. Each plain mutant gets its own batch. There is always a first shared
/// batch, because it is the control of all plain mutants.
pub fn batches(mutants: &[(&Mutant, &[EditSpan])]) -> Vec<Batch> {
    let mut shared = vec![Batch {
        name: "shared-1".to_owned(),
        mutants: Vec::new(),
        is_switched: true,
    }];
    let mut plain = Vec::new();
    for (number, (mutant, edit_spans)) in mutants.iter().enumerate() {
        if !mutant.is_switched() {
            plain.push(Batch {
                name: mutant.id.clone(),
                mutants: vec![number],
                is_switched: false,
            });
            continue;
        }
        let is_free = |batch: &Batch| {
            let taken = batch.mutants.iter().flat_map(|other| mutants[*other].1);
            taken.into_iter().all(|other| {
                edit_spans
                    .iter()
                    .all(|edit_span| !edit_span.overlaps(other))
            })
        };
        match shared.iter_mut().find(|batch| is_free(batch)) {
            Some(batch) => batch.mutants.push(number),
            None => shared.push(Batch {
                name: format!("shared-{}", shared.len() + 1),
                mutants: vec![number],
                is_switched: true,
            }),
        }
    }
    shared.extend(plain);
    shared
}
