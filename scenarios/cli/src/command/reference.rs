//! `actions` and `invariants`: lists the vocabulary of scenario files.

use dht_harness::invariants;

use super::{CliError, output};
use dht_scenarios::reference;

/// Prints the actions and conditions.
pub(super) fn actions() -> Result<(), CliError> {
    output::text(reference::text())
}

/// Prints the invariants.
pub(super) fn invariants() -> Result<(), CliError> {
    output::text(described())
}

fn described() -> String {
    let mut text = String::new();
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
        text.push_str(&format!(
            "{} ({standard})\n    {}\n",
            entry.name, entry.statement
        ));
        text.push_str(&format!("    when:   {}\n", moments.join(", ")));
        text.push_str(&format!(
            "    data:   {}\n    allows: {}\n",
            entry.data, entry.allows
        ));
        text.push_str(&format!("    demand: {:?}\n", entry.demand));
        for requirement in entry.requires {
            text.push_str(&format!("    needs:  {requirement}\n"));
        }
        for kind in entry.kinds {
            text.push_str(&format!("    kind:   {}: {}\n", kind.name, kind.about));
        }
        text.push('\n');
    }
    text
}
