//! Why a scenario does not apply to a stack.

use std::fmt;

use dht_harness::Release;
use indexmap::IndexMap;
use serde::Serialize;

use crate::{action::Action, capabilities::StackCapabilities, file::Releases};

/// What a stack lacks for a scenario.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Lack {
    /// The scenario is Rust code, or names the stack of each host: there is nothing to
    /// replace.
    PlainHosts,
    /// The tables of the stacks that the scenario is written for are filled otherwise.
    LikeTables,
    /// It does not honour a setting.
    Setting,
    /// The harness does not see its DHT.
    Dht,
    /// Steps cannot drop its messages, let it deny peers, or use its protocols beside kad.
    Filters,
    /// Steps cannot decide what of its store and table survives a restart.
    KeptState,
    /// It queries or dials of its own accord, which the scenario would count.
    Quiet,
    /// The scenario uses commands of another application.
    Commands,
    /// The scenario is for other releases of libp2p.
    Release,
}

/// Why a scenario does not apply to a stack.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Obstacle {
    /// What the stack lacks.
    pub lacks: Lack,
    /// The index of the step, from 0, if it is a step that demands it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The reason in words.
    pub says: String,
}

impl fmt::Display for Obstacle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.step {
            Some(index) => write!(f, "step {}: {}", index + 1, self.says),
            None => f.write_str(&self.says),
        }
    }
}

/// In what a stack treats its table otherwise than one that a scenario names.
fn difference(mine: &StackCapabilities, other: Option<&StackCapabilities>) -> String {
    let Some(other) = other else {
        return ", which only that stack can run".to_owned();
    };
    let mut does = Vec::new();
    if mine.identifies != other.identifies {
        does.push(match mine.identifies {
            true => "learns addresses through identify",
            false => "does not learn addresses through identify",
        });
    }
    if mine.evicts != other.evicts {
        does.push(match mine.evicts {
            true => "evicts peers that fail",
            false => "does not evict peers that fail",
        });
    }
    format!(" (this stack {})", does.join(" and "))
}

impl Obstacle {
    fn new(lacks: Lack, says: impl Into<String>) -> Self {
        Obstacle {
            lacks,
            step: None,
            says: says.into(),
        }
    }

    pub(crate) fn release(releases: &Releases) -> Self {
        let built = Release::BUILT;
        Obstacle::new(
            Lack::Release,
            format!("it is for libp2p {releases}, and this build has {built}"),
        )
    }

    pub(crate) fn code() -> Self {
        Obstacle::new(Lack::PlainHosts, "the scenario is written in Rust")
    }

    pub(super) fn own_stacks() -> Self {
        Obstacle::new(
            Lack::PlainHosts,
            "the stack of each host is fixed by the file",
        )
    }

    pub(super) fn of_its_own(stack: &str) -> Self {
        Obstacle::new(
            Lack::PlainHosts,
            format!("only scenarios that name the stack `{stack}` run on it"),
        )
    }

    /// None of the stacks of a scenario, each with its capabilities, is like this one.
    pub(super) fn other_stacks(
        named: &[(&str, Option<StackCapabilities>)],
        mine: &StackCapabilities,
    ) -> Self {
        let mut by_difference: IndexMap<String, Vec<&str>> = IndexMap::new();
        for (name, other) in named {
            let names = by_difference.entry(difference(mine, other.as_ref()));
            names.or_default().push(name);
        }
        let told = by_difference
            .into_iter()
            .map(|(difference, names)| format!("written for {}{difference}", names.join(", ")));
        Obstacle::new(Lack::LikeTables, Vec::from_iter(told).join("; "))
    }

    pub(super) fn setting(host: &str, name: &str) -> Self {
        Obstacle::new(
            Lack::Setting,
            format!("`{host}` sets `{name}`, which the stack does not honour"),
        )
    }

    pub(super) fn bootstrap(host: &str) -> Self {
        Obstacle::new(
            Lack::Dht,
            format!("`bootstrap` of `{host}` fills its table, which the harness does not see"),
        )
    }

    pub(super) fn no_refresh(host: &str) -> Self {
        Obstacle::new(
            Lack::Quiet,
            format!("`{host}` has to do nothing by itself: `periodic_bootstrap` is `never`"),
        )
    }

    pub(super) fn action(lacks: Lack, action: &Action, step: Option<usize>) -> Self {
        let why = match lacks {
            Lack::Dht => "the harness does not see the DHT of the stack",
            Lack::Filters => "only the stacks of `dht_fixtures` support this",
            Lack::KeptState => "the stack decides by itself what survives a restart",
            Lack::Quiet => "the stack queries and dials of its own accord",
            Lack::Commands => "a command of another application",
            Lack::PlainHosts | Lack::LikeTables | Lack::Setting | Lack::Release => {
                "not possible on this stack"
            }
        };
        Obstacle {
            step,
            ..Obstacle::new(lacks, format!("`{action}`: {why}"))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_differs_is_told() {
        let one = StackCapabilities {
            identifies: true,
            evicts: true,
            ..StackCapabilities::default()
        };
        let keeps = StackCapabilities {
            evicts: false,
            ..one
        };
        let neither = StackCapabilities {
            identifies: false,
            ..keeps
        };
        let told = |named: &[_]| Obstacle::other_stacks(named, &one).says;
        assert_eq!(
            told(&[("keeps", Some(keeps))]),
            "written for keeps (this stack evicts peers that fail)"
        );
        assert_eq!(
            told(&[
                ("a", Some(keeps)),
                ("b", Some(neither)),
                ("c", Some(keeps)),
                ("d", None)
            ]),
            "written for a, c (this stack evicts peers that fail); written for b (this stack learns \
             addresses through identify and evicts peers that fail); written for d, which only that \
             stack can run"
        );
    }
}
