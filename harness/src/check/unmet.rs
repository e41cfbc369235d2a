//! The reasons why a condition is not true.

use std::fmt;

use super::value::{Value, phrase};
use crate::{net::HostId, world::World};

/// A reason why a condition is not true, with the host that fails it.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmet {
    /// The host that fails the condition, if it is about a host.
    pub host: Option<HostId>,
    /// The reason, in a sentence that contains the name of the host.
    pub reason: Value,
}

impl Unmet {
    /// Creates a reason for a host. The text starts with the name of the host and `:
    /// `.
    pub fn at(world: &World, host: impl Into<HostId>, reason: impl Into<Value>) -> Self {
        let host = host.into();
        Unmet {
            host: Some(host),
            reason: phrase!("{}: {}", Value::host(world, host), reason.into()),
        }
    }
}

impl<V: Into<Value>> From<V> for Unmet {
    fn from(reason: V) -> Self {
        Unmet {
            host: None,
            reason: reason.into(),
        }
    }
}

impl fmt::Display for Unmet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.reason.fmt(f)
    }
}
