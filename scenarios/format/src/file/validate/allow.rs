//! Checks the failures that a file expects.

use std::{ops::Range, sync::LazyLock};

use dht_fixtures::KadSettings;
use dht_harness::Release;
use indexmap::{IndexMap, IndexSet};
use serde_json::{Value, json};

use super::{
    Validator,
    head::twice,
    lists::{actions, lists},
};
use crate::{
    action::ActionLabel,
    file::scenario::{Allow, HostGroup, ScenarioFile},
    known::{KnownFailure, Need, expectable, known_failures, signature_of},
    signature::{FailureSignature, ViolationPattern},
    stacks::DEFAULT_STACK,
    step::Step,
    syntax::hint,
};

impl Validator<'_> {
    pub(super) fn allowances(&mut self) {
        let scenario = self.scenario;
        let parts = (!scenario.allow.is_empty()).then(|| Parts::of(scenario));
        for (allow, at) in scenario.allow.iter().zip(&self.places.allow) {
            let failure = match (&allow.violates, &allow.step) {
                (Some(pattern), None) => {
                    self.violation(pattern, at);
                    let pattern = ViolationPattern::unchecked(pattern);
                    Some((FailureSignature::Invariant(pattern), None))
                }
                (None, Some(step)) => {
                    let step: Option<Step> = step.parse().ok();
                    let step = step.filter(|step| scenario.steps.contains(step));
                    if step.is_none() {
                        self.complain(
                            at,
                            format!(
                                "there is no step {:?}: write the text of the step that fails{}",
                                allow.step.as_deref().unwrap_or_default(),
                                match allow.step.as_deref().is_some_and(|step| step.contains('{')) {
                                    true => ", with the number of the repetition in place of its name in braces",
                                    false => "",
                                }
                            ),
                        );
                    }
                    step.map(|step| (signature_of(&step), Some(step)))
                }
                _ => {
                    self.complain(
                        at,
                        "set either `violates = \"INVARIANT\"` or `step = \"..\"`",
                    );
                    None
                }
            };
            self.where_allowed(allow, at);
            match self.known_failure(&allow.id) {
                Ok(known) => {
                    let (failure, step) = failure.unzip();
                    let step = step.flatten();
                    let problem = failure
                        .as_ref()
                        .and_then(|failure| wrong_failure(&known, failure))
                        .or_else(|| self.wrong_stack(&known, allow, step.as_ref()))
                        .or_else(|| self.wrong_release(&known, allow))
                        .or_else(|| {
                            let parts = parts.as_ref()?;
                            let expected = Expected {
                                allow,
                                failure: failure.as_ref()?,
                                step: step.as_ref(),
                            };
                            self.wrong_cause(&known, parts, &expected)
                        });
                    self.maybe(at, problem);
                }
                Err(unknown) => self.complain(at, unknown),
            }
        }
        self.allowed_twice();
        self.declarations();
    }

    /// Reports each entry whose failure an earlier one expects in the same cases.
    fn allowed_twice(&mut self) {
        let scenario = self.scenario;
        for (index, allow) in scenario.allow.iter().enumerate() {
            let mut earlier = scenario.allow[..index].iter();
            if let Some(other) = earlier.find(|other| is_same(allow, other)) {
                let at = self.places.allow[index].clone();
                self.complain(&at, format!(
                    "the entry with the id `{}` expects this failure already, on a stack, a transport and a release of this one: remove one of both, or set their `stacks`, `transports` or `libp2p` apart",
                    other.id
                ));
            }
        }
    }

    /// The failure with this id.
    fn known_failure(&self, id: &str) -> Result<KnownFailure, String> {
        if id.is_empty() {
            return Err("an entry of `allow` needs an id such as `D1`".to_owned());
        }
        let Some(declared) = self.declared else {
            return Ok(KnownFailure::default());
        };
        let mut all = expectable(&self.scenario.known, declared);
        if let Some(known) = all.clone().find(|known| known.id == id) {
            return Ok(known.clone());
        }
        let hint = hint(id, all.by_ref().map(|known| known.id.as_str()))
            .map_or(String::new(), |hint| format!(" {hint}"));
        Err(format!(
            "no known failure has the id `{id}`;{hint} declare one of your own with \
             known = [{{ id = {id:?}, about = \"what should be\" }}]"
        ))
    }

    /// Why no host of a step, or of the file, can fail so.
    fn wrong_stack(
        &self,
        known: &KnownFailure,
        allow: &Allow,
        step: Option<&Step>,
    ) -> Option<String> {
        if known.stacks.is_empty() {
            return None;
        }
        let is_of_it = |stack: &str| known.stacks.iter().any(|known| known == stack);
        let of_cases = match (allow.stacks.as_slice(), self.scenario.stacks.as_slice()) {
            ([], []) => is_of_it(DEFAULT_STACK),
            ([], stacks) => stacks.iter().any(|stack| is_of_it(stack)),
            (stacks, _) => stacks.iter().all(|stack| is_of_it(stack)),
        };
        let can_fail = |group: &HostGroup| group.stack.as_deref().map_or(of_cases, is_of_it);
        let named: IndexSet<String> = step
            .map_or(Vec::new(), |step| lists(&step.action))
            .iter()
            .flat_map(|hosts| self.members(hosts))
            .collect();
        let mut concerned = self.scenario.hosts.iter().filter(|group| {
            let of_group = self.groups.get(&group.name).into_iter().flatten();
            named.is_empty() || of_group.into_iter().any(|host| named.contains(host))
        });
        (!concerned.any(can_fail)).then(|| {
            format!(
                "only the stacks {} can fail as `{}` says{}",
                known.stacks.join(", "),
                known.id,
                match named.is_empty() {
                    true => "",
                    false => ", and this step names no host with one of them",
                }
            )
        })
    }

    /// Why a failure has another cause than the known one, by what the file contains, and which
    /// ones it can have.
    fn wrong_cause(
        &self,
        known: &KnownFailure,
        parts: &Parts,
        expected: &Expected<'_>,
    ) -> Option<String> {
        let steps = &self.scenario.steps;
        let until = match expected.step {
            // Where a step is there several times, each may be the one that fails.
            Some(step) => steps.iter().rposition(|one| one == step)?,
            None => steps.len(),
        };
        let why = parts.unlike(known, until)?;
        let declared = self.declared.unwrap_or_default();
        let others = expectable(&self.scenario.known, declared).filter(|other| {
            let Expected {
                allow,
                failure,
                step,
            } = expected;
            other.id != known.id
                && other.shows_as(failure)
                && self.wrong_stack(other, allow, *step).is_none()
                && self.wrong_release(other, allow).is_none()
                && parts.unlike(other, until).is_none()
        });
        let others: Vec<String> = others.map(|other| format!("`{}`", other.id)).collect();
        let remedy = match others.as_slice() {
            [] => {
                "no known failure is like this: correct the scenario, or declare one of your own \
                   with `known`"
                    .to_owned()
            }
            others => format!("what can fail so here is {}", others.join(", ")),
        };
        let place = match expected.step {
            Some(_) => " before this step",
            None => "",
        };
        Some(format!(
            "this cannot be `{}`, because the file {why}{place}; `{0}` is about this: {}; {remedy}",
            known.id, known.about
        ))
    }

    fn wrong_release(&self, known: &KnownFailure, allow: &Allow) -> Option<String> {
        let built = Release::BUILT;
        let is_expected = allow.libp2p.include(built) && self.scenario.libp2p.include(built);
        (is_expected && !known.libp2p.include(built)).then(|| {
            format!(
                "libp2p {built} does not fail as `{0}` says: add libp2p = \"{1}\" to this entry",
                known.id,
                String::from(known.libp2p.clone())
            )
        })
    }

    /// Reports stacks and transports on which the file does not run.
    fn where_allowed(&mut self, allow: &Allow, at: &Range<usize>) {
        let scenario = self.scenario;
        let of_cases: Vec<&str> = match scenario.stacks.as_slice() {
            [] => vec![DEFAULT_STACK],
            stacks => stacks.iter().map(String::as_str).collect(),
        };
        let transports: Vec<String> = allow.transports.iter().map(ToString::to_string).collect();
        let problem = twice(&allow.stacks).or_else(|| twice(&transports));
        let problem = problem.map(|one| format!("this entry names `{one}` twice"));
        self.maybe(at, problem);
        for stack in &allow.stacks {
            if !of_cases.contains(&stack.as_str()) {
                let hint = hint(stack, of_cases.iter().copied())
                    .unwrap_or_else(|| format!("it has {}", of_cases.join(", ")));
                self.complain(
                    at,
                    format!("`{stack}` is not one of the `stacks` of this file; {hint}"),
                );
            }
        }
        let runs =
            |transport| scenario.transports.is_empty() || scenario.transports.contains(transport);
        if let Some(transport) = allow.transports.iter().find(|transport| !runs(transport)) {
            self.complain(
                at,
                format!("this file does not run on the transport {transport}"),
            );
        }
    }

    /// Checks the ids that the file declares.
    fn declarations(&mut self) {
        let scenario = self.scenario;
        for (index, known) in scenario.known.iter().enumerate() {
            let at = self.places.known[index].clone();
            let id = &known.id;
            let declared = self.declared.unwrap_or_default();
            let mut others = declared.iter().chain(known_failures());
            let mut earlier = scenario.known.iter().take(index);
            let problem = if id.is_empty() {
                Some("an entry of `known` needs an id".to_owned())
            } else if id.contains(|char: char| char.is_whitespace() || char == ',') {
                Some(format!(
                    "the id {id:?} has a blank or a comma, and reports list ids with both: write it \
                     without, for example with `-`"
                ))
            } else if known.about.split_whitespace().count() < 2 {
                Some(format!(
                    "`{id}`: `about` has to say what should be, in a sentence"
                ))
            } else if let Some(need) = known.needs.iter().flatten().find(|it| !is_possible(it)) {
                Some(format!(
                    "`{id}`: no file has the key `{need}`, so that no failure can be `{id}`: write the \
                     path of a key as the reference lists it, as `hosts.script`"
                ))
            } else if let Some(other) = others.find(|other| other.id == *id) {
                Some(format!("`{id}` is known already: {}", other.about))
            } else if earlier.any(|earlier| earlier.id == *id) {
                Some(format!("`{id}` is declared twice"))
            } else if let Some(twice) = twice(&known.stacks) {
                Some(format!("`{id}`: `stacks` names `{twice}` twice"))
            } else if let Some(twice) = twice(&known.at) {
                Some(format!("`{id}`: `at` names `{twice}` twice"))
            } else if !scenario.allow.iter().any(|allow| allow.id == *id) {
                Some(format!(
                    "no entry of `allow` has the id `{id}`: remove this one"
                ))
            } else {
                None
            };
            self.maybe(&at, problem);
        }
    }
}

