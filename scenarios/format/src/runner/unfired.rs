//! Faults that did nothing.

use std::{fmt, time::Duration};

use dht_harness::net::Fault;
use serde::{Serialize, Serializer};

use dht_harness::{World, net::FaultId};

use crate::file::{PlannedFault, ScenarioFile};

/// A fault that never had an effect, so that the run has not tested it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct UnfiredFault {
    /// The fault, as written in the file.
    pub fault: String,
    /// The number of the step, from 1, if a step injected it. `None` if it was planned.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub step: Option<usize>,
    /// The time for which it was planned, or at which the step injected it, in seconds.
    #[serde(rename = "at_s", serialize_with = "seconds")]
    pub at: Duration,
    /// Whether it was carried out. If not, the run ended before that time.
    pub installed: bool,
    /// The hosts that should have acted and were all down, for example because another
    /// planned fault has crashed them.
    pub down: Vec<String>,
}

fn seconds<S: Serializer>(duration: &Duration, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_f64(duration.as_secs_f64())
}

impl fmt::Display for UnfiredFault {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let at = humantime::format_duration(self.at);
        match self.step {
            Some(step) => write!(f, "`{}`, step {step}, at {at}: ", self.fault)?,
            None => write!(f, "`{}`, planned for {at}: ", self.fault)?,
        }
        match (self.installed, self.down.as_slice()) {
            (false, _) => f.write_str("the run ended before"),
            (true, []) => f.write_str("it was in force and met nothing"),
            (true, [host]) => write!(f, "{host} was down already"),
            (true, hosts) => write!(f, "{} were down already", hosts.join(", ")),
        }
    }
}

/// What became of the faults of a run.
#[derive(Debug, Default)]
pub(super) struct InjectedFaults {
    /// Those that are planned, `None` before one is due.
    planned: Vec<Option<CarriedOut>>,
    /// Those of steps, each with the index of the step and the time.
    stepped: Vec<(usize, Duration, CarriedOut)>,
}

/// What a fault has met.
#[derive(Clone, Debug)]
struct CarriedOut {
    /// The network faults that it has installed.
    installed: Vec<FaultId>,
    /// Its hosts, if all of them were down.
    down: Vec<String>,
}

impl InjectedFaults {
    pub(super) fn of(file: &ScenarioFile) -> Self {
        InjectedFaults {
            planned: vec![None; file.faults.len()],
            stepped: Vec::new(),
        }
    }

    /// Records that a planned fault has been carried out. The network faults after the
    /// first `before` are its own. `down` are its hosts, if all of them were down.
    pub(super) fn carried_out(
        &mut self,
        number: usize,
        world: &World,
        before: usize,
        down: Vec<String>,
    ) {
        self.planned[number] = Some(CarriedOut::since(before, world, down));
    }

    /// Records that the step with this index has injected a fault. The network faults after
    /// the first `before` are its own.
    pub(super) fn injected(&mut self, index: usize, world: &World, before: usize) {
        let own = CarriedOut::since(before, world, Vec::new());
        self.stepped.push((index, world.now().since_start(), own));
    }

    pub(super) fn unfired(&self, file: &ScenarioFile, world: &World) -> Vec<UnfiredFault> {
        let records = world.fault_report();
        // The network does not count the effects of a bandwidth. An action that is no
        // fault of the network, such as a crash, has its effect at once.
        let is_idle = |met: &CarriedOut| {
            let mut own = records
                .iter()
                .filter(|record| met.installed.contains(&record.id))
                .peekable();
            !met.down.is_empty()
                || own.peek().is_some()
                    && own.all(|it| it.hits == 0 && !matches!(it.fault, Fault::Bandwidth { .. }))
        };
        let faults = file.faults.iter().zip(&self.planned);
        let planned = faults
            .filter(|(_, met)| met.as_ref().is_none_or(is_idle))
            .map(|(fault, met)| unfired(fault, met.as_ref()));
        let idle = self.stepped.iter().filter(|(_, _, met)| is_idle(met));
        let stepped = idle.map(|(index, at, _)| UnfiredFault {
            fault: file.steps[*index].action.to_string(),
            step: Some(index + 1),
            at: *at,
            installed: true,
            down: Vec::new(),
        });
        planned.chain(stepped).collect()
    }
}

impl CarriedOut {
    fn since(before: usize, world: &World, down: Vec<String>) -> Self {
        let own = world.fault_report().into_iter().skip(before);
        CarriedOut {
            installed: own.map(|record| record.id).collect(),
            down,
        }
    }
}

fn unfired(fault: &PlannedFault, met: Option<&CarriedOut>) -> UnfiredFault {
    UnfiredFault {
        fault: fault.action.to_string(),
        step: None,
        at: fault.at,
        installed: met.is_some(),
        down: met.map_or(Vec::new(), |met| met.down.clone()),
    }
}
