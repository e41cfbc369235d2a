//! The applications of `dht_fixtures::patterns`, which reproduce mistakes of real
//! applications.

use dht_fixtures::patterns::Application as Pattern;
use libp2p::kad::RecordKey;

use super::{Application, contact::split, refusal::refused};

/// How many records one command requests at most.
const MOST_FETCHED: u32 = 10_000;

/// The commands: the verb, and the syntax.
const FORMS: [(&str, &str); 3] = [
    ("bootnode", "bootnode @HOST [TEXT]"),
    ("fetch", "fetch KEY [COUNT]"),
    ("message", "message @HOST"),
];

/// `bootnode @b` adds a bootnode, and `bootnode @b TEXT` adds one with TEXT as its
/// address. `fetch KEY` requests a record, and `fetch KEY COUNT` requests several,
/// with the keys `KEY-0`, `KEY-1` and so on. `message @b` sends a message to a peer.
/// The application reports `ready`, which is 0 or 1, `pending` and `done`.
impl Application for Pattern {
    const COMMANDS: &'static [&'static str] = &["bootnode", "fetch", "message"];
    const METRICS: &'static [&'static str] = &["ready", "pending", "done"];

    fn command(&mut self, words: &[&str]) -> Result<(), String> {
        match words {
            ["bootnode", contact] => {
                let (peer, address) = split(contact)?;
                self.bootnode(peer, &address.to_string());
            }
            ["bootnode", contact, written] => {
                let (peer, _) = split(contact)?;
                self.bootnode(peer, written);
            }
            ["fetch", key] => self.fetch(RecordKey::new(key)),
            ["fetch", key, count] => {
                let count: u32 = count
                    .parse()
                    .map_err(|error| format!("`{count}` is not a number of records: {error}"))?;
                if count > MOST_FETCHED {
                    return Err(format!(
                        "`{count}` records are too many: {MOST_FETCHED} at most"
                    ));
                }
                for number in 0..count {
                    self.fetch(RecordKey::new(&format!("{key}-{number}")));
                }
            }
            ["message", contact] => {
                let (peer, address) = split(contact)?;
                self.message(peer, address);
            }
            _ => return Err(refused(words, &FORMS)),
        }
        Ok(())
    }

    fn readings(&self) -> Vec<(&'static str, u64)> {
        let status = self.status();
        vec![
            ("ready", status.ready.into()),
            ("pending", status.pending as u64),
            ("done", status.done as u64),
        ]
    }
}
