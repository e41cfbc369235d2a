//! A run as a log with vector clocks, which ShiViz opens.
//!
//! The first line is the expression with which ShiViz reads the log, and the second, which
//! is empty, that there is one run only.
//!
//! Source: <https://github.com/DistributedClocks/shiviz/wiki/Log-format>. Vector clocks:
//! F. Mattern, "Virtual Time and Global States of Distributed Systems", 1989.

use std::fmt::Write;

use super::document::Document;

/// How ShiViz reads the log.
const EXPRESSION: &str = r"(?<host>\S*) (?<clock>\{.*\})\n(?<at>\S*) (?<event>.*)";

/// Something that happens on a host, ordered by time.
struct Happening {
    at: u64,
    /// At one time a host receives before it acts, and acts before it sends.
    order: u8,
    host: u32,
    text: String,
    /// The message that it sends or receives.
    sends: Option<usize>,
    receives: Option<usize>,
}

/// The text of the log.
pub(super) fn log(document: &Document) -> String {
    let names: Vec<String> = document
        .hosts
        .iter()
        .map(|lane| {
            lane.name
                .replace(|char: char| char.is_whitespace() || char == '"', "_")
        })
        .collect();
    let mut clocks = vec![vec![0_u64; names.len()]; names.len()];
    let mut carried: Vec<Option<Vec<u64>>> = vec![None; document.messages.len()];
    let mut log = format!("{EXPRESSION}\n\n");
    for happening in happenings(document) {
        let host = happening.host as usize;
        if host >= names.len() {
            continue;
        }
        if let Some(clock) = happening
            .receives
            .and_then(|message| carried[message].take())
        {
            for (own, other) in clocks[host].iter_mut().zip(clock) {
                *own = other.max(*own);
            }
        }
        clocks[host][host] += 1;
        if let Some(message) = happening.sends {
            carried[message] = Some(clocks[host].clone());
        }
        let known = clocks[host]
            .iter()
            .zip(&names)
            .filter(|(count, _)| **count > 0);
        let clock: Vec<String> = known
            .map(|(count, name)| format!("\"{name}\":{count}"))
            .collect();
        let seconds = happening.at as f64 / 1e9;
        // Writing to a string never fails.
        let _ = writeln!(
            log,
            "{} {{{}}}\n{seconds:.9}s {}",
            names[host],
            clock.join(","),
            happening.text
        );
    }
    log
}

fn happenings(document: &Document) -> Vec<Happening> {
    let mut all = Vec::new();
    let name = |host: u32| {
        let lane = document.hosts.get(host as usize);
        lane.map_or("no host", |lane| lane.name.as_str())
    };
    let messages = document.messages.iter().enumerate();
    for (number, message) in messages.filter(|(_, message)| !message.is_opening()) {
        let what = message.what();
        all.push(Happening {
            at: message.sent,
            order: 2,
            host: message.from,
            text: format!("sends a {what} to {}", name(message.to)),
            sends: Some(number),
            receives: None,
        });
        all.extend(message.arrived.at().map(|at| Happening {
            at,
            // Of a delivery only the arrival is known: it is sent at the same time, and before.
            order: if at == message.sent { 3 } else { 0 },
            host: message.to,
            text: format!("receives a {what} from {}", name(message.from)),
            sends: None,
            receives: Some(number),
        }));
    }
    for line in &document.log {
        all.extend(line.host.map(|host| Happening {
            at: line.at,
            order: 1,
            host,
            text: line.says.clone(),
            sends: None,
            receives: None,
        }));
    }
    all.sort_by_key(|happening| (happening.at, happening.order));
    all
}
