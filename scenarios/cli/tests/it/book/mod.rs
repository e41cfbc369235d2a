//! The examples of the book: scenario files, parts of them, commands and their output.
//!
//! The crates that have the Rust examples as documentation tests are `dht-harness` and
//! `dht-harness-cli`. That no page is forgotten is checked by `dht-book`.

mod commands;
mod console;
mod pictures;
mod scenarios;

use std::{
    fs,
    path::{Path, PathBuf},
};

use dht_book::{Block, Page};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// An example with its place, for messages.
struct Example {
    place: String,
    page: PathBuf,
    code: String,
}

/// The blocks of the README and of all pages that have this text after the fence.
#[track_caller]
fn examples(info: &str) -> Vec<Example> {
    let folder = fs::read_dir(root().join("book/src")).expect("the book");
    let pages = folder.map(|entry| entry.expect("an entry").path());
    let mut pages: Vec<PathBuf> = pages
        .filter(|page| page.extension().is_some_and(|e| e == "md"))
        .collect();
    pages.push(root().join("README.md"));
    pages.sort();
    let mut found = Vec::new();
    for page in pages {
        for block in blocks(&page, info) {
            found.push(Example {
                place: format!("{}:{}", page.display(), block.line),
                page: page.clone(),
                code: block.code,
            });
        }
    }
    assert!(!found.is_empty(), "no page has a block of `{info}`");
    found
}

/// The blocks of a page that have this text after the fence.
fn blocks(page: &Path, info: &str) -> Vec<Block> {
    let page = Page::read(page).expect("a page");
    let blocks = page.blocks.into_iter();
    blocks.filter(|block| block.info == info).collect()
}
