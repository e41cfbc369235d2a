//! A custom error of a test.

use std::{error::Error, fmt, sync::Arc};

use crate::net::HostId;

/// A custom error of a test, with information for the failure report.
///
/// It is returned by [`SimError::downcast_ref`](super::SimError::downcast_ref).
#[derive(Clone)]
pub struct CustomError {
    error: Arc<dyn Error + Send + Sync>,
    /// Hosts that the report shows as well.
    pub hosts: Vec<HostId>,
    /// Whether the error itself says why tables are empty: then the report does not.
    pub explains_tables: bool,
    /// The hosts whose tables can be the reason of the error. The report says why these have no
    /// usable entry. `None` stands for `hosts` or, if there are none, for all hosts.
    pub tables: Option<Vec<HostId>>,
}

impl CustomError {
    /// Creates an error that concerns no specific host.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        CustomError {
            error: Arc::new(error),
            hosts: Vec::new(),
            explains_tables: false,
            tables: None,
        }
    }

    /// The error as a concrete type, if it is of that type.
    pub(crate) fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }
}

/// Compares by identity, not by content.
impl PartialEq for CustomError {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.error, &other.error)
    }
}

impl fmt::Display for CustomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.error.fmt(f)
    }
}

impl fmt::Debug for CustomError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.error, f)
    }
}
