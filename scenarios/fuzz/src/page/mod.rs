//! A campaign as a page for a browser: one file that needs no network.
//!
//! Responsible for how the results of a campaign look. It must not know how they came about.

mod chart;
mod timeline;

use std::{collections::BTreeMap, path::Path};

use dht_harness::{invariants, noun};
use dht_scenarios::{action::ActionKind, file::Shrunk, known_failures};
use indexmap::IndexMap;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use self::chart::chart;
pub use self::timeline::Timeline;
use crate::summary::{Kept, Summary};

/// Where defects of libp2p are explained.
const UPSTREAM: &str = concat!(
    env!("CARGO_PKG_REPOSITORY"),
    "/blob/main/scenarios/UPSTREAM.md"
);

const STYLE: &str = include_str!("style.css");

/// What a page shows beside the summary.
#[derive(Clone, Debug, Default)]
pub struct CampaignPage {
    /// How the campaign went on.
    pub timeline: Timeline,
    /// The command that runs the campaign again.
    pub command: Option<String>,
    /// By the name of a finding, its scenario and the picture of its run. A picture is a
    /// link, relative to the page.
    pub findings: IndexMap<String, FindingView>,
}

/// A finding as shown on the page.
#[derive(Clone, Debug, Default)]
pub struct FindingView {
    /// The text of the scenario file.
    pub scenario: String,
    /// The link to the picture of its run, if there is one.
    pub picture: Option<String>,
}

impl CampaignPage {
    /// The page of a campaign.
    pub fn html(&self, summary: &Summary) -> String {
        let title = format!("Campaign of {} cases", summary.cases);
        frame(
            &title,
            html! {
                (self.head(summary))
                (self.findings(summary))
                (known(summary))
                (self.over_time())
                (drawn(summary))
                (in_force(summary))
                (reached(summary))
            },
        )
    }

    fn head(&self, summary: &Summary) -> Markup {
        let known = summary.known.len();
        let with_known: u64 = summary.known.values().sum();
        let effective = summary.steps_effective as f64 * 100.0 / (summary.steps as f64).max(1.0);
        let figures = [
            (
                summary.cases.to_string(),
                plural(summary.cases, "case", "cases"),
            ),
            (summary.findings.len().to_string(), "found"),
            (
                known.to_string(),
                noun(known, "known defect met", "known defects met"),
            ),
            (
                with_known.to_string(),
                plural(
                    with_known,
                    "case with one of them",
                    "cases with one of them",
                ),
            ),
            (
                summary.coverage.len().to_string(),
                noun(
                    summary.coverage.len(),
                    "feature reached",
                    "features reached",
                ),
            ),
            (seconds(summary.wall_s), "of real time"),
            (seconds(summary.virtual_s), "of virtual time"),
            (format!("{effective:.0} %"), "of the steps took effect"),
        ];
        html! {
            p.figures {
                @for (figure, what) in figures {
                    span { b { (figure) } " " (what) }
                }
            }
            p { "Campaign: " (summary.told_parts()) "." }
            @if let Some(command) = &self.command {
                p { "Again: " code { (command) } }
            }
            @for part in &summary.parts {
                @if !part.has_ended {
                    p.warning { "Not ended: " (part) "." }
                }
                @if part.stopped {
                    p.warning {
                        "Stopped by a signal after " (part.cases) " "
                        (plural(part.cases, "case", "cases")) ": " (part) "."
                    }
                }
            }
        }
    }

    fn findings(&self, summary: &Summary) -> Markup {
        html! {
            h2 { "Found" }
            @if summary.findings.is_empty() && summary.unshrunk.is_empty() {
                p { "No case failed in a way that is not known." }
            }
            @for finding in &summary.findings {
                (self.finding(finding))
            }
            @if !summary.unshrunk.is_empty() {
                p { "Further cases, which were not shrunk because enough with this failure were:" }
                ul {
                    @for (signature, cases) in &summary.unshrunk {
                        li { (signature) ": " (cases.len()) " " (noun(cases.len(), "case", "cases")) }
                    }
                }
            }
        }
    }

