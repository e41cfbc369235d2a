//! Which tests of the Go repositories the scenarios cover.

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
    family: Vec<Family>,
    #[serde(default)]
    not_expressible: Vec<NotExpressible>,
}

#[derive(Deserialize)]
struct Family {
    name: String,
    /// Not counted: what the repository no longer has, or has beside its DHT.
    #[serde(default)]
    extra: bool,
    tests: Vec<String>,
}

#[derive(Deserialize)]
struct NotExpressible {
    test: String,
    reason: String,
}

/// What the scenarios of a catalog cover.
pub(super) struct GoTestCoverage {
    lists: Lists,
    /// By `repository:test`: each scenario, with what is known to go wrong in
    /// it.
    covered: IndexMap<String, Vec<(String, Vec<String>)>>,
}

/// Counts of one repository.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct CoveredTests {
    /// Tests that a scenario names.
    pub(super) covered: usize,
    /// All that can be expressed.
    pub(super) expressible: usize,
}

impl GoTestCoverage {
    /// Looks at what the scenarios say that they cover.
    pub(super) fn of(catalog: &Catalog) -> Self {
        let mut covered: IndexMap<String, Vec<_>> = IndexMap::new();
        for scenario in catalog.scenarios() {
            for test in &scenario.covers {
                let entry = (scenario.name.clone(), known(scenario));
                covered.entry(test.clone()).or_default().push(entry);
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
            let counted = list.family.iter().filter(|family| !family.extra);
            for test in counted.flat_map(|family| &family.tests) {
                count.expressible += 1;
                count.covered +=
                    usize::from(self.covered.contains_key(&format!("{repository}:{test}")));
            }
        }
        count
    }

    /// What scenarios say that they cover and no list has.
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
                // Tests of libp2p-kad itself, and others that are not listed.
                None => true,
            }
        };
        self.covered
            .keys()
            .map(String::as_str)
            .filter(|name| !is_known(name))
            .collect()
    }

    /// The whole as a table in Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = String::from(
            "# Coverage\n\nWhich tests of the Go repositories the scenarios cover. An expected \
             difference is what a scenario allows by an id: with B, F and U it is a defect in \
             [UPSTREAM.md](UPSTREAM.md), with D and a number a difference from go-libp2p, of which \
             the scenario's `about` says what should be, with P- and a name a mistake of \
             `dht_fixtures::patterns`.\n\nGenerated; `UPDATE=1 cargo test --test files coverage` \
             writes it anew.\n",
        );
        for repository in &self.lists.repository {
            let CoveredTests {
                covered,
                expressible,
            } = self.count(&repository.name);
            text.push_str(&format!(
                "\n## {} at {}\n\n{covered} of {expressible} tests that can be expressed are covered.\n",
                repository.name, repository.commit
            ));
            for family in &repository.family {
                text.push_str(&format!(
                    "\n### {}\n\n| test | scenarios |\n|---|---|\n",
                    family.name
                ));
                for test in &family.tests {
                    let by = self.by(&format!("{}:{test}", repository.name));
                    text.push_str(&format!("| {test} | {by} |\n"));
                }
            }
            text.push_str("\n### Not expressible\n\n| test | reason |\n|---|---|\n");
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
        let each: Vec<String> = scenarios
            .iter()
            .map(|(name, known)| {
                if known.is_empty() {
                    name.clone()
                } else {
                    format!("{name} (expected difference {})", known.join(", "))
                }
            })
            .collect();
        each.join("<br>")
    }
}

/// The ids of what is known to go wrong in a scenario.
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
