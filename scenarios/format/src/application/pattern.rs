//! The applications of the fixtures, which make mistakes that applications
//! made.

use dht_fixtures::patterns::Application as Pattern;
use libp2p::{Multiaddr, PeerId, kad::RecordKey, multiaddr::Protocol};

use super::Application;
use crate::syntax::hint;

/// What can be told to them: the verb, and how the command is written.
const COMMANDS: [(&str, &str); 3] = [
    ("bootnode", "bootnode @HOST [TEXT]"),
    ("fetch", "fetch KEY [COUNT]"),
    ("message", "message @HOST"),
];

/// `bootnode @b` gives the application a bootnode, `bootnode @b TEXT` one whose
/// address is written so. `fetch KEY` asks for a record, `fetch KEY COUNT` for
/// as many, under `KEY-0`, `KEY-1` and so on. `message @b` asks it to tell a
/// peer something. It shows `ready`, which is 0 or 1, `pending` and `done`.
impl Application for Pattern {
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
                    .map_err(|error| format!("`{count}` is no number of records: {error}"))?;
                for number in 0..count {
                    self.fetch(RecordKey::new(&format!("{key}-{number}")));
                }
            }
            ["message", contact] => {
                let (peer, address) = split(contact)?;
                self.message(peer, address);
            }
            _ => return Err(refused(words)),
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

/// The id and the address of a peer.
fn split(contact: &str) -> Result<(PeerId, Multiaddr), String> {
    let mut address: Multiaddr = contact
        .parse()
        .map_err(|error| format!("`{contact}` is no address ({error}): write `@HOST`"))?;
    match address.pop() {
        Some(Protocol::P2p(peer)) => Ok((peer, address)),
        _ => Err(format!(
            "`{contact}` does not say whose address it is: write `@HOST`, or `/p2p/..` at its end"
        )),
    }
}

/// Why a command is none of these.
fn refused(words: &[&str]) -> String {
    let verb = words.first().copied().unwrap_or_default();
    if let Some((_, form)) = COMMANDS.iter().find(|(known, _)| *known == verb) {
        return format!("`{}` is written `{form}`", words.join(" "));
    }
    let hint = hint(verb, COMMANDS.iter().map(|(known, _)| *known))
        .map_or(String::new(), |hint| format!("{hint} "));
    let forms = COMMANDS.map(|(_, form)| format!("`{form}`"));
    format!(
        "`{verb}` is no command of this application; {hint}there are {}",
        forms.join(", ")
    )
}
