//! The names of a file, for its domain name system.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::syntax::{DomainName, Hosts, text};

/// A name that hosts resolve, see `addresses` of hosts. `set-name` and `remove-name` change
/// what it stands for.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(deny_unknown_fields)]
pub struct HostName {
    /// The name, such as `boot.example`.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub name: DomainName,
    /// The hosts that it stands for: `/dns4`, `/dns6` and `/dns` lead to their IP addresses,
    /// `/dnsaddr` to all addresses on which they listen, with their peer ids. Of several
    /// records the last one is dialled first.
    #[serde(with = "text")]
    #[schemars(with = "String")]
    pub hosts: Hosts,
    /// How long an answer takes; no time by default. More than 10 s are too long.
    #[serde(with = "text::option", skip_serializing_if = "Option::is_none")]
    #[schemars(with = "Option<String>")]
    pub after: Option<Duration>,
}

impl Default for HostName {
    fn default() -> Self {
        HostName {
            name: DomainName(String::new()),
            hosts: Hosts(Vec::new()),
            after: None,
        }
    }
}
