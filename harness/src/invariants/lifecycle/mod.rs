//! Invariants of hosts, connections and dials.

mod application;
mod closing;
mod connections;
mod dials;
mod links;
mod load;
mod mode;
mod panic;

pub(super) use application::ApplicationsRun;
pub(super) use closing::{ClosedHoldsNothing, ClosedIsSilent, PeersNoticeClose};
pub(super) use connections::ConnectionEventsPair;
pub(super) use dials::{DialsEnd, NoSelfDial, OneDialPerPeer};
pub(super) use links::{ConnectionsAreMutual, ConnectionsAreReal, IdleConnectionsClose};
pub(super) use load::{NoBusyLoop, ResourcesBounded};
pub(super) use mode::{ModeAsAnnounced, ModeFollowsAddress};
pub(super) use panic::NoPanic;
