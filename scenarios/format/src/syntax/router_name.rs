//! Names of networks.

use super::{name::Name, word::Word};

/// The network behind a router, by the name of the router, or the internet.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct RouterName(pub String);

/// The network outside all routers.
pub const INTERNET: &str = "internet";

impl RouterName {
    /// The router; `None` for the internet.
    pub(crate) fn router(&self) -> Option<&str> {
        (self.0 != INTERNET).then_some(&self.0)
    }
}

impl Word for RouterName {
    const FORM: &'static str = "ROUTER";

    fn read(text: &str) -> Result<Self, String> {
        Name::read(text).map(|name| RouterName(name.0))
    }

    fn write(&self) -> String {
        self.0.clone()
    }
}
