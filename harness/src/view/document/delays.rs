//! The messages that took longer than others because of a fault of the network.

use indexmap::IndexMap;

use super::{FaultBand, messages::Message};
use crate::net::{CutScope, Fault, FaultRecord, HostId, LinkScope, LossEffect};

/// That a message is late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Delay {
    /// By how many nanoseconds: those for which its host has held it back, or those that it
    /// took more than the slowest message on which no fault had an effect. `None` if there is
    /// none to compare it with.
    pub(super) by: Option<u64>,
    pub(super) cause: DelayCause,
}

/// What has delayed a message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum DelayCause {
    /// Its sender has held it back before it was sent.
    BeforeSending,
    /// Its receiver has held it back after it had arrived.
    AfterArrival,
    /// The fault with this index.
    Fault(usize),
}

impl Delay {
    /// Its numbers in the document.
    pub(super) fn codes(self) -> (i64, i64) {
        let cause = match self.cause {
            DelayCause::BeforeSending => -1,
            DelayCause::AfterArrival => -2,
            DelayCause::Fault(index) => index as i64,
        };
        (self.by.map_or(-1, |by| by as i64), cause)
    }
}

/// A fault that can make messages late, and when it was in force.
struct Slowing<'a> {
    fault: &'a Fault,
    from: u64,
    to: Option<u64>,
    /// The index of its band.
    band: usize,
}

/// The slowest messages on which no fault had an effect.
#[derive(Default)]
struct Usual {
    /// By sender and receiver.
    between: IndexMap<(u32, u32), u64>,
    /// Of all.
    anywhere: Option<u64>,
}

/// Marks the messages that have arrived and that a fault has delayed.
pub(super) fn mark(rows: &mut [Message], faults: &[FaultRecord], bands: &[FaultBand]) {
    let slowing: Vec<_> = faults
        .iter()
        .filter_map(|record| {
            Some(Slowing {
                fault: &record.fault,
                from: record.planned_at.as_nanos(),
                to: record.healed_at.map(|at| at.as_nanos()),
                band: bands.iter().position(|band| band.is_of(record.id))?,
            })
        })
        .collect();
    if slowing.is_empty() {
        return;
    }
    let mut usual = Usual::default();
    for row in rows.iter() {
        if let Some(way) = Way::of(row)
            && !slowing.iter().any(|slowing| slowing.can_slow(way))
        {
            usual.add(way);
        }
    }
    for row in rows.iter_mut().filter(|row| row.delay.is_none()) {
        let Some(way) = Way::of(row) else { continue };
        let most = usual.most(way);
        // The fault installed last prevails.
        let cause = slowing
            .iter()
            .rev()
            .find(|slowing| slowing.can_slow(way) && slowing.has_slowed(way, most));
        row.delay = cause.map(|slowing| Delay {
            by: most.map(|most| way.took().saturating_sub(most)),
            cause: DelayCause::Fault(slowing.band),
        });
    }
}

/// The way of a message that has arrived.
#[derive(Clone, Copy)]
struct Way {
    from: u32,
    to: u32,
    sent: u64,
    arrived: u64,
}

impl Way {
    fn of(row: &Message) -> Option<Self> {
        Some(Way {
            from: row.from,
            to: row.to,
            sent: row.sent,
            arrived: row.arrived.at().filter(|_| !row.is_opening())?,
        })
    }

    fn took(self) -> u64 {
        self.arrived.saturating_sub(self.sent)
    }
}

impl Usual {
    fn add(&mut self, way: Way) {
        let most = self.between.entry((way.from, way.to)).or_default();
        *most = way.took().max(*most);
        self.anywhere = self.anywhere.max(Some(way.took()));
    }

    fn most(&self, way: Way) -> Option<u64> {
        let between = self.between.get(&(way.from, way.to));
        between.copied().or(self.anywhere)
    }
}

