//! `actions` and `invariants`: what there is.

use dht_harness::check;

use crate::{action::Action, condition::Condition, words::Entry};

/// Prints what steps can do and demand.
pub(super) fn actions() {
    println!("What a step can do:\n");
    entries(&Action::reference());
    println!("What `expect`, `eventually` and `throughout` can demand:\n");
    entries(&Condition::reference());
}

fn entries(entries: &[Entry]) {
    for entry in entries {
        println!(
            "{}\n    {}\n    e.g. {}\n",
            entry.form, entry.about, entry.example
        );
    }
}

/// Prints the invariants.
pub(super) fn invariants() {
    for entry in check::catalog() {
        let standard = if entry.standard {
            "standard"
        } else {
            "on demand"
        };
        println!("{} ({standard})\n    {}", entry.name, entry.statement);
        println!("    data:   {}\n    allows: {}\n", entry.data, entry.allows);
    }
}
