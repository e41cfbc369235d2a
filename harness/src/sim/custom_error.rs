//! An error of the test's own, of any type.

use std::{error::Error, fmt, sync::Arc};

use crate::net::HostId;

/// An error of the test's own, with what the report of a failure has to know of it.
///
/// It is found again by [`SimError::downcast_ref`](super::SimError::downcast_ref).
#[derive(Clone)]
pub struct CustomError {
    error: Arc<dyn Error + Send + Sync>,
    hosts: Vec<HostId>,
    explains_tables: bool,
}

impl CustomError {
    /// An error that is about no host in particular.
    pub fn new(error: impl Error + Send + Sync + 'static) -> Self {
        CustomError {
            error: Arc::new(error),
            hosts: Vec::new(),
            explains_tables: false,
        }
    }

    /// Also shows these hosts in the report.
    pub fn about(mut self, hosts: impl IntoIterator<Item = HostId>) -> Self {
        self.hosts.extend(hosts);
        self
    }

    /// Leaves it to the error to say why tables are empty.
    pub fn explaining_tables(mut self, explains_tables: bool) -> Self {
        self.explains_tables = explains_tables;
        self
    }

    /// The error, if it is of this type.
    pub fn downcast_ref<E: Error + 'static>(&self) -> Option<&E> {
        self.error.downcast_ref()
    }

    pub(super) fn hosts(&self) -> &[HostId] {
        &self.hosts
    }

    pub(super) fn explains_tables(&self) -> bool {
        self.explains_tables
    }
}

/// The same error, not one that is alike.
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
