use std::path::{Path, PathBuf};

use crate::page::Page;

/// The address under which files of the repository can be read on the web.
const REPOSITORY: &str = "https://github.com/dht-harness/dht-harness/blob/main/";

/// Where a link leads.
pub(crate) enum Target {
    /// To another site, which is not looked at.
    Web,
    /// To a file of the repository, and to one of its headings.
    File {
        path: PathBuf,
        heading: Option<String>,
        /// Whether the link is a path, and not an address on the web.
        by_path: bool,
    },
}

impl Target {
    /// Reads a link of a file.
    pub(crate) fn of(link: &str, file: &Path, root: &Path) -> Self {
        let (path, heading) = match link.split_once('#') {
            Some((path, heading)) => (path, Some(heading.to_owned())),
            None => (link, None),
        };
        if let Some(path) = path.strip_prefix(REPOSITORY) {
            let path = root.join(path);
            return Target::File {
                path,
                heading,
                by_path: false,
            };
        }
        if path.contains("://") || path.starts_with("mailto:") {
            return Target::Web;
        }
        let path = match path {
            "" => file.to_owned(),
            path => file.parent().unwrap_or(root).join(path),
        };
        Target::File {
            path,
            heading,
            by_path: true,
        }
    }
}

/// Whether a file has a heading, in its own text or in that of a file that it includes.
pub(crate) fn has_heading(path: &Path, heading: &str) -> bool {
    let Ok(page) = Page::read(path) else {
        return false;
    };
    page.anchors.iter().any(|anchor| anchor == heading)
        || page.includes.iter().any(|(_, file)| {
            let included = path.parent().unwrap_or(path).join(file);
            has_heading(&included, heading)
        })
}
