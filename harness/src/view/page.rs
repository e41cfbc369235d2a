//! The page for a browser.

use super::document::Document;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");

/// The files of the script, in the order in which they are joined: a file uses those before
/// it. `page/ORDER` lists them for the test in a browser.
const SCRIPT: &[&str] = &[
    include_str!("page/dom.js"),
    include_str!("page/time.js"),
    include_str!("page/ids.js"),
    include_str!("page/document.js"),
    include_str!("page/model.js"),
    include_str!("page/axis.js"),
    include_str!("page/tables.js"),
    include_str!("page/state.js"),
    include_str!("page/link.js"),
    include_str!("page/lanes.js"),
    include_str!("page/marks.js"),
    include_str!("page/visible.js"),
    include_str!("page/density.js"),
    include_str!("page/describe.js"),
    include_str!("page/arrows.js"),
    include_str!("page/links.js"),
    include_str!("page/spans.js"),
    include_str!("page/lives.js"),
    include_str!("page/bands.js"),
    include_str!("page/ruler.js"),
    include_str!("page/diagram.js"),
    include_str!("page/overview.js"),
    include_str!("page/tooltip.js"),
    include_str!("page/pointer.js"),
    include_str!("page/panels.js"),
    include_str!("page/details.js"),
    include_str!("page/buckets.js"),
    include_str!("page/heat.js"),
    include_str!("page/ring.js"),
    include_str!("page/walk.js"),
    include_str!("page/query.js"),
    include_str!("page/stores.js"),
    include_str!("page/log.js"),
    include_str!("page/search.js"),
    include_str!("page/filters.js"),
    include_str!("page/outcome.js"),
    include_str!("page/keyboard.js"),
    include_str!("page/start.js"),
];

/// The page of a document: one file without references to others.
pub(super) fn html(document: &Document) -> String {
    // A document has no map with keys other than texts, so that this cannot fail.
    let data = serde_json::to_string(document).unwrap_or_default();
    // The text must not end the element that it stands in.
    let data = data.replace('<', "\\u003c");
    let style = stripped(&[STYLE]);
    let script = stripped(SCRIPT);
    let mut page = String::with_capacity(PAGE.len() + style.len() + script.len() + data.len());
    let mut rest = PAGE;
    for (place, text) in [
        ("/*STYLE*/", &style),
        ("/*DATA*/", &data),
        ("/*SCRIPT*/", &script),
    ] {
        if let Some((before, after)) = rest.split_once(place) {
            page.push_str(before);
            page.push_str(text);
            rest = after;
        }
    }
    page.push_str(rest);
    page
}

/// The lines of these files without indentation, comments and empty lines. No text of the
/// script spans lines.
fn stripped(files: &[&str]) -> String {
    let mut joined = String::new();
    for line in files.iter().flat_map(|file| file.lines()) {
        let line = line.trim();
        let is_comment = ["//", "/*", "* ", "*/"]
            .iter()
            .any(|mark| line.starts_with(mark));
        if !line.is_empty() && line != "*" && !is_comment {
            joined.push_str(line);
            joined.push('\n');
        }
    }
    joined
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::view::write::PARTS;

    #[test]
    fn the_order_of_the_script_is_that_of_the_list() {
        let list: Vec<&str> = include_str!("page/ORDER").lines().collect();
        assert_eq!(list.len(), SCRIPT.len());
        for (name, text) in list.iter().zip(SCRIPT) {
            let path = format!("{}/src/view/page/{name}", env!("CARGO_MANIFEST_DIR"));
            assert_eq!(std::fs::read_to_string(path).unwrap(), *text, "{name}");
        }
    }

    #[test]
    fn a_page_has_all_its_parts_and_refers_to_nothing() {
        let page = html(&Document::of(
            &crate::recording::Recording::default(),
            usize::MAX,
        ));
        for place in ["/*STYLE*/", "/*DATA*/", "/*SCRIPT*/"] {
            assert!(PAGE.contains(place) && !page.contains(place), "{place}");
        }
        let names = page
            .match_indices("://")
            .map(|(at, _)| &page[at.saturating_sub(8)..(at + 30).min(page.len())]);
        let others: Vec<_> = names.filter(|name| !name.contains("www.w3.org")).collect();
        assert_eq!(others, [""; 0]);
        assert!(page.len() <= PARTS, "{}", page.len());
    }
}
