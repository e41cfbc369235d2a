//! Checks the keys of a file that are neither hosts nor lines.

use std::ops::Range;

use dht_harness::{invariants, net::Sharing};

use super::{Validator, limits, lists::actions};
use crate::{
    action::Action,
    limit,
    signature::{FailureSignature, ViolationPattern},
    syntax::{hint, is_invisible},
};

/// The repositories whose tests can be covered.
const REPOSITORIES: [&str; 4] = [
    "go-libp2p-kad-dht",
    "go-libp2p-kbucket",
    "go-libp2p",
    "libp2p-kad",
];

impl Validator<'_> {
    pub(super) fn head(&mut self) {
        if self.scenario.name.contains('/') {
            let at = self.places.key("name");
            self.complain(
                &at,
                "the name of a scenario is one part of the names of its cases: write it without `/`",
            );
        }
        let texts = [
            ("name", Some(&self.scenario.name)),
            ("about", Some(&self.scenario.about)),
            ("source", self.scenario.source.as_ref()),
        ];
        for (key, text) in texts {
            let Some(text) = text else { continue };
            let at = self.places.key(key);
            // A key that is missing is reported as such.
            let problem = if self.places.keys.contains_key(key) && text.trim().is_empty() {
                Some(format!("`{key}` is empty: write what it is for the reader"))
            } else if text.chars().any(char::is_control) {
                Some(format!("`{key}` is one line, without control characters"))
            } else if let Some(hidden) = text.chars().find(|char| is_invisible(*char)) {
                Some(format!(
                    "`{key}` has the character U+{:04X}, which is not seen, and can change how the rest \
                     looks: remove it",
                    u32::from(hidden)
                ))
            } else if key == "name" && text.len() > limit::NAME_BYTES {
                Some(format!("a name has at most {} bytes", limit::NAME_BYTES))
            } else {
                None
            };
            self.maybe(&at, problem);
        }
        let network = &self.scenario.network;
        let at = self.places.key("network");
        let of_regions = network
            .regions
            .iter()
            .flat_map(|region| region.latency.values());
        let all = [&network.latency].into_iter();
        let mut all = all.chain(of_regions.map(|latency| &latency.0));
        let latency = all.find_map(limits::latency_problem);
        self.maybe(&at, latency);
        let regions = network.regions().err().map(|problem| problem.to_string());
        self.maybe(&at, regions);
        if self.scenario.network.bandwidth == Some(0) {
            self.complain(
                &at,
                "over a `bandwidth` of 0 nothing is carried: write the rate in bytes per second, or \
                 leave it out for unlimited links",
            );
        }
        let rate = network.bandwidth.filter(|rate| *rate > limit::BANDWIDTH);
        self.maybe(
            &at,
            rate.map(|rate| {
                limits::rate_problem(rate, "leave `bandwidth` out for unlimited links")
            }),
        );
        let limits = |action: &Action| {
            matches!(
                action,
                Action::SetBandwidth { rate: 1.., .. } | Action::SetBandwidth { up: Some(1..), .. }
            )
        };
        if self.scenario.network.sharing == Sharing::Fair
            && self.scenario.network.bandwidth.is_none()
            && !actions(self.scenario).any(limits)
        {
            self.complain(
                &at,
                "no link has a limited rate that connections could share: set `bandwidth` beside \
                 `sharing`, or remove `sharing`",
            );
        }
        if self.scenario.network.dial_timeout.is_zero() {
            self.complain(
                &at,
                "with a `dial_timeout` of 0s no dial succeeds: write a time above 0s",
            );
        }
        let scenario = self.scenario;
        let transports: Vec<String> = scenario
            .transports
            .iter()
            .map(ToString::to_string)
            .collect();
        for (key, list) in [
            ("covers", &scenario.covers),
            ("transports", &transports),
            ("stacks", &scenario.stacks),
            ("checks", &scenario.checks),
            ("violates", &scenario.violates),
        ] {
            let at = self.places.key(key);
            let problem = twice(list).map(|one| format!("`{key}` names `{one}` twice"));
            self.maybe(&at, problem);
        }
        if scenario.network.migration && transports == ["stream"] {
            let at = self.places.key("network");
            self.complain(
                &at,
                "`migration` is about connections over `mux`, and this file runs over `stream` alone: remove it",
            );
        }
        for covered in &self.scenario.covers {
            let sound = covered.split_once(':').is_some_and(|(repository, test)| {
                REPOSITORIES.contains(&repository) && !test.is_empty()
            });
            if !sound {
                let at = self.places.key("covers");
                self.complain(
                    &at,
                    format!(
                        "{covered:?} is not the name of a test: write one of {} and `:TestName`",
                        REPOSITORIES.join(", ")
                    ),
                );
            }
        }
        for name in &self.scenario.checks {
            let at = self.places.key("checks");
            self.invariant(name, &at);
            let mut catalog = invariants::catalog().iter();
            let is_standard = catalog.any(|entry| entry.name == name && entry.standard);
            let problem = is_standard.then(|| {
                format!("`{name}` is a standard invariant, which every run checks: remove it")
            });
            self.maybe(&at, problem);
        }
        for pattern in &self.scenario.violates {
            let at = self.places.key("violates");
            self.violation(pattern, &at);
        }
        if let Some(found) = &self.scenario.found
            && let Err(error) = found.violates.parse::<FailureSignature>()
        {
            let at = self.places.key("found");
            self.complain(&at, error.to_string());
        }
    }

    fn invariant(&mut self, name: &str, at: &Range<usize>) {
        let known = || invariants::catalog().iter().map(|entry| entry.name);
        if known().any(|known| known == name) {
            return;
        }
        let hint =
            hint(name, known()).unwrap_or_else(|| "`dht-harness invariants` lists them".to_owned());
        self.complain(at, format!("no invariant is called `{name}`; {hint}"));
    }

    /// Checks the name of an invariant, optionally with one of its kinds.
    pub(super) fn violation(&mut self, text: &str, at: &Range<usize>) {
        let pattern = ViolationPattern::unchecked(text);
        let mut catalog = invariants::catalog().iter();
        let entry = catalog.find(|entry| entry.name == pattern.invariant);
        let (Some(entry), Some(kind)) = (entry, &pattern.kind) else {
            return self.invariant(&pattern.invariant, at);
        };
        let known = || entry.kinds.iter().map(|kind| kind.name);
        if known().any(|known| known == kind) {
            return;
        }
        let hint = hint(kind, known())
            .unwrap_or_else(|| format!("there are {}", Vec::from_iter(known()).join(", ")));
        self.complain(
            at,
            format!("`{}` cannot be violated by `{kind}`; {hint}", entry.name),
        );
    }
}

/// The first element that a list has twice.
pub(super) fn twice<T: PartialEq>(list: &[T]) -> Option<&T> {
    let mut numbered = list.iter().enumerate();
    numbered.find_map(|(index, one)| list[..index].contains(one).then_some(one))
}
