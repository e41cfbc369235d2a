//! Checks of pages without a diagram: of a campaign, and of the bug bench.

use std::{fs, path::Path};

use serde_json::Value;

use crate::{
    browser::{Browser, BrowserError},
    check::Verdict,
    page::{MEDIUM, Page},
};

/// Where pages link to files of the repository.
const REPOSITORY: &str = "https://github.com/dht-harness/dht-harness/blob/main/";

/// The root of the repository.
const ROOT: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../..");

/// The names of the checks, in their order.
pub const NAMES: [&str; 4] = [
    "loads-without-errors",
    "loads-nothing",
    "links-lead-somewhere",
    "rows-are-those-of-the-json",
];

/// Checks the page in a file. The JSON report of the same name beside it says which rows it has.
///
/// # Errors
///
/// If the browser cannot be reached.
pub fn check(browser: &mut Browser, file: &Path) -> Result<Vec<Verdict>, BrowserError> {
    let mut page = Page::open_plain(browser, file, MEDIUM)?;
    page.drawn()?;
    let none = |what: &str, list: Vec<String>| match list.is_empty() {
        true => Verdict::Passed,
        false => Verdict::Failed(format!("{what}: {}", list.join(", "))),
    };
    let errors = none("errors of the page", page.errors());
    let loaded = none("loaded from outside", page.requests());
    let links =
        page.value("[...document.querySelectorAll('a')].map((a) => a.getAttribute('href'))")?;
    let links = links.as_array().into_iter().flatten();
    let mut dead = Vec::new();
    for link in links.map(|link| link.as_str().unwrap_or_default()) {
        if !leads_somewhere(&mut page, file, link)? {
            dead.push(link.to_owned());
        }
    }
    let rows = match fs::read_to_string(file.with_extension("json")) {
        Err(_) => Verdict::DoesNotApply("there is no JSON report beside the page"),
        Ok(text) => rows(&mut page, &text)?,
    };
    Ok(vec![errors, loaded, none("links to nothing", dead), rows])
}

/// Whether a link leads to a part of the page, to a file beside it, or to a file of the
/// repository that has the part.
fn leads_somewhere(page: &mut Page<'_>, file: &Path, link: &str) -> Result<bool, BrowserError> {
    if let Some(id) = link.strip_prefix('#') {
        return Ok(page.count(&format!("[id='{id}']"))? == 1);
    }
    let (target, part) = link.split_once('#').unwrap_or((link, ""));
    let target = match target.strip_prefix(REPOSITORY) {
        Some(path) => Path::new(ROOT).join(path),
        None if target.contains("://") => return Ok(false),
        None => file.parent().unwrap_or(Path::new("")).join(target),
    };
    let Ok(text) = fs::read_to_string(target) else {
        return Ok(false);
    };
    Ok(part.is_empty() || text.contains(&format!("id=\"{part}\"")))
}

/// Compares rows of the page with a report.
fn rows(page: &mut Page<'_>, text: &str) -> Result<Verdict, BrowserError> {
    let Ok(report) = serde_json::from_str::<Value>(text) else {
        return Ok(Verdict::Failed("the report is no JSON".to_owned()));
    };
    let count = |name: &str| match &report[name] {
        Value::Array(list) => list.len(),
        Value::Object(map) => map.len(),
        _ => 0,
    };
    let after = |heading: &str| {
        format!(
            "(() => {{ const h = [...document.querySelectorAll('h2')].find((h) => h.textContent === '{heading}'); \
             for (let e = h && h.nextElementSibling; e && e.tagName !== 'H2'; e = e.nextElementSibling) \
             if (e.tagName === 'TABLE') return e.querySelectorAll('tr:has(td)').length; return 0; }})()"
        )
    };
    if let Some(mutants) = report["mutants"].as_array() {
        return matrix(page, mutants);
    }
    let expected = [
        (
            "findings",
            "document.querySelectorAll('section.finding').length".to_owned(),
        ),
        ("known", after("Known defects met")),
        ("drawn", after("Drawn")),
    ];
    for (name, shown) in expected {
        let shown = page.value(&shown)?;
        if shown != count(name) {
            let what = format!("{name}: the report has {}, the page {shown}", count(name));
            return Ok(Verdict::Failed(what));
        }
    }
    Ok(Verdict::Passed)
}

/// Compares the matrix of the bug bench with its mutants, in their order: the name, whether each
/// way has noticed the mutant, and the wrong behaviour.
fn matrix(page: &mut Page<'_>, mutants: &[Value]) -> Result<Verdict, BrowserError> {
    let word = |noticed: &Value| match noticed.as_bool() {
        Some(true) => "● yes",
        Some(false) => "○ no",
        None => "not run",
    };
    let row = |mutant: &Value| {
        let mut row = vec![mutant["id"].as_str().unwrap_or_default()];
        match mutant["valid"].as_bool() {
            Some(true) => {
                row.extend(["corpus", "fuzz", "upstream_tests"].map(|way| word(&mutant[way])));
            }
            _ => row.push("is not valid"),
        }
        row.push(mutant["wrong"].as_str().unwrap_or_default());
        Value::from(row)
    };
    let expected: Vec<_> = mutants.iter().map(row).collect();
    // The last cell says in several ways who has noticed the mutant.
    let shown = page.value(
        "[...document.querySelectorAll('tbody tr')].map((row) => \
         [...row.children].slice(0, -1).map((cell) => cell.textContent))",
    )?;
    let shown = shown.as_array().map_or(&[][..], Vec::as_slice);
    if shown.len() != expected.len() {
        let (rows, count) = (shown.len(), expected.len());
        let what = format!("the report has {count} mutants, the page {rows} rows");
        return Ok(Verdict::Failed(what));
    }
    let mut pairs = shown.iter().zip(&expected);
    Ok(match pairs.find(|(shown, expected)| shown != expected) {
        None => Verdict::Passed,
        Some((shown, expected)) => Verdict::Failed(format!(
            "the report has the row {expected}, the page {shown}"
        )),
    })
}
