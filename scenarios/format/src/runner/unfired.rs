//! Faults that did nothing.

use std::{fmt, time::Duration};

use dht_fixtures::filter::RuleHits;
use dht_harness::{
    World,
    net::{Fault, FaultId, FaultRecord},
};
use serde::{Serialize, Serializer};

use super::scenario::Runner;
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
    stepped: Vec<(usize, Duration, Effects)>,
}

/// What a fault has installed.
#[derive(Clone, Debug, Default)]
pub(super) struct Effects {
    /// The faults of the network.
    faults: Vec<FaultId>,
    /// The rules of filters of messages.
    rules: Vec<RuleHits>,
}

/// What a fault has met.
#[derive(Clone, Debug)]
struct CarriedOut {
    effects: Effects,
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

    /// Records that a planned fault has been carried out. `down` are its hosts, if all of
    /// them were down.
    pub(super) fn carried_out(&mut self, number: usize, effects: Effects, down: Vec<String>) {
        self.planned[number] = Some(CarriedOut { effects, down });
    }

    /// Records that the step with this index has injected a fault.
    pub(super) fn injected(&mut self, index: usize, at: Duration, effects: Effects) {
        self.stepped.push((index, at, effects));
    }

    /// Whether the planned fault with this number has met something.
    pub(super) fn has_fired(&self, number: usize, world: &World) -> bool {
        let Some(met) = &self.planned[number] else {
            return false;
        };
        let Effects { faults, rules } = &met.effects;
        let records = world.fault_report();
        let mut own = records.iter().filter(|record| faults.contains(&record.id));
        own.any(|record| record.hits > 0) || rules.iter().any(|rule| rule.count() > 0)
    }

    pub(super) fn unfired(&self, file: &ScenarioFile, world: &World) -> Vec<UnfiredFault> {
        let records = world.fault_report();
        // The network does not count the effects of a bandwidth. An action that is neither a
        // fault of the network nor a filter, such as a crash, has its effect at once.
        let is_idle = |effects: &Effects| {
            let own = |record: &&FaultRecord| effects.faults.contains(&record.id);
            let mut faults = records.iter().filter(own);
            let is_counted = !effects.faults.is_empty() || !effects.rules.is_empty();
            is_counted
                && faults.all(|it| it.hits == 0 && !matches!(it.fault, Fault::Bandwidth { .. }))
                && effects.rules.iter().all(|rule| rule.count() == 0)
        };
        let is_vain = |met: &CarriedOut| !met.down.is_empty() || is_idle(&met.effects);
        let faults = file.faults.iter().zip(&self.planned);
        let planned = faults
            .filter(|(_, met)| met.as_ref().is_none_or(is_vain))
            .map(|(fault, met)| unfired(fault, met.as_ref()));
        let idle = self.stepped.iter().filter(|(.., effects)| is_idle(effects));
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

impl Runner {
    /// How many faults of the network and rules of filters there have been so far.
    pub(super) fn installed(&self, world: &World) -> (usize, usize) {
        (world.fault_report().len(), self.rule_hits.borrow().len())
    }

    /// What has been installed since there were so [many](Self::installed).
    pub(super) fn effects_since(&self, before: (usize, usize), world: &World) -> Effects {
        let (faults, rules) = before;
        let records = world.fault_report().into_iter().skip(faults);
        Effects {
            faults: records.map(|record| record.id).collect(),
            rules: self.rule_hits.borrow()[rules..].to_vec(),
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
