//! The form of every message.

use super::exchange::is_dht;
use crate::{
    check::{CatalogEntry, Demand, Invariant, Moment, Reporter, as_in_catalog},
    dht::{wire::Message, wire::MessageType},
    tap::{MessageRole, TappedMessage},
    world::World,
};

/// What a host sends can be read and is about something.
pub(crate) struct MessagesWellFormed;

impl MessagesWellFormed {
    pub(crate) const ENTRY: CatalogEntry = CatalogEntry {
        name: "messages-well-formed",
        statement: "what a DHT sends can be decoded, and a request names its key and carries its record",
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
            report.violated(
                &[tapped.from],
                "request",
                None,
                "a request names its key and carries its record",
                fault,
            );
        }
    }
}

fn fault_of(message: &Message) -> Option<&'static str> {
    let record = message.record.as_ref();
    match message.r#type() {
        MessageType::Ping => None,
        MessageType::PutValue => match record {
            None => Some("a PUT_VALUE without record"),
            Some(record) if record.key != message.key || record.key.is_empty() => {
                Some("a PUT_VALUE whose record has another key")
            }
            Some(_) => None,
        },
        _ if message.key.is_empty() => Some("a request without key"),
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
        assert!(fault_of(&Message::of(MessageType::FindNode, *b"")).is_some());
        let mut put = Message::of(MessageType::PutValue, *b"key");
        assert!(fault_of(&put).is_some());
        let mut record = Record {
            key: b"key".to_vec(),
            ..Record::default()
        };
        put.record = Some(record.clone());
        assert_eq!(fault_of(&put), None);
        record.key = b"other".to_vec();
        put.record = Some(record);
        assert!(fault_of(&put).is_some());
    }
}
