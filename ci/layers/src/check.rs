use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use crate::{
    problem::{Problem, ReadError},
    table::Table,
    uses::Uses,
};

/// Checks the crate in `dir`, whose root is `src/lib.rs`. A crate without modules
/// needs no table.
///
/// # Errors
///
/// If a file of the crate cannot be read or is not valid Rust.
pub fn check(dir: &Path) -> Result<Vec<Problem>, ReadError> {
    let uses = Uses::read(&dir.join("src"))?;
    let mut problems = uses.problems.clone();
    problems.extend(circles(&uses));
    match Table::parse(&uses.doc) {
        Some(table) => problems.extend(compare(&table, &uses)),
        None if uses.modules.is_empty() => {}
        None => problems.push(Problem::NoTable),
    }
    Ok(problems)
}

fn compare(table: &Table, uses: &Uses) -> Vec<Problem> {
    let mut problems = table.problems();
    let named: BTreeSet<&String> = table.modules().collect();
    let missing = uses.modules.iter().filter(|name| !named.contains(name));
    problems.extend(missing.map(|name| Problem::NotInTable(name.clone())));
    let extra = named.iter().filter(|name| !uses.modules.contains(**name));
    problems.extend(extra.map(|name| Problem::NoSuchModule((*name).clone())));

    let below = table.below();
    for ((module, on), at) in &uses.edges {
        if named.contains(module) && !below[module].contains(on) {
            problems.push(Problem::NotBelow {
                module: module.clone(),
                on: on.clone(),
                at: at.iter().cloned().collect(),
            });
        }
    }
    for row in &table.rows {
        let used = |on: &String| {
            let mut modules = row.modules.iter();
            modules.any(|module| uses.edges.contains_key(&(module.clone(), on.clone())))
        };
        problems.extend(
            row.stands_on
                .iter()
                .filter(|on| !used(on))
                .map(|on| Problem::Unused {
                    module: row.modules.join(", "),
                    on: on.clone(),
                }),
        );
    }
    problems
}

/// The cycles of modules that use each other.
fn circles(uses: &Uses) -> Vec<Problem> {
    let reach: BTreeMap<&String, BTreeSet<&String>> = uses
        .modules
        .iter()
        .map(|module| (module, reached(module, uses)))
        .collect();
    let mut circles: Vec<Vec<String>> = Vec::new();
    for module in &uses.modules {
        let group = reach[module]
            .iter()
            .filter(|other| reach[**other].contains(module));
        let group: Vec<String> = group.map(|name| (*name).clone()).collect();
        if !group.is_empty() && !circles.contains(&group) {
            circles.push(group);
        }
    }
    circles.into_iter().map(Problem::Circle).collect()
}

/// All modules that `module` uses, directly or indirectly.
fn reached<'a>(module: &'a String, uses: &'a Uses) -> BTreeSet<&'a String> {
    let mut reached = BTreeSet::new();
    let mut open = vec![module];
    while let Some(module) = open.pop() {
        for ((_, on), _) in uses.edges.iter().filter(|((from, _), _)| from == module) {
            if reached.insert(on) {
                open.push(on);
            }
        }
    }
    reached
}
