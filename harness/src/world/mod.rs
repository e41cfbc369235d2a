//! The state of a simulation, for checks and tests.
//!
//! Everything can be read without changing the run, except a routing table: see
//! [`World::table`]. This module must not know how a simulation is run, nor what is
//! checked.

mod access;
mod announced;
mod application;
mod dht;
mod hosts;
mod kept_dht;
mod member;
mod messages;
mod network;
mod observe;
mod reason;
mod recording;
mod routers;
mod runtime;
mod swarm_log;
mod tables;
mod timing;

use std::{
    cell::{Cell, RefCell},
    num::NonZeroUsize,
};

pub use dht::QueryHandle;
pub use member::{HostStatus, SwarmView};
pub use swarm_log::{ConnectionRecord, DialRecord, SwarmLog};

pub(crate) use access::{Access, NoDht, WithDht};
pub(crate) use announced::NotInserted;
pub(crate) use application::RunningApplication;
pub(crate) use kept_dht::KeptDht;
pub(crate) use member::{AnyHost, CloseWith, Erased, Member};
pub(crate) use messages::Tapped;
pub(crate) use observe::{listener, observer};
pub(crate) use recording::record_queries;
pub(crate) use tables::unseen_dht;

use crate::{
    engine::{Engine, PanicNote},
    net::HostId,
    recording::{DisturbanceLog, Recorder},
    trace::TraceEvent,
};

/// The state of a simulation, by host.
pub struct World {
    pub(crate) engine: Engine,
    pub(crate) members: RefCell<Vec<Member>>,
    pub(crate) noted_panics: RefCell<Vec<PanicNote>>,
    tapped: Option<Tapped>,
    /// Whether checks are running, which must not change the run.
    checking: Cell<bool>,
    pub(crate) recorder: Option<RefCell<Recorder>>,
    /// What hinders hosts without being a fault of the network.
    pub(crate) disturbances: RefCell<DisturbanceLog>,
    routers: RefCell<routers::Routers>,
    /// The most entries of a bucket, as the limits of the test say.
    pub(crate) bucket_size: NonZeroUsize,
}

impl World {
    pub(crate) fn new(
        engine: Engine,
        tapped: Option<Tapped>,
        recorder: Option<Recorder>,
        bucket_size: NonZeroUsize,
    ) -> Self {
        World {
            engine,
            members: RefCell::default(),
            noted_panics: RefCell::default(),
            tapped,
            checking: Cell::new(false),
            recorder: recorder.map(RefCell::new),
            disturbances: RefCell::default(),
            routers: RefCell::default(),
            bucket_size,
        }
    }

    pub(crate) fn record(&self, host: impl Into<Option<HostId>>, event: TraceEvent) {
        crate::engine::record(host, |_| event);
    }

    pub(crate) fn member<R>(&self, host: impl Into<HostId>, f: impl FnOnce(&Member) -> R) -> R {
        f(&self.members.borrow()[host.into().0 as usize])
    }
}
