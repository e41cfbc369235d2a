//! The report as a page for a browser: one file that needs no network.

use dht_harness::noun;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::{BenchReport, MutantReport};
use crate::found::Found;

const STYLE: &str = include_str!("page.css");

impl BenchReport {
    /// The page: a matrix of mutants and of who has noticed them.
    pub fn html(&self) -> String {
        let page = html! {
            (DOCTYPE)
            html lang="en" {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    title { "Bugs that are noticed" }
                    style { (PreEscaped(STYLE)) }
                }
                body {
                    h1 { "Bugs that are noticed" }
                    p {
                        "dht-harness " (self.settings.harness) ", seed " (self.settings.seed)
                        @for (name, version) in &self.settings.crates {
                            ", " (name) " " (version)
                        }
                    }
                    pre { (self.sums()) }
                    table {
                        thead {
                            tr {
                                th { "Mutant" }
                                th { "Corpus" }
                                th { "Fuzzing" }
                                th { "Own tests" }
                                th { "Wrong behaviour" }
                                th { "Noticed by" }
                            }
                        }
                        tbody {
                            @for mutant in &self.mutants {
                                (row(mutant))
                            }
                        }
                    }
                }
            }
        };
        page.into_string()
    }
}

fn row(mutant: &MutantReport) -> Markup {
    html! {
        tr.missed[mutant.valid && !mutant.is_caught()] {
            th scope="row" { (mutant.id) }
            @if mutant.valid {
                (cell(mutant.corpus))
                (cell(mutant.fuzz))
                (cell(mutant.upstream_tests))
            } @else {
                td.none colspan="3" { "is not valid" }
            }
            td { (mutant.wrong) }
            td {
                (by("corpus", mutant.by_corpus.as_ref()))
                (by("fuzzing", mutant.by_fuzz.as_ref()))
                (by("own tests", mutant.by_upstream_tests.as_ref()))
                @if let Some(why) = &mutant.why_invalid {
                    pre.why { (why.trim_end()) }
                }
            }
        }
    }
}

/// Whether it was noticed: by a word and a shape, and not by a colour alone.
fn cell(noticed: Option<bool>) -> Markup {
    match noticed {
        Some(true) => html! { td.yes { "● yes" } },
        Some(false) => html! { td.no { "○ no" } },
        None => html! { td.none { "not run" } },
    }
}

fn by(who: &str, found: Option<&Found>) -> Markup {
    html! {
        @if let Some(found) = found {
            div {
                b { (who) } ": "
                @if let Some(scenario) = &found.scenario {
                    code { (scenario) } " "
                }
                (found.violated.join(", "))
                @if let (Some(steps), Some(hosts)) = (found.steps, found.hosts) {
                    " (" (steps) " " (noun(steps, "step", "steps")) ", "
                    (hosts) " " (noun(hosts, "host", "hosts")) ")"
                }
                @if let Some(file) = &found.file {
                    details {
                        summary { "scenario" }
                        pre { (file.trim_end()) }
                    }
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A report with a mutant of each sort.
    fn sample() -> BenchReport {
        let mutant = |id: &str, corpus, fuzz| MutantReport {
            id: id.to_owned(),
            wrong: "a <b>".to_owned(),
            valid: true,
            corpus,
            fuzz,
            ..MutantReport::default()
        };
        let mut report = BenchReport::default();
        report.put(mutant("m1", Some(true), None));
        report.put(mutant("m2", Some(false), Some(false)));
        let mut found = mutant("m3", None, Some(true));
        found.by_fuzz = Some(Found {
            steps: Some(1),
            hosts: Some(2),
            file: Some("name = \"kept\"".to_owned()),
            ..Found::default()
        });
        report.put(found);
        report.put(mutant("m4", None, None).invalid("does not compile: <no>".to_owned()));
        report
    }

    /// `ci/browser.sh` opens the page of the sample. With `UPDATE=1` it is written.
    #[test]
    fn the_sample_that_is_opened_in_a_browser_is_a_page_of_the_bench() {
        let report = sample();
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../browser/samples");
        for (name, text) in [("bugs.html", report.html()), ("bugs.json", report.json())] {
            let file = std::path::Path::new(folder).join(name);
            if std::env::var_os("UPDATE").is_some() {
                std::fs::write(&file, &text).unwrap();
            }
            let kept = std::fs::read_to_string(&file).unwrap_or_default();
            assert_eq!(kept, text, "{name}: run this test with UPDATE=1");
        }
    }

    #[test]
    fn each_mutant_has_a_row_that_says_who_has_noticed_it() {
        let page = sample().html();
        let row = |id: &str| {
            let (_, rest) = page
                .split_once(&format!("<th scope=\"row\">{id}</th>"))
                .unwrap();
            rest.split_once("</tr>").unwrap().0.to_owned()
        };
        assert!(
            row("m1").starts_with("<td class=\"yes\">● yes</td><td class=\"none\">not run</td>")
        );
        assert!(row("m2").starts_with("<td class=\"no\">○ no</td><td class=\"no\">○ no</td>"));
        assert_eq!(page.matches("<tr class=\"missed\">").count(), 1);
        assert!(page.contains("a &lt;b&gt;"));
        assert!(row("m3").contains("(1 step, 2 hosts)"), "{page}");
        assert!(
            row("m3").contains("<pre>name = &quot;kept&quot;</pre>"),
            "{page}"
        );
        assert!(row("m4").contains("does not compile: &lt;no&gt;"), "{page}");
    }
}
