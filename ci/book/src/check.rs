use std::{
    collections::{BTreeMap, BTreeSet},
    fs, io,
    path::{Path, PathBuf},
};

use crate::{
    page::Page,
    problem::{Problem, ReadError},
    target::{Target, has_heading},
};

/// The kinds of code blocks that are tested, or that need no test.
const KNOWN: [&str; 9] = [
    "rust",
    "rust,no_run",
    "rust,compile_fail",
    "toml",
    "toml,fails",
    "toml,fragment",
    "sh",
    "console",
    "text",
];

/// The files whose documentation tests run the examples of pages.
const TESTERS: [&str; 2] = ["harness/src/lib.rs", "scenarios/cli/src/lib.rs"];

/// The folders of the repository that are not searched for Markdown files.
const SKIPPED: [&str; 3] = ["target", ".git", "node_modules"];

/// The problems of the book of a repository, and of the links in all its Markdown files.
///
/// # Errors
/// If a file cannot be read.
pub fn check(root: &Path) -> Result<Vec<Problem>, ReadError> {
    let source = root.join("book/src");
    let summary = source.join("SUMMARY.md");
    let mut problems = of_summary(&summary, &source)?;
    let mut said = BTreeMap::new();
    let testers = testers(root)?;
    for path in markdown_files(root)? {
        let page = Page::read(&path)?;
        let name = name(&path, root);
        let in_book = path.starts_with(&source);
        problems.extend(of_links(&page, &path, root, in_book));
        if in_book {
            if path != summary {
                problems.extend(of_sentences(&page, &name, &mut said));
            }
            problems.extend(of_blocks(&page, &name, &testers));
        }
    }
    Ok(problems)
}

/// Compares the summary with the files of the folder.
fn of_summary(summary: &Path, source: &Path) -> Result<Vec<Problem>, ReadError> {
    let mut problems = Vec::new();
    let mut named = BTreeSet::new();
    for (_, page) in Page::read(summary)?.links {
        if !named.insert(source.join(&page)) {
            problems.push(Problem::NamedTwice { page });
        }
    }
    for path in markdown_files(source)? {
        if path != summary && !named.contains(&path) {
            let page = name(&path, source);
            problems.push(Problem::Orphan { page });
        }
    }
    Ok(problems)
}

/// Follows the links and the includes of a file.
fn of_links(page: &Page, path: &Path, root: &Path, in_book: bool) -> Vec<Problem> {
    let mut problems = Vec::new();
    let file = name(path, root);
    for (line, link) in &page.links {
        let at = (file.clone(), *line, link.clone());
        let Target::File {
            path: target,
            heading,
            by_path,
        } = Target::of(link, path, root)
        else {
            continue;
        };
        let (file, line, target_text) = at;
        if !target.exists() {
            problems.push(Problem::NoFile {
                file,
                line,
                target: target_text,
            });
        } else if in_book && by_path && !stays_within(&target, &root.join("book/src")) {
            problems.push(Problem::OutOfBook {
                file,
                line,
                target: target_text,
            });
        } else if heading.is_some_and(|heading| !has_heading(&target, &heading)) {
            problems.push(Problem::NoHeading {
                file,
                line,
                target: target_text,
            });
        }
    }
    for (line, include) in &page.includes {
        if !path.parent().unwrap_or(root).join(include).is_file() {
            problems.push(Problem::NoFile {
                file: file.clone(),
                line: *line,
                target: include.clone(),
            });
        }
    }
    problems
}

fn stays_within(path: &Path, folder: &Path) -> bool {
    match (path.canonicalize(), folder.canonicalize()) {
        (Ok(path), Ok(folder)) => path.starts_with(folder),
        _ => false,
    }
}

/// Compares the sentences of a page with those of the pages before it.
fn of_sentences(page: &Page, name: &str, said: &mut BTreeMap<String, String>) -> Vec<Problem> {
    let mut problems = Vec::new();
    for (line, sentence) in &page.sentences {
        let place = format!("{name}:{line}");
        match said.get(sentence) {
            Some(other) => problems.push(Problem::SaidTwice {
                file: name.to_owned(),
                line: *line,
                sentence: sentence.clone(),
                other: other.clone(),
            }),
            None => drop(said.insert(sentence.clone(), place)),
        }
    }
    problems
}

/// Looks whether the code blocks of a page are tested.
fn of_blocks(page: &Page, name: &str, testers: &str) -> Vec<Problem> {
    let unknown = page
        .blocks
        .iter()
        .filter(|block| !KNOWN.contains(&block.info.as_str()));
    let mut problems: Vec<Problem> = unknown
        .map(|block| Problem::UnknownBlock {
            file: name.to_owned(),
            line: block.line,
            info: block.info.clone(),
            known: KNOWN.map(|info| format!("`{info}`")).join(", "),
        })
        .collect();
    let has_rust = page
        .blocks
        .iter()
        .any(|block| block.info.starts_with("rust"));
    if has_rust
        && !testers.contains(&format!("include_str!(\"../../{name}\")"))
        && !testers.contains(&format!("include_str!(\"../../../{name}\")"))
    {
        problems.push(Problem::Untested {
            page: name.to_owned(),
        });
    }
    problems
}

/// The texts of the files that include pages as documentation.
fn testers(root: &Path) -> Result<String, ReadError> {
    let mut all = String::new();
    for tester in TESTERS {
        let path = root.join(tester);
        all += &fs::read_to_string(&path).map_err(|source| ReadError { path, source })?;
    }
    Ok(all)
}

/// All Markdown files in a folder and below, sorted.
fn markdown_files(folder: &Path) -> Result<Vec<PathBuf>, ReadError> {
    let error = |source: io::Error| ReadError {
        path: folder.to_owned(),
        source,
    };
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).map_err(error)? {
        let path = entry.map_err(error)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy();
        if path.is_dir() {
            if !SKIPPED.contains(&&*name) {
                files.extend(markdown_files(&path)?);
            }
        } else if name.ends_with(".md") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}

/// The path of a file below a folder, with slashes.
fn name(path: &Path, folder: &Path) -> String {
    let path = path.strip_prefix(folder).unwrap_or(path);
    path.to_string_lossy().replace('\\', "/")
}
