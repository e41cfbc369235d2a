//! The releases of libp2p that have each defect and each expected difference.
//!
//! Scenario files say for which releases they allow a failure, and on which they can run.
//! The runs of the same files on each release, a part of CI, show that it is so.

use dht_harness::Release;
use dht_harness_cli::corpus;
use dht_scenarios::{Catalog, file::ScenarioFile};
use indexmap::IndexMap;

use super::assert_up_to_date;

/// What a release makes of an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    /// A scenario has to allow it.
    Present,
    /// No scenario that runs on the release has to allow it.
    Absent,
    /// No scenario of it can run on the release.
    NotApplicable,
}

impl Presence {
    const fn word(self) -> &'static str {
        match self {
            Presence::Present => "present",
            Presence::Absent => "absent",
            Presence::NotApplicable => "not applicable",
        }
    }
}

/// How well the text of a scenario explains an id, in rising order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Explains {
    /// It is about something else.
    Partly,
    /// It was written for the id, and does not show it.
    Contrast,
    /// It was written for the id, and shows it.
    Fully,
}

/// An id, with the scenarios that show it.
struct Row<'a> {
    about: &'a str,
    /// How well `about` explains the id.
    explains: Explains,
    files: Vec<&'a ScenarioFile>,
}

impl Row<'_> {
    fn presence(&self, id: &str, release: Release) -> Presence {
        let mut presence = Presence::NotApplicable;
        for file in &self.files {
            if !file.libp2p.include(release) {
                continue;
            }
            let allows = file
                .allow
                .iter()
                .any(|allow| allow.id == id && allow.libp2p.include(release));
            if allows {
                return Presence::Present;
            }
            presence = Presence::Absent;
        }
        presence
    }
}

/// The defects and expected differences, each with the files that show it. An id that
/// no file of the folder `upstream` has is that of a difference from go-libp2p.
fn rows(catalog: &Catalog) -> IndexMap<String, Row<'_>> {
    let mut rows: IndexMap<String, Row<'_>> = IndexMap::new();
    for scenario in catalog.scenarios() {
        let Some(file) = scenario.file.as_deref() else {
            continue;
        };
        let ids = file.allow.iter().map(|allow| allow.id.clone());
        let mut ids: Vec<String> = ids.filter(|id| !id.starts_with("P-")).collect();
        let name = scenario.name.strip_prefix("upstream/");
        let own = name.and_then(super::upstream::id);
        ids.extend(own.clone());
        ids.sort();
        ids.dedup();
        for id in ids {
            let explains = if own.as_ref() != Some(&id) {
                Explains::Partly
            } else if file.allow.iter().any(|allow| allow.id == id) {
                Explains::Fully
            } else {
                Explains::Contrast
            };
            let row = rows.entry(id).or_insert(Row {
                about: &scenario.about,
                explains,
                files: Vec::new(),
            });
            if explains > row.explains {
                row.about = &scenario.about;
                row.explains = explains;
            }
            row.files.push(file);
        }
    }
    rows.sort_by_key(|id, _| number(id));
    rows
}

/// The letter and the number of an id.
fn number(id: &str) -> (String, u32) {
    let digits = id.trim_start_matches(|c: char| c.is_ascii_alphabetic());
    let letter = id.strip_suffix(digits).unwrap_or(id);
    (letter.to_owned(), digits.parse().unwrap_or(0))
}

fn markdown(catalog: &Catalog) -> String {
    let rows = rows(catalog);
    let mut page = String::from(
        "# Releases of libp2p\n\nEach row is a defect of libp2p (B, F and U, explained in \
         [UPSTREAM.md](UPSTREAM.md)) or a difference from go-libp2p (D). A defect is *present* in \
         a release if a scenario fails there because of it, and the scenario says so; it is \
         *absent* if all its scenarios pass. It is *not applicable* if none of its scenarios can \
         run there: the release lacks a setting, or behaves otherwise before the defect shows. \
         A suspicion that was refuted is absent in all. For a difference the correct \
         behaviour is that of go-libp2p.\n\nThe table is generated from the scenarios. CI \
         runs them on each release, in the versions of `Cargo.lock`; `ci/releases.sh` is for the \
         older ones. `UPDATE=1 cargo test -p dht-harness-cli files::` \
         regenerates this file.\n\n| id | correct behaviour |",
    );
    for release in Release::ALL {
        page.push_str(&format!(" {release} |"));
    }
    page.push_str("\n|---|---|");
    page.push_str(&"---|".repeat(Release::ALL.len()));
    page.push('\n');
    for (id, row) in &rows {
        page.push_str(&format!("| {id} | {} |", row.about));
        for release in Release::ALL {
            page.push_str(&format!(" {} |", row.presence(id, release).word()));
        }
        page.push('\n');
    }
    page.push_str("\n## What an upgrade brings\n");
    for pair in Release::ALL.windows(2) {
        let [from, to] = [pair[0], pair[1]];
        page.push_str(&format!("\n### From {from} to {to}\n\n"));
        let changed = |before: Presence, after: Presence| {
            let ids = rows.iter().filter(|(id, row)| {
                row.presence(id, from) == before && row.presence(id, to) == after
            });
            let ids: Vec<&str> = ids.map(|(id, _)| id.as_str()).collect();
            if ids.is_empty() {
                "none".to_owned()
            } else {
                ids.join(", ")
            }
        };
        page.push_str(&format!(
            "- fixed: {}\n- new, as far as these scenarios show: {}\n- shown since {to} only, because its scenarios cannot run on {from}: {}\n",
            changed(Presence::Present, Presence::Absent),
            changed(Presence::Absent, Presence::Present),
            changed(Presence::NotApplicable, Presence::Present),
        ));
    }
    page
}

#[test]
fn releases_md_is_up_to_date() {
    assert_up_to_date("RELEASES.md", &markdown(&corpus::catalog()), "files::");
}

/// A catalog of one file, and the words of its row.
fn words(name: &str, text: &str) -> Vec<(String, Vec<&'static str>)> {
    let mut catalog = Catalog::new(dht_scenarios::Stacks::standard());
    let path = format!("upstream/{name}.toml");
    catalog.add(path.as_ref(), text);
    let rows = rows(&catalog);
    let word = |id: &str, row: &Row<'_>, release| row.presence(id, release).word();
    rows.iter()
        .map(|(id, row)| {
            let words = Release::ALL.iter().map(|release| word(id, row, *release));
            (id.clone(), words.collect())
        })
        .collect()
}

#[test]
fn a_row_follows_the_ranges_of_its_files() {
    let text = r#"format = 1
name = "u99-none"
about = "Nothing happens"
libp2p = ">=0.55"
known = [{ id = "U99", about = "They are connected" }]
allow = [{ id = "U99", step = "expect connected a b", libp2p = "<0.57" }]
hosts = [{ name = "a" }, { name = "b" }]
steps = ["expect connected a b"]
"#;
    assert_eq!(
        words("u99-none", text),
        [(
            "U99".to_owned(),
            vec!["not applicable", "present", "present", "absent"]
        )]
    );
}