    fn finding(&self, finding: &Kept) -> Markup {
        let view = self.findings.get(&finding.name);
        let before = size(finding.steps_before, finding.hosts_before);
        let now = size(finding.steps, finding.hosts);
        html! {
            section.finding {
                h3 { (finding.invariant) }
                p {
                    "In " (finding.count) " " (plural(finding.count, "case", "cases"))
                    ", first in case " (finding.case) " of seed "
                    (finding.seed) ", after " (finding.cases) " "
                    (plural(finding.cases, "case", "cases")) " and "
                    (seconds(finding.virtual_s)) " of virtual time. "
                    @match finding.shrunk {
                        Shrunk::Fully => { "Shrunk from " (before) " to " b { (now) } "." },
                        Shrunk::Partly => { "Shrunk only in part, from " (before) " to " b { (now) } "." },
                        Shrunk::No => { "Not shrunk: " b { (now) } "." },
                    }
                }
                @if !finding.beside.is_empty() {
                    p {
                        "Seen beside it: "
                        @for (number, beside) in finding.beside.iter().enumerate() {
                            @if number > 0 { ", " }
                            (beside)
                        }
                    }
                }
                p {
                    @if let Some(picture) = view.and_then(|view| view.picture.as_ref()) {
                        a href=(picture) { "Picture of its run" } " · "
                    }
                    code { (finding.file.display()) }
                }
                @if let Some(view) = view {
                    details open[finding.steps <= 12] {
                        summary { "Scenario" }
                        pre { (view.scenario) }
                    }
                }
            }
        }
    }

    fn over_time(&self) -> Markup {
        let samples = self.timeline.samples();
        html! {
            @if samples.len() > 1 {
                h2 { "Over time" }
                div.charts {
                    (chart("Cases", samples, |sample| sample.progress.cases))
                    (chart("Features reached", samples, |sample| sample.progress.features as u64))
                    (chart("Found", samples, |sample| sample.progress.findings as u64))
                    (chart("Cases with a known defect", samples, |sample| sample.progress.known))
                }
            }
        }
    }
}

fn known(summary: &Summary) -> Markup {
    let entry = |id: &str| known_failures().iter().find(|known| known.id == id);
    let about = |id: &str| entry(id).map(|known| known.about.clone());
    let is_defect = |id: &str| entry(id).is_some_and(|known| known.is_defect());
    html! {
        h2 { "Known defects met" }
        @if summary.known.is_empty() {
            p { "None." }
        } @else {
            table {
                tr { th { "Defect" } th.number { "Cases" } th { "What should be, or what is not" } }
                @for (id, count) in &summary.known {
                    tr { td { @if is_defect(id) { a href=(explanation(id)) { (id) } } @else { (id) } } td.number { (count) } td { (about(id).unwrap_or_default()) } }
                }
            }
        }
    }
}

/// Where a defect is explained: UPSTREAM.md has an anchor for each id.
fn explanation(id: &str) -> String {
    format!("{UPSTREAM}#{}", id.to_lowercase())
}

fn drawn(summary: &Summary) -> Markup {
    let drawn = |verb: &String| summary.drawn.get(verb).copied().unwrap_or(0);
    let verbs = ActionKind::ALL.iter().map(ToString::to_string);
    let mut rows: Vec<(String, u64)> = verbs.map(|verb| (verb.clone(), drawn(&verb))).collect();
    rows.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let (some, none): (Vec<_>, Vec<_>) = rows.into_iter().partition(|(_, count)| *count > 0);
    let most = some.first().map_or(1, |(_, count)| *count);
    html! {
        h2 { "Drawn" }
        p { "In how many cases each kind of step and fault was." }
        table.bars {
            @for (verb, count) in &some {
                tr {
                    td { code { (verb) } }
                    td.number { (count) }
                    td.bar { span style=(format!("width:{}%", count * 100 / most)) {} }
                }
            }
        }
        @if !none.is_empty() {
            p.never {
                "In none: "
                @for (number, (verb, _)) in none.iter().enumerate() {
                    @if number > 0 { ", " }
                    code { (verb) }
                }
            }
        }
    }
}