/// A failure that an entry expects.
struct Expected<'a> {
    allow: &'a Allow,
    failure: &'a FailureSignature,
    /// The step that fails, if it is not a violation.
    step: Option<&'a Step>,
}

/// The parts of a file by which the causes of failures are told apart.
struct Parts {
    /// The actions, each with the first step that performs it. A planned one may come first.
    actions: IndexMap<ActionLabel, usize>,
    /// The keys.
    keys: Value,
    /// The defaults of those keys that a written table may contain nevertheless.
    defaults: Value,
}

/// Whether a known failure says what must be in a file, or must not, and the file is like that up
/// to a step.
pub(crate) fn is_like(scenario: &ScenarioFile, known: &KnownFailure, until: usize) -> bool {
    !known.needs.is_empty() && Parts::of(scenario).unlike(known, until).is_none()
}

impl Parts {
    fn of(scenario: &ScenarioFile) -> Self {
        let mut first: IndexMap<ActionLabel, usize> = IndexMap::new();
        let planned = scenario.faults.len();
        for (index, action) in actions(scenario).enumerate() {
            let index = index.saturating_sub(planned);
            for label in action.labels().into_iter().chain(action.started().labels()) {
                first.entry(label).or_insert(index);
            }
        }
        Parts {
            actions: first,
            keys: serde_json::to_value(scenario).unwrap_or_default(),
            defaults: json!({ "hosts": { "settings": KadSettings::default() } }),
        }
    }

