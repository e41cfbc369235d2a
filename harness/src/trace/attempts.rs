//! The addresses that a failed dial has tried, as the text of its error names them.

/// The text of libp2p before the addresses.
const BEGIN: &str = "Failed to negotiate transport protocol(s): [";

/// An address that a dial has tried.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Attempt<'a> {
    /// As it was dialled, with `/p2p/…` if the dial named a peer.
    pub(crate) address: &'a str,
    pub(crate) why: &'a str,
}

/// The addresses of which the text of an error says why each has failed; `None` if it names none.
pub(crate) fn attempts(text: &str) -> Option<Vec<Attempt<'_>>> {
    let list = text.trim().strip_prefix(BEGIN)?.strip_suffix(']')?;
    let list = list.strip_prefix('(')?.strip_suffix(')')?;
    let tried = list.split(")(/").enumerate();
    let tried = tried.map(|(index, part)| {
        // The slash of the first one is there, and that of the others is before the part.
        let start = part.as_ptr() as usize - list.as_ptr() as usize - usize::from(index > 0);
        let whole = &list[start..start + part.len() + usize::from(index > 0)];
        let (address, why) = whole.split_once(": ").unwrap_or((whole, ""));
        Attempt { address, why }
    });
    Some(tried.collect())
}

impl Attempt<'_> {
    /// The address without the peer that it ends with.
    pub(crate) fn place(&self) -> &str {
        match self.address.rsplit_once("/p2p/") {
            Some((place, peer)) if !peer.contains('/') && !place.is_empty() => place,
            _ => self.address,
        }
    }

    /// Why it has failed, in one line, each part once: libp2p repeats the cause of an error.
    pub(crate) fn reason(&self) -> String {
        if self.why.starts_with("Multiaddr is not supported") {
            return "the host does not dial addresses of this kind".to_owned();
        }
        let line: Vec<_> = self.why.split_whitespace().collect();
        let line = line.join(" ");
        let mut parts: Vec<&str> = Vec::new();
        for part in line.split(": ").filter(|part| !part.is_empty()) {
            if !parts.contains(&part) {
                parts.push(part);
            }
        }
        parts.join(": ")
    }
}

#[cfg(test)]
mod tests {
    use libp2p::{Multiaddr, core::transport::TransportError, swarm::DialError};

    use super::*;

    #[test]
    fn the_text_of_libp2p_is_read() {
        let address = |text: &str| text.parse::<Multiaddr>().unwrap();
        let error = |text: &str| TransportError::Other(std::io::Error::other(text.to_owned()));
        let (named, ip6) = (
            "/dns4/boot.example/tcp/4001",
            "/ip6/fd00::a00:1/udp/4001/quic-v1",
        );
        let tried = vec![
            (address(named), error("there is no name (any more)")),
            (
                address(ip6),
                TransportError::MultiaddrNotSupported(address(ip6)),
            ),
        ];
        let text = DialError::Transport(tried).to_string();
        let read = attempts(&text).unwrap();
        let read: Vec<_> = read.iter().map(|one| (one.address, one.reason())).collect();
        let unsupported = "the host does not dial addresses of this kind".to_owned();
        assert_eq!(
            read,
            [
                (named, "there is no name (any more)".to_owned()),
                (ip6, unsupported)
            ]
        );
        assert_eq!(attempts(&DialError::NoAddresses.to_string()), None);
        assert_eq!(
            attempts("Failed to negotiate transport protocol(s): []"),
            None
        );
    }

    #[test]
    fn the_place_is_without_the_peer_at_its_end() {
        fn place(address: &str) -> String {
            Attempt { address, why: "" }.place().to_owned()
        }
        assert_eq!(place("/ip4/10.0.0.1/tcp/1/p2p/x"), "/ip4/10.0.0.1/tcp/1");
        assert_eq!(place("/ip4/10.0.0.1/tcp/1"), "/ip4/10.0.0.1/tcp/1");
        let circuit = "/ip4/10.0.0.1/tcp/1/p2p/x/p2p-circuit";
        assert_eq!(place(circuit), circuit);
        assert_eq!(place(&format!("{circuit}/p2p/y")), circuit);
        assert_eq!(place("/p2p/x"), "/p2p/x");
    }

    #[test]
    fn a_cause_that_is_told_twice_is_read_once() {
        let why = "connection refused: connection refused";
        let attempt = Attempt {
            address: "/memory/1",
            why,
        };
        assert_eq!(attempt.reason(), "connection refused");
    }
}
