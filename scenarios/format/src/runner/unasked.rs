//! Lookups that asked no peer.

use dht_harness::{World, dht::Query};

use super::scenario::Runner;
use crate::{
    condition::Condition,
    step::{Fails, Step},
    syntax::{Name, Outcome},
};

impl Runner {
    /// That a condition has passed for a lookup that has sent no request, as it does on a host
    /// whose table is empty. `None` if a line of the file is about how many it has asked or found.
    pub(super) fn unasked(&self, world: &World, index: usize, step: &Step) -> Option<String> {
        let condition = step
            .action
            .condition()
            .filter(|_| step.fails == Fails::No)?;
        let query = condition.whole().query()?;
        if !is_true_of_nothing(condition) {
            return None;
        }
        let asked = self.asked(query);
        let is_silent = !asked.is_empty()
            && asked.iter().all(|asked| {
                world.query(asked.query).is_some_and(|record| {
                    let is_lookup = matches!(
                        record.asked,
                        Some(Query::ClosestPeers(_) | Query::Provide(_))
                    );
                    is_lookup && record.is_finished() && record.requests == 0
                })
            });
        (is_silent && !self.is_counted(query)).then(|| {
            format!(
                "`{}`, step {}: `{}` has sent no request, since its host knew no peer that it could \
                 ask; add `run` before it, or `expect requests {2} =0` if that is meant",
                step.action,
                index + 1,
                query.0
            )
        })
    }

    /// Whether a line is about the number of requests of a query, or of what it has found.
    fn is_counted(&self, query: &Name) -> bool {
        let steps = self.file.steps.iter();
        let conditions = steps.filter_map(|step| step.action.condition());
        conditions.map(Condition::whole).any(|condition| {
            let counts = matches!(
                condition,
                Condition::Requests { .. } | Condition::Peers { .. }
            );
            counts && condition.query() == Some(query)
        })
    }
}

/// Whether a condition may be true of a lookup that has asked no peer.
fn is_true_of_nothing(condition: &Condition) -> bool {
    match condition {
        Condition::Not { inner } => matches!(**inner, Condition::Found { .. }),
        Condition::Answer { answer, .. } => matches!(answer, Outcome::Peers | Outcome::Provided),
        _ => matches!(
            condition,
            Condition::Ended { .. }
                | Condition::Succeeded { .. }
                | Condition::Unanswered { .. }
                | Condition::Failures { .. }
                | Condition::Steps { .. }
                | Condition::Took { .. }
                | Condition::Recall { .. }
        ),
    }
}
