//! Planned faults that did nothing.

use std::{fmt, time::Duration};

use dht_harness::net::Fault;
use serde::{Serialize, Serializer};

use dht_harness::{World, net::FaultId};

use crate::file::{PlannedFault, ScenarioFile};

/// A planned fault that never had an effect, so that the run has not tested it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnfiredFault {
    /// The fault, as written in the file.
    pub fault: String,
    /// The time for which it was planned, in seconds.
    #[serde(rename = "at_s", serialize_with = "seconds")]
    pub at: Duration,
    /// Whether it was installed. If not, the run ended before that time.
    pub installed: bool,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

impl fmt::Display for UnfiredFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = humantime::format_duration(self.at);
        write!(f, "`{}`, planned for {at}: ", self.fault)?;
        f.write_str(match self.installed {
            true => "it was in force and met nothing",
            false => "the run ended before",
        })
    }
}

/// What became of the planned faults of a run: for each the network faults that it has
/// installed, or `None` before it is due.
#[derive(Debug, Default)]
pub(super) struct PlannedFaults(Vec<Option<Vec<FaultId>>>);

impl PlannedFaults {
    pub(super) fn of(file: &ScenarioFile) -> Self {
        PlannedFaults(vec![None; file.faults.len()])
    }

    /// Records that a planned fault has been carried out. The network faults after the
    /// first `before` are its own.
    pub(super) fn carried_out(&mut self, number: usize, world: &World, before: usize) {
        let own = world.fault_report().into_iter().skip(before);
        self.0[number] = Some(own.map(|record| record.id).collect());
    }

    pub(super) fn unfired(&self, file: &ScenarioFile, world: &World) -> Vec<UnfiredFault> {
        let records = world.fault_report();
        // The network does not count the effects of a bandwidth. An action that is no
        // fault of the network, such as a crash, has its effect at once.
        let is_idle = |ids: &[FaultId]| {
            let mut own = records
                .iter()
                .filter(|record| ids.contains(&record.id))
                .peekable();
            own.peek().is_some()
                && own.all(|it| it.hits == 0 && !matches!(it.fault, Fault::Bandwidth { .. }))
        };
        let faults = file.faults.iter().zip(&self.0);
        faults
            .filter(|(_, ids)| ids.as_deref().is_none_or(is_idle))
            .map(|(fault, ids)| unfired(fault, ids.is_some()))
            .collect()
    }
}

fn unfired(fault: &PlannedFault, installed: bool) -> UnfiredFault {
    UnfiredFault {
        fault: fault.action.to_string(),
        at: fault.at,
        installed,
    }
}
