//! The stacks that come with the crate.

use dht_fixtures::{
    Stack, applications::file_sharing::Mistake, dual::DualGlue, faulty::HostDefect,
    patterns::Pattern, reacting::Reaction,
};
use schemars::Schema;

use super::keys::{described_words, row};

/// A table of the standard stacks.
pub(super) fn markdown() -> String {
    let mut text = String::from("\n| stack | hosts |\n|---|---|\n");
    for (name, about) in described() {
        text.push_str(&row(&[&format!("`{name}`"), &about]));
    }
    text
}

/// The names of [`Stacks::standard`](crate::Stacks::standard), each with a description.
fn described() -> Vec<(String, String)> {
    let stacks = Schema::to_value(schemars::schema_for!(Stack));
    let mistakes = Schema::to_value(schemars::schema_for!(Mistake));
    let defects = Schema::to_value(schemars::schema_for!(HostDefect));
    let mut all: Vec<(String, String)> = described_words(&stacks)
        .into_iter()
        .map(|(name, about)| (name.to_owned(), about))
        .collect();
    all.extend([
        (
            "raw".to_owned(),
            "A scripted host that speaks the kad protocol; `script` says how it answers.".into(),
        ),
        (
            "raw-announced".to_owned(),
            "Like `raw`, and announces kad and its address through identify.".into(),
        ),
    ]);
    for pattern in Pattern::ALL {
        all.push((format!("{pattern}-bug"), pattern.about().to_owned()));
        all.push((
            format!("{pattern}-sound"),
            format!("`{pattern}-bug` without the mistake."),
        ));
    }
    all.push((
        "file-sharing".to_owned(),
        "An application with its own event loop, which shares files as records.".to_owned(),
    ));
    for (name, about) in described_words(&mistakes) {
        all.push((
            format!("file-sharing-{name}"),
            format!("`file-sharing` with a mistake: {about}"),
        ));
    }
    for (name, glue) in DualGlue::NAMED {
        all.push((name.to_owned(), glue.about().to_owned()));
    }
    for (name, reaction) in Reaction::NAMED {
        all.push((name.to_owned(), reaction.about().to_owned()));
    }
    for (name, about) in described_words(&defects) {
        all.push((format!("faulty-{name}"), about));
    }
    all.push((
        "faulty-never-evicts".to_owned(),
        "Notices that peers fail, and removes none of them.".to_owned(),
    ));
    all
}

#[cfg(test)]
mod tests {
    use super::described;
    use crate::Stacks;

    #[test]
    fn each_standard_stack_is_described_once() {
        let stacks = Stacks::standard();
        let mut names: Vec<&str> = stacks.names().collect();
        names.sort_unstable();
        let described = described();
        let mut listed: Vec<&str> = described.iter().map(|(name, _)| name.as_str()).collect();
        listed.sort_unstable();
        assert_eq!(listed, names);
        assert!(described.iter().all(|(_, about)| !about.is_empty()));
    }
}
