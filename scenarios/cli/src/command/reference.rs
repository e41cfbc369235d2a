//! `actions` and `invariants`: what there is.

use dht_harness::invariants;

use dht_scenarios::{condition::Condition, reference};

/// Prints what steps can do and demand.
pub(super) fn actions() {
    println!("What a step can do:\n");
    for (entry, logs) in reference::actions() {
        println!("{}\n    {}", entry.form, entry.about);
        println!("    in the trace: {logs}\n    e.g. {}\n", entry.example);
    }
    println!("What `expect`, `eventually` and `always` can demand:\n");
    for entry in Condition::reference() {
        println!(
            "{}\n    {}\n    e.g. {}\n",
            entry.form, entry.about, entry.example
        );
    }
}

/// Prints the invariants.
pub(super) fn invariants() {
    for entry in invariants::catalog() {
        let standard = if entry.standard {
            "standard"
        } else {
            "on demand"
        };
        let moments: Vec<String> = entry
            .moments
            .iter()
            .map(|moment| format!("{moment:?}"))
            .collect();
        println!("{} ({standard})\n    {}", entry.name, entry.statement);
        println!("    when:   {}", moments.join(", "));
        println!("    data:   {}\n    allows: {}", entry.data, entry.allows);
        println!("    demand: {:?}", entry.demand);
        for requirement in entry.requires {
            println!("    needs:  {requirement}");
        }
        println!();
    }
}