impl Slowing<'_> {
    /// Whether it was in force during the way, and affects messages on it.
    fn can_slow(&self, way: Way) -> bool {
        let (from, to) = (HostId(way.from), HostId(way.to));
        let is_in_force = self.from <= way.arrived && self.to.is_none_or(|to| to >= way.sent);
        is_in_force
            && match self.fault {
                Fault::Latency { scope, .. } => covers(*scope, from, to),
                Fault::Loss { scope, effect, .. } => {
                    matches!(effect, LossEffect::Delay(_)) && covers(*scope, from, to)
                }
                Fault::Bandwidth { host, .. } => host.is_none_or(|host| host == from || host == to),
                Fault::Cut {
                    scope: CutScope::DialsOnly,
                    ..
                }
                | Fault::Dial { .. }
                | Fault::Reset { .. } => false,
                Fault::Partition { .. }
                | Fault::Cut { .. }
                | Fault::Blackhole { .. }
                | Fault::Stall { .. }
                | Fault::StallOne { .. }
                | Fault::Offline { .. }
                | Fault::DropUdp { .. } => self.fault.hinders(from, to),
            }
    }

    /// Whether it has delayed a message that it can delay. `most` is what others took.
    fn has_slowed(&self, way: Way, most: Option<u64>) -> bool {
        let is_slow = most.is_none_or(|most| way.took() > most);
        match self.fault {
            Fault::Latency { .. } => is_slow && self.from <= way.sent,
            Fault::Loss { effect, .. } => {
                let least = match effect {
                    LossEffect::Delay(by) => by.as_nanos() as u64,
                    LossEffect::Reset => 0,
                };
                is_slow && way.took() >= least
            }
            Fault::Bandwidth { .. } => most.is_some() && is_slow,
            // It arrives once it can pass again.
            _ => is_slow && self.to.is_some_and(|to| to <= way.arrived),
        }
    }
}

/// Whether links of a scope include this direction.
fn covers(scope: LinkScope, from: HostId, to: HostId) -> bool {
    match scope {
        LinkScope::All => true,
        LinkScope::Between(a, b) => (from, to) == (a, b) || (from, to) == (b, a),
        LinkScope::OneWay { from: a, to: b } => (from, to) == (a, b),
        LinkScope::Host(host) => from == host || to == host,
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use dht_harness_clock::VirtualInstant;

    use super::*;
    use crate::{
        net::{FaultId, Latency},
        view::document::messages::{Arrival, Message},
    };

    const MS: u64 = 1_000_000;

    fn message(sent: u64, took: u64) -> Message {
        Message::at(sent * MS, Arrival::At((sent + took) * MS), (0, 1))
    }

    fn record(fault: Fault, from: u64, to: Option<u64>) -> FaultRecord {
        let at = |ms: u64| VirtualInstant::from_nanos(ms * MS);
        FaultRecord {
            id: FaultId(1),
            fault,
            label: None,
            planned_at: at(from),
            first_hit: None,
            healed_at: to.map(at),
            hits: 1,
        }
    }

    /// By how much each message is late, in milliseconds, if a fault has delayed it.
    fn late(rows: &[(u64, u64)], record: FaultRecord) -> Vec<Option<Option<u64>>> {
        let mut rows: Vec<_> = rows.iter().map(|(at, took)| message(*at, *took)).collect();
        let bands = [FaultBand::of(record.id)];
        mark(&mut rows, &[record], &bands);
        let late = rows.iter().map(|row| {
            let delay = row.delay?;
            assert_eq!(delay.cause, DelayCause::Fault(0));
            Some(delay.by.map(|by| by / MS))
        });
        late.collect()
    }

    #[test]
    fn a_message_is_late_if_it_took_longer_than_those_without_a_fault() {
        let slow = || Fault::Latency {
            scope: LinkScope::All,
            latency: Latency::Constant(Duration::from_millis(90)),
        };
        let rows = [(0, 10), (5, 12), (100, 90), (300, 10)];
        let fault = record(slow(), 50, Some(200));
        assert_eq!(late(&rows, fault), [None, None, Some(Some(78)), None]);
        // There is nothing to compare them with.
        let always = record(slow(), 0, None);
        assert_eq!(late(&rows[2..3], always), [Some(None)]);
        // It applies to others.
        let of_others = Fault::Latency {
            scope: LinkScope::OneWay {
                from: HostId(1),
                to: HostId(0),
            },
            latency: Latency::Constant(Duration::from_millis(90)),
        };
        assert_eq!(late(&rows[2..3], record(of_others, 0, None)), [None]);
    }

    #[test]
    fn a_message_that_waits_for_a_link_is_late_once_it_passes() {
        let stall = || Fault::Stall {
            a: HostId(0),
            b: HostId(1),
        };
        let rows = [(0, 10), (60, 150)];
        let fault = record(stall(), 50, Some(200));
        assert_eq!(late(&rows, fault), [None, Some(Some(140))]);
        // It has passed before the fault ended.
        let longer = record(stall(), 50, None);
        assert_eq!(late(&rows, longer), [None, None]);
    }

    #[test]
    fn a_lost_segment_makes_a_message_late_by_the_delay_of_the_fault() {
        let lossy = Fault::Loss {
            scope: LinkScope::All,
            probability: 0.5.try_into().unwrap(),
            effect: LossEffect::Delay(Duration::from_millis(200)),
        };
        let rows = [(0, 10), (100, 210), (110, 30)];
        let fault = record(lossy, 50, None);
        assert_eq!(late(&rows, fault), [None, Some(Some(200)), None]);
    }
}
