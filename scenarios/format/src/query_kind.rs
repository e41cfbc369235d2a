//! The kinds of queries and requests, and the conditions that apply to each.
//!
//! Responsible for the facts by which a condition that can never hold, or always holds, is
//! refused before a run. It must not know files.

use crate::{
    action::{Action, ActionKind},
    condition::Condition,
    syntax::{Kind, Outcome, Word},
};

/// A kind of query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct QueryKind(ActionKind);

/// The kinds of queries, and how each can end. libp2p-kad reports each record and each
/// provider as a step of its own, and never as the last one: `get_record` and
/// `get_providers` end with `FinishedWithNoAdditionalRecord`, in all releases.
const ENDS: [(ActionKind, &[Outcome]); 6] = [
    (ActionKind::FindPeers, &[Outcome::Peers, Outcome::TimedOut]),
    (
        ActionKind::Bootstrap,
        &[Outcome::Bootstrapped, Outcome::TimedOut],
    ),
    (
        ActionKind::Get,
        &[Outcome::NoMore, Outcome::NotFound, Outcome::TimedOut],
    ),
    (
        ActionKind::Put,
        &[Outcome::Stored, Outcome::QuorumFailed, Outcome::TimedOut],
    ),
    (ActionKind::Provide, &[Outcome::Provided, Outcome::TimedOut]),
    (
        ActionKind::FindProviders,
        &[Outcome::NoMore, Outcome::TimedOut],
    ),
];

const PEERS: &[ActionKind] = &[ActionKind::FindPeers, ActionKind::FindProviders];
const RECORDS: &[ActionKind] = &[ActionKind::Get];
const CLOSEST: &[ActionKind] = &[ActionKind::FindPeers];

impl QueryKind {
    /// The kind of the query that an action starts.
    pub(crate) fn of(action: &Action) -> Option<Self> {
        match action {
            Action::Start { query } => QueryKind::of(query),
            _ => {
                let kind = action.kind();
                ENDS.iter()
                    .any(|(known, _)| *known == kind)
                    .then_some(QueryKind(kind))
            }
        }
    }

    /// The kind of the action that starts it.
    pub(crate) fn action(self) -> ActionKind {
        self.0
    }

    /// How many phases with a timeout of their own a query of this kind has. `None` if the
    /// number is not fixed: a bootstrap has one for each bucket that it refreshes.
    pub(crate) fn phases(self) -> Option<u32> {
        match self.0 {
            ActionKind::Bootstrap => None,
            ActionKind::Put | ActionKind::Provide => Some(2),
            _ => Some(1),
        }
    }

    /// How a query of this kind can end.
    fn ends(self) -> &'static [Outcome] {
        let entry = ENDS.iter().find(|(kind, _)| *kind == self.0);
        entry.map_or(&[], |(_, ends)| ends)
    }

    /// Why a condition does not apply to a query of this kind and this name. `None` if it
    /// does.
    pub(crate) fn objection(self, name: &str, condition: &Condition) -> Option<String> {
        let verb = self.0.verb();
        if let Condition::Answer { answer, .. } = condition {
            if self.ends().contains(answer) {
                return None;
            }
            let ends: Vec<String> = self
                .ends()
                .iter()
                .map(|end| format!("`{}`", end.write()))
                .collect();
            let instead = match (self.0, answer) {
                (ActionKind::Get, Outcome::Record) => {
                    format!("; `values {name} >=1` requires that it has found a record")
                }
                (ActionKind::FindProviders, Outcome::Providers) => {
                    format!("; `peers {name} >=1` requires that it has found a provider")
                }
                _ => String::new(),
            };
            return Some(format!(
                "`{name}` is a `{verb}`, whose last step is never `{}`, but one of {}{instead}",
                answer.write(),
                ends.join(", "),
            ));
        }
        let (fits, about) = match condition {
            Condition::Found { .. } | Condition::Peers { .. } => (PEERS, "the peers of a result"),
            Condition::Values { .. } => (RECORDS, "the records of a result"),
            Condition::Caches { .. } => (RECORDS, "the peers that lack a record"),
            Condition::Recall { .. } | Condition::Sorted { .. } => {
                (CLOSEST, "the closest peers of a result")
            }
            _ => return None,
        };
        if fits.contains(&self.0) {
            return None;
        }
        let fits: Vec<String> = fits.iter().map(|kind| format!("`{kind}`")).collect();
        Some(format!(
            "`{}` is about {about}, and `{name}` is a `{verb}`, which has none: it applies to {}",
            condition.kind(),
            fits.join(" and "),
        ))
    }
}

