//! The page for a browser.

use super::document::Document;

const PAGE: &str = include_str!("page/page.html");
const STYLE: &str = include_str!("page/style.css");

/// The files of the script, in the order in which they are joined.
const SCRIPT: &[&str] = &[];

/// The page of a document: one file without references to others.
pub(super) fn html(document: &Document) -> String {
    let data = serde_json::to_string(document).unwrap_or_default();
    // The text must not end the element that it stands in.
    let data = data.replace('<', "\\u003c");
    let script = SCRIPT.concat();
    let mut page = String::with_capacity(PAGE.len() + STYLE.len() + script.len() + data.len());
    let mut rest = PAGE;
    for (place, text) in [
        ("/*STYLE*/", STYLE),
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
