//! Defects of libp2p that scenarios show, or show to be none.
//!
//! Each is a file `upstream/ID-NAME.toml` with its explanation beside it in
//! `ID-NAME.md`. A scenario that has to allow the defect confirms it; one that
//! simply holds refutes it.

use std::{fs, path::Path};

use dht_scenarios::{Catalog, Expect, Scenario};
use indexmap::IndexMap;

/// The scenarios and what is to be said about each.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../upstream");

/// The family of these scenarios.
const FAMILY: &str = "upstream";

/// No scenario shows it, but a profile.
const COST: &str = "closest-iter.md";

/// A suspected defect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suspect {
    /// Its id, which scenarios allow it by.
    pub(super) id: String,
    /// The scenario.
    pub(super) scenario: String,
    /// What libp2p should do, in a sentence.
    pub(super) about: String,
    /// Whether the scenario shows it.
    pub(super) confirmed: bool,
    /// What happens, why, and how an application can defend itself, in Markdown;
    /// `None` where nobody has written that.
    pub(super) explanation: Option<String>,
}

/// All suspects of a catalog, in the order of their scenarios.
pub(super) fn suspects(catalog: &Catalog) -> Vec<Suspect> {
    catalog
        .scenarios()
        .iter()
        .filter_map(|scenario| {
            let name = scenario.name.strip_prefix(FAMILY)?.strip_prefix('/')?;
            let id = id(name)?;
            Some(Suspect {
                scenario: scenario.name.clone(),
                about: scenario.about.clone(),
                confirmed: shows(scenario, &id),
                id,
                explanation: text(&format!("{name}.md")),
            })
        })
        .collect()
}

/// A text beside the scenarios.
fn text(name: &str) -> Option<String> {
    fs::read_to_string(Path::new(FOLDER).join(name)).ok()
}

/// The id that a file's name begins with, without the zeros that sort it.
fn id(name: &str) -> Option<String> {
    let (id, _) = name.split_once('-')?;
    let (letter, number) = id.split_at_checked(1)?;
    let number = number.trim_start_matches('0');
    Some(format!("{}{number}", letter.to_uppercase()))
}

fn shows(scenario: &Scenario, id: &str) -> bool {
    scenario.cases().any(|case| match case.expect {
        Expect::Known(known) => known.iter().any(|known| known.id == id),
        _ => false,
    })
}

/// The suspects as a table in Markdown, and what is to be said about each.
pub(super) fn markdown(catalog: &Catalog) -> String {
    let suspects = suspects(catalog);
    let mut ids: IndexMap<&str, bool> = IndexMap::new();
    for suspect in &suspects {
        *ids.entry(&suspect.id).or_default() |= suspect.confirmed;
    }
    let confirmed = ids.values().filter(|confirmed| **confirmed).count();
    let mut page = format!(
        "# Defects of libp2p\n\nWhat scenarios have shown about libp2p 0.57 (libp2p-kad 0.49, \
         libp2p-swarm 0.48) as published: of {} suspected defects {confirmed} are confirmed, and {} \
         refuted. A scenario that confirms one states what should be, and allows by id that it is \
         not: when libp2p changes, the scenario turns stale. Where a suspect has several scenarios, \
         some show what there is nothing wrong with.\n\nThe table is generated from the scenarios, \
         and what follows from the texts beside them; `UPDATE=1 cargo test --test files upstream` \
         writes this file anew.\n\n| id | what should be | shown | scenario |\n|---|---|---|---|\n",
        ids.len(),
        ids.len() - confirmed
    );
    for suspect in &suspects {
        let shown = if suspect.confirmed {
            "it is not"
        } else {
            "it is"
        };
        page.push_str(&format!(
            "| {} | {} | {shown} | {} |\n",
            suspect.id, suspect.about, suspect.scenario
        ));
    }
    for suspect in &suspects {
        page.push_str(&format!(
            "\n## {}: {}\n\n{}\n",
            suspect.id,
            suspect.about,
            suspect
                .explanation
                .as_deref()
                .unwrap_or("Nobody has explained this one.")
                .trim()
        ));
    }
    if let Some(cost) = text(COST) {
        page.push_str(&format!("\n## What it costs\n\n{}\n", cost.trim()));
    }
    page
}
