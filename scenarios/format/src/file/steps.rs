//! The steps of a scenario, some of which a file writes as a repetition.

use std::{
    borrow::Cow,
    ops::{Deref, DerefMut, Range},
};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize, Serializer};

use crate::{limit, step::Step, syntax::is_name};

/// The steps of a scenario, in their order. It is a list of [`Step`]s, which remembers
/// which of them were written as a [`Repeat`]; these are written as one again, unless
/// they have been changed.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Steps {
    list: Vec<Step>,
    /// The repetitions, each with the index of its first step.
    repeats: Vec<(usize, Repeat)>,
}

/// Steps that are performed a number of times.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct Repeat {
    /// How many times the steps are performed.
    pub repeat: u32,
    /// The name of the number of the repetition, from 0: with `as = "i"` the steps may
    /// contain `{i}`, in keys, names and hosts.
    #[serde(rename = "as", skip_serializing_if = "Option::is_none")]
    pub number: Option<String>,
    /// The steps, one per line.
    pub steps: Vec<String>,
}

/// An element of the list of steps in a file.
#[derive(Serialize, JsonSchema)]
#[serde(untagged)]
pub(super) enum Written<'a> {
    /// A step.
    Step(String),
    /// Steps that are performed a number of times.
    Repeat(Cow<'a, Repeat>),
}

impl Steps {
    /// Appends a repetition and the steps that it stands for.
    pub(super) fn extend_with(&mut self, repeat: Repeat, steps: Vec<Step>) {
        self.repeats.push((self.list.len(), repeat));
        self.list.extend(steps);
    }

    /// The repetitions whose steps are as they were written and performed more than once:
    /// the range of each among all steps, and how many steps it repeats.
    pub(super) fn repetitions(&self) -> Vec<(Range<usize>, usize)> {
        let repeats = self.repeats.iter().map(|(first, _)| *first);
        let unchanged = repeats.filter_map(|first| Some((first, self.repeat_at(first)?)));
        unchanged
            .filter(|(_, repeat)| repeat.repeat > 1)
            .map(|(first, repeat)| (first..first + repeat.len(), repeat.steps.len()))
            .collect()
    }

    /// The repetition that starts at a step, if its steps are as they were written.
    fn repeat_at(&self, index: usize) -> Option<&Repeat> {
        let (_, repeat) = self.repeats.iter().find(|(first, _)| *first == index)?;
        let rest = self.list.get(index..)?;
        let is_unchanged = rest.len() >= repeat.len()
            && repeat
                .lines()
                .zip(rest)
                .all(|(line, step)| line.parse::<Step>().as_ref() == Ok(step));
        is_unchanged.then_some(repeat)
    }
}

impl Repeat {
    /// The number of steps that it stands for.
    pub(super) fn len(&self) -> usize {
        (self.repeat as usize).saturating_mul(self.steps.len())
    }

    /// The lines of the steps that it stands for.
    fn lines(&self) -> impl Iterator<Item = String> {
        (0..self.repeat)
            .flat_map(move |number| self.steps.iter().map(move |line| self.line(line, number)))
    }

    /// A line of its steps, with the number of a repetition in place of the name.
    pub(super) fn line(&self, line: &str, number: u32) -> String {
        match &self.number {
            Some(name) => line.replace(&format!("{{{name}}}"), &number.to_string()),
            None => line.to_owned(),
        }
    }

    /// What is wrong with it apart from its steps, in a file with so many hosts.
    pub(super) fn mistake(&self, hosts: usize) -> Option<String> {
        if self.repeat == 0 {
            return Some(
                "`repeat` is 0 or missing, so that the steps are never performed: write how many \
                 times they are, at least 1"
                    .to_owned(),
            );
        }
        if self.repeat == 1 {
            return Some(
                "`repeat` is 1, so that nothing is repeated: write the steps themselves, or a \
                 greater number"
                    .to_owned(),
            );
        }
        if self.steps.is_empty() {
            return Some(
                "a repetition has steps, such as { repeat = 3, as = \"i\", steps = [\"put a k{i} \
                 value\"] }"
                    .to_owned(),
            );
        }
        if self.len() > limit::REPEATED {
            return Some(format!(
                "the repetition stands for {} steps; at most {} are possible",
                self.len(),
                limit::REPEATED
            ));
        }
        let of_hosts = self.len().saturating_mul(hosts);
        if of_hosts > limit::REPEATED_HOSTS {
            return Some(format!(
                "the repetition stands for {} steps in a file with {hosts} hosts, which is \
                 {of_hosts} in all; at most {} are possible: write a smaller number, or fewer hosts",
                self.len(),
                limit::REPEATED_HOSTS
            ));
        }
        let name = self.number.as_ref()?;
        if !is_name(name) {
            return Some(format!(
                "{name:?} is not a name: use letters, digits and `-`"
            ));
        }
        let braced = format!("{{{name}}}");
        let is_used = self.steps.iter().any(|line| line.contains(&braced));
        // A line with something else in braces has the mistake.
        let is_told = self
            .steps
            .iter()
            .any(|line| self.unknown_number(line).is_some());
        (!is_used && !is_told)
            .then(|| format!("no step contains `{braced}`: remove `as`, or use the number"))
    }