/// A request of a scripted host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum RequestKind {
    /// A message of this kind to hosts with a DHT.
    Message(Kind),
    /// Any bytes, or a message to scripted hosts, which may answer anything.
    Any,
}

impl RequestKind {
    /// Why a condition does not apply to the reply to a request of this kind. `None` if it
    /// does.
    pub(crate) fn objection(self, name: &str, condition: &Condition) -> Option<String> {
        let RequestKind::Message(kind) = self else {
            return None;
        };
        let fits: &[Kind] = match condition {
            Condition::ReplyPeers { .. } | Condition::ReplyNames { .. } => {
                &[Kind::FindNode, Kind::GetValue, Kind::GetProviders]
            }
            Condition::ReplyProviders { .. } => &[Kind::GetProviders],
            Condition::ReplyRecord { .. } => &[Kind::GetValue, Kind::PutValue],
            _ => return None,
        };
        if fits.contains(&kind) {
            return None;
        }
        let fits: Vec<String> = fits
            .iter()
            .map(|kind| format!("`{}`", kind.write()))
            .collect();
        Some(format!(
            "`{name}` is the reply to a `{}`, which has nothing that `{}` is about: it applies to {}",
            kind.write(),
            condition.kind(),
            fits.join(", "),
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn objection(query: &str, condition: &str) -> Option<String> {
        let query: Action = query.parse().expect(query);
        let condition: Condition = condition.parse().expect(condition);
        let kind = QueryKind::of(&query).expect("a query");
        kind.objection("q", &condition)
    }

    #[test]
    fn each_query_has_an_end() {
        for entry in Action::reference() {
            let action: Action = entry.example.parse().expect(entry.example);
            let kind = QueryKind::of(&action);
            assert_eq!(kind.is_some(), action.query().is_some(), "{}", entry.form);
            if let Some(kind) = kind {
                assert!(kind.ends().contains(&Outcome::TimedOut));
            }
        }
    }

    #[test]
    fn conditions_apply_to_queries_with_such_results() {
        let queries = [
            "find-peers a k",
            "bootstrap a",
            "get a k",
            "put a k v",
            "provide a k",
            "find-providers a k",
        ];
        for (condition, fits) in [
            ("found q b", "100001"),
            ("peers q =1", "100001"),
            ("values q =1", "001000"),
            ("caches q b", "001000"),
            ("recall q =1", "100000"),
            ("sorted q", "100000"),
            ("answer q peers", "100000"),
            ("answer q bootstrapped", "010000"),
            ("answer q record", "000000"),
            ("answer q no-more", "001001"),
            ("answer q not-found", "001000"),
            ("answer q stored", "000100"),
            ("answer q quorum-failed", "000100"),
            ("answer q provided", "000010"),
            ("answer q providers", "000000"),
            ("answer q timed-out", "111111"),
            ("ended q", "111111"),
            ("requests q =1", "111111"),
        ] {
            let seen: String = queries
                .iter()
                .map(|query| match objection(query, condition) {
                    None => '1',
                    Some(_) => '0',
                })
                .collect();
            assert_eq!(seen, fits, "{condition}");
        }
        let told = objection("get a k", "answer q record").expect("it does not apply");
        assert!(told.contains("`values q >=1`"), "{told}");
    }

    #[test]
    fn replies_hold_what_their_request_asks_for() {
        let condition: Condition = "reply-record x".parse().expect("a condition");
        let kinds = Kind::ALL.iter().map(|kind| RequestKind::Message(*kind));
        let fit: Vec<bool> = kinds
            .map(|kind| kind.objection("x", &condition).is_none())
            .collect();
        assert_eq!(fit, [false, true, true, false, false]);
        assert_eq!(RequestKind::Any.objection("x", &condition), None);
    }
}
