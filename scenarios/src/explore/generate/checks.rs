//! The invariants that a case is held to beside the standard ones.

use dht_fixtures::KadSettings;

use super::model::Model;

/// Those that hold for a case of these settings, in which this was done.
pub(super) fn checks(_model: &Model, _settings: &KadSettings) -> Vec<String> {
    let checks = vec![
        "one-dial-per-peer",
        "query-stats-add-up",
        "running-queries-end",
        "connections-are-mutual",
        "idle-connections-close",
    ];
    checks.into_iter().map(str::to_owned).collect()
}