    /// What is wrong with a line that has something else in braces than the number of this
    /// repetition.
    pub(super) fn unknown_number(&self, line: &str) -> Option<String> {
        let mut others = in_braces(line).filter(|name| self.number.as_deref() != Some(name));
        let name = others.next()?;
        Some(match &self.number {
            Some(number) => format!(
                "`{{{name}}}` is not the number of this repetition, which is written `{{{number}}}`, \
                 and nothing else is put in place of braces"
            ),
            None if is_name(name) => {
                format!("`{{{name}}}` has no value: add `as = \"{name}\"` to the repetition")
            }
            None => format!(
                "`{{{name}}}` has no value: add `as = \"i\"` to the repetition, and write `{{i}}`"
            ),
        })
    }
}

/// What a line has in braces, if it can be meant as the number of a repetition.
fn in_braces(line: &str) -> impl Iterator<Item = &str> {
    let mut parts = line.split('{');
    parts.next();
    let inside = parts.filter_map(|part| Some(part.split_once('}')?.0));
    inside.filter(|name| {
        let is_part = |c: char| c.is_ascii_alphanumeric() || "_-+*/% ".contains(c);
        name.starts_with(|c: char| c.is_ascii_alphabetic()) && name.chars().all(is_part)
    })
}

/// What is wrong with a line outside of repetitions that has a number of a repetition.
pub(super) fn stray_number(line: &str) -> Option<String> {
    // A longer name can be meant as it is, as in a command to an application.
    let is_number = |name: &&str| !name[1..].starts_with(|c: char| c.is_ascii_alphanumeric());
    let name = in_braces(line).find(is_number)?;
    Some(format!(
        "`{{{name}}}` has a value only in a repetition, for example {{ repeat = 3, as = \"i\", \
         steps = [\"put a k{{i}} value\"] }}"
    ))
}

impl Deref for Steps {
    type Target = Vec<Step>;

    fn deref(&self) -> &Vec<Step> {
        &self.list
    }
}

impl DerefMut for Steps {
    fn deref_mut(&mut self) -> &mut Vec<Step> {
        &mut self.list
    }
}

impl From<Vec<Step>> for Steps {
    fn from(list: Vec<Step>) -> Self {
        Steps {
            list,
            repeats: Vec::new(),
        }
    }
}

impl FromIterator<Step> for Steps {
    fn from_iter<I: IntoIterator<Item = Step>>(steps: I) -> Self {
        Vec::from_iter(steps).into()
    }
}

impl<'a> IntoIterator for &'a Steps {
    type Item = &'a Step;
    type IntoIter = std::slice::Iter<'a, Step>;

    fn into_iter(self) -> Self::IntoIter {
        self.list.iter()
    }
}

impl Serialize for Steps {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        let mut written = Vec::new();
        let mut index = 0;
        while let Some(step) = self.list.get(index) {
            match self.repeat_at(index) {
                Some(repeat) => {
                    written.push(Written::Repeat(Cow::Borrowed(repeat)));
                    index += repeat.len();
                }
                None => {
                    written.push(Written::Step(step.to_string()));
                    index += 1;
                }
            }
        }
        written.serialize(to)
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use rstest::rstest;

    use crate::file::{Problems, ScenarioFile, parse};

    fn file(steps: &str) -> Result<ScenarioFile, Problems> {
        let text = format!(
            "format = 1\nname = \"any\"\nabout = \"any\"\nhosts = [\n  {{ name = \"h\", count = 3 }},\n]\n\
             steps = [\n{steps}]\n"
        );
        parse(Path::new("any.toml"), &text, None)
    }

