//! Invariants of the form of messages.

use super::exchange::is_dht;
use crate::{
    check::{CatalogEntry, Demand, FindingKind, Invariant, Moment, Reporter, as_in_catalog},
    dht::{wire::Message, wire::MessageType},
    tap::{MessageRole, TappedMessage},
    world::World,
};

/// Messages can be decoded, and requests have a key.
pub(crate) struct MessagesWellFormed;

const NO_RECORD: FindingKind = FindingKind::new("put-without-record", "a PUT_VALUE without record");
const OTHER_KEY: FindingKind = FindingKind::new(
    "record-of-another-key",
    "a PUT_VALUE whose record has another key, or none",
);
const NO_KEY: FindingKind = FindingKind::new("request-without-key", "a request without key");

impl MessagesWellFormed {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "messages-well-formed",
        statement: "messages of a DHT can be decoded, and requests contain their key and record",
        kinds: &[NO_RECORD, OTHER_KEY, NO_KEY],
        moments: &[Moment::AfterMessage],
        data: "tap",
        allows: "scripted peers, messages cut short by the end of their stream, and pings",
        standard: true,
        demand: Demand::Always,
        requires: &[],
        make: |_| Box::new(MessagesWellFormed),
    };
}

impl Invariant for MessagesWellFormed {
    as_in_catalog!();

    fn after_message(&mut self, world: &World, tapped: &TappedMessage, report: &mut Reporter) {
        let Some(message) = &tapped.message else {
            return;
        };
        if !is_dht(world, tapped.from) || tapped.part != MessageRole::Request {
            return;
        }
        if let Some(fault) = fault_of(message) {
            report
                .violated(fault)
                .at(tapped.from)
                .subject("request")
                .expected("a request contains its key and record");
        }
    }
}

fn fault_of(message: &Message) -> Option<FindingKind> {
    let record = message.record.as_ref();
    match message.r#type() {
        MessageType::Ping => None,
        MessageType::PutValue => match record {
            None => Some(NO_RECORD),
            Some(record) if record.key != message.key || record.key.is_empty() => Some(OTHER_KEY),
            Some(_) => None,
        },
        _ if message.key.is_empty() => Some(NO_KEY),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dht::wire::Record;

    #[test]
    fn requests_without_key_or_record_are_found() {
        let good = Message::of(MessageType::FindNode, *b"key");
        assert_eq!(fault_of(&good), None);
        let without_key = Message::of(MessageType::FindNode, *b"");
        assert_eq!(fault_of(&without_key), Some(NO_KEY));
        let mut put = Message::of(MessageType::PutValue, *b"key");
        assert_eq!(fault_of(&put), Some(NO_RECORD));
        let mut record = Record {
            key: b"key".to_vec(),
            ..Record::default()
        };
        put.record = Some(record.clone());
        assert_eq!(fault_of(&put), None);
        record.key = b"other".to_vec();
        put.record = Some(record);
        assert_eq!(fault_of(&put), Some(OTHER_KEY));
    }
}
