//! Determines which top-level modules of a crate use which others.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::{Path, PathBuf},
};

use quote::ToTokens;
use syn::{Attribute, Item, UseTree};

use crate::{
    paths::{self, Start},
    problem::{Problem, ReadError},
};

/// The top-level modules of a crate, and which of them they use.
#[derive(Debug, Default)]
pub(crate) struct Uses {
    pub(crate) modules: BTreeSet<String>,
    /// The using module, the used module, and the files of the first that name the
    /// second.
    pub(crate) edges: BTreeMap<(String, String), BTreeSet<String>>,
    pub(crate) problems: Vec<Problem>,
    /// The documentation of the crate.
    pub(crate) doc: String,
}

impl Uses {
    /// Reads the crate whose root is `src/lib.rs`.
    pub(crate) fn read(src: &Path) -> Result<Self, ReadError> {
        let root = parse(&src.join("lib.rs"))?;
        let mut uses = Self {
            doc: doc(&root.attrs),
            ..Self::default()
        };
        let mut names = BTreeMap::<String, Vec<String>>::new();
        for item in &root.items {
            match item {
                Item::Mod(module) if !only_in_tests(&module.attrs) => {
                    uses.modules.insert(module.ident.to_string());
                }
                Item::Use(item) => exports(&item.tree, None, &mut names),
                _ => {}
            }
        }
        let mut found = Vec::new();
        let file = src.join("lib.rs");
        walk(&root.items, &file, src, &mut Vec::new(), &mut found)?;
        for (module, names_used, file) in found {
            let at = file.strip_prefix(src).unwrap_or(&file);
            uses.resolve(&module, &names_used, &names, &at.display().to_string());
        }
        uses.problems.sort_by_key(ToString::to_string);
        uses.problems.dedup();
        Ok(uses)
    }

    /// Records that `module` uses the path `names`, which starts at the root of the
    /// crate.
    fn resolve(
        &mut self,
        module: &str,
        names: &[String],
        exports: &BTreeMap<String, Vec<String>>,
        at: &str,
    ) {
        let Some(first) = names.first() else { return };
        if self.modules.contains(first) {
            if first != module {
                let edge = (module.to_owned(), first.clone());
                self.edges.entry(edge).or_default().insert(at.to_owned());
            }
        } else if let Some(path) = exports.get(first) {
            let path: Vec<_> = path.iter().chain(&names[1..]).cloned().collect();
            // Items of other crates are not restricted.
            if self.modules.contains(&path[0]) {
                self.resolve(module, &path, exports, at);
            }
        } else if first == "*" {
            self.problems.push(Problem::RootGlob(module.to_owned()));
        } else {
            self.problems.push(Problem::InRoot {
                module: module.to_owned(),
                item: first.clone(),
            });
        }
    }
}

/// A top-level module, a path that it uses, from the root of the crate, and the file
/// that contains the path.
type Found = Vec<(String, Vec<String>, PathBuf)>;

/// Collects the paths that the modules among `items` use. `within` is the module
/// path.
fn walk(
    items: &[Item],
    file: &Path,
    dir: &Path,
    within: &mut Vec<String>,
    found: &mut Found,
) -> Result<(), ReadError> {
    for item in items {
        let Item::Mod(module) = item else {
            if !within.is_empty() && !only_in_tests(attributes(item)) {
                let used = paths::paths(item.to_token_stream());
                let used = used.iter().filter_map(|path| from_root(path, within));
                found.extend(used.map(|names| (within[0].clone(), names, file.to_owned())));
            }
            continue;
        };
        if only_in_tests(&module.attrs) {
            continue;
        }
        let name = module.ident.to_string();
        within.push(name.clone());
        let inner = dir.join(&name);
        if let Some((_, items)) = &module.content {
            walk(items, file, &inner, within, found)?;
        } else {
            let candidates = [dir.join(format!("{name}.rs")), inner.join("mod.rs")];
            let Some(path) = candidates.iter().find(|path| path.is_file()) else {
                return Err(ReadError::NoFile {
                    path: file.to_owned(),
                    module: name,
                });
            };
            walk(&parse(path)?.items, path, &inner, within, found)?;
        }
        within.pop();
    }
    Ok(())
}

/// The path from the root of the crate. `None` if the path stays within its top-level
/// module.
fn from_root(path: &paths::Path, within: &[String]) -> Option<Vec<String>> {
    match path.start {
        Start::Crate => Some(path.names.clone()),
        Start::Super(up) if up >= within.len() => Some(path.names.clone()),
        Start::Super(_) => None,
    }
}

/// Collects the names that a `use` imports into the root of the crate, with their
/// paths.
fn exports(tree: &UseTree, prefix: Option<&[String]>, names: &mut BTreeMap<String, Vec<String>>) {
    let mut path = prefix.unwrap_or_default().to_vec();
    match tree {
        UseTree::Path(tree) => {
            if !["crate", "self"].contains(&tree.ident.to_string().as_str()) {
                path.push(tree.ident.to_string());
            }
            exports(&tree.tree, Some(&path), names);
        }
        UseTree::Name(name) => {
            if name.ident != "self" {
                path.push(name.ident.to_string());
            }
            if let Some(last) = path.last() {
                names.insert(last.clone(), path.clone());
            }
        }
        UseTree::Rename(name) => {
            path.push(name.ident.to_string());
            names.insert(name.rename.to_string(), path);
        }
        UseTree::Group(group) => {
            for tree in &group.items {
                exports(tree, Some(&path), names);
            }
        }
        // Names imported by a glob are found as items of lib.rs, which is reported as
        // a problem.
        UseTree::Glob(_) => {}
    }
}

fn parse(path: &Path) -> Result<syn::File, ReadError> {
    syn::parse_file(&ReadError::read(path)?).map_err(|source| ReadError::Rust {
        path: path.to_owned(),
        source,
    })
}

fn only_in_tests(attributes: &[Attribute]) -> bool {
    attributes.iter().any(|attribute| {
        attribute.path().is_ident("cfg")
            && attribute
                .parse_args::<syn::Ident>()
                .is_ok_and(|ident| ident == "test" || ident == "doctest")
    })
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Fn(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Struct(item) => &item.attrs,
        Item::Trait(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}

fn doc(attributes: &[Attribute]) -> String {
    let lines = attributes.iter().filter_map(|attribute| {
        let meta = attribute.meta.require_name_value().ok()?;
        match &meta.value {
            syn::Expr::Lit(syn::ExprLit {
                lit: syn::Lit::Str(text),
                ..
            }) if meta.path.is_ident("doc") => Some(text.value()),
            _ => None,
        }
    });
    lines.collect::<Vec<_>>().join("\n")
}
