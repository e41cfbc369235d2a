//! The tap decodes bytes that are sent at once and byte by byte.

use super::*;
use crate::dht::wire::MessageType;

const CONN: ConnId = ConnId(1);
const OPENER: HostId = HostId(4);
const ACCEPTOR: HostId = HostId(7);

fn at(millis: u64) -> VirtualInstant {
    VirtualInstant::from_nanos(millis * 1_000_000)
}

/// A line of multistream-select.
fn line(text: &str) -> Vec<u8> {
    [&[text.len() as u8 + 1], text.as_bytes(), b"\n"].concat()
}

fn request() -> Message {
    Message::of(MessageType::FindNode, b"key".to_vec())
}

/// Sends all bytes in order, in pieces of `size` bytes, one per millisecond.
fn tapped(said: &[(MessageRole, Vec<u8>)], size: usize) -> Tap {
    let mut tap = Tap::default();
    hear(&mut tap, said, size);
    tap
}

fn hear(tap: &mut Tap, said: &[(MessageRole, Vec<u8>)], size: usize) {
    for (millis, (part, bytes)) in (0..).zip(said) {
        let by_opener = *part == MessageRole::Request;
        let (from, to) = match by_opener {
            true => (OPENER, ACCEPTOR),
            false => (ACCEPTOR, OPENER),
        };
        for piece in bytes.chunks(size) {
            tap.hear(&WireEvent::Sent {
                at: at(millis),
                conn: CONN,
                substream: 1,
                from,
                to,
                by_opener,
                bytes: piece.to_vec(),
            });
        }
    }
}

fn each_way(said: &[(MessageRole, Vec<u8>)], check: impl Fn(&Tap)) {
    for size in [1, 2, usize::MAX] {
        check(&tapped(said, size));
    }
}

#[test]
fn a_protocol_with_another_name_is_decoded_on_request() {
    let name = "/my-app/registry/1.0.0";
    let said = [
        (MessageRole::Request, line("/multistream/1.0.0")),
        (MessageRole::Request, line(name)),
        (MessageRole::Answer, line("/multistream/1.0.0")),
        (MessageRole::Answer, line(name)),
        (MessageRole::Request, request().to_wire()),
    ];
    for (others, decoded) in [
        (vec![name.to_owned()], 1),
        (vec!["/my-app".to_owned()], 0),
        (vec![], 0),
    ] {
        let mut tap = Tap::of(others.clone());
        hear(&mut tap, &said, usize::MAX);
        assert_eq!(tap.messages().len(), decoded, "{others:?}");
    }
}

#[test]
fn a_refused_stream_is_told_apart_from_one_without_a_reply() {
    let opened = [
        (MessageRole::Request, line("/multistream/1.0.0")),
        (MessageRole::Request, line("/ipfs/kad/1.0.0")),
    ];
    let refusal = [
        (MessageRole::Answer, line("/multistream/1.0.0")),
        (MessageRole::Answer, line("na")),
    ];
    let refused = |tap: &Tap| {
        let unopened = tap.unopened();
        assert_eq!(unopened.len(), 1);
        unopened[0].refused
    };
    each_way(&opened, |tap| assert_eq!(refused(tap), None));
    let said = [&opened[..], &refusal].concat();
    each_way(&said, |tap| assert_eq!(refused(tap), Some(at(3))));
    // Another protocol of the DHT may be proposed after a refusal.
    let again = [(MessageRole::Request, line("/mine/kad/1.0.0"))];
    each_way(&[&said[..], &again].concat(), |tap| {
        assert_eq!(refused(tap), None)
    });
}

#[test]
fn messages_are_decoded_after_a_refused_proposal() {
    let said = [
        (MessageRole::Request, line("/multistream/1.0.0")),
        (MessageRole::Request, line("/other/1.0.0")),
        (MessageRole::Answer, line("/multistream/1.0.0")),
        (MessageRole::Answer, line("na")),
        (MessageRole::Request, line("/ipfs/kad/1.0.0")),
        (MessageRole::Answer, line("/ipfs/kad/1.0.0")),
        (MessageRole::Request, request().to_wire()),
        (MessageRole::Answer, request().to_wire()),
    ];
    each_way(&said, |tap| {
        let [first, second] = tap.messages() else {
            panic!("{:?}", tap.messages());
        };
        assert_eq!((first.from, first.to), (OPENER, ACCEPTOR));
        assert_eq!((first.part, first.at), (MessageRole::Request, at(6)));
        assert_eq!(first.message, Some(request()));
        assert_eq!(first.bytes, request().to_wire().len());
        assert_eq!((second.from, second.to), (ACCEPTOR, OPENER));
        assert_eq!((second.part, second.at), (MessageRole::Answer, at(7)));
    });
}

