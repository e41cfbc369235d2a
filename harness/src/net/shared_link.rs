//! One direction of an access link whose rate connections share equally.
//!
//! Each connection that has something on the link gets the same share of the rate, from byte to
//! byte. The link counts the bytes that one share has carried. What a connection sends has passed
//! when that count reaches its finish: the count at which its predecessor finishes, or the present
//! one, and its own bytes. A finish does not change when other connections come and go; only the
//! speed at which the count grows does.
//!
//! Responsible for the order and the times in which segments pass. It must not know what they
//! contain, or where they go.

use std::cmp::{Ordering, Reverse};
use std::collections::BinaryHeap;
use std::time::Duration;

use dht_harness_clock::VirtualInstant;
use indexmap::IndexMap;

use super::connection::ConnRef;
use super::event::ConnId;
use super::hash::IdHash;
use super::heap::EventKey;
use super::host::HostId;
use super::side::Side;

/// Bytes are counted in parts of 10^-9, so that a rate in bytes per second is one in parts per
/// nanosecond.
const PARTS: u128 = 1_000_000_000;

/// What one side of a connection sends.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Sender {
    pub(super) conn: ConnRef,
    pub(super) side: Side,
}

impl Sender {
    fn key(self) -> (ConnId, Side) {
        (self.conn.id, self.side)
    }
}

/// A segment on the link.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) struct Passing {
    pub(super) sender: Sender,
    /// The host that has sent it.
    pub(super) source: HostId,
    pub(super) sequence: u64,
}

/// A sender that has something on the link.
#[derive(Debug)]
struct Share {
    /// Distinguishes it from earlier shares of the same sender.
    number: u64,
    /// The finish of its last segment.
    finish: u128,
    segments: usize,
}

/// A segment, and when it has passed.
#[derive(Debug)]
struct Waiting {
    finish: u128,
    /// The order in which segments came.
    turn: u64,
    share: u64,
    passing: Passing,
}

impl Waiting {
    fn order(&self) -> (u128, u64) {
        (self.finish, self.turn)
    }
}

impl PartialEq for Waiting {
    fn eq(&self, other: &Self) -> bool {
        self.order() == other.order()
    }
}

impl Eq for Waiting {}

impl PartialOrd for Waiting {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Waiting {
    fn cmp(&self, other: &Self) -> Ordering {
        self.order().cmp(&other.order())
    }
}

/// One direction of an access link.
#[derive(Debug, Default)]
pub(super) struct SharedLink {
    /// Bytes per second; zero is unlimited.
    rate: u64,
    shares: IndexMap<(ConnId, Side), Share, IdHash>,
    /// Segments, the next one to pass first. Those of shares that are gone are skipped.
    waiting: BinaryHeap<Reverse<Waiting>>,
    /// The parts of bytes that one share had carried at `counted_at`, since the link was last
    /// idle.
    carried: u128,
    counted_at: VirtualInstant,
    turns: u64,
    /// The scheduled event at which the next segment has passed.
    pub(super) event: Option<EventKey>,
}

impl SharedLink {
    pub(super) fn new(rate: u64) -> Self {
        SharedLink {
            rate,
            ..SharedLink::default()
        }
    }

    /// Whether a segment with this number of bytes of a sender passes at once.
    pub(super) fn is_free_for(&self, sender: Sender, bytes: u32) -> bool {
        (self.rate == 0 || bytes == 0) && self.segments(sender) == 0
    }

    /// The number of segments of a sender on the link.
    pub(super) fn segments(&self, sender: Sender) -> usize {
        let share = self.shares.get(&sender.key());
        share.map_or(0, |share| share.segments)
    }

    /// Puts a segment on the link, after the earlier ones of its sender.
    pub(super) fn push(&mut self, now: VirtualInstant, passing: Passing, bytes: u32) {
        let key = passing.sender.key();
        if !self.shares.contains_key(&key) {
            self.count(now);
        }
        self.turns += 1;
        let (turn, carried) = (self.turns, self.carried);
        let share = self.shares.entry(key).or_insert(Share {
            number: turn,
            finish: carried,
            segments: 0,
        });
        share.finish = share.finish.saturating_add(u128::from(bytes) * PARTS);
        share.segments += 1;
        self.waiting.push(Reverse(Waiting {
            finish: share.finish,
            turn,
            share: share.number,
            passing,
        }));
    }

