//! A fault in force, as a failure report shows it.

use std::{fmt, sync::Arc};

use dht_harness_clock::VirtualInstant;

use crate::{
    net::{FaultId, FaultRecord, HostId, described},
    noun,
};

/// A fault in force, or several with one label that were installed at the same instant.
#[derive(Clone, Debug)]
pub(super) struct ReportedFault {
    label: Option<Arc<str>>,
    first: FaultId,
    last: FaultId,
    /// What the first of them does.
    text: String,
    since: VirtualInstant,
    /// The number of effects of all of them.
    hits: u64,
}

impl ReportedFault {
    /// The faults of a report, in the order of their installation.
    pub(super) fn all(
        records: impl Iterator<Item = FaultRecord>,
        name: &dyn Fn(HostId) -> String,
    ) -> Vec<Self> {
        let mut all: Vec<ReportedFault> = Vec::new();
        for record in records {
            let alike = all.iter_mut().find(|other| {
                other.label.is_some()
                    && other.label == record.label
                    && other.since == record.planned_at
            });
            match alike {
                Some(other) => {
                    other.last = record.id;
                    other.hits += record.hits;
                }
                None => all.push(ReportedFault {
                    text: described(&record.fault, name),
                    label: record.label,
                    since: record.planned_at,
                    first: record.id,
                    last: record.id,
                    hits: record.hits,
                }),
            }
        }
        all
    }
}

impl fmt::Display for ReportedFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (first, last) = (self.first, self.last);
        match &self.label {
            None => write!(f, "{first}: {}", self.text)?,
            Some(label) if first == last => write!(f, "{first}, `{label}`: {}", self.text)?,
            Some(label) => write!(
                f,
                "faults {} to {}, `{label}`, of which the first: {}",
                first.0, last.0, self.text
            )?,
        }
        let effects = noun(self.hits as usize, "effect", "effects");
        write!(f, ", since {}, {} {effects}", self.since, self.hits)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::net::{DialFault, Fault, FaultId};

    fn record(host: u32, label: Option<&str>, hits: u64) -> FaultRecord {
        FaultRecord {
            id: FaultId(host + 1),
            fault: Fault::Dial {
                from: None,
                target: HostId(host).into(),
                outcome: DialFault::Hang,
            },
            label: label.map(Into::into),
            planned_at: VirtualInstant::ZERO,
            first_hit: None,
            healed_at: None,
            hits,
        }
    }

    #[test]
    fn faults_with_one_label_are_one_line() {
        let nat = Some("firewall nat id=nat");
        let records = [
            record(0, nat, 3),
            record(1, None, 1),
            record(2, nat, 4),
            record(3, Some("hang d id=d"), 0),
        ];
        let name = |host: HostId| format!("h{}", host.0);
        let all = ReportedFault::all(records.into_iter(), &name);
        let lines: Vec<_> = all.iter().map(ToString::to_string).collect();
        assert_eq!(
            lines,
            [
                "faults 1 to 3, `firewall nat id=nat`, of which the first: dials to h0 are never \
                 answered, since 0.000000000s, 7 effects",
                "fault 2: dials to h1 are never answered, since 0.000000000s, 1 effect",
                "fault 4, `hang d id=d`: dials to h3 are never answered, since 0.000000000s, 0 effects",
            ]
        );
    }
}
