//! What keeps a condition from being true.

use std::fmt;

use super::value::{Value, phrase};
use crate::{net::HostId, world::World};

/// Something that keeps a condition from being true: who fails it, and why.
#[derive(Clone, Debug, PartialEq)]
pub struct Unmet {
    /// The host that fails it, where it is one.
    pub host: Option<HostId>,
    /// Why, in a sentence that names the host.
    pub reason: Value,
}

impl Unmet {
    /// A host fails the condition, for this reason: its name and `: ` come before it.
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
