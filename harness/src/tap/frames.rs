//! Splits a byte stream into length-delimited frames.

use unsigned_varint::decode::{self, Error};

/// One direction of a substream: bytes that do not form a whole frame yet.
#[derive(Debug, Default)]
pub(super) struct Frames {
    buffer: Vec<u8>,
}

/// The next item in the buffer.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A frame without its length prefix, and its size including the prefix.
    Frame(Vec<u8>, usize),
    /// An incomplete frame, or nothing.
    Partial,
    /// The length prefix is invalid.
    Broken,
}

impl Frames {
    /// Appends bytes.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next frame.
    pub(super) fn next(&mut self) -> Next {
        match decode::usize(&self.buffer) {
            Ok((length, rest)) if rest.len() >= length => {
                let frame = rest[..length].to_vec();
                let size = self.buffer.len() - rest.len() + length;
                self.buffer.drain(..size);
                Next::Frame(frame, size)
            }
            Ok(_) | Err(Error::Insufficient) => Next::Partial,
            Err(_) => Next::Broken,
        }
    }

    /// Takes all remaining bytes.
    pub(super) fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_do_not_depend_on_how_the_bytes_arrive() {
        let bytes = b"\x03abc\x00\x02de";
        for size in 1..=bytes.len() {
            let mut frames = Frames::default();
            let mut found = Vec::new();
            for piece in bytes.chunks(size) {
                frames.push(piece);
                while let Next::Frame(frame, size) = frames.next() {
                    found.push((frame, size));
                }
            }
            let expected = [(&b"abc"[..], 4), (b"", 1), (b"de", 3)];
            assert_eq!(found, expected.map(|(frame, size)| (frame.to_vec(), size)));
            assert!(frames.take_rest().is_empty());
        }
    }

    #[test]
    fn an_endless_length_prefix_is_broken() {
        let mut frames = Frames::default();
        frames.push(&[0xff; 4]);
        assert_eq!(frames.next(), Next::Partial);
        frames.push(&[0xff; 12]);
        assert_eq!(frames.next(), Next::Broken);
    }
}