#[test]
fn a_request_of_a_lazy_opener_is_decoded_before_the_answer() {
    let opening = [
        line("/multistream/1.0.0"),
        line("/ipfs/kad/1.0.0"),
        request().to_wire(),
    ];
    let said = [
        (MessageRole::Request, opening.concat()),
        (MessageRole::Answer, line("/multistream/1.0.0")),
        (MessageRole::Answer, line("/ipfs/kad/1.0.0")),
        (MessageRole::Answer, request().to_wire()),
    ];
    each_way(&said, |tap| {
        let at_and_part: Vec<_> = tap.messages().iter().map(|m| (m.at, m.part)).collect();
        assert_eq!(
            at_and_part,
            [(at(0), MessageRole::Request), (at(3), MessageRole::Answer)]
        );
    });
}

#[test]
fn other_protocols_are_not_decoded() {
    let said = [
        (MessageRole::Request, line("/multistream/1.0.0")),
        (MessageRole::Request, line("/ipfs/id/1.0.0")),
        (MessageRole::Answer, line("/multistream/1.0.0")),
        (MessageRole::Answer, line("/ipfs/id/1.0.0")),
        (MessageRole::Answer, request().to_wire()),
    ];
    each_way(&said, |tap| assert_eq!(tap.messages(), []));
}

fn kad(spoken: &[u8]) -> [(MessageRole, Vec<u8>); 5] {
    [
        (MessageRole::Request, line("/multistream/1.0.0")),
        (MessageRole::Request, line("/ipfs/kad/1.0.0")),
        (MessageRole::Answer, line("/multistream/1.0.0")),
        (MessageRole::Answer, line("/ipfs/kad/1.0.0")),
        (MessageRole::Answer, spoken.to_vec()),
    ]
}

#[test]
fn a_malformed_message_is_reported_and_the_next_one_is_decoded() {
    let garbage = [0x02, 0xff, 0xff];
    let spoken = [&garbage[..], &request().to_wire()].concat();
    each_way(&kad(&spoken), |tap| {
        let read: Vec<_> = tap.messages().iter().map(|m| m.message.clone()).collect();
        assert_eq!(read, [None, Some(request())]);
        assert_eq!(tap.messages()[0].bytes, 3);
    });
}

#[test]
fn an_invalid_length_is_reported_once() {
    let said = kad(&[0xff; 30]);
    each_way(&said, |tap| {
        assert_eq!(tap.messages().len(), 1);
        assert_eq!(tap.messages()[0].message, None);
    });
}

#[test]
fn a_truncated_message_is_reported_when_its_substream_ends() {
    let mut tap = tapped(&kad(&request().to_wire()[..3]), 1);
    assert_eq!(tap.messages(), []);
    let end = WireEvent::Ended {
        at: at(90),
        conn: CONN,
        substream: 1,
    };
    tap.hear(&end);
    let [cut] = tap.messages() else {
        panic!("{:?}", tap.messages());
    };
    assert_eq!((cut.at, cut.bytes, &cut.message), (at(90), 3, &None));
    tap.hear(&end);
    assert_eq!(tap.messages().len(), 1);
}

#[test]
fn a_request_is_abandoned_if_its_opener_drops_it_before_it_arrives() {
    let said = [
        (MessageRole::Request, line("/multistream/1.0.0")),
        (MessageRole::Request, line("/ipfs/kad/1.0.0")),
        (MessageRole::Request, request().to_wire()),
    ];
    let bytes: usize = said.iter().map(|(_, bytes)| bytes.len()).sum();
    let abandoned = |arrived: usize| {
        let mut tap = tapped(&said, 1);
        tap.hear(&WireEvent::Arrived {
            at: at(50),
            conn: CONN,
            substream: 1,
            by_opener: true,
            bytes: arrived as u32,
        });
        tap.hear(&WireEvent::GivenUp {
            at: at(51),
            conn: CONN,
            substream: 1,
        });
        tap.was_abandoned(CONN, 1)
    };
    assert!(abandoned(bytes - 1));
    assert!(!abandoned(bytes));
}