    /// The next segment to pass, and when it has passed unless something else comes or goes.
    pub(super) fn next(&mut self) -> Option<(VirtualInstant, Passing)> {
        while let Some(Reverse(first)) = self.waiting.peek() {
            let share = self.shares.get(&first.passing.sender.key());
            if share.is_some_and(|share| share.number == first.share) {
                let left = first.finish.saturating_sub(self.carried);
                let left = left.saturating_mul(self.shares.len() as u128);
                let nanos = match self.rate {
                    0 => 0,
                    rate => left.div_ceil(u128::from(rate)),
                };
                let left = Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX));
                return Some((self.counted_at.saturating_add(left), first.passing));
            }
            self.waiting.pop();
        }
        None
    }

    /// Takes the next segment, which has passed now.
    pub(super) fn pop(&mut self, now: VirtualInstant) -> Option<Passing> {
        let (_, passing) = self.next()?;
        self.count(now);
        let Reverse(first) = self.waiting.pop()?;
        self.carried = self.carried.max(first.finish);
        let key = passing.sender.key();
        let share = self.shares.get_mut(&key)?;
        share.segments -= 1;
        if share.segments == 0 {
            self.drop_share(key);
        }
        Some(passing)
    }

    /// Drops all segments of a sender. Returns false if there are none.
    pub(super) fn remove(&mut self, now: VirtualInstant, sender: Sender) -> bool {
        let found = self.shares.contains_key(&sender.key());
        if found {
            self.count(now);
            self.drop_share(sender.key());
        }
        found
    }

    /// Changes the rate. Returns false if it is the same.
    pub(super) fn set_rate(&mut self, now: VirtualInstant, rate: u64) -> bool {
        if rate == self.rate {
            return false;
        }
        self.count(now);
        self.rate = rate;
        true
    }

    /// Counts what each share has carried until now.
    fn count(&mut self, now: VirtualInstant) {
        let since = now.saturating_since(self.counted_at);
        self.counted_at = self.counted_at.max(now);
        let shares = self.shares.len() as u128;
        let parts = since.as_nanos().saturating_mul(u128::from(self.rate));
        if let Some(parts) = parts.checked_div(shares) {
            self.carried = self.carried.saturating_add(parts);
        }
    }

    fn drop_share(&mut self, key: (ConnId, Side)) {
        self.shares.swap_remove(&key);
        if self.shares.is_empty() {
            self.carried = 0;
            self.waiting.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn at(nanos: u64) -> VirtualInstant {
        VirtualInstant::from_nanos(nanos)
    }

    fn passing(number: u32, sequence: u64) -> Passing {
        Passing {
            sender: Sender {
                conn: ConnRef {
                    slot: number,
                    id: ConnId(number),
                },
                side: Side::Dialer,
            },
            source: HostId(0),
            sequence,
        }
    }

    /// A link that carries a byte in a nanosecond.
    fn link() -> SharedLink {
        SharedLink::new(1_000_000_000)
    }

    /// The senders of all segments, and when they have passed.
    fn drained(link: &mut SharedLink) -> Vec<(u64, u32)> {
        std::iter::from_fn(|| {
            let (at, _) = link.next()?;
            let passing = link.pop(at)?;
            Some((at.as_nanos(), passing.sender.conn.slot))
        })
        .collect()
    }

    #[test]
    fn equal_senders_get_equal_shares_and_the_last_one_all() {
        let mut link = link();
        link.push(at(0), passing(1, 1), 1_000);
        link.push(at(0), passing(2, 2), 400);
        link.push(at(0), passing(3, 3), 100);
        // 100 bytes of each, 300 more of two, and 600 of one.
        assert_eq!(drained(&mut link), [(300, 3), (900, 2), (1_500, 1)]);
    }

    #[test]
    fn a_small_segment_is_not_delayed_by_a_large_one() {
        let mut link = link();
        link.push(at(0), passing(1, 1), 1_000_000);
        link.push(at(500), passing(2, 2), 10);
        assert_eq!(drained(&mut link), [(520, 2), (1_000_010, 1)]);
    }

    #[test]
    fn the_segments_of_one_sender_pass_in_order() {
        let mut link = link();
        for sequence in 1..=3 {
            link.push(at(0), passing(1, sequence), 100);
        }
        link.push(at(0), passing(1, 4), 0);
        link.push(at(0), passing(2, 5), 200);
        let mut order = Vec::new();
        while let Some((at, _)) = link.next() {
            order.push((at.as_nanos(), link.pop(at).unwrap().sequence));
        }
        // At 400 both have sent 200 bytes, and the sender that began sooner goes first.
        assert_eq!(order, [(200, 1), (400, 2), (400, 5), (500, 3), (500, 4)]);
    }

    #[test]
    fn what_is_removed_takes_no_share() {
        let mut link = link();
        link.push(at(0), passing(1, 1), 1_000);
        link.push(at(0), passing(2, 2), 500);
        assert!(link.remove(at(200), passing(2, 2).sender));
        assert!(!link.remove(at(200), passing(2, 2).sender));
        // What the same connection sends later has nothing to do with what is gone.
        link.push(at(600), passing(2, 3), 2_000);
        assert_eq!(drained(&mut link), [(1_600, 1), (3_100, 2)]);
    }

    #[test]
    fn a_new_rate_applies_to_the_rest() {
        let mut link = link();
        link.push(at(0), passing(1, 1), 1_000);
        assert!(link.set_rate(at(500), 100_000_000));
        assert!(!link.set_rate(at(500), 100_000_000));
        assert_eq!(link.next(), Some((at(5_500), passing(1, 1))));
        link.set_rate(at(1_500), 0);
        assert!(!link.is_free_for(passing(1, 2).sender, 10));
        assert!(link.is_free_for(passing(2, 2).sender, 10));
        assert_eq!(drained(&mut link), [(1_500, 1)]);
    }

    #[test]
    fn a_link_that_was_idle_starts_anew() {
        let mut link = link();
        link.push(at(0), passing(1, 1), 100);
        assert_eq!(drained(&mut link), [(100, 1)]);
        link.push(at(1_000), passing(1, 2), 100);
        link.push(at(1_000), passing(2, 3), 100);
        assert_eq!(drained(&mut link), [(1_200, 1), (1_200, 2)]);
    }

    #[test]
    fn shares_are_exact_if_they_do_not_divide_a_nanosecond() {
        let mut link = SharedLink::new(7);
        for number in 1..=3 {
            link.push(at(0), passing(number, 1), 1);
        }
        // Three bytes at 7 bytes per second, to the next nanosecond.
        let all = drained(&mut link);
        assert_eq!(all, [(428_571_429, 1), (428_571_429, 2), (428_571_429, 3)]);
    }

    /// When segments have passed according to the definition: between two events each sender
    /// that has something carries its share of the bytes.
    fn fluid(rate: f64, sent: &[(u64, u32, u32)]) -> Vec<f64> {
        let mut left: Vec<f64> = sent.iter().map(|(_, _, bytes)| f64::from(*bytes)).collect();
        let mut passed = vec![f64::INFINITY; sent.len()];
        let mut now = 0.0;
        loop {
            let mut heads: Vec<usize> = Vec::new();
            for (index, (time, sender, _)) in sent.iter().enumerate() {
                let is_new = heads.iter().all(|head| sent[*head].1 != *sender);
                if *time as f64 <= now && passed[index].is_infinite() && is_new {
                    heads.push(index);
                }
            }
            let later = sent.iter().map(|(time, _, _)| *time as f64);
            let comes = later
                .filter(|time| *time > now)
                .fold(f64::INFINITY, f64::min);
            let share = rate / heads.len() as f64;
            let least = heads
                .iter()
                .map(|head| left[*head])
                .fold(f64::INFINITY, f64::min);
            let ends = now + least / share;
            let until = comes.min(ends);
            if until.is_infinite() {
                return passed;
            }
            for head in heads {
                left[head] -= (until - now) * share;
                if left[head] < 1e-6 {
                    passed[head] = until;
                }
            }
            now = until;
        }
    }

    proptest! {
        #[test]
        fn segments_pass_as_defined(
            rate in 1_u64..10_000_000_000,
            mut sent in prop::collection::vec((0_u64..100_000, 0_u32..5, 1_u32..100_000), 1..30),
        ) {
            sent.sort_by_key(|(time, _, _)| *time);
            let mut link = SharedLink::new(rate);
            let mut passed = vec![0; sent.len()];
            let mut take = |link: &mut SharedLink, until: u64| {
                while let Some((due, next)) = link.next().filter(|(due, _)| due.as_nanos() <= until) {
                    passed[next.sequence as usize] = due.as_nanos();
                    assert_eq!(link.pop(due), Some(next));
                }
            };
            for (index, (time, sender, bytes)) in sent.iter().enumerate() {
                take(&mut link, *time);
                link.push(at(*time), passing(*sender, index as u64), *bytes);
            }
            take(&mut link, u64::MAX);
            let expected = fluid(rate as f64 / 1e9, &sent);
            for (passed, expected) in passed.into_iter().zip(expected) {
                let difference = (passed as f64 - expected).abs();
                // Of floating-point numbers, and a nanosecond for each event.
                prop_assert!(difference <= 100.0 + expected * 1e-9, "{passed}, not {expected}");
            }
        }
    }

    #[test]
    fn the_largest_numbers_do_not_overflow() {
        let mut link = SharedLink::new(1);
        for sequence in 0..10 {
            link.push(at(0), passing(1, sequence), u32::MAX);
            link.push(at(0), passing(2, sequence), u32::MAX);
        }
        link.set_rate(at(u64::MAX), u64::MAX);
        assert_eq!(drained(&mut link).len(), 20);
    }
}
