//! Parses the table of modules in the documentation of a `lib.rs`.

use std::collections::{BTreeMap, BTreeSet};

use crate::problem::Problem;

/// A row: its modules, and the modules that they depend on.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Row {
    pub(crate) modules: Vec<String>,
    pub(crate) stands_on: Vec<String>,
}

#[derive(Debug, Default)]
pub(crate) struct Table {
    pub(crate) rows: Vec<Row>,
}

impl Table {
    /// Parses the table whose first column is headed `module`, if the text has one.
    pub(crate) fn parse(doc: &str) -> Option<Self> {
        let mut lines = doc.lines().map(str::trim);
        lines.find(|line| cells(line).is_some_and(|cells| cells[0] == "module"))?;
        let rows = lines
            .skip(1)
            .map_while(cells)
            .map(|cells| Row {
                modules: quoted(&cells[0]),
                stands_on: cells.get(2).map(|cell| words(cell)).unwrap_or_default(),
            })
            .collect();
        Some(Self { rows })
    }

    /// The problems within the table itself.
    pub(crate) fn problems(&self) -> Vec<Problem> {
        let mut problems = Vec::new();
        let mut earlier = BTreeSet::new();
        for row in &self.rows {
            for on in &row.stands_on {
                if !earlier.contains(on) {
                    problems.push(Problem::NotEarlier {
                        module: row.modules.join(", "),
                        on: on.clone(),
                    });
                }
            }
            for module in &row.modules {
                if !earlier.insert(module.clone()) {
                    problems.push(Problem::Twice(module.clone()));
                }
            }
        }
        problems
    }

    pub(crate) fn modules(&self) -> impl Iterator<Item = &String> {
        self.rows.iter().flat_map(|row| &row.modules)
    }

    /// For each module, all modules that it may use, directly or indirectly.
    pub(crate) fn below(&self) -> BTreeMap<String, BTreeSet<String>> {
        let mut below = BTreeMap::<String, BTreeSet<String>>::new();
        for row in &self.rows {
            let mut all: BTreeSet<String> = row.stands_on.iter().cloned().collect();
            for on in &row.stands_on {
                all.extend(below.get(on).into_iter().flatten().cloned());
            }
            for module in &row.modules {
                below.insert(module.clone(), all.clone());
            }
        }
        below
    }
}

fn cells(line: &str) -> Option<Vec<String>> {
    let line = line.strip_prefix('|')?.strip_suffix('|')?;
    Some(line.split('|').map(|cell| cell.trim().to_owned()).collect())
}

/// The names between backticks, without a disambiguator such as `mod@`.
fn quoted(cell: &str) -> Vec<String> {
    let names = cell.split('`').skip(1).step_by(2);
    names
        .map(|name| name.strip_prefix("mod@").unwrap_or(name).to_owned())
        .collect()
}

fn words(cell: &str) -> Vec<String> {
    cell.split(',')
        .map(|word| word.trim().trim_matches('`').to_owned())
        .filter(|word| !word.is_empty())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOC: &str = "
        A crate.

        | module | responsibility | depends on |
        |---|---|---|
        | [`low`] | much | |
        | [`mod@mid`], `side` | more | low |
        | [`high`](High) | most | mid, side |

        The end.";

    #[test]
    fn rows_contain_modules_and_their_dependencies() {
        let table = Table::parse(DOC).unwrap();
        let rows: Vec<_> = table
            .rows
            .iter()
            .map(|row| (row.modules.join(" "), row.stands_on.join(" ")))
            .collect();
        let expected = [("low", ""), ("mid side", "low"), ("high", "mid side")];
        assert_eq!(rows, expected.map(|(a, b)| (a.to_owned(), b.to_owned())));
        assert_eq!(table.problems(), []);
    }

    #[test]
    fn allowed_uses_are_transitive() {
        let below = Table::parse(DOC).unwrap().below();
        assert_eq!(
            below["high"].iter().collect::<Vec<_>>(),
            ["low", "mid", "side"]
        );
        assert_eq!(below["side"].iter().collect::<Vec<_>>(), ["low"]);
    }

    #[test]
    fn a_text_without_a_table_is_parsed_as_none() {
        assert!(Table::parse("| option | meaning |\n|---|---|\n").is_none());
    }

    #[test]
    fn a_row_depends_on_earlier_rows_only() {
        let table = Table::parse("|module|x|on|\n|-|-|-|\n|`a`|x|b|\n|`b`|x||\n|`b`|x||").unwrap();
        assert_eq!(
            table.problems(),
            [
                Problem::NotEarlier {
                    module: "a".into(),
                    on: "b".into()
                },
                Problem::Twice("b".into())
            ]
        );
    }
}
