//! The reasons for which connections end, as they are recorded.
//!
//! Responsible for texts that are the same in every run. It must not know what the reasons
//! mean.

use std::fmt::Display;

/// The text of an error, without the numbers that yamux gives to connections: it counts them
/// process-wide, and they would be others in each run.
pub(super) fn recorded(error: &impl Display) -> String {
    let text = error.to_string();
    let words: Vec<&str> = text
        .split(' ')
        .map(|word| match word.split_once('/') {
            Some((connection, stream)) if is_number_of_yamux(connection, stream) => stream,
            _ => word,
        })
        .collect();
    words.join(" ")
}

/// Whether a word is `0000001f/5:`: the connection in eight hexadecimal digits, and the stream.
fn is_number_of_yamux(connection: &str, stream: &str) -> bool {
    let stream = stream.trim_end_matches(':');
    connection.len() == 8
        && connection.chars().all(|char| char.is_ascii_hexdigit())
        && !stream.is_empty()
        && stream.chars().all(|char| char.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_connection_of_yamux_is_left_out() {
        let ended = |number: &str| format!("i/o error: {number}: connection is closed");
        let (one, other) = (ended("00000001/5"), ended("0000144a/5"));
        assert_eq!(recorded(&one), ended("5"));
        assert_eq!(recorded(&one), recorded(&other));
    }

    #[test]
    fn other_texts_stay_as_they_are() {
        for text in [
            "",
            "reset",
            "1/2",
            "/ip4/10.0.0.1/tcp/4001: refused",
            "a  b",
        ] {
            assert_eq!(recorded(&text), text);
        }
    }
}
