//! The coverage of the Go repositories' tests by scenarios.

use indexmap::IndexMap;
use serde::Deserialize;

use dht_scenarios::{Catalog, Expect, Scenario};

const TESTS: &str = include_str!(concat!(
    env!("CARGO_MANIFEST_DIR"),
    "/../coverage/go-tests.toml"
));

#[derive(Deserialize)]
struct Lists {
    repository: Vec<Repository>,
}

#[derive(Deserialize)]
struct Repository {
    name: String,
    commit: String,
    /// The number of tests that it has at this commit.
    tests: usize,
    family: Vec<Family>,
    #[serde(default)]
    not_expressible: Vec<NotExpressible>,
    /// By test: what its scenarios do not check.
    #[serde(default)]
    without: IndexMap<String, String>,
}

impl Repository {
    /// The number of rows of its tables.
    fn rows(&self) -> usize {
        let families = self.family.iter().map(|family| family.tests.len());
        families.sum::<usize>() + self.not_expressible.len()
    }

    /// The tests that count.
    fn counted(&self) -> impl Iterator<Item = &String> {
        let families = self.family.iter().filter(|family| !family.extra);
        families.flat_map(|family| &family.tests)
    }
}

#[derive(Deserialize)]
struct Family {
    name: String,
    /// Not counted: tests that the repository no longer has, or that do not
    /// concern its DHT.
    #[serde(default)]
    extra: bool,
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct NotExpressible {
    test: String,
    reason: String,
}

/// The coverage of a catalog.
pub(super) struct GoTestCoverage {
    lists: Lists,
    /// By `repository:test`: the scenarios.
    covered: IndexMap<String, Vec<Covering>>,
}

/// A scenario that covers a test.
struct Covering {
    scenario: String,
    /// The ids of its expected differences.
    known: Vec<String>,
}

/// Counts of one repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CoveredTests {
    /// Tests that a scenario names.
    pub(super) covered: usize,
    /// Those of them that no scenario covers without an expected difference.
    pub(super) only_as_difference: usize,
    /// Those of them of which the scenarios do not check something.
    pub(super) in_part: usize,
    /// All tests that were chosen.
    pub(super) chosen: usize,
}

