//! Conditions on the replies to requests of scripted hosts.

use dht_fixtures::raw::{AskError, Message};
use dht_harness::{SimError, check::Value, phrase};

use crate::runner::{
    perform::{Reply, no_arm},
    scenario::Runner,
};
use crate::{
    condition::Condition,
    syntax::{Name, Payload, ReplyKind, Word},
};

use super::{Fact, counted, fact, named, open, shown};

impl Runner {
    /// Evaluates a condition for each reply with this name.
    pub(super) fn replied(
        &self,
        name: &Name,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let mut facts = Vec::new();
        for reply in self.replies.borrow().get(name).into_iter().flatten() {
            facts.extend(self.reply_facts(reply, name, condition)?);
        }
        Ok(facts)
    }

    fn reply_facts(
        &self,
        reply: &Reply,
        name: &Name,
        condition: &Condition,
    ) -> Result<Vec<Fact>, SimError> {
        let whose = || phrase!("the answer to `{}`", Value::id(&name.0));
        let message = match reply {
            Some(Ok(bytes)) => Message::from_wire(bytes),
            _ => None,
        };
        let one = |fact: Fact| Ok(vec![fact]);
        if let Condition::Reply { reply: wanted, .. } = condition {
            let seen = match reply {
                None => ReplyKind::Unanswered,
                Some(Ok(bytes)) if bytes.is_empty() => ReplyKind::Nothing,
                Some(Ok(_)) if message.is_some() => ReplyKind::Message,
                Some(Ok(_)) => ReplyKind::Garbage,
                Some(Err(AskError::Broken(_))) => ReplyKind::Reset,
                Some(Err(AskError::NotConnected | AskError::NoStream(_))) => ReplyKind::Refused,
                Some(Err(_)) => ReplyKind::Unanswered,
            };
            return one(fact(
                None,
                seen == *wanted,
                phrase!("{}: {}", whose(), Value::id(Word::write(&seen))),
            ));
        }
        let Some(message) = message else {
            let why = "is no message, so that nothing is known of what it names";
            return one(open(None, phrase!("{} {}", whose(), why)));
        };
        match condition {
            Condition::ReplyPeers { count, .. } => {
                let peers = message.closer_peers.len();
                one(counted(
                    None,
                    whose(),
                    ("closer peer", "closer peers"),
                    peers,
                    count,
                ))
            }
            Condition::ReplyProviders { count, .. } => {
                let peers = message.provider_peers.len();
                one(counted(
                    None,
                    whose(),
                    ("provider", "providers"),
                    peers,
                    count,
                ))
            }
            Condition::ReplyNames { peers, .. } => {
                let closer: Vec<_> = message
                    .closer_peers
                    .iter()
                    .filter_map(|peer| peer.peer_id())
                    .collect();
                let actors = self.registry.all(peers)?;
                Ok(actors
                    .iter()
                    .map(|other| {
                        let there = closer.contains(&other.peer());
                        let how = if there { "names" } else { "does not name" };
                        fact(
                            None,
                            there,
                            phrase!("{} {} {}", whose(), how, named(&**other)),
                        )
                    })
                    .collect())
            }
            Condition::ReplyRecord { value, .. } => {
                let record = message.record;
                let wanted = value.as_ref().map(Payload::bytes);
                let holds = record.as_ref().is_some_and(|record| {
                    wanted.as_ref().is_none_or(|value| record.value == *value)
                });
                let seen = record.map_or("no record".into(), |record| {
                    phrase!("a record of {}", shown(&record.value))
                });
                one(fact(None, holds, phrase!("{} holds {}", whose(), seen)))
            }
            _ => no_arm("reply_facts", condition),
        }
    }
}
