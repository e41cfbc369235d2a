//! Length-delimited frames, out of pieces of any size.

use unsigned_varint::decode::{self, Error};

/// One direction of a substream: what was sent and is no whole frame yet.
#[derive(Debug, Default)]
pub(super) struct Frames {
    buffer: Vec<u8>,
}

/// What the next bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Next {
    /// A frame without its length prefix, and its size with it.
    Frame(Vec<u8>, usize),
    /// The beginning of a frame, or nothing.
    Partial,
    /// No frame: its length is none.
    Broken,
}

impl Frames {
    /// Adds what was sent.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Takes the next frame out.
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

    /// Takes out what is there.
    pub(super) fn take_rest(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frames_come_out_whole_whatever_the_pieces() {
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
    fn a_length_without_end_is_no_frame() {
        let mut frames = Frames::default();
        frames.push(&[0xff; 4]);
        assert_eq!(frames.next(), Next::Partial);
        frames.push(&[0xff; 12]);
        assert_eq!(frames.next(), Next::Broken);
    }
}