    /// What the file has, or lacks, up to a step, so that a known failure cannot occur there.
    fn unlike(&self, known: &KnownFailure, until: usize) -> Option<String> {
        let came = |label: &ActionLabel| self.actions.get(label).is_some_and(|at| *at <= until);
        let has = |need: &Need| match need {
            Need::Action(label) => came(label),
            Need::Key(path) => contains(&self.keys, Some(&self.defaults), path),
        };
        if let Some(needs) = known.needs.iter().find(|needs| !needs.iter().any(has)) {
            let needs: Vec<String> = needs.iter().map(|need| format!("`{need}`")).collect();
            return Some(match needs.as_slice() {
                [one] => format!("has no {one}"),
                all => format!("has none of {}", all.join(", ")),
            });
        }
        let other = known.without.iter().find(|label| came(label))?;
        Some(format!("has a `{other}`"))
    }
}

/// Whether there is a key, by its path, with another value than its default. Each element of a
/// list may have it.
fn contains(value: &Value, default: Option<&Value>, path: &str) -> bool {
    match value {
        Value::Array(list) => list.iter().any(|value| contains(value, default, path)),
        Value::Object(table) => {
            let (key, rest) = match path.split_once('.') {
                Some((key, rest)) => (key, Some(rest)),
                None => (path, None),
            };
            let default = default.and_then(|default| default.get(key));
            let inner = table.get(key).filter(|inner| !inner.is_null());
            inner.is_some_and(|inner| match rest {
                Some(rest) => contains(inner, default, rest),
                None => Some(inner) != default,
            })
        }
        _ => false,
    }
}

