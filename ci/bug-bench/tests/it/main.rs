//! Tests of the bug bench, without its builds.

mod batches;
mod edits;
mod parsing;
mod reports;

use std::path::PathBuf;

use dht_bug_bench::{Mutant, MutantFile};

/// Parses the mutants of a text.
fn read(text: &str) -> Vec<Mutant> {
    Mutant::read(vec![file("mutants.toml", text)]).unwrap_or_else(|wrong| {
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        panic!("{}", all.join("\n"))
    })
}

/// The problems of a text, as shown to the user.
fn problems(text: &str) -> String {
    let wrong = Mutant::read(vec![file("mutants.toml", text)]).unwrap_err();
    wrong.iter().map(ToString::to_string).collect()
}

fn file(path: &str, text: &str) -> MutantFile {
    MutantFile {
        path: PathBuf::from(path),
        text: text.to_owned(),
    }
}

/// A mutant that replaces `find` with `replace` in src/a.rs.
fn mutant(id: &str, find: &str, replace: &str) -> Mutant {
    let text = format!(
        "[[mutant]]\nid = \"{id}\"\ncrate = \"libp2p-kad\"\nfile = \"src/a.rs\"\n\
         find = '{find}'\nreplace = '{replace}'\nwrong = \"It is wrong\"\n"
    );
    read(&text).remove(0)
}
