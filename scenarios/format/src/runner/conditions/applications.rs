//! Conditions on applications around the DHT.

use dht_harness::{SimError, check::Value, phrase};

use crate::runner::scenario::Runner;
use crate::syntax::{Bound, Hosts, Name, hint};

use super::{Fact, fact, named};

impl Runner {
    pub(super) fn metric(
        &self,
        hosts: &Hosts,
        name: &Name,
        value: &Bound<u64>,
    ) -> Result<Vec<Fact>, SimError> {
        let mut facts = Vec::new();
        for handle in self.registry.all(hosts)? {
            let host = handle.name();
            let readings = handle.readings();
            let readings = readings.unwrap_or_else(|| Err(self.no_application(&host)))?;
            let Some((_, seen)) = readings.iter().find(|(known, _)| *known == name.0) else {
                let known = readings.iter().map(|(known, _)| *known);
                let hint =
                    hint(&name.0, known.clone()).map_or(String::new(), |hint| format!("{hint} "));
                return Err(SimError::Other(format!(
                    "{host} reports no number named `{}`; {hint}the names are {}",
                    name.0,
                    known.collect::<Vec<_>>().join(", ")
                )));
            };
            let shows = phrase!(
                "{} reports {} = {}",
                named(&*handle),
                Value::id(&name.0),
                *seen
            );
            facts.push(fact(handle.id(), value.holds(seen), shows));
        }
        Ok(facts)
    }
}
