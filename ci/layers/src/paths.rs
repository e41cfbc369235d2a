//! The paths in a piece of code that start at `crate` or `super`.

use proc_macro2::{Delimiter, TokenStream, TokenTree};

/// A path that leaves its module: the number of modules to go up, and the following
/// names.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) start: Start,
    /// The names after the start. A trailing `*` is a glob.
    pub(crate) names: Vec<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Start {
    Crate,
    /// This many times `super`.
    Super(usize),
}

/// All such paths, including those in the tokens of macros.
pub(crate) fn paths(code: TokenStream) -> Vec<Path> {
    let mut found = Vec::new();
    walk(code, &mut found);
    found
}

fn walk(code: TokenStream, found: &mut Vec<Path>) {
    let tokens: Vec<_> = code.into_iter().collect();
    let mut at = 0;
    while at < tokens.len() {
        match &tokens[at] {
            TokenTree::Group(group) => walk(group.stream(), found),
            TokenTree::Ident(ident) if ident == "crate" || ident == "super" => {
                let mut supers = usize::from(ident == "super");
                let mut next = at + 1;
                while supers > 0 && follows(&tokens, next, "super") {
                    supers += 1;
                    next += 3;
                }
                let start = match supers {
                    0 => Start::Crate,
                    _ => Start::Super(supers),
                };
                if is_colons(&tokens, next) {
                    at = tree(&tokens, next + 2, &[], start, found);
                    continue;
                }
            }
            _ => {}
        }
        at += 1;
    }
}

/// Parses a path or a tree of paths that starts at `at`. Returns the position after
/// it.
fn tree(
    tokens: &[TokenTree],
    mut at: usize,
    prefix: &[String],
    start: Start,
    found: &mut Vec<Path>,
) -> usize {
    let mut names = prefix.to_vec();
    loop {
        match tokens.get(at) {
            Some(TokenTree::Ident(ident)) => {
                // `use super::{self}` refers to the module itself.
                if ident != "self" {
                    names.push(ident.to_string());
                }
                at += 1;
                if !is_colons(tokens, at) {
                    break;
                }
                at += 2;
            }
            Some(TokenTree::Punct(punct)) if punct.as_char() == '*' => {
                names.push("*".to_owned());
                at += 1;
                break;
            }
            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
                let inner: Vec<_> = group.stream().into_iter().collect();
                for branch in inner.split(|token| is_punct(Some(token), ',')) {
                    if !branch.is_empty() {
                        tree(branch, 0, &names, start, found);
                    }
                }
                return at + 1;
            }
            // Generic arguments, as in `super::Map::<u8>::new()`.
            _ => break,
        }
    }
    found.push(Path { start, names });
    at
}

fn is_punct(token: Option<&TokenTree>, char: char) -> bool {
    matches!(token, Some(TokenTree::Punct(punct)) if punct.as_char() == char)
}

fn is_colons(tokens: &[TokenTree], at: usize) -> bool {
    is_punct(tokens.get(at), ':') && is_punct(tokens.get(at + 1), ':')
}

/// Whether `::name` is at position `at`.
fn follows(tokens: &[TokenTree], at: usize, name: &str) -> bool {
    is_colons(tokens, at)
        && matches!(tokens.get(at + 2), Some(TokenTree::Ident(ident)) if ident == name)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(code: &str) -> Vec<String> {
        let found = paths(code.parse().unwrap());
        found
            .into_iter()
            .map(|path| match path.start {
                Start::Crate => format!("crate {}", path.names.join(" ")),
                Start::Super(up) => format!("{up} {}", path.names.join(" ")),
            })
            .collect()
    }

    #[test]
    fn use_trees_are_expanded() {
        assert_eq!(
            read("use crate::{a::{B, c::*}, d as e}; use super::super::{self, f};"),
            ["crate a B", "crate a c *", "crate d", "2 ", "2 f"]
        );
    }

    #[test]
    fn paths_in_bodies_and_macros_count() {
        assert_eq!(
            read(
                "fn f() { vec![super::g::<u8>(crate::h::I)] } macro_rules! m { () => { $crate::k!() } }"
            ),
            ["1 g", "crate h I", "crate k"]
        );
    }

    #[test]
    fn visibilities_are_not_paths() {
        assert_eq!(read("pub(crate) fn f() {} pub(super) fn g() {}"), [""; 0]);
    }
}
