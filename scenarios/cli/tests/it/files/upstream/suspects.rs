//! Suspected defects of libp2p, each confirmed or refuted by scenarios.
//!
//! Each is a file `upstream/ID-NAME.toml` with its explanation in `ID-NAME.md`.
//! A scenario that has to allow the defect confirms it; one that passes without
//! allowing it in any release refutes it.

use std::{fs, path::Path};

use dht_harness::Release;
use dht_scenarios::{Catalog, Scenario};
use indexmap::{IndexMap, IndexSet};

/// The folder of the scenarios and their explanations.
const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../upstream");

/// The family of these scenarios.
const FAMILY: &str = "upstream";

/// This one was found with a profiler and has no scenario.
const COST: &str = "closest-iter.md";

/// What scenarios say of a suspected defect, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum State {
    /// No release has it.
    Refuted,
    /// An earlier release has it, and this is the first one without it.
    Fixed(Release),
    /// The latest release has it.
    Confirmed,
}

/// A suspected defect.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Suspect {
    /// The id by which scenarios allow it.
    pub(super) id: String,
    /// The scenario.
    pub(super) scenario: String,
    /// The correct behaviour of libp2p, in one sentence.
    pub(super) about: String,
    /// What the scenario says of it.
    pub(super) state: State,
    /// What happens, why, and how an application can protect itself, in
    /// Markdown; `None` if there is no explanation.
    pub(super) explanation: Option<String>,
}

/// All suspected defects of a catalog, in the order of their scenarios.
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
                state: state(scenario, &id),
                id,
                explanation: text(&format!("{name}.md")),
            })
        })
        .collect()
}

/// The text of a file in the folder.
fn text(name: &str) -> Option<String> {
    fs::read_to_string(Path::new(FOLDER).join(name)).ok()
}

/// The id at the start of a file's name, without its leading zeros.
pub(crate) fn id(name: &str) -> Option<String> {
    let (id, _) = name.split_once('-')?;
    let (letter, number) = id.split_at_checked(1)?;
    let number = number.trim_start_matches('0');
    Some(format!("{}{number}", letter.to_uppercase()))
}

fn state(scenario: &Scenario, id: &str) -> State {
    let shows = |release: Release| {
        let files = scenario.file.iter();
        let mut allows = files
            .filter(|file| file.libp2p.include(release))
            .flat_map(|file| &file.allow);
        allows.any(|allow| allow.id == id && allow.libp2p.include(release))
    };
    let last = Release::ALL.iter().rposition(|release| shows(*release));
    let Some(last) = last else {
        return State::Refuted;
    };
    match Release::ALL.get(last + 1) {
        Some(without) => State::Fixed(*without),
        None => State::Confirmed,
    }
}

/// The suspected defects as a table in Markdown, followed by the explanations.
pub(super) fn markdown(catalog: &Catalog) -> String {
    let suspects = suspects(catalog);
    let mut ids: IndexMap<&str, State> = IndexMap::new();
    for suspect in &suspects {
        let state = ids.entry(&suspect.id).or_insert(State::Refuted);
        *state = suspect.state.max(*state);
    }
    let number = |is_one: fn(&State) -> bool| ids.values().filter(|state| is_one(state)).count();
    let confirmed = number(|state| *state == State::Confirmed);
    let fixed = number(|state| matches!(state, State::Fixed(_)));
    let refuted = number(|state| *state == State::Refuted);
    let mut page = format!(
        "# Defects of libp2p\n\nSuspected defects of libp2p 0.57 (libp2p-kad 0.49, libp2p-swarm 0.48) \
         as published: of {} suspects {confirmed} are confirmed, {fixed} were fixed before 0.57, and \
         {refuted} are refuted. A scenario that \
         confirms a defect states the correct behaviour, and allows the defect by its id. When a \
         version of libp2p fixes the defect, the scenario passes unexpectedly and fails. If a \
         suspect has several scenarios, some of them show correct behaviour.\n\nThe table is \
         generated from the scenarios, and the explanations from the texts in the same folder. \
         `UPDATE=1 cargo test -p dht-harness-cli upstream` regenerates this file.\n\n\
         | id | correct behaviour | libp2p behaves so | scenario |\n|---|---|---|---|\n",
        ids.len()
    );
    for suspect in &suspects {
        let shown = match suspect.state {
            State::Confirmed => "no".to_owned(),
            State::Fixed(release) => format!("since {release}"),
            State::Refuted => "yes".to_owned(),
        };
        page.push_str(&format!(
            "| {} | {} | {shown} | {} |\n",
            suspect.id, suspect.about, suspect.scenario
        ));
    }
    let mut anchored = IndexSet::new();
    for suspect in &suspects {
        // The pages of campaigns link to the first explanation of an id.
        if anchored.insert(&suspect.id) {
            let anchor = suspect.id.to_lowercase();
            page.push_str(&format!("\n<a id=\"{anchor}\"></a>\n"));
        }
        page.push_str(&format!(
            "\n## {}: {}\n\n{}\n",
            suspect.id,
            suspect.about,
            suspect
                .explanation
                .as_deref()
                .unwrap_or("There is no explanation yet.")
                .trim()
        ));
    }
    if let Some(cost) = text(COST) {
        page.push_str(&format!("\n## Cost\n\n{}\n", cost.trim()));
    }
    page
}
