use std::{collections::BTreeMap, fs, path::Path};

use crate::problem::ReadError;

/// A Markdown file.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Page {
    /// The anchors of its headings, as mdBook and GitHub make them.
    pub anchors: Vec<String>,
    /// The targets of its links, with their lines.
    pub links: Vec<(usize, String)>,
    /// The files that it includes, with the lines of the directives.
    pub includes: Vec<(usize, String)>,
    /// Its sentences outside of headings, tables and code, with their lines.
    pub sentences: Vec<(usize, String)>,
    /// Its code blocks.
    pub blocks: Vec<Block>,
}

/// A fenced block of code.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Block {
    /// The line of the opening fence, from 1.
    pub line: usize,
    /// The text after the opening fence, for example `rust,no_run`.
    pub info: String,
    /// The code.
    pub code: String,
}

/// The fewest characters of a sentence that is compared with others.
const SENTENCE: usize = 40;

impl Page {
    /// Reads a file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn read(path: &Path) -> Result<Self, ReadError> {
        let text = fs::read_to_string(path).map_err(|source| ReadError {
            path: path.to_owned(),
            source,
        })?;
        Ok(Self::parse(&text))
    }

    /// Parses the text of a file.
    pub fn parse(text: &str) -> Self {
        let mut page = Page::default();
        let mut seen = BTreeMap::<String, usize>::new();
        let mut open: Option<Block> = None;
        let mut paragraph = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let trimmed = line.trim_start();
            if let Some(mut block) = open.take() {
                if trimmed.trim_end() == "```" {
                    page.blocks.push(block);
                } else {
                    block.code += line;
                    block.code.push('\n');
                    open = Some(block);
                }
                continue;
            }
            if let Some(info) = trimmed.strip_prefix("```") {
                page.end_paragraph(&mut paragraph);
                open = Some(Block {
                    line: number,
                    info: info.trim().to_owned(),
                    code: String::new(),
                });
                continue;
            }
            if let Some(file) = included(trimmed) {
                page.includes.push((number, file.to_owned()));
                continue;
            }
            let plain = without_code(line);
            page.links
                .extend(targets(&plain).into_iter().map(|target| (number, target)));
            if let Some(heading) = trimmed.strip_prefix('#') {
                page.end_paragraph(&mut paragraph);
                let anchor = anchor(heading.trim_start_matches('#').trim());
                let count = seen.entry(anchor.clone()).or_default();
                page.anchors.push(match *count {
                    0 => anchor,
                    _ => format!("{anchor}-{count}"),
                });
                *count += 1;
            } else if trimmed.is_empty() || trimmed.starts_with('|') {
                page.end_paragraph(&mut paragraph);
            } else {
                if trimmed.starts_with("- ") {
                    page.end_paragraph(&mut paragraph);
                }
                paragraph.push((number, trimmed.trim_end()));
            }
        }
        page.end_paragraph(&mut paragraph);
        page
    }

    /// Adds the sentences of a paragraph that has ended.
    fn end_paragraph(&mut self, lines: &mut Vec<(usize, &str)>) {
        let Some((number, _)) = lines.first().copied() else {
            return;
        };
        let text: Vec<&str> = lines.iter().map(|(_, line)| *line).collect();
        for sentence in text.join(" ").split(". ") {
            let sentence = sentence
                .trim_start_matches("- ")
                .trim_end_matches(['.', ':']);
            if sentence.chars().count() >= SENTENCE {
                self.sentences.push((number, sentence.to_owned()));
            }
        }
        lines.clear();
    }
}

/// The file of a line that is an `include` of mdBook, without the range of its lines.
fn included(line: &str) -> Option<&str> {
    let inner = line.strip_prefix("{{#include ")?.split("}}").next()?;
    inner.split(':').next().map(str::trim)
}

/// The anchor of a heading.
fn anchor(heading: &str) -> String {
    let heading = heading.to_lowercase();
    let kept = heading.chars().filter_map(|c| match c {
        c if c.is_alphanumeric() || c == '-' || c == '_' => Some(c),
        c if c.is_whitespace() => Some('-'),
        _ => None,
    });
    kept.collect()
}

/// The line, with code spans replaced by blanks.
fn without_code(line: &str) -> String {
    let mut inside = false;
    let kept = line.chars().map(|c| match c {
        '`' => {
            inside = !inside;
            ' '
        }
        _ if inside => ' ',
        c => c,
    });
    kept.collect()
}

/// The targets of the links in a line.
fn targets(line: &str) -> Vec<String> {
    let after = line.split("](").skip(1);
    let inside = after.filter_map(|rest| rest.split_once(')'));
    inside.map(|(target, _)| target.to_owned()).collect()
}