    fn lines(file: &ScenarioFile) -> Vec<String> {
        file.steps.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_repetition_stands_for_its_steps_with_their_number() {
        let steps = "  { repeat = 2, as = \"i\", steps = [\"start put h{i} k{i} v as=p{i}\", \"run 1s\"] },\n  \
                     { repeat = 2, steps = [\"run 2s\"] },\n";
        let file = file(steps).unwrap();
        assert_eq!(
            lines(&file),
            [
                "start put h0 k0 v as=p0",
                "run 1s",
                "start put h1 k1 v as=p1",
                "run 1s",
                "run 2s",
                "run 2s"
            ]
        );
        assert!(
            file.to_string()
                .ends_with(&format!("steps = [\n{steps}]\n")),
            "{file}"
        );
    }

    #[test]
    fn a_changed_repetition_is_written_step_by_step() {
        let steps =
            "  \"run 3s\",\n  { repeat = 2, steps = [\"run 1s\", \"run 2s\"] },\n  \"run 3s\",\n";
        let mut changed = file(steps).unwrap();
        changed.steps[2] = "run 4s".parse().unwrap();
        let text = changed.to_string();
        assert!(!text.contains("repeat"), "{text}");
        let mut shorter = file(steps).unwrap();
        shorter.steps.remove(0);
        let read = parse(Path::new("any.toml"), &shorter.to_string(), None).unwrap();
        assert_eq!(lines(&read), lines(&shorter));
        assert_eq!(
            lines(&read),
            ["run 1s", "run 2s", "run 1s", "run 2s", "run 3s"]
        );
    }

    #[test]
    fn names_and_braces_that_are_no_mistake_are_accepted() {
        for steps in [
            "{ repeat = 2, as = \"i\", steps = [\"get h0 k{i} as=q\", \"expect succeeded q\"] }",
            "{ repeat = 2, as = \"i\", steps = [\"get h0 k{i} as=q{i}\"] }, \"expect succeeded q1\"",
            "{ repeat = 2, steps = [\"get h0 k\"] }, \"expect succeeded last\"",
            "'put h0 k \"{}\"', 'put h0 k \"{\\\"a\\\":1}\"'",
        ] {
            file(&format!("{steps},\n")).unwrap_or_else(|problems| panic!("{problems}"));
        }
    }

    #[rstest]
    #[case::no_times("{ repeat = 0, steps = [\"run 1s\"] }", "is 0 or missing")]
    #[case::no_number("{ steps = [\"run 1s\"] }", "is 0 or missing")]
    #[case::no_steps("{ repeat = 2 }", "a repetition has steps")]
    #[case::empty_steps("{ repeat = 2, steps = [] }", "`steps` is an empty list")]
    #[case::too_many("{ repeat = 4000000000, steps = [\"run 1s\"] }", "at most 100000")]
    #[case::once("{ repeat = 1, steps = [\"run 1s\"] }", "so that nothing is repeated")]
    #[case::unused(
        "{ repeat = 2, as = \"i\", steps = [\"run 1s\"] }",
        "no step contains `{i}`"
    )]
    #[case::no_name(
        "{ repeat = 2, as = \"I\", steps = [\"run 1s\"] }",
        "\"I\" is not a name"
    )]
    #[case::unnamed("{ repeat = 2, steps = [\"put h0 k{i} v\"] }", "add `as = \"i\"`")]
    #[case::other(
        "{ repeat = 2, as = \"i\", steps = [\"put h{i} k{j} v\"] }",
        "`{j}` is not the number"
    )]
    #[case::key(
        "{ repeat = 2, times = 2, steps = [\"run 1s\"] }",
        "unknown key `times`"
    )]
    #[case::sum(
        "{ repeat = 2, as = \"i\", steps = [\"put h{i} k{i+1} v\"] }",
        "which is written `{i}`"
    )]
    #[case::sum_alone(
        "{ repeat = 2, as = \"i\", steps = [\"put h0 k{i+1} v\"] }",
        "which is written `{i}`"
    )]
    #[case::capital(
        "{ repeat = 2, as = \"i\", steps = [\"put h{i} k{I} v\"] }",
        "`{I}` is not the number"
    )]
    #[case::stray("\"put h0 k{i} v\"", "only in a repetition")]
    #[case::nested(
        "{ repeat = 2, steps = [{ repeat = 2, steps = [\"run 1s\"] }] }",
        "repetitions are not nested"
    )]
    #[case::last_of_all(
        "{ repeat = 2, as = \"i\", steps = [\"get h0 k{i} as=q\"] }, \"expect succeeded q\"",
        "as=q{i}"
    )]
    #[case::last_reply(
        "{ repeat = 2, steps = [\"get h0 k as=q\"] }, \"expect not succeeded q\"",
        "as=q{i}"
    )]
    #[case::step("{ repeat = 2, steps = [\"rum 1s\"] }", "`rum` is no action")]
    #[case::host("{ repeat = 9, as = \"i\", steps = [\"crash h{i}\"] }", "h3")]
    #[case::query(
        "{ repeat = 9, as = \"i\", steps = [\"expect succeeded p{i}\"] }",
        "p0"
    )]
    fn a_mistake_in_a_repetition_is_told_once(#[case] repeat: &str, #[case] says: &str) {
        let Problems { list, .. } = file(&format!("{repeat},\n")).unwrap_err();
        assert_eq!(list.len(), 1, "{list:?}");
        assert!(list[0].text.contains(says), "{list:?}");
    }

    #[test]
    fn the_steps_of_a_repetition_are_limited_by_the_hosts() {
        let with = |hosts: usize, repeat: usize| {
            let text = format!(
                "format = 1\nname = \"any\"\nabout = \"any\"\nhosts = [{{ name = \"h\", count = {hosts} }}]\n\
                 steps = [{{ repeat = {repeat}, steps = [\"run 1ms\"] }}]\n"
            );
            parse(Path::new("any.toml"), &text, None)
        };
        let Problems { list, .. } = with(200, 65_535).unwrap_err();
        assert_eq!(list.len(), 1, "{list:?}");
        let words = "13107000 in all; at most 2000000 are possible";
        assert!(list[0].text.contains(words), "{list:?}");
        with(200, 1_000).unwrap_or_else(|problems| panic!("{problems}"));
    }
}