impl GoTestCoverage {
    /// Collects the tests that the scenarios claim to cover.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut covered: IndexMap<String, Vec<_>> = IndexMap::new();
        for scenario in catalog.scenarios() {
            for test in &scenario.covers {
                covered.entry(test.clone()).or_default().push(Covering {
                    scenario: scenario.name.clone(),
                    known: known(scenario),
                });
            }
        }
        let lists = toml::from_str(TESTS).expect("the list is tested");
        GoTestCoverage { lists, covered }
    }

    /// The counts of a repository.
    pub(super) fn count(&self, repository: &str) -> CoveredTests {
        let mut count = CoveredTests::default();
        for list in self
            .lists
            .repository
            .iter()
            .filter(|list| list.name == repository)
        {
            for test in list.counted() {
                count.chosen += 1;
                if let Some(covering) = self.covered.get(&format!("{repository}:{test}")) {
                    count.covered += 1;
                    count.only_as_difference += usize::from(only_as_difference(covering));
                    count.in_part += usize::from(list.without.contains_key(test));
                }
            }
        }
        count
    }

    /// Tests that scenarios claim to cover and no list contains.
    pub(super) fn unknown(&self) -> Vec<&str> {
        let is_known = |name: &str| {
            let Some((repository, test)) = name.split_once(':') else {
                return false;
            };
            let mut lists = self.lists.repository.iter();
            match lists.find(|list| list.name == repository) {
                Some(list) => list
                    .family
                    .iter()
                    .any(|family| family.tests.iter().any(|known| known == test)),
                // Tests of libp2p-kad itself and others are not listed.
                None => true,
            }
        };
        self.covered
            .keys()
            .map(String::as_str)
            .filter(|name| !is_known(name))
            .collect()
    }

    /// Tests of which something is said not to be checked, and that no scenario covers.
    pub(super) fn without_a_row(&self) -> Vec<&str> {
        let lists = self.lists.repository.iter();
        let parts = lists.flat_map(|list| list.without.keys().map(move |test| (list, test)));
        parts
            .filter(|(list, test)| !self.covered.contains_key(&format!("{}:{test}", list.name)))
            .map(|(_, test)| test.as_str())
            .collect()
    }

    /// The coverage as a table in Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::from(
            "# Coverage\n\nThe tests of the Go repositories that the scenarios cover. An expected \
             difference is one that a scenario allows by an id. B, F and U are defects in \
             [UPSTREAM.md](UPSTREAM.md); D and a number is a difference from go-libp2p, whose correct \
             behaviour is stated in the scenario's `about`; P- and a name is a mistake of \
             `dht_fixtures::patterns`. A test that no scenario covers without an expected difference \
             is marked: libp2p does not have the property that the test shows, on some or all \
             stacks.\n\nThe tests are chosen by hand: those that can be expressed with swarms in a \
             network, as far as they concern a DHT. Most tests of go-libp2p are not among them, as \
             they are about its internals and other protocols. A name has its package if the \
             repository has several tests of that name.\n\nGenerated by `UPDATE=1 cargo test -p dht-harness-cli coverage`.\n",
        );
        for repository in &self.lists.repository {
            let CoveredTests {
                covered,
                only_as_difference,
                in_part,
                chosen,
            } = self.count(&repository.name);
            let uncounted = repository.rows() - chosen;
            text.push_str(&format!(
                "\n## {} at {}\n\n{covered} of the {chosen} tests chosen are covered, \
                 {only_as_difference} of them only as an expected difference, and {in_part} in part. \
                 Each is a row below; the other {uncounted} rows are in the sections that are marked \
                 as not counted. The repository has {} tests.\n",
                repository.name, repository.commit, repository.tests
            ));
            for family in &repository.family {
                let mark = if family.extra { " (not counted)" } else { "" };
                text.push_str(&format!(
                    "\n### {}{mark}\n\n| test | scenarios |\n|---|---|\n",
                    family.name
                ));
                for test in &family.tests {
                    let by = self.by(&format!("{}:{test}", repository.name));
                    let without = repository.without.get(test);
                    let without = without.map(|part| format!("<br>*without* {part}"));
                    let without = without.unwrap_or_default();
                    text.push_str(&format!("| {test} | {by}{without} |\n"));
                }
            }
            text.push_str("\n### Not expressible (not counted)\n\n| test | reason |\n|---|---|\n");
            for missing in &repository.not_expressible {
                text.push_str(&format!("| {} | {} |\n", missing.test, missing.reason));
            }
        }
        text
    }

    fn by(&self, test: &str) -> String {
        let Some(scenarios) = self.covered.get(test) else {
            return "not covered".to_owned();
        };
        let mark = if only_as_difference(scenarios) {
            "*only as an expected difference:*<br>"
        } else {
            ""
        };
        let each: Vec<String> = scenarios
            .iter()
            .map(|Covering { scenario, known }| {
                if known.is_empty() {
                    scenario.clone()
                } else {
                    format!("{scenario} (expected difference {})", known.join(", "))
                }
            })
            .collect();
        format!("{mark}{}", each.join("<br>"))
    }
}

/// Whether each of these scenarios has an expected difference.
fn only_as_difference(covering: &[Covering]) -> bool {
    covering.iter().all(|covering| !covering.known.is_empty())
}

/// The ids of the defects and differences that a scenario expects.
fn known(scenario: &Scenario) -> Vec<String> {
    let mut ids: Vec<String> = scenario
        .cases()
        .filter_map(|case| match case.expect {
            Expect::Known(known) => Some(known.iter().map(|known| known.id.clone())),
            _ => None,
        })
        .flatten()
        .collect();
    ids.sort();
    ids.dedup();
    ids
}
