//! `actions` and `invariants`: lists the vocabulary of scenario files.

use dht_harness::invariants;

use dht_scenarios::reference;

/// Prints the actions and conditions.
pub(super) fn actions() {
    print!("{}", reference::text());
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
        for kind in entry.kinds {
            println!("    kind:   {}: {}", kind.name, kind.about);
        }
        println!();
    }
}