fn in_force(summary: &Summary) -> Markup {
    let rows: Vec<(&str, u64)> = invariants::catalog()
        .iter()
        .map(|entry| (entry.name, summary.coverage.runs_with_invariant(entry.name)))
        .collect();
    let never = rows.iter().filter(|(_, runs)| *runs == 0).count();
    html! {
        h2 { "Invariants in force" }
        p { (rows.len() - never) " of " (rows.len()) " were in force." }
        table.bars {
            @for (name, runs) in &rows {
                tr.never[*runs == 0] {
                    td { (name) }
                    td.number { (runs) }
                    td.bar {
                        span style=(format!("width:{}%", runs * 100 / summary.cases.max(1))) {}
                    }
                }
            }
        }
    }
}

fn reached(summary: &Summary) -> Markup {
    let never = summary.coverage.never();
    let mut groups: BTreeMap<&str, Vec<(&str, u64)>> = BTreeMap::new();
    for (feature, runs) in summary.coverage.iter() {
        let group = match () {
            () if feature.contains(" once healed of ") => "After a fault was healed",
            () if feature.contains(" in ") => "While a fault was in force",
            () if feature.contains(" after ") => "One event after another at the same host",
            () if feature.starts_with("invariant ") => continue,
            () => "Events",
        };
        groups.entry(group).or_default().push((feature, runs));
    }
    html! {
        h2 { "Reached" }
        @if !never.is_empty() {
            p.warning {
                "Never: "
                @for (number, what) in never.iter().enumerate() {
                    @if number > 0 { "; " }
                    (what)
                }
            }
        }
        @for (group, features) in groups {
            details {
                summary { (group) ": " (features.len()) " features" }
                table {
                    @for (feature, runs) in features {
                        tr { td { (feature) } td.number { (runs) } }
                    }
                }
            }
        }
    }
}

/// A page with this title and content.
fn frame(title: &str, content: Markup) -> String {
    let page = html! {
        (DOCTYPE)
        html lang="en" {
            head {
                meta charset="utf-8";
                meta name="viewport" content="width=device-width, initial-scale=1";
                title { (title) }
                style { (PreEscaped(STYLE)) }
            }
            body {
                main {
                    h1 { (title) }
                    (content)
                }
            }
        }
    };
    page.into_string()
}

/// The noun for a number of things.
fn plural(count: u64, one: &'static str, many: &'static str) -> &'static str {
    noun(usize::try_from(count).unwrap_or(usize::MAX), one, many)
}

/// The size of a scenario.
fn size(steps: usize, hosts: usize) -> String {
    format!(
        "{steps} {} and {hosts} {}",
        noun(steps, "step", "steps"),
        noun(hosts, "host", "hosts")
    )
}

fn seconds(seconds: f64) -> String {
    let whole = std::time::Duration::from_secs(seconds.round() as u64);
    humantime::format_duration(whole).to_string()
}

/// The name of the file of a finding's picture in the folder of the page.
pub fn picture_of(file: &Path) -> String {
    let stem = file.file_stem().unwrap_or_default().to_string_lossy();
    format!("{stem}.html")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{shard::Shard, summary::Part};

    #[test]
    fn a_page_names_its_seed_and_its_command() {
        let page = CampaignPage {
            command: Some("dht-harness fuzz --seed 7".to_owned()),
            ..CampaignPage::default()
        };
        let html = page.html(&Summary::of(Part::new(7, Shard { index: 1, count: 4 }, "")));
        for part in ["seed 7", "1/4", "<code>dht-harness fuzz --seed 7</code>"] {
            assert!(html.contains(part), "{part}: {html}");
        }
    }

    #[test]
    fn a_defect_that_was_met_leads_to_its_explanation() {
        let defect = known_failures().iter().find(|known| known.is_defect());
        let other = known_failures().iter().find(|known| !known.is_defect());
        let mut summary = Summary::default();
        for known in defect.into_iter().chain(other) {
            summary.known.insert(known.id.clone(), 1);
        }
        let html = CampaignPage::default().html(&summary);
        let id = &defect.expect("a defect is known").id;
        assert!(
            html.contains(&format!(
                r#"<a href="{UPSTREAM}#{}">{id}</a>"#,
                id.to_lowercase()
            )),
            "{html}"
        );
        assert_eq!(html.matches(UPSTREAM).count(), 1, "{html}");
    }
}
