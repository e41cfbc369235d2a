//! Keys that a file has under another name, or in another table.

use std::sync::LazyLock;

use serde_json::Value as Schema;

use crate::file::{ScenarioFile, value::resolved};

/// Names that a key of a file has in libp2p, or that are often used for it, each with the path of
/// the key.
const NAMES: &[(&str, &str)] = &[
    ("add_external_address", "hosts.settings.announce_address"),
    ("alpha", "hosts.settings.parallelism"),
    (
        "automatic_bootstrap_throttle",
        "hosts.settings.periodic_bootstrap",
    ),
    ("bandwidth_limit", "network.bandwidth"),
    ("boot_nodes", "hosts.bootstrap"),
    ("bootnodes", "hosts.bootstrap"),
    ("bootstrap_interval", "hosts.settings.periodic_bootstrap"),
    ("bootstrap_nodes", "hosts.bootstrap"),
    ("bootstrap_peers", "hosts.bootstrap"),
    ("client_mode", "hosts.settings.mode"),
    ("connection_idle_timeout", "hosts.settings.idle_timeout"),
    ("connection_timeout", "network.dial_timeout"),
    ("dht_mode", "hosts.settings.mode"),
    ("disjoint_query_paths", "hosts.settings.disjoint_paths"),
    ("external_address", "hosts.settings.announce_address"),
    ("idle_connection_timeout", "hosts.settings.idle_timeout"),
    ("k", "hosts.settings.bucket_size"),
    ("k_value", "hosts.settings.bucket_size"),
    ("kad_mode", "hosts.settings.mode"),
    ("kbucket_inserts", "hosts.settings.inserts"),
    ("kbucket_pending_timeout", "hosts.settings.pending_timeout"),
    ("kbucket_size", "hosts.settings.bucket_size"),
    ("keypair", "hosts.identity"),
    ("known_peers", "hosts.bootstrap"),
    ("listen_addresses", "hosts.addresses"),
    ("listen_on", "hosts.addresses"),
    (
        "max_connections",
        "hosts.settings.connection_limits.max_established",
    ),
    (
        "max_connections_per_peer",
        "hosts.settings.connection_limits.max_established_per_peer",
    ),
    ("peer_id", "hosts.identity"),
    (
        "periodic_bootstrap_interval",
        "hosts.settings.periodic_bootstrap",
    ),
    ("ping_interval", "hosts.settings.neighbours.ping.interval"),
    ("ping_timeout", "hosts.settings.neighbours.ping.timeout"),
    ("protocol_name", "hosts.settings.protocol"),
    ("protocol_names", "hosts.settings.protocol"),
    ("protocols", "hosts.settings.protocol"),
    (
        "provider_publication_interval",
        "hosts.settings.provider_interval",
    ),
    ("provider_record_ttl", "hosts.settings.provider_ttl"),
    ("record_filtering", "hosts.settings.filtering"),
    (
        "record_publication_interval",
        "hosts.settings.publication_interval",
    ),
    (
        "record_replication_interval",
        "hosts.settings.replication_interval",
    ),
    ("replication_factor", "hosts.settings.replication"),
    (
        "request_timeout",
        "hosts.settings.neighbours.request_response.timeout",
    ),
    ("stream_protocol", "hosts.settings.protocol"),
    ("upnp", "routers.port_mapping"),
];

/// The tables whose keys are looked for, other than those of the file: the first part of the path.
const TABLES: [&str; 3] = ["hosts", "network", "routers"];

/// The keys that several tables have for different things.
const COMMON: [&str; 3] = ["name", "count", "behind"];

/// A key of a file.
pub(super) struct Key {
    path: String,
    about: String,
}

/// The keys of the tables whose keys are looked for, those of a table before those of the tables
/// in it.
static KEYS: LazyLock<Vec<Key>> = LazyLock::new(|| {
    let root = schemars::schema_for!(ScenarioFile).to_value();
    let mut tables = vec![(String::new(), &root)];
    let mut keys = Vec::new();
    let mut next = 0;
    while let Some((path, table)) = tables.get(next).cloned() {
        next += 1;
        let properties = table.get("properties").and_then(Schema::as_object);
        for (name, property) in properties.into_iter().flatten() {
            let path = match path.is_empty() {
                true if !TABLES.contains(&name.as_str()) => continue,
                true => name.clone(),
                false => format!("{path}.{name}"),
            };
            let inner = resolved(&root, property);
            let inner = inner
                .get("items")
                .map_or(inner, |items| resolved(&root, items));
            tables.push((path.clone(), inner));
            let about = property.get("description").and_then(Schema::as_str);
            keys.push(Key {
                path,
                about: first_sentence(about.unwrap_or_default()),
            });
        }
    }
    keys
});

/// The first sentence of a text, without the point at its end.
fn first_sentence(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let first = line.split(". ").next().unwrap_or_default();
    first.trim_end_matches('.').to_owned()
}

impl Key {
    /// The first part of the path.
    fn first(&self) -> &str {
        let first = self.path.split_once('.');
        first.map_or("", |(first, _)| first)
    }

    /// The name of the key in its table.
    pub(super) fn name(&self) -> &str {
        let last = self.path.rsplit_once('.');
        last.map_or(self.path.as_str(), |(_, name)| name)
    }

    /// What to write in place of an unknown key, whose table has the keys `here`.
    pub(super) fn told(&self, here: &[&str]) -> String {
        let (name, about) = (self.name(), &self.about);
        if here.contains(&name) {
            return format!("write `{name}`: {about}");
        }
        format!("write `{name}` in {}: {about}", self.table())
    }

    /// The table of the key, in words.
    fn table(&self) -> String {
        let parts: Vec<&str> = self.path.split('.').collect();
        let of = match self.first() {
            "hosts" => "a host",
            "routers" => "a router",
            other => return format!("`{other}`"),
        };
        match &parts[1..parts.len() - 1] {
            [] => format!("the table of {of}"),
            inner => format!("`{}` of {of}", inner.join(".")),
        }
    }
}

/// The key of a file that an unknown one stands for: by its name in libp2p, or since another table
/// has it.
pub(super) fn meant(name: &str) -> Option<&'static Key> {
    let plain = ["set_", "with_"]
        .iter()
        .find_map(|start| name.strip_prefix(start));
    [Some(name), plain].into_iter().flatten().find_map(known)
}

fn known(name: &str) -> Option<&'static Key> {
    let named = NAMES.iter().find(|(other, _)| *other == name);
    let path = named.map(|(_, path)| *path);
    KEYS.iter().find(|key| match path {
        Some(path) => key.path == path,
        None => key.name() == name && !COMMON.contains(&name),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_name_leads_to_a_key() {
        for (name, path) in NAMES {
            let key = meant(name).unwrap_or_else(|| panic!("{name} leads to nothing"));
            assert_eq!((key.path.as_str(), key.about.is_empty()), (*path, false));
        }
        assert!(NAMES.is_sorted(), "the names are in their order");
    }

    #[test]
    fn a_name_that_is_a_key_elsewhere_is_no_other_name() {
        for (name, _) in NAMES {
            let is_key = KEYS.iter().any(|key| key.name() == *name);
            assert!(!is_key, "{name}");
        }
    }
}