/// Whether two entries expect one failure in a common case.
fn is_same(one: &Allow, other: &Allow) -> bool {
    fn meet<T: PartialEq>(one: &[T], other: &[T]) -> bool {
        one.is_empty() || other.is_empty() || one.iter().any(|it| other.contains(it))
    }
    let step = |allow: &Allow| allow.step.as_ref()?.parse::<Step>().ok();
    let is_one_failure = match (&one.violates, &other.violates) {
        (Some(one), Some(other)) => {
            let (one, other) = (
                ViolationPattern::unchecked(one),
                ViolationPattern::unchecked(other),
            );
            one.covers(&other) || other.covers(&one)
        }
        (None, None) => step(one).is_some() && step(one) == step(other),
        _ => false,
    };
    let releases = Release::ALL.into_iter();
    is_one_failure
        && meet(&one.stacks, &other.stacks)
        && meet(&one.transports, &other.transports)
        && releases
            .into_iter()
            .any(|release| one.libp2p.include(release) && other.libp2p.include(release))
}

fn wrong_failure(known: &KnownFailure, failure: &FailureSignature) -> Option<String> {
    if known.shows_as(failure) {
        return None;
    }
    let at: Vec<String> = known.at.iter().map(|at| format!("`{at}`")).collect();
    Some(format!(
        "`{}` does not show as `{failure}`, but as {}: {}",
        known.id,
        at.join(", "),
        known.about
    ))
}

/// Whether a file can contain what a failure needs: a key is one of the format.
fn is_possible(need: &Need) -> bool {
    static SCHEMA: LazyLock<Value> =
        LazyLock::new(|| schemars::schema_for!(ScenarioFile).to_value());
    let Need::Key(path) = need else { return true };
    let keys: Vec<&str> = path.split('.').collect();
    has_key(&SCHEMA, &SCHEMA, &keys)
}

/// Whether a schema, which is a part of another one, has a key with this path.
fn has_key(schema: &Value, whole: &Value, path: &[&str]) -> bool {
    let Some((first, rest)) = path.split_first() else {
        return true;
    };
    let referred = schema.get("$ref").and_then(Value::as_str);
    let referred = referred.and_then(|it| whole.pointer(it.trim_start_matches('#')));
    let choices = ["anyOf", "oneOf", "allOf"].into_iter();
    let choices = choices.filter_map(|key| schema.get(key)?.as_array());
    let property = schema.get("properties").and_then(|it| it.get(first));
    property.is_some_and(|it| has_key(it, whole, rest))
        || referred
            .into_iter()
            .chain(schema.get("items"))
            .chain(choices.flatten())
            .any(|part| has_key(part, whole, path))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_one_of_the_format() {
        let possible = |text: &str| is_possible(&text.parse::<Need>().expect(text));
        for known in known_failures() {
            for need in known.needs.iter().flatten() {
                assert!(is_possible(need), "{}: {need}", known.id);
            }
        }
        for text in ["hosts.script", "hosts.settings.traversal.relay", "crash"] {
            assert!(possible(text), "{text}");
        }
        for text in [
            "hosts.scrpt",
            "hosts.settings.mode.server",
            "network.latensy",
        ] {
            assert!(!possible(text), "{text}");
        }
    }
}
