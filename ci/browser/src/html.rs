//! Pages as files: joined from their parts, and read for the document that they contain.

use std::{fs, io, path::Path};

use serde_json::Value;

/// The start of the document in a page.
const DOCUMENT: &str = r#"<script type="application/json" id="data">"#;

/// Joins the parts of the page with a document, as the program does.
///
/// # Errors
///
/// If a part cannot be read.
pub fn join(parts: &Path, document: &Value) -> io::Result<String> {
    let order = fs::read_to_string(parts.join("ORDER"))?;
    let scripts = order
        .lines()
        .map(|name| fs::read_to_string(parts.join(name)).map(|text| stripped(&text)))
        .collect::<io::Result<Vec<_>>>()?;
    Ok(fs::read_to_string(parts.join("page.html"))?
        .replacen(
            "/*STYLE*/",
            &fs::read_to_string(parts.join("style.css"))?,
            1,
        )
        .replacen("/*SCRIPT*/", &scripts.concat(), 1)
        .replacen("/*DATA*/", &document.to_string().replace('<', "\\u003c"), 1))
}

/// A script or a style without indentation and without the lines that are comments. No text of
/// them goes over several lines.
fn stripped(text: &str) -> String {
    let lines = text.lines().map(str::trim_start);
    let code = lines.filter(|line| {
        !line.is_empty()
            && !["//", "/*", "* ", "*/"]
                .iter()
                .any(|comment| line.starts_with(comment))
    });
    code.flat_map(|line| [line, "\n"]).collect()
}

/// Whether a page has a document: it is the page of a run.
#[must_use]
pub fn has_document(html: &str) -> bool {
    html.contains(DOCUMENT)
}

/// The document that a page contains.
///
/// # Errors
///
/// If there is none, or if it is no JSON.
pub fn document(html: &str) -> Result<Value, String> {
    let (_, rest) = html
        .split_once(DOCUMENT)
        .ok_or("the page contains no document")?;
    let (json, _) = rest
        .split_once("</script>")
        .ok_or("the document of the page has no end")?;
    serde_json::from_str(json).map_err(|error| format!("the document is no JSON: {error}"))
}
